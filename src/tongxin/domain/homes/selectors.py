"""Reading the register: own ground only, and no name, phone or note without `actions`."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from tongxin.domain.homes import policy
from tongxin.domain.homes.cards import (
    BuildingRow,
    CareCard,
    FlatAbove,
    FlatCard,
    FlatCell,
    FlatHit,
    Fresh,
    Plan,
    ResidentCard,
    UnitPlan,
)
from tongxin.domain.homes.finding import find_flats
from tongxin.domain.homes.models import CareMark, Flat, LookApproval, Part, Resident, Unit
from tongxin.domain.homes.policy import Sight
from tongxin.domain.homes.sheet_photos import SheetCard, waiting_sheets
from tongxin.domain.homes.waiting import (
    because_of_glass,
    because_of_look,
    glasses_to_review,
    home_questions,
    looks_to_decide,
    my_looks,
    protected_people,
    question_words,
    questions_of,
    register_grants,
)
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor, Scope
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.territory import addressing, locating, searching
from tongxin.foundation.territory.models import Building
from tongxin.kernel import clock
from tongxin.kernel.errors import Forbidden
from tongxin.kernel.geometry import Spot

__all__ = [
    "FRESH_DAYS",
    "BuildingRow",
    "FlatAbove",
    "FlatCard",
    "FlatCell",
    "FlatHit",
    "Plan",
    "ResidentCard",
    "SheetCard",
    "UnitPlan",
    "above",
    "because_of_glass",
    "because_of_look",
    "buildings",
    "find_flats",
    "flat",
    "glasses_to_review",
    "home_questions",
    "looks_to_decide",
    "my_looks",
    "plan",
    "protected_people",
    "question_words",
    "questions_of",
    "register_grants",
    "waiting_sheets",
]

FRESH_DAYS = 180
"""A flat confirmed within so many days is fresh."""
MOST_BUILDINGS = 2_000
_ALIKE = 0.6
_STATISTICS = """
    SELECT u.building_id, count(DISTINCT u.id), count(f.id), max(f.confirmed_at),
           min(f.confirmed_at), count(f.id) FILTER (WHERE f.confirmed_at IS NULL)
    FROM homes_unit u LEFT JOIN homes_flat f ON f.unit_id = u.id
    WHERE u.building_id = ANY(%s) GROUP BY u.building_id
"""


def buildings(member: Member, *, query: str = "") -> list[BuildingRow]:
    """Return the buildings on the member's own ground, in the order of their names.

    ``query`` keeps to those whose name or address is like it. Raises ``Forbidden`` for a member
    who uses no floor plans anywhere.
    """
    ground = register_scope(member)
    if not ground:
        raise Forbidden("homes.forbidden", policy.NO_PLANS, field="register")
    own = _buildings_on(ground)
    if query.strip():
        said = addressing.normal(query)
        own = [b for b in own if _like(said, b)]
    own = own[:MOST_BUILDINGS]
    with policy.as_member(member), connection.cursor() as cursor:
        cursor.execute(_STATISTICS, [[b.pk for b in own]])
        figures = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_building_row(b, figures.get(b.pk, (0, 0, None, None, 0))) for b in own]


def register_scope(member: Member) -> Scope:
    """Return the ground whose floor plans a member uses, as an officer or tending them."""
    sees = scope_of(member, Permission.SEE_REGISTER)
    tends = scope_of(member, Permission.TEND_REGISTER)
    return Scope(sees.area_ids | tends.area_ids)


def plan(member: Member, building_id: int) -> Plan:
    """Return a building's plan; four queries, however large.

    Raises ``NotFound`` off the member's ground, ``Forbidden`` without the right there.
    """
    with policy.looking_at_building(building_id, MemberActor(member)) as (building, seen):
        units = list(Unit.objects.filter(building_id=building_id).order_by("position", "id"))
        ids = [unit.pk for unit in units]
        flats = list(Flat.objects.filter(unit_id__in=ids).order_by("-floor", "column", "number"))
        cells = _cells(flats, seen)
    of_unit: dict[int, list[FlatCell]] = defaultdict(list)
    for row in flats:
        of_unit[row.unit_id].append(cells[row.pk])
    return Plan(
        building_id=building.pk,
        label=building.label,
        units=tuple(_unit_plan(unit, of_unit[unit.pk]) for unit in units),
        may_edit=seen.may_edit,
        may_call=bool(seen),
        may_see_care=bool(seen),
        through_glass=seen.glass_id is not None,
    )


def flat(member: Member, flat_id: int) -> FlatCard:
    """Return a flat with its residents, nameless; raises as ``plan`` does.

    A grid worker sees those whom he entered himself, all with a register grant. Who is protected
    is in nobody's list.
    """
    with policy.looking_at_flat(flat_id, MemberActor(member)) as (row, seen):
        cells = _cells([row], seen)
        people = _residents(flat_id, seen)
    return FlatCard(
        cell=cells[row.pk],
        building_id=row.unit.building_id,
        unit_id=row.unit_id,
        unit_number=row.unit.number,
        label=row.label,
        residents=people,
        may_edit=seen.may_edit,
        may_add=seen.may_edit,
        through_glass=seen.glass_id is not None,
    )


def above(member: Member, flat_id: int) -> list[FlatAbove]:
    """Return the flats above one of its unit, for water through the ceiling.

    The nearest floor first, on each those right above before those beside; raises as ``plan``.
    """
    with policy.looking_at_flat(flat_id, MemberActor(member)) as (row, seen):
        rows = list(Flat.objects.filter(unit_id=row.unit_id, floor__gt=row.floor))
        people = Resident.objects.filter(
            flat_id__in=[each.pk for each in rows], left_at__isnull=True, is_protected=False
        )
        of_flat: dict[int, list[Resident]] = defaultdict(list)
        for person in people:
            if seen.sees(person):
                of_flat[person.flat_id].append(person)
    found = [_flat_above(row, other, of_flat[other.pk]) for other in rows]
    return sorted(found, key=lambda a: (a.floor, not a.straight, a.number))


def freshness(confirmed_at: dt.datetime | None) -> Fresh:
    """Return how fresh something confirmed at that moment is."""
    if confirmed_at is None:
        return "unknown"
    return "fresh" if clock.now() - confirmed_at <= dt.timedelta(days=FRESH_DAYS) else "old"


def _buildings_on(ground: Scope) -> list[Building]:
    """Return buildings whose spot lies on the ground: those in its box, then asked one by one."""
    bounds = locating.ground_bounds(ground.area_ids)
    if bounds is None:
        return []
    west, south, east, north = bounds
    rows = list(
        Building.objects.defer("grams", "footprint")
        .filter(lon__range=(west, east), lat__range=(south, north))
        .order_by("estate", "pinyin", "id")
    )
    where = locating.locate_many([Spot(row.lon, row.lat) for row in rows])
    own = [row for row, at in zip(rows, where, strict=True) if ground.covers(at.area_ids)]
    return sorted(own, key=_by_number)


def _by_number(building: Building) -> tuple[str, int, str]:
    number = addressing.building_number(building.name)
    return building.estate, int(number) if number.isdigit() else 9_999, building.name


def _like(said: str, building: Building) -> bool:
    names = (addressing.normal(building.label), addressing.normal(building.address))
    return any(said in n or searching.likeness(said, n) >= _ALIKE for n in names if n)


def _building_row(building: Building, figures: tuple[object, ...]) -> BuildingRow:
    units, flats, freshest, oldest, unknown = figures
    return BuildingRow(
        id=building.pk,
        label=building.label,
        estate=building.estate,
        lon=building.lon,
        lat=building.lat,
        units=int(str(units)),
        flats=int(str(flats)),
        freshest=freshest if isinstance(freshest, dt.datetime) else None,
        oldest=oldest if isinstance(oldest, dt.datetime) else None,
        unknown_share=int(str(unknown)) / int(str(flats)) if flats else 1.0,
    )


def _unit_plan(unit: Unit, flats: Iterable[FlatCell]) -> UnitPlan:
    return UnitPlan(
        unit.pk, unit.number, unit.lowest, unit.highest, unit.columns, unit.version, tuple(flats)
    )


def _cells(rows: Sequence[Flat], seen: Sight) -> dict[int, FlatCell]:
    """Return the cells of flats, with what of their people is in sight: two queries.

    By keys, never by a join: while the database's statistics are young it takes minutes for one.
    """
    counted: dict[int, int] = defaultdict(int)
    care: dict[int, set[str]] = defaultdict(set)
    people = Resident.objects.filter(
        flat_id__in=[row.pk for row in rows], left_at__isnull=True, is_protected=False
    )
    living: dict[int, int] = {}
    for pk, flat_id, entered_by, lives in people.values_list(
        "pk", "flat_id", "entered_by", "lives_here"
    ):
        counted[flat_id] += seen.all_people or entered_by == seen.member_id
        if lives:
            living[pk] = flat_id
    mine = {} if seen.all_people else {"entered_by": seen.member_id}
    marks = CareMark.objects.filter(resident_id__in=list(living), ended_at__isnull=True, **mine)
    for resident_id, code in marks.values_list("resident_id", "code"):
        care[living[resident_id]].add(code)
    return {row.pk: _cell(row, counted[row.pk], tuple(sorted(care[row.pk]))) for row in rows}


def _cell(row: Flat, people: int, care: tuple[str, ...]) -> FlatCell:
    return FlatCell(
        id=row.pk,
        number=row.number,
        floor=row.floor,
        column=row.column,
        span=row.span,
        rise=row.rise,
        shape=row.shape,
        use=row.use,
        state=row.state,
        fresh=freshness(row.confirmed_at),
        confirmed_at=row.confirmed_at,
        care=care,
        has_dog=row.has_dog,
        charging_hazard=row.charging_hazard,
        no_visit=row.no_visit,
        people=people,
        version=row.version,
    )


def _residents(flat_id: int, seen: Sight) -> tuple[ResidentCard, ...]:
    rows = Resident.objects.filter(flat_id=flat_id, left_at__isnull=True, is_protected=False)
    people = [row for row in rows.order_by("ring_order", "id") if seen.sees(row)]
    marks: dict[int, list[CareMark]] = defaultdict(list)
    for mark in CareMark.objects.filter(resident__in=people, ended_at__isnull=True).order_by("id"):
        marks[mark.resident_id].append(mark)
    minors = [row.pk for row in people if row.is_minor]
    approvals = {
        row.resident_id: row
        for row in LookApproval.objects.filter(
            resident_id__in=minors, member_id=seen.member_id
        ).order_by("id")
    }
    return tuple(_resident_card(row, seen, marks[row.pk], approvals) for row in people)


def _resident_card(
    row: Resident, seen: Sight, marks: list[CareMark], approvals: Mapping[int, LookApproval]
) -> ResidentCard:
    approval = approvals.get(row.pk)
    return ResidentCard(
        id=row.pk,
        part=row.part,
        lives_here=row.lives_here,
        ring_order=row.ring_order,
        is_minor=row.is_minor,
        care=tuple(_care_card(mark, seen) for mark in marks if seen.sees(mark)),
        legal_basis=row.legal_basis,
        basis_rule=row.basis_rule,
        notice_version=row.notice_version,
        consented_at=row.consented_at,
        entered_by_me=row.entered_by == seen.member_id,
        may_amend=seen.may_edit,
        has_phone=row.phone_ref is not None,
        has_note=row.note_ref is not None,
        approval=approval.state if approval else "",
        approved_until=approval.valid_to if approval else None,
        confirmed_at=row.confirmed_at,
        version=row.version,
    )


def _care_card(mark: CareMark, seen: Sight) -> CareCard:
    return CareCard(
        id=mark.pk,
        code=mark.code,
        legal_basis=mark.legal_basis,
        basis_rule=mark.basis_rule,
        entered_by_me=mark.entered_by == seen.member_id,
    )


def _flat_above(below: Flat, other: Flat, people: list[Resident]) -> FlatAbove:
    right = other.column + other.span > below.column and other.column < below.column + below.span
    owners = [person for person in people if person.part == Part.OWNER]
    return FlatAbove(
        id=other.pk,
        number=other.number,
        floor=other.floor,
        state=other.state,
        straight=right,
        owner_elsewhere=any(not owner.lives_here for owner in owners),
        people=len(people),
    )
