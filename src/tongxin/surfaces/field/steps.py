"""Which buttons an incident has on the phone: the next step, and those that follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongxin.domain.dispatch.views import ActiveTask
from tongxin.domain.incidents import placing, policy
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import can
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor
from tongxin.foundation.territory.locating import area_info
from tongxin.kernel.lifecycle import BACK

ORDER = ("accept", "depart", "arrive")
BUTTONS: dict[str, str | Promise] = {
    "accept": _("Accept"),
    "depart": _("Depart"),
    "arrive": _("Arrived"),
}
WORDS: dict[str, str | Promise] = {
    "accept": _("Accepted"),
    "depart": _("Departed"),
    "arrive": _("Has arrived"),
    "done": _("My part is done"),
    "help": _("I need help"),
}
"""What a step is called that was done already, or waits to be sent."""

_OWN_FORMS = frozenset(
    {"accept", "depart", "arrive", "give_back", "close", "merge", "hand_over", "take", "refuse",
     "reopen"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """A button of the way there: the act, its words before and after, and what comes then."""

    act: str
    label: str
    kept: str
    then: str


def steps_from(task: ActiveTask) -> list[Step]:
    """Return the steps from the next one on: without signal they are pressed one by one."""
    if task.next_act not in ORDER:
        return []
    acts = ORDER[ORDER.index(task.next_act) :]
    following = (*acts[1:], "done")
    return [
        Step(act, str(BUTTONS[act]), str(WORDS[act]), then)
        for act, then in zip(acts, following, strict=True)
    ]


def procedure_steps(found: Incident, member: Member) -> list[dict[str, Any]]:
    """Return the steps of the kind's own procedure that the member may take now."""
    kind = registry()[found.kind]
    return [
        {"act": act, "words": kind.act_words(act), "requires": step.requires}
        for act, step in kind.lifecycle.transitions.items()
        if act not in _OWN_FORMS
        and step.target != BACK
        and kind.lifecycle.may(found.state, act)
        and policy.may_step(MemberActor(member), step.permission, found)
    ]


def may_close(found: Incident, member: Member) -> bool:
    """Tell whether the member may close the incident as it stands."""
    lifecycle = registry()[found.kind].lifecycle
    if not found.is_open or not lifecycle.may(found.state, "close"):
        return False
    return policy.may_step(MemberActor(member), lifecycle.transitions["close"].permission, found)


def needs_answer(kind: str) -> bool:
    """Tell whether closing one of that kind asks for words to the reporter."""
    return "answer" in registry()[kind].lifecycle.transitions["close"].requires


def rights(found: Incident, member: Member) -> dict[str, bool]:
    """Return what the member may do with the incident, as far as the page asks."""
    own = policy.is_own(MemberActor(member), found)
    return {
        "note": own or can(member, Permission.NOTE, found.area_ids),
        "close": may_close(found, member),
        "reveal": can(member, Permission.REVEAL, found.area_ids),
        "place": found.is_open and placing.may_correct(found, MemberActor(member)),
        "hand_over": can(member, Permission.HAND_OVER, found.area_ids),
    }


def asked_of(found: Incident, member: Member) -> dict[str, Any] | None:
    """Return to whom it is handed over, unanswered yet, and whether the member may answer."""
    request = found.hand_overs.filter(answered_at__isnull=True).first()
    if request is None:
        return None
    area = area_info(request.to_area_id)
    return {"to": area.name, "mine": can(member, Permission.HAND_OVER, area.path)}
