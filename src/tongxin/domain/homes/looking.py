"""The one way to a name and a phone number: a purpose, the trail, then the vault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F

from tongxin.domain.homes import keeping, policy
from tongxin.domain.homes.models import (
    ApprovalState,
    BreakGlass,
    LookApproval,
    Resident,
    StatedPurpose,
)
from tongxin.domain.homes.policy import Sight
from tongxin.domain.incidents import policy as incidents
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock, prepared
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import purposes

_NAMES = (
    *("id", "part", "lives_here", "ring_order", "is_minor", "entered_by"),
    *("name_ref", "phone_ref", "note_ref"),
)
_PEOPLE = f"""
    SELECT {", ".join(_NAMES)} FROM homes_resident
    WHERE flat_id = %s AND left_at IS NULL AND NOT is_protected ORDER BY ring_order, id
"""  # noqa: S608 - our own columns


@dataclass(frozen=True, slots=True)
class OpenedResident:
    """Somebody with name, phone and note in clear: to be shown now, never kept or cached."""

    id: int
    part: str
    lives_here: bool
    ring_order: int
    name: str
    phone: str
    note: str
    is_minor: bool
    masked: bool = False
    """There is a number that stays closed: `ringing.connect` has the gateway dial it."""


@dataclass(frozen=True, slots=True)
class _Stated:
    purpose: str
    because: str


def open_residents(
    flat_id: int,
    purpose: str = "",
    because: str = "",
    incident_id: int | None = None,
    *,
    actor: Actor,
    resident_ids: Collection[int] | None = None,
    mask_absent: bool = False,
) -> list[OpenedResident]:
    """Open those who belong to a flat, whom to ring first being first.

    ``purpose`` is one of the vault's; with an ``incident_id`` it is asked once: later looks of the
    same member for that incident may leave it out. The look is in the trail, committed, before
    anything is decrypted. Left out are: people out of the actor's sight, protected ones always,
    minors without a supervisor's yes that still holds (`ask_look`). With ``mask_absent`` the
    numbers of those who live elsewhere stay closed (``masked``). Raises ``NotFound`` off the
    actor's ground (unless he broke the glass), ``Forbidden`` without the right or a purpose.
    """
    member = policy.member_of(actor)
    with _lightly_committed(), policy.looking_at_cell(flat_id, actor) as (flat, seen):
        stated = _stated(member, incident_id, purpose, because, actor)
        rows = _in_sight(flat.id, seen, resident_ids)
        masked = {row.pk for row in rows if mask_absent and not row.lives_here and row.phone_ref}
        refs = [ref for row in rows for ref in _refs(row, phone=row.pk not in masked)]
        if seen.glass_id is not None:
            _count_look(seen.glass_id)
        if not refs:
            vault.note_look([f"flat:{flat.id}"], actor, stated.purpose, stated.because)
            return [_opened(row, {}, masked) for row in rows]
        about = {} if incident_id is None else {"incident": incident_id}
        about |= {} if seen.glass_id is None else {"glass": seen.glass_id}
        _note(actor, flat.id, stated.purpose, rows, about)
        texts = vault.reveal_many(refs, actor=actor, purpose=stated.purpose, because=stated.because)
    return [_opened(row, texts, masked) for row in rows]


def open_many(people: Collection[Resident], purpose: str, *, actor: Actor) -> dict[int, str]:
    """Open names, phones and notes of people of many flats at once; return them by reference.

    For what is taken along: the caller has asked that they are in the actor's sight. The looks are
    in the trail, committed, before anything is decrypted; a line for each flat names whom.
    Protected people and minors without a supervisor's yes that holds are left out here too. Raises
    ``Forbidden`` without a purpose.
    """
    member = policy.member_of(actor)
    minors = [row.pk for row in people if row.is_minor]
    approved = approved_until(member.pk, minors)
    shown = [r for r in people if not r.is_protected and (not r.is_minor or r.pk in approved)]
    refs = [ref for row in shown for ref in _refs(row)]
    if not refs:
        return {}
    texts = vault.reveal_many(refs, actor=actor, purpose=purpose)
    by_flat: dict[int, list[int]] = {}
    for row in shown:
        by_flat.setdefault(row.flat_id, []).append(row.pk)
    known = str(purposes.parse(purpose) or "")
    audit.record_many(
        audit.Line(str(actor), "homes.open", f"flat:{flat_id}", known, {"residents": ids})
        for flat_id, ids in by_flat.items()
    )
    return texts


def purpose_stated(member: Member, incident_id: int) -> str:
    """Return the purpose that the member stated for an incident already, else an empty text."""
    rows = StatedPurpose.objects.filter(member_id=member.pk, incident_id=incident_id)
    found = rows.values_list("purpose", flat=True).first() or ""
    return found if purposes.parse(found) else ""


@contextmanager
def _lightly_committed() -> Iterator[None]:
    """Open a transaction whose own lines need not be on disk before the answer.

    The vault's lines, which must, are on a connection of their own and are. Within a transaction of
    the caller's nothing changes.
    """
    with transaction.atomic():
        if not connection.savepoint_ids:
            prepared.row("SELECT set_config('synchronous_commit', 'off', true)", [])
        yield


def _stated(
    member: Member, incident_id: int | None, purpose: str, because: str, actor: Actor
) -> _Stated:
    """Return the purpose given now, or the one that stands for the incident; keep a new one."""
    if incident_id is None:
        return _Stated(purpose, because)
    incidents.find(incident_id, actor)  # NotFound: nobody looks for what he does not see
    rows = StatedPurpose.objects.filter(member_id=member.pk, incident_id=incident_id)
    known = rows.first()
    if not purpose:
        if known is None:
            return _Stated("", because)
        again = f"#{known.because_ref}" if known.because_ref else ""
        return _Stated(known.purpose, because or again)
    if known is None and purposes.parse(purpose) is not None:
        ref = keeping.put_words("home_reason", because, actor=actor) if because else None
        StatedPurpose.objects.get_or_create(
            member_id=member.pk,
            incident_id=incident_id,
            defaults={"purpose": purpose, "because_ref": ref, "stated_at": clock.now()},
        )
    return _Stated(purpose, because)


def _in_sight(flat_id: int, seen: Sight, only: Collection[int] | None) -> list[Resident]:
    rows = [
        Resident(**dict(zip(_NAMES, row, strict=True)), flat_id=flat_id)
        for row in prepared.rows(_PEOPLE, [flat_id])
    ]
    people = [row for row in rows if seen.sees(row)]
    if only is not None:
        people = [row for row in people if row.pk in only]
    minors = [row.pk for row in people if row.is_minor]
    approved = approved_until(seen.member_id, minors)
    return [row for row in people if not row.is_minor or row.pk in approved]


def approved_until(member_id: int, resident_ids: Collection[int]) -> dict[int, dt.datetime]:
    """Return at which minors' records the member may look now, and until when."""
    if not resident_ids:
        return {}
    rows = LookApproval.objects.filter(
        member_id=member_id,
        resident_id__in=resident_ids,
        state=ApprovalState.GRANTED,
        valid_to__gt=clock.now(),
    )
    return {row.resident_id: row.valid_to for row in rows.order_by("valid_to") if row.valid_to}


def _refs(row: Resident, *, phone: bool = True) -> list[int]:
    refs = (row.name_ref, row.phone_ref if phone else None, row.note_ref)
    return [ref for ref in refs if ref is not None]


def _opened(row: Resident, texts: dict[int, str], masked: Collection[int] = ()) -> OpenedResident:
    def text(ref: int | None) -> str:
        return "" if ref is None else texts.get(ref, "")

    return OpenedResident(
        id=row.pk,
        part=row.part,
        lives_here=row.lives_here,
        ring_order=row.ring_order,
        name=text(row.name_ref),
        phone=text(row.phone_ref),
        note=text(row.note_ref),
        is_minor=row.is_minor,
        masked=row.pk in masked,
    )


def _count_look(glass_id: int) -> None:
    with acting_as("homes.glass"):
        BreakGlass.objects.filter(pk=glass_id).update(looks=F("looks") + 1)


def _note(
    actor: Actor,
    flat_id: int,
    purpose: str,
    rows: Iterable[Resident],
    about: Mapping[str, int],
) -> None:
    """Say in the trail which flat it was and for what incident; the vault's lines name the fields.

    Within the transaction: the vault's own lines are committed first whatever becomes of this one.
    """
    detail = {"residents": [row.pk for row in rows], **about}
    audit.record(
        actor=str(actor),
        act="homes.open",
        subject=f"flat:{flat_id}",
        purpose=purposes.parse(purpose) or "",  # words that are none are not kept
        detail=detail,
    )
