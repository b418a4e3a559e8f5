"""Writes floor plans: full ones on the story's beat (S07), plans without anybody elsewhere.

Everybody is invented; telephone numbers are the demo's own, which no network routes.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from tongxin.config.demo.drawn import District, DrawnBuilding
from tongxin.config.demo.load_places import BATCH
from tongxin.config.demo.names import NameBook, phone_number
from tongxin.domain.homes import addresses, bulk, drawing
from tongxin.domain.homes.keeping import Ground
from tongxin.domain.homes.models import Care, CareMark, Flat, FlatState, Part, Resident, Unit
from tongxin.foundation.access.models import Member
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Building, Network
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

PHONES_FROM = 60_000_000
"""Where the residents' numbers begin; members' and callers' lie below."""
NOTICE = "2026-1"
CONSENT = Ground("consent", notice_version=NOTICE, consented=True)
GUARDIAN = Ground("guardian", notice_version=NOTICE, guardian_consented=True)
CARE_SHARE, MINOR_SHARE = 0.04, 0.12
_CARE = (
    *(Care.LIVES_ALONE, Care.LIVES_ALONE, Care.HARD_OF_HEARING, Care.WHEELCHAIR, Care.OXYGEN),
    *(Care.POOR_SIGHT, Care.MEMORY, Care.BEDRIDDEN, Care.DIALYSIS),
)
_STATES = (
    (0.72, FlatState.LIVED_IN),
    (0.88, FlatState.LET),
    (0.93, FlatState.EMPTY),
    (1.0, FlatState.UNKNOWN),
)
_FLATS = """
    INSERT INTO homes_flat (unit_id, number, floor, "column", span, rise, use, state, has_dog,
        charging_hazard, no_visit, address_key, area_ids, version)
    SELECT u.id, said.flat, floor, side, 1, 1, 'flat', 'unknown', false, false, false,
           given.house || '/' || said.flat || '/' || u.number, u.area_ids, 1
    FROM unnest(%s::bigint[], %s::varchar[]) AS given (id, house)
    JOIN homes_unit u ON u.id = given.id
    CROSS JOIN LATERAL generate_series(1, u.highest) AS floor
    CROSS JOIN LATERAL generate_series(0, u.columns - 1) AS side
    CROSS JOIN LATERAL (SELECT floor || lpad((side + 1)::text, 2, '0')) AS said (flat)
"""


@dataclass(frozen=True, slots=True)
class _Home:
    """A drawn building with its row's id and its areas."""

    drawn: DrawnBuilding
    pk: int
    areas: tuple[int, ...]
    grid: int | None


def write_homes(drawn: District, members: dict[str, int]) -> int:
    """Write the plans of all buildings and the residents of the story's beat; return those."""
    officer = next(members[m.code] for m in drawn.members if m.login == "officer")
    worker = next(m for m in drawn.members if m.login == "gridworker")
    homes = list(_homes(drawn.buildings))
    mine = [home for home in homes if home.drawn.beat_code == drawn.story.beat]
    others = [home for home in homes if home.drawn.beat_code != drawn.story.beat]
    _write_empty_plans(others)
    flats = _write_full_plans(mine, officer)
    residents = _Households(officer, members[worker.code], _own_grid(members[worker.code])).fill(
        flats, {home.pk: home.grid for home in mine}
    )
    bulk.refresh_statistics()
    return residents


def _homes(buildings: Sequence[DrawnBuilding]) -> Iterator[_Home]:
    ids = dict(Building.objects.values_list("code", "pk"))
    where = locating.locate_many([Spot(each.lon, each.lat) for each in buildings])
    for each, at in zip(buildings, where, strict=True):
        leaf = at.leaf.get(Network.GOVERNANCE)
        yield _Home(each, ids[each.code], at.area_ids, leaf.id if leaf else None)


def _own_grid(member_id: int) -> int | None:
    grants = Member.objects.get(pk=member_id).grants.values_list("area_id", flat=True)
    return grants.first()


def _units(home: _Home) -> list[Unit]:
    """Return the building's units, wide enough for its flats."""
    cells = max(1, home.drawn.units * home.drawn.floors)
    columns = max(1, min(drawing.MOST_COLUMNS, math.ceil(home.drawn.flats / cells)))
    return [
        Unit(
            building_id=home.pk,
            number=str(number) if home.drawn.units > 1 else "",
            position=number - 1,
            highest=home.drawn.floors,
            columns=columns,
            area_ids=list(home.areas),
        )
        for number in range(1, home.drawn.units + 1)
    ]


def _write_empty_plans(homes: Sequence[_Home]) -> None:
    """Write units in bulk, and their flats by one statement."""
    units = [unit for home in homes for unit in _units(home)]
    house = {home.pk: addresses.number_of(home.drawn.name) for home in homes}
    Unit.objects.bulk_create(units, batch_size=BATCH)
    with connection.cursor() as cursor:
        cursor.execute(_FLATS, [[u.pk for u in units], [house[u.building_id] for u in units]])


def _write_full_plans(homes: Sequence[_Home], officer: int) -> list[Flat]:
    """Write the story's plans with exactly the flats drawn, and what the officer saw of each."""
    rng = random.Random("tongxin/homes")  # noqa: S311 - a story, not secrets
    flats: list[Flat] = []
    for home in homes:
        units = Unit.objects.bulk_create(_units(home))
        cells = [
            drawing.new_flat(
                unit, home.drawn.name, drawing.default_number(floor, column), floor, column
            )
            for floor in range(1, home.drawn.floors + 1)
            for column in range(units[0].columns)
            for unit in units
        ]
        flats += cells[len(cells) - min(home.drawn.flats, len(cells)) :]  # shops below have none
    for flat in flats:
        _seen(flat, rng, officer)
    _leaking(flats)
    return Flat.objects.bulk_create(flats, batch_size=BATCH)


def _seen(flat: Flat, rng: random.Random, officer: int) -> None:
    chance = rng.random()
    flat.state = next(state for share, state in _STATES if chance <= share)
    flat.has_dog = rng.random() < 0.06
    flat.charging_hazard = rng.random() < 0.02
    flat.no_visit = rng.random() < 0.015
    if flat.state != FlatState.UNKNOWN:
        days = rng.randrange(170) if rng.random() < 0.75 else rng.randrange(190, 700)
        flat.confirmed_at = clock.now() - dt.timedelta(days=days)
        flat.confirmed_by = officer


def _leaking(flats: Sequence[Flat]) -> None:
    """Have an empty flat on a top floor, whose owner moved away, over one that is lived in."""
    top = next((f for f in flats if f.floor == f.unit.highest >= 5), None)
    if top is None:
        return
    below = next(
        f for f in flats
        if (f.unit, f.floor, f.column) == (top.unit, top.floor - 1, top.column)
    )  # fmt: skip
    top.state, below.state = FlatState.EMPTY, FlatState.LIVED_IN
    for flat in (top, below):
        flat.confirmed_at = clock.now() - dt.timedelta(days=20)


class _Households:
    """Who belongs to each flat: occupants, tenants, owners elsewhere; some children and needs."""

    def __init__(self, officer: int, worker: int, grid: int | None) -> None:
        self._rng = random.Random("tongxin/households")  # noqa: S311 - a story, not secrets
        self._book = NameBook("residents")
        self._officer, self._worker, self._grid = officer, worker, grid
        self._serial = PHONES_FROM

    def fill(self, flats: Sequence[Flat], grids: dict[int, int | None]) -> int:
        """Write them; the grid worker entered his own grid's third, the officer the others."""
        grown: dict[int, list[bulk.NewResident]] = {self._officer: [], self._worker: []}
        children: list[bulk.NewResident] = []
        for flat in flats:
            own = self._grid is not None and grids.get(flat.unit.building_id) == self._grid
            who = self._worker if own and self._rng.random() < 0.34 else self._officer
            grown[who] += self._of(flat)
            if flat.state == FlatState.LIVED_IN and self._rng.random() < MINOR_SHARE:
                children.append(self._person(flat, Part.OCCUPANT, order=9, is_minor=True))
        made: list[Resident] = []
        for who, people in grown.items():
            made += bulk.enter_many(people, CONSENT, entered_by=who)
        bulk.enter_many(children, GUARDIAN, entered_by=self._officer)
        self._mark_needs(made)
        return len(made) + len(children)

    def _of(self, flat: Flat) -> Iterator[bulk.NewResident]:
        if flat.state == FlatState.LIVED_IN:
            yield self._person(flat, Part.OCCUPANT)
            if self._rng.random() < 0.45:
                yield self._person(flat, Part.RELATIVE, lives_here=False, order=2)
        elif flat.state == FlatState.LET:
            yield self._person(flat, Part.TENANT)
            yield self._person(flat, Part.OWNER, lives_here=False, order=2)
        elif flat.state == FlatState.EMPTY:
            yield self._person(flat, Part.OWNER, lives_here=False)

    def _person(
        self,
        flat: Flat,
        part: Part,
        *,
        lives_here: bool = True,
        order: int = 1,
        is_minor: bool = False,
    ) -> bulk.NewResident:
        _surname, name = self._book.person()
        self._serial += 1
        fields = {"name": name}
        if not is_minor:
            fields["phone"] = phone_number(self._serial)
        if part == Part.OWNER and not lives_here and self._rng.random() < 0.3:
            fields["note"] = "搬走多年，钥匙在对门"
        return bulk.NewResident(flat, fields, part, lives_here, order, is_minor)

    def _mark_needs(self, people: Sequence[Resident]) -> None:
        now = clock.now()
        CareMark.objects.bulk_create(
            [
                CareMark(
                    resident=person,
                    code=self._rng.choice(_CARE),
                    legal_basis="consent",
                    consented_at=now,
                    entered_by=person.entered_by,
                    entered_at=now,
                    area_ids=person.area_ids,
                )
                for person in people
                if person.lives_here and self._rng.random() < CARE_SHARE
            ],
            batch_size=BATCH,
        )
