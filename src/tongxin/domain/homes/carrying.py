"""What a phone takes along of a building: its flats with stamps, people in clear, last visits.

The names are opened for the purpose ``visit``, with a trail, for this answer only.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from tongxin.domain.homes import policy, stamping, visit_plan
from tongxin.domain.homes.looking import approved_until, open_many
from tongxin.domain.homes.models import (
    CareMark,
    Flat,
    Resident,
    Visit,
)
from tongxin.domain.homes.visit_plan import Due
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.scope import MemberActor
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault.legal import CONSENTED
from tongxin.plumbing.vault.purposes import Purpose

LAST_VISITS = 3
_NOT_DUE = Due((), None, None)


@dataclass(frozen=True, slots=True)
class Stamped:
    """A field's value with its stamp; ``None`` for what is withheld."""

    value: object
    stamp: int


@dataclass(frozen=True, slots=True)
class CarriedPerson:
    """Somebody of a flat, in clear. ``withheld``: a minor, of whom no name, phone or note goes.

    ``until`` is how long a minor's may be shown, where a supervisor said yes. ``consent``: rests
    on a consent, which can be withdrawn at the door. ``care`` are ids and codes of needs.
    """

    id: int
    fields: Mapping[str, Stamped]
    is_minor: bool
    withheld: bool
    until: dt.datetime | None
    consent: bool
    care: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class CarriedVisit:
    """A visit of the last ones: its own time, what came of it, who it was, what was noted.

    A note may be about anybody there: who does not see all of a home's people sees his own only.
    """

    at: dt.datetime
    outcome: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CarriedFlat:
    """A flat as a phone carries it along."""

    id: int
    building_id: int
    unit: str
    number: str
    label: str
    floor: int
    fields: Mapping[str, Stamped]
    confirmed_at: dt.datetime | None
    due: Due
    people: tuple[CarriedPerson, ...]
    visits: tuple[CarriedVisit, ...]


def carried(
    building_ids: Collection[int],
    *,
    actor: MemberActor,
    only: Collection[int] | None = None,
    since: dt.datetime | None = None,
) -> list[CarriedFlat]:
    """Return the flats of buildings, from the top; who may see the buildings the caller has asked.

    With ``only`` and ``since``: those flats, and those changed after that moment.
    """
    with policy.as_member(actor):
        rows = Flat.objects.filter(unit__building_id__in=building_ids)
        if since is not None:
            rows = rows.filter(Q(pk__in=only or ()) | Q(changed_at__gt=since))
        rows = rows.select_related("unit__building").defer("unit__building__grams")
        flats = list(rows.order_by("unit__position", "-floor", "column", "number"))
        if not flats:
            return []
        people = _people(flats, actor)
        visits = _visits(flats, actor)
        plans = visit_plan.plan_of(visit_plan.doors(actor.member, building_ids))
    return [
        CarriedFlat(
            id=flat.pk,
            building_id=flat.unit.building_id,
            unit=flat.unit.number,
            number=flat.number,
            label=flat.label,
            floor=flat.floor,
            fields=_stamped(flat, stamping.FLAT_FIELDS),
            confirmed_at=flat.confirmed_at,
            due=plans.get(flat.pk, _NOT_DUE),
            people=tuple(people[flat.pk]),
            visits=tuple(visits[flat.pk]),
        )
        for flat in flats
    ]


def _people(flats: Sequence[Flat], actor: MemberActor) -> dict[int, list[CarriedPerson]]:
    """Return those in sight, by flat, with names, phones and notes opened for the visit."""
    grounds = policy.sights(actor, (flat.area_ids for flat in flats))
    seen = {flat.pk: grounds[tuple(flat.area_ids)] for flat in flats}
    rows = Resident.objects.filter(flat_id__in=list(seen), left_at__isnull=True, is_protected=False)
    shown = [r for r in rows.order_by("ring_order", "id") if seen[r.flat_id].sees(r)]
    lives = {row.pk: row.flat_id for row in shown}
    marks: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for mark in CareMark.objects.filter(resident__in=shown, ended_at__isnull=True).order_by("id"):
        if seen[lives[mark.resident_id]].sees(mark):
            marks[mark.resident_id].append((mark.pk, mark.code))
    approved = approved_until(actor.member.pk, [row.pk for row in shown if row.is_minor])
    texts = open_many(shown, Purpose.VISIT, actor=actor)
    people: dict[int, list[CarriedPerson]] = defaultdict(list)
    for row in shown:
        people[row.flat_id].append(_person(row, texts, marks[row.pk], approved))
    return people


def _person(
    row: Resident,
    texts: Mapping[int, str],
    care: Iterable[tuple[int, str]],
    approved: Mapping[int, dt.datetime],
) -> CarriedPerson:
    withheld = row.is_minor and row.pk not in approved
    sealed = {
        name: Stamped(
            None if withheld else texts.get(getattr(row, f"{name}_ref") or 0, ""),
            stamping.stamp_of(row, name).number,
        )
        for name in stamping.SEALED_FIELDS
    }
    here = Stamped(row.left_at is None, stamping.stamp_of(row, stamping.HERE).number)
    return CarriedPerson(
        id=row.pk,
        fields=sealed | _stamped(row, stamping.PLAIN_FIELDS) | {stamping.HERE: here},
        is_minor=row.is_minor,
        withheld=withheld,
        until=approved.get(row.pk),
        consent=row.legal_basis in CONSENTED,
        care=tuple(care),
    )


def _stamped(row: Flat | Resident, names: Iterable[str]) -> dict[str, Stamped]:
    return {n: Stamped(getattr(row, n), stamping.stamp_of(row, n).number) for n in names}


def _visits(flats: Iterable[Flat], actor: MemberActor) -> dict[int, list[CarriedVisit]]:
    """Return the last visits of flats, the newest first, with the notes that are for these eyes."""
    grounds = policy.sights(actor, (flat.area_ids for flat in flats))
    seen = {flat.pk: grounds[tuple(flat.area_ids)] for flat in flats}
    newest = [F("visited_at").desc(), F("id").desc()]
    turn = Window(RowNumber(), partition_by=[F("flat_id")], order_by=newest)
    rows = Visit.objects.filter(flat_id__in=list(seen)).annotate(turn=turn)
    held = list(rows.filter(turn__lte=LAST_VISITS).order_by("flat_id", "turn"))
    names = access.people({row.member_id for row in held})
    refs = {
        row.pk: row.note_ref
        for row in held
        if row.note_ref and (seen[row.flat_id].all_people or row.member_id == actor.member.pk)
    }
    notes = vault.reveal_many(refs.values(), actor=actor, purpose=Purpose.VISIT) if refs else {}
    found: dict[int, list[CarriedVisit]] = defaultdict(list)
    for row in held:
        who = names.get(row.member_id)
        note = notes.get(refs.get(row.pk, 0), "")
        by = who.title if who else ""
        found[row.flat_id].append(CarriedVisit(row.visited_at, row.outcome, by, note))
    return found
