"""Adding or ending a purpose: one administrator proposes, another of another office confirms.

A security administrator and an audit administrator, never the same member; both are in the trail.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access import policy
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from tongxin.plumbing.vault.models import FurtherPurpose, PurposeChange
from tongxin.plumbing.vault.purposes import Purpose

SECURITY, AUDIT = "security", "audit"
_OFFICES = ((Permission.MANAGE_GRANTS, SECURITY), (Permission.SEE_AUDIT, AUDIT))
_CODE = re.compile(r"[a-z][a-z0-9_]{2,47}")


@dataclass(frozen=True)
class Proposed:
    """A purpose to be added: its code, its words, and from when to when it shall hold.

    ``valid_from`` (now when ``None``) and ``valid_to`` (without end when ``None``, excluded) are
    aware moments.
    """

    code: str
    words_zh: str
    words_en: str
    demands_text: bool = True
    valid_from: dt.datetime | None = None
    valid_to: dt.datetime | None = None


def offices_of(member: Member) -> set[str]:
    """Return which of the two offices a member holds: ``security``, ``audit``."""
    return {office for right, office in _OFFICES if policy.holds(member, right)}


def propose(proposed: Proposed, *, actor: Member) -> PurposeChange:
    """Propose a new purpose. It does not hold before somebody of the other office confirms it.

    Raises ``Forbidden`` for others than the two administrators, ``BadInput`` for a code or words
    that are none, ``Conflict`` when the code is taken or has an open proposal.
    """
    office = _office(actor)
    _check(proposed)
    if proposed.code in Purpose.values or _holding(proposed.code).exists():
        raise Conflict("purpose.taken", _("There is such a purpose already."), field="code")
    return _propose(
        PurposeChange(
            act=PurposeChange.Act.ADD,
            code=proposed.code,
            words_zh=proposed.words_zh.strip(),
            words_en=proposed.words_en.strip(),
            demands_text=proposed.demands_text,
            valid_from=proposed.valid_from,
            valid_to=proposed.valid_to,
        ),
        actor,
        office,
    )


def propose_end(code: str, *, actor: Member) -> PurposeChange:
    """Propose to end a purpose that was added; ``NotFound`` when it is none that holds."""
    office = _office(actor)
    if not _holding(code).exists():
        raise NotFound("purpose.absent", _("There is no such purpose."), field="code")
    return _propose(PurposeChange(act=PurposeChange.Act.END, code=code), actor, office)


def confirm(change_id: int, *, actor: Member) -> PurposeChange:
    """Confirm what somebody of the other office proposed: it takes effect at once.

    Raises ``Forbidden`` for the proposer and for the proposer's office, ``Conflict`` when it was
    decided already.
    """
    with transaction.atomic():
        change, office = _open_change(change_id, actor)
        if change.proposed_by == actor.pk or change.proposed_as == office:
            raise _needs_another()
        _take_effect(change)
        _decide(change, actor, office, accepted=True)
    return change


def turn_down(change_id: int, *, actor: Member) -> PurposeChange:
    """Turn a proposal down, or take back one's own."""
    with transaction.atomic():
        change, office = _open_change(change_id, actor)
        _decide(change, actor, office, accepted=False)
    return change


def may_confirm(change: PurposeChange, member: Member) -> bool:
    """Tell whether this member is the other one who has to confirm."""
    return member.pk != change.proposed_by and bool(offices_of(member) - {change.proposed_as})


def _propose(change: PurposeChange, actor: Member, office: str) -> PurposeChange:
    change.proposed_by, change.proposed_as, change.proposed_at = actor.pk, office, clock.now()
    try:
        with transaction.atomic():
            change.save()
            _note(change, actor, "purpose.proposed", office)
    except IntegrityError:
        sentence = _("A proposal about this purpose is open already.")
        raise Conflict("purpose.open", sentence, field="code") from None
    return change


def _open_change(change_id: int, actor: Member) -> tuple[PurposeChange, str]:
    change = PurposeChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotFound("purpose.no_proposal", _("There is no such proposal."))
    if change.decided_at is not None:
        raise Conflict("purpose.decided", _("This was decided already."))
    return change, _office(actor, besides=change.proposed_as)


def _take_effect(change: PurposeChange) -> None:
    moment = clock.now()
    if change.act == PurposeChange.Act.END:
        _holding(change.code).update(valid_to=moment)
        return
    FurtherPurpose.objects.update_or_create(
        code=change.code,
        defaults={
            "words_zh": change.words_zh,
            "words_en": change.words_en,
            "demands_text": change.demands_text,
            "valid_from": change.valid_from or moment,
            "valid_to": change.valid_to,
        },
    )


def _decide(change: PurposeChange, actor: Member, office: str, *, accepted: bool) -> None:
    change.decided_by, change.decided_as = actor.pk, office
    change.decided_at, change.accepted = clock.now(), accepted
    change.save()
    _note(change, actor, "purpose.confirmed" if accepted else "purpose.turned_down", office)


def _note(change: PurposeChange, actor: Member, act: str, office: str) -> None:
    audit.record(
        actor=f"member:{actor.pk}",
        act=act,
        subject=f"purpose:{change.code}",
        detail={"change": change.pk, "act": change.act, "as": office},
    )


def _office(actor: Member, besides: str = "") -> str:
    """Return the office in which the member acts, another than ``besides`` where there is one."""
    held = sorted(offices_of(actor), key=lambda office: (office == besides, office))
    if not held:
        sentence = _("Only the security and the audit administrator decide about purposes.")
        raise Forbidden("purpose.forbidden", sentence)
    return held[0]


def _needs_another() -> Forbidden:
    sentence = _("Another administrator of the other office has to confirm this.")
    return Forbidden("purpose.same_hand", sentence)


def _holding(code: str) -> QuerySet[FurtherPurpose]:
    rows = FurtherPurpose.objects.filter(code=code)
    return rows.exclude(valid_to__isnull=False, valid_to__lte=clock.now())


def _check(proposed: Proposed) -> None:
    if not _CODE.fullmatch(proposed.code):
        sentence = _("A code has 3 to 48 small letters, digits and underscores.")
        raise BadInput("purpose.code", sentence, field="code")
    for name in ("words_zh", "words_en"):
        if not 2 <= len(getattr(proposed, name).strip()) <= 80:
            sentence = _("Say the purpose in 2 to 80 letters.")
            raise BadInput("purpose.words", sentence, field=name)
    if proposed.valid_to is not None and proposed.valid_to <= (proposed.valid_from or clock.now()):
        sentence = _("The end lies before the beginning.")
        raise BadInput("purpose.period", sentence, field="valid_to")
