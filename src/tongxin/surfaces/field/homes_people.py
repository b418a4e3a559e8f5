"""Who belongs to a flat, entered and amended at its door: consent asked in plain words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.homes import actions, selectors
from tongxin.domain.homes.models import Care, Part
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Forbidden, NotFound, TongxinError
from tongxin.plumbing.vault.legal import RULES, LegalBasis
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.field.homes import back_to, page, people_of
from tongxin.surfaces.kit.asking import acting_member, whole_number
from tongxin.surfaces.kit.rendering import render

NOTICE_VERSION = "homes-2026-11"
"""The notice as it stands in ``field/homes/notice.html``; new words are a new version."""
DUTY_RULES = ("police_law_21", "domestic_violence_law_15", "minors_protection_law_11")
"""Duties by which a contact or a need may be kept without a consent; words by `vault.legal`."""


@require_GET
@page
def residents(request: HttpRequest, flat_id: int) -> HttpResponse:
    """Show who belongs to a flat, nameless, with what may be amended; and the form for one more."""
    return _residents_page(request, flat_id)


def _residents_page(
    request: HttpRequest, flat_id: int, error: TongxinError | None = None
) -> HttpResponse:
    member = acting_member(request)
    card = selectors.flat(member, flat_id)
    context = {
        "card": card,
        "people": people_of(card),
        "parts": Part.choices,
        "cares": Care.choices,
        "rules": [(code, RULES[code]) for code in DUTY_RULES],
        "notice_version": NOTICE_VERSION,
        "said": request.POST,
        "may_protect": access.holds(member, Permission.SEE_REGISTER),
        "now": clock.now(),
        "error": error,
    } | frame(member, "homes")
    status = error.status if error else 200
    return render(request, "field/homes/residents.html", context, status=status)


@require_POST
@page
def add(request: HttpRequest, flat_id: int) -> HttpResponse:
    """Enter somebody; without a consent or a named duty nothing is kept."""
    said = request.POST

    def do(actor: MemberActor) -> None:
        actions.add_resident(
            flat_id,
            actor=actor,
            part=said.get("part", ""),
            name=said.get("name", ""),
            phone=said.get("phone", ""),
            note=said.get("note", ""),
            lives_here="elsewhere" not in said,
            is_minor="is_minor" in said,
            notice_shown_at=clock.now(),
            **_basis(request),
        )

    return _do(request, flat_id, do)


@require_POST
@page
def add_care(request: HttpRequest, flat_id: int, resident_id: int) -> HttpResponse:
    """Add a need, by a consent of its own or a named duty."""
    basis = _basis(request)
    del basis["notice_version"]

    def do(actor: MemberActor) -> None:
        actions.add_care(resident_id, request.POST.get("code", ""), actor=actor, **basis)

    return _do(request, flat_id, do)


def _basis(request: HttpRequest) -> dict[str, Any]:
    """Return on what ground it is kept, as the form said it."""
    said = request.POST
    basis = said.get("basis", "")
    return {
        "legal_basis": basis,
        "basis_rule": said.get("rule", "") if basis == LegalBasis.DUTY else "",
        "consented": basis == LegalBasis.CONSENT and "consented" in said,
        "guardian_consented": basis == LegalBasis.GUARDIAN and "consented" in said,
        "notice_version": NOTICE_VERSION,
    }


@require_POST
@page
def end_care(request: HttpRequest, flat_id: int, care_id: int) -> HttpResponse:
    """Take a need away that is no more, or whose consent was taken back."""
    return _do(request, flat_id, lambda actor: actions.end_care(care_id, actor=actor))


@require_POST
@page
def moved_out(request: HttpRequest, flat_id: int, resident_id: int) -> HttpResponse:
    """Say that somebody no longer belongs to the flat."""
    version = whole_number(request.POST.get("version", ""))
    return _do(
        request, flat_id, lambda actor: actions.move_out(resident_id, actor=actor, version=version)
    )


@require_POST
@page
def withdraw(request: HttpRequest, flat_id: int, resident_id: int) -> HttpResponse:
    """Take a consent back: what rested on it is gone at once."""
    return _do(request, flat_id, lambda actor: actions.withdraw_consent(resident_id, actor=actor))


@require_POST
@page
def ask_look(request: HttpRequest, flat_id: int, resident_id: int) -> HttpResponse:
    """Ask a supervisor for a look at a minor's record."""
    because = request.POST.get("because", "")
    return _do(
        request,
        flat_id,
        lambda actor: actions.ask_look(resident_id, "safeguard", because, actor=actor),
    )


def _do(request: HttpRequest, flat_id: int, do: Any) -> HttpResponse:
    member: Member = acting_member(request)
    try:
        do(MemberActor(member))
    except (NotFound, Forbidden):
        raise
    except (TongxinError, BadInput) as error:
        return _residents_page(request, flat_id, error)
    return back_to(flat_id)
