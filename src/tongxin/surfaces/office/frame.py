"""The office's frame: who may open it, its menu by right, and rendering with that menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access import policy
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.surfaces.kit.asking import acting_member
from tongxin.surfaces.kit.rendering import render
from tongxin.surfaces.office import ground

P = Permission


@dataclass(frozen=True, slots=True)
class Door:
    """One entry of the menu: shown to whoever holds any of ``rights``; ``here`` marks the page.

    ``branch_only``: only to those who hold one on a whole branch.
    """

    here: str
    label: str | Promise
    view: str
    rights: tuple[Permission, ...]
    branch_only: bool = False


_ADMINISTER = (P.MANAGE_GRANTS, P.SEE_AUDIT, P.MANAGE_SYSTEM)
DOORS = (
    Door("today", _("Today"), "office", (P.SEE_MEASURES,)),
    Door("system", _("System"), "office_system", (P.MANAGE_SYSTEM,)),
    Door("trail", _("Trail"), "office_trail", (P.SEE_AUDIT,)),
    Door("purposes", _("Purposes"), "office_purposes", (P.MANAGE_GRANTS, P.SEE_AUDIT)),
    Door("retention", _("Retention"), "office_retention", _ADMINISTER),
    Door("members", _("Members"), "office_members", (P.SEE_MEMBERS, P.MANAGE_MEMBERS)),
    Door("teams", _("Crews and teams"), "office_teams", (P.SEE_POSITIONS, P.MANAGE_MEMBERS)),
    Door("tokens", _("Tokens"), "office_tokens", (P.MANAGE_TOKENS,)),
    Door("areas", _("Areas"), "office_areas", (P.SEE_FAULTS, P.MANAGE_CALL_PLAN, P.SEE_MEMBERS)),
    Door("questions", _("Questions"), "office_questions", (P.CLOSE,)),
    Door("answers", _("Published answers"), "office_answers", (P.TRIAGE,)),
    Door("groups", _("Residents’ groups"), "office_groups", (P.TRIAGE,)),
    Door("rights", _("Rights requests"), "office_rights", (P.ANSWER_RIGHTS, P.REVEAL)),
    Door("homes", _("Floor plans"), "office_homes", (P.SEE_REGISTER,)),
    Door("looks", _("Looks to decide"), "office_looks", (P.APPROVE_LOOKS,)),
    Door("register_grants", _("Register grants"), "office_register_grants", (P.SEE_REGISTER,)),
    Door("spot", _("Who looks after"), "office_spot", (P.SEE_MEMBERS,)),
    Door("faults", _("Faults of the ground"), "office_faults", (P.SEE_FAULTS,)),
    Door("import", _("Import"), "office_import", (P.MANAGE_TERRITORY, P.MANAGE_MEMBERS)),
    Door("kinds", _("Kinds"), "office_kinds", (P.SEE_KINDS, P.MANAGE_KINDS)),
    Door("promises", _("Promises"), "office_promises", (P.SEE_MEASURES,)),
    Door("balance", _("110 reconciliation"), "office_balance", (P.SEE_MEASURES,), True),
    Door("roads", _("Road closures"), "office_roads", (P.SEE_POSITIONS, P.MANAGE_TERRITORY)),
    Door("deliveries", _("Not delivered"), "office_deliveries", (P.SEE_MEASURES, P.MANAGE_SYSTEM)),
)
OFFICE_RIGHTS = tuple(dict.fromkeys(right for door in DOORS for right in door.rights))
"""Whoever holds any of these has something to do in the office."""


CONSOLE_RIGHTS = (P.DISPATCH, P.SEE_POSITIONS)
"""Whoever holds any of these may use the console: the bar of every page leads there."""


def rights_of(here: str) -> tuple[Permission, ...]:
    """Return the rights, any of which opens the page ``here``."""
    return next(door.rights for door in DOORS if door.here == here)


def menu(member: Member) -> list[Door]:
    """Return the doors that a member may open."""
    return [door for door in DOORS if any(_opens(member, door, r) for r in door.rights)]


def _opens(member: Member, door: Door, right: Permission) -> bool:
    if door.branch_only:
        return ground.holds_on_branch(member, right)
    return policy.holds(member, right)


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    here: str,
    block: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page of the office (or its ``block`` when htmx asks) with the member's menu."""
    member = acting_member(request)
    own = {
        "doors": menu(member),
        "here": here,
        "errors": {},
        "has_console": any(policy.holds(member, right) for right in CONSOLE_RIGHTS),
    }
    return render(request, f"office/{template}.html", own | context, block=block, status=status)
