"""Lists and sheets of homes from Excel: a dry run that names every bad row, then taking over."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import (
    addresses,
    books,
    bulk,
    drawing,
    keeping,
    policy,
    sheets,
    stamping,
)
from tongxin.domain.homes.books import Sheet
from tongxin.domain.homes.keeping import Ground
from tongxin.domain.homes.models import Flat, Part, Resident, SheetMapping, Unit
from tongxin.domain.homes.sheets import Said, Understood
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import addressing, locating
from tongxin.foundation.territory.models import Building
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import Spot
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import blind


class HomeFault(enum.StrEnum):
    """What can be wrong with a row; stable codes."""

    UNKNOWN_BUILDING = "unknown_building"
    SEVERAL_BUILDINGS = "several_buildings"
    NO_FLAT = "no_flat"
    WRONG_FLAT = "wrong_flat"
    WRONG_PHONE = "wrong_phone"
    WRONG_VALUE = "wrong_value"
    IDENTITY = "identity"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class BadHome:
    """One thing that is wrong with one row; ``code`` is the flat as the row says it."""

    source: str
    line: int
    code: str
    fault: HomeFault
    message: str


@dataclass(frozen=True, slots=True)
class GoodHome:
    """A row that can be taken: a flat of a building, perhaps with somebody in it."""

    line: int
    building_id: int
    unit: str
    flat: str
    floor: int
    column: int
    said: Said


@dataclass(slots=True)
class HomesPlan:
    """What a book would write, every bad row, and the columns that were dropped.

    ``refused`` are columns of categories that are never held, ``ignored`` those without use here.
    ``duplicates`` counts rows whose person the flat has already.
    """

    source: str
    form: str
    area_id: int
    columns: dict[str, str] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    refused: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    rows: list[GoodHome] = field(default_factory=list)
    bad: list[BadHome] = field(default_factory=list)
    duplicates: int = 0

    @property
    def is_clean(self) -> bool:
        """Tell whether there is no bad row."""
        return not self.bad

    @property
    def people(self) -> int:
        """Return how many rows name somebody."""
        return sum(row.said.has_person for row in self.rows)

    def refuse(self, said: Said, fault: HomeFault, message: object) -> None:
        """Add something that is wrong."""
        code = "".join((said.building, said.unit, said.flat))[:40]
        self.bad.append(BadHome(said.source, said.line, code, fault, str(message)))


@dataclass(frozen=True, slots=True)
class HomesApplied:
    """How many units, flats and people were added, and how many were there already."""

    units: int
    flats: int
    people: int
    duplicates: int


def plan_homes(
    path: Path,
    *,
    actor: Actor,
    area_id: int,
    columns: Mapping[str, str] | None = None,
    name: str = "",
) -> HomesPlan:
    """Read and check a book of homes of one station or beat; writes nothing.

    ``columns`` maps our fields to headings; what was told last for such a list, by this member or
    for this area, is remembered. ``name`` is the file's own where ``path`` is an upload. Raises
    ``Forbidden`` without the right there, ``NotFound`` off the ground, ``BadInput`` for no book.
    """
    _require(actor, area_id)
    book = books.read_book(path, name=name)
    told = dict(columns or {})
    understood = sheets.understand(book, {**_remembered(actor, area_id, book), **told})
    plan = HomesPlan(
        source=name or path.name,
        form=understood.form,
        area_id=area_id,
        columns=understood.columns,
        headings=understood.headings,
        refused=sorted(set(understood.refused)),
        ignored=sorted(set(understood.ignored)),
    )
    _check_all(plan, understood, area_id)
    with acting_as(actor):
        _drop_known(plan)
    return plan


def apply_homes(
    plan: HomesPlan, *, actor: Actor, ground: Ground, accept: bool = False
) -> HomesApplied:
    """Write a plan in one transaction, on one legal ground for all, and remember its columns.

    Raises ``BadInput`` when there are bad rows and ``accept`` is false, or the ground lacks
    something (consent, notice, rule).
    """
    _require(actor, plan.area_id)
    keeping.checked(ground, is_minor=False)
    if plan.bad and not accept:
        said = _("%(number)s bad rows: nothing was written. Mend them, or leave them out.")
        raise BadInput("homes.bad_rows", said % {"number": len(plan.bad)})
    with acting_as(actor):
        known = plan.duplicates
        _drop_known(plan)  # another hand may have been faster since the dry run
        units, flats, made = _write_flats(plan)
        people = [
            _person(flats[row.building_id, row.unit, row.flat], row.said)
            for row in plan.rows
            if row.said.has_person
        ]
        member_id = actor.member.pk if isinstance(actor, MemberActor) else 0
        bulk.enter_many(people, ground, entered_by=member_id)
        if len(people) >= bulk.MANY:
            bulk.refresh_statistics()
        stamping.touch({person.flat.pk for person in people})
        _remember(actor, plan)
        done = HomesApplied(units, made, len(people), max(known, plan.duplicates))
        audit.record(
            actor=str(actor),
            act="homes.imported",
            subject=f"area:{plan.area_id}",
            detail={
                "units": units, "flats": made, "people": len(people),
                "basis": ground.legal_basis, "refused": len(plan.refused),
            },
        )  # fmt: skip
    return done


@dataclass(frozen=True, slots=True)
class CellsFilled:
    """How many people were entered from cells, how many were known, and what was not taken."""

    people: int
    duplicates: int
    bad: tuple[BadHome, ...]
    flats: Mapping[int, int]
    """People entered, by flat."""


def fill_cells(
    building_id: int, cells: Sequence[tuple[int, str]], *, actor: Actor, ground: Ground
) -> CellsFilled:
    """Enter the people whom cells of a sheet name: flat and words, such as 张三 13800138000 业主.

    For an officer of that ground, on one legal ground for all. Who is in the flat already is left
    out; an identity number, a minor or another flat's number is named and not taken. Raises
    ``NotFound`` for a flat of another building.
    """
    keeping.checked(ground, is_minor=False)
    with policy.at_building(building_id, actor) as (_building, areas, _seen):
        policy.require_officer(actor, areas)
        rows = Flat.objects.filter(unit__building_id=building_id, pk__in=[c[0] for c in cells])
        locked = rows.select_related("unit").select_for_update(of=("self",)).order_by("id")
        flats = {flat.pk: flat for flat in locked}
        plan = HomesPlan("sheet", "sheets", 0)
        for flat_id, words in cells:
            if flat_id not in flats:
                raise policy.absent()
            _read_words(plan, flats[flat_id], words)
        _drop_known(plan)
        by_place = {_place(flat, building_id): flat for flat in flats.values()}
        people = [
            _person(by_place[row.building_id, row.unit, row.flat], row.said) for row in plan.rows
        ]
        bulk.enter_many(people, ground, entered_by=policy.member_of(actor).pk)
        stamping.touch({person.flat.pk for person in people})
        detail = {"people": len(people), "basis": ground.legal_basis}
        subject = f"building:{building_id}"
        audit.record(actor=str(actor), act="homes.cells_filled", subject=subject, detail=detail)
    entered = Counter(person.flat.pk for person in people)
    return CellsFilled(len(people), plan.duplicates, tuple(plan.bad), dict(entered))


def _read_words(plan: HomesPlan, flat: Flat, words: str) -> None:
    made = Understood()
    place = Said(flat.number, 0, unit=flat.unit.number, floor=flat.floor, column=flat.column)
    sheets.read_cell(made, place, words)
    if made.identities:
        said = _("The row holds an identity number: it is not taken over.")
        plan.refuse(replace(place, flat=flat.number), HomeFault.IDENTITY, said)
    building_id, unit, number = _place(flat, flat.unit.building_id)
    for one in made.said:
        before = len(plan.bad)
        if one.flat and addresses.flat_number(one.flat) != number:
            wrong = _("This cell says %(said)s, the plan %(flat)s.")
            told = wrong % {"said": one.flat, "flat": flat.number}
            plan.refuse(one, HomeFault.WRONG_FLAT, told)
        elif one.has_person:
            _check_person(plan, replace(one, flat=flat.number))
            if len(plan.bad) == before:
                home = GoodHome(0, building_id, unit, number, flat.floor, flat.column, one)
                plan.rows.append(home)


def _place(flat: Flat, building_id: int) -> tuple[int, str, str]:
    return building_id, addresses.number(flat.unit.number), addresses.flat_number(flat.number)


def _person(flat: Flat, said: Said) -> bulk.NewResident:
    return bulk.NewResident(
        flat=flat,
        fields=keeping.tidy(said.name, said.phone, said.note),
        part=said.part or Part.OCCUPANT,
        lives_here=_lives_here(said),
    )


def _require(actor: Actor, area_id: int) -> None:
    area = locating.area_info(area_id)
    policy.require_ground(actor, area.path)
    access.require(actor, Permission.SEE_REGISTER, area.path)


def _check_all(plan: HomesPlan, understood: Understood, area_id: int) -> None:
    buildings = _Buildings(area_id)
    for source, line in understood.identities:
        said = _("The row holds an identity number: it is not taken over.")
        plan.refuse(Said(source, line), HomeFault.IDENTITY, said)
    for row in understood.said:
        _check(plan, row, buildings)


def _check(plan: HomesPlan, said: Said, buildings: _Buildings) -> None:
    before = len(plan.bad)
    found = buildings.find(said)
    if len(found) != 1:
        _refuse_building(plan, said, several=bool(found))
    number = said.flat
    if not number and said.floor is not None and said.column is not None:
        number = drawing.default_number(said.floor, said.column)
    number = addresses.flat_number(number) if number else ""
    floor = said.floor or addresses.floor_of(addresses.parse(number).floor) or _low(number)
    _check_flat(plan, said, number, floor)
    _check_person(plan, said)
    if len(plan.bad) == before and floor is not None:
        column = said.column if said.column is not None else _column(number)
        unit = addresses.number(said.unit)
        plan.rows.append(GoodHome(said.line, found[0], unit, number, floor, column, said))


def _refuse_building(plan: HomesPlan, said: Said, *, several: bool) -> None:
    name = {"name": (said.estate + said.building)[:40] or said.source}
    if several:
        message = _("Several buildings are called “%(name)s”: name the estate.") % name
        plan.refuse(said, HomeFault.SEVERAL_BUILDINGS, message)
    else:
        absent = _("There is no building “%(name)s” on this ground.") % name
        plan.refuse(said, HomeFault.UNKNOWN_BUILDING, absent)


def _check_flat(plan: HomesPlan, said: Said, number: str, floor: int | None) -> None:
    if not number:
        plan.refuse(said, HomeFault.NO_FLAT, _("The row names no flat."))
    elif len(number) > 16 or floor is None or not drawing.LOWEST <= floor <= drawing.HIGHEST:
        wrong = _("“%(flat)s” is no flat's number.") % {"flat": said.flat[:20]}
        plan.refuse(said, HomeFault.WRONG_FLAT, wrong)


def _check_person(plan: HomesPlan, said: Said) -> None:
    if said.is_minor:
        message = _("Minors are entered one by one, with the guardian's consent.")
        plan.refuse(said, HomeFault.MINOR, message)
    if said.phone and not keeping.is_phone(said.phone):
        wrong = _("“%(phone)s” is no telephone number.") % {"phone": said.phone[:30]}
        plan.refuse(said, HomeFault.WRONG_PHONE, wrong)
    if len(said.name) > keeping.LONGEST_NAME or len(said.note) > keeping.LONGEST_NOTE:
        plan.refuse(said, HomeFault.WRONG_VALUE, _("The name or the note is too long."))


class _Buildings:
    """The buildings of a station or beat, found by number and estate."""

    def __init__(self, area_id: int) -> None:
        rows = list(Building.objects.defer("grams", "footprint"))
        where = locating.locate_many([Spot(row.lon, row.lat) for row in rows])
        self._by_number: dict[str, list[Building]] = defaultdict(list)
        for row, at in zip(rows, where, strict=True):
            if area_id in at.area_ids:
                self._by_number[addresses.number_of(row.name)].append(row)

    def find(self, said: Said) -> list[int]:
        """Return the ids of the buildings meant: one is right."""
        home = addresses.parse(said.building)
        number = home.building or addresses.number(said.building)
        place = addressing.normal(said.estate or home.place)
        held = self._by_number.get(number, [])
        if place:
            held = [row for row in held if self._is_in(row, place)]
        return [row.pk for row in held]

    @staticmethod
    def _is_in(row: Building, place: str) -> bool:
        estate = addressing.normal(row.estate or addresses.parse(row.name).place)
        return bool(estate) and (place in estate or estate in place)


def _low(number: str) -> int | None:
    """Return floor 1 for numbers without one: 12号 of a yard."""
    return 1 if number and len(number) <= 2 else None


def _column(number: str) -> int:
    digits = "".join(letter for letter in number if letter.isdigit())[-2:]
    return min(max(int(digits) - 1, 0), drawing.MOST_COLUMNS - 1) if digits else 0


def _lives_here(said: Said) -> bool:
    away = any(word in said.note for word in sheets.ELSEWHERE)
    return not (said.part == Part.OWNER and (away or said.state in ("let", "empty")))


def _drop_known(plan: HomesPlan) -> None:
    """Leave out people whom their flat has already: by the blind index, nothing is opened."""
    held = _held(plan.rows)
    seen: set[tuple[int, str, str, bytes]] = set()
    kept: list[GoodHome] = []
    for row in plan.rows:
        said = row.said
        if said.has_person:
            digest = blind.name(said.name) if said.name else blind.phone(said.phone)
            key = (row.building_id, row.unit, row.flat, digest)
            if key in seen or key in held:
                plan.duplicates += 1
                continue
            seen.add(key)
        kept.append(row)
    plan.rows = kept


def _held(rows: Iterable[GoodHome]) -> set[tuple[int, str, str, bytes]]:
    people = [row.said for row in rows if row.said.has_person]
    digests = [blind.name(s.name) if s.name else blind.phone(s.phone) for s in people]
    if not digests:
        return set()
    with vault.opened() as cursor:
        cursor.execute(
            "SELECT subject_id, blind_index FROM vault_entry WHERE blind_index = ANY(%s)",
            [digests],
        )
        found = [(row[0], bytes(row[1])) for row in cursor.fetchall()]
    flats = {
        subject: (building, addresses.number(unit), addresses.flat_number(flat))
        for subject, building, unit, flat in Resident.objects.filter(
            subject_id__in=[subject for subject, _digest in found], left_at__isnull=True
        ).values_list("subject_id", "flat__unit__building_id", "flat__unit__number", "flat__number")
    }
    return {(*flats[subject], digest) for subject, digest in found if subject in flats}


def _write_flats(plan: HomesPlan) -> tuple[int, dict[tuple[int, str, str], Flat], int]:
    """Write units and flats that are lacking; return how many units, all flats, how many new."""
    ids = {row.building_id for row in plan.rows}
    buildings = {b.pk: b for b in Building.objects.filter(pk__in=ids).defer("grams")}
    wanted: dict[tuple[int, str], list[GoodHome]] = defaultdict(list)
    for row in plan.rows:
        wanted[row.building_id, row.unit].append(row)
    units, made, flats = 0, 0, dict[tuple[int, str, str], Flat]()
    for (building_id, number), rows in wanted.items():
        unit, is_new = _unit(buildings[building_id], number, rows)
        units += is_new
        new = _flats_of(unit, rows, flats)
        made += len(new)
    return units, flats, made


def _unit(building: Building, number: str, rows: list[GoodHome]) -> tuple[Unit, bool]:
    held = Unit.objects.select_for_update().filter(building=building)
    unit = next((u for u in held if addresses.number(u.number) == number), None)
    is_new = unit is None
    if unit is None:
        areas = policy.ground_of(building)
        unit = Unit(building=building, number=number, position=len(held), area_ids=areas, version=0)
    unit.lowest = min(unit.lowest, *(row.floor for row in rows))
    unit.highest = max(unit.highest, *(row.floor for row in rows))
    unit.columns = max(unit.columns, *(row.column + 1 for row in rows))
    unit.version += 1
    with transaction.atomic():
        unit.save()
    return unit, is_new


def _flats_of(
    unit: Unit, rows: list[GoodHome], flats: dict[tuple[int, str, str], Flat]
) -> list[Flat]:
    held = {addresses.flat_number(flat.number): flat for flat in unit.flats.all()}
    new: dict[str, Flat] = {}
    for row in rows:
        flat = held.get(row.flat) or new.get(row.flat)
        if flat is None:
            name = unit.building.name
            flat = drawing.new_flat(unit, name, row.flat, row.floor, row.column)
            new[row.flat] = flat
        if row.said.state and flat.state != row.said.state:
            stamping.bump(flat, ["state"])
            flat.state, flat.confirmed_at = row.said.state, clock.now()
            flat.changed_at = clock.now()
        flats[row.building_id, row.unit, row.flat] = flat
    Flat.objects.bulk_create(new.values())
    seen = ["state", "confirmed_at", "stamps", "changed_at"]
    Flat.objects.bulk_update(held.values(), seen)
    return list(new.values())


def _remembered(actor: Actor, area_id: int, book: Sequence[Sheet]) -> dict[str, str]:
    """Return what was told last of a list whose headings are among the book's first rows."""
    lines = [cells for sheet in book[:8] for _line, cells in sheet.rows[:6]]
    rows = SheetMapping.objects.filter(
        holder__in=_holders(actor, area_id),
        headings__in={sheets.fingerprint(cells) for cells in lines},
    )
    found: dict[str, str] = {}
    for row in rows.order_by("holder"):  # area first: the member's own word wins
        found |= row.columns
    return found


def _remember(actor: Actor, plan: HomesPlan) -> None:
    if not plan.headings:
        return
    for holder in _holders(actor, plan.area_id):
        SheetMapping.objects.update_or_create(
            holder=holder,
            headings=sheets.fingerprint(plan.headings),
            defaults={"columns": plan.columns, "told_at": clock.now()},
        )


def _holders(actor: Actor, area_id: int) -> list[str]:
    own = [str(actor)] if isinstance(actor, MemberActor) else []
    return [f"area:{area_id}", *own]
