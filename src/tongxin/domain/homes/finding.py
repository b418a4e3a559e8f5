"""From words to a flat: an address as people say it, a name (also in pinyin) or a phone number.

Only on the member's own ground. An address is no secret; a search for a person is a look into the
register, so it needs a purpose and is in the trail. Protected persons and minors are never found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import addresses, policy
from tongxin.domain.homes.addresses import Home
from tongxin.domain.homes.cards import FlatHit, How
from tongxin.domain.homes.models import Resident
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor, Scope
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.territory import addressing, searching
from tongxin.foundation.territory.finding import find_place
from tongxin.foundation.territory.models import Building
from tongxin.kernel import prepared
from tongxin.kernel.errors import BadInput, Forbidden
from tongxin.kernel.geometry import Spot, distance_m
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import selectors as vault_selectors

MOST_HITS = 20
CATEGORY = "resident"
NEAR_M = 150.0
GOOD, WORST = 0.75, 0.45
_MOST_ROWS = 1_500
_MOST_SUBJECTS = 5_000
_PHONE = re.compile(r"\+?[\d\-() ]{5,20}")
_NAME = re.compile(r"[㐀-鿿·]{2,6}|[A-Za-z][A-Za-z' ·.-]{2,40}")
_BY_KEY = """
    SELECT f.id, f.number, f.floor, f."column", f.span, u.number, u.columns,
           b.id, b.name, b.estate, b.address, b.lon, b.lat
    FROM homes_flat f JOIN homes_unit u ON u.id = f.unit_id
    JOIN territory_building b ON b.id = u.building_id
    WHERE f.address_key >= %(low)s AND f.address_key < %(high)s
      AND f.area_ids && %(areas)s::bigint[] LIMIT %(limit)s
"""
_IN_BUILDINGS = """
    SELECT f.id, f.number, f.floor, f."column", f.span, u.number, u.columns,
           b.id, b.name, b.estate, b.address, b.lon, b.lat
    FROM homes_unit u JOIN homes_flat f ON u.id = f.unit_id
    JOIN territory_building b ON b.id = u.building_id
    WHERE u.building_id = ANY(%(buildings)s) AND f.area_ids && %(areas)s::bigint[]
    ORDER BY f.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class _Row:
    flat_id: int
    number: str
    floor: int
    column: int
    span: int
    unit: str
    columns: int
    building_id: int
    building: str
    estate: str
    address: str
    lon: float
    lat: float

    @property
    def building_label(self) -> str:
        return (
            self.building
            if self.building.startswith(self.estate)
            else (self.estate + self.building)
        )

    @property
    def label(self) -> str:
        return self.building_label + addresses.inside(self.unit, self.number)


def find_flats(
    member: Member,
    words: str,
    *,
    building_id: int | None = None,
    near: Spot | None = None,
    purpose: str = "",
    because: str = "",
) -> list[FlatHit]:
    """Return the flats on the member's own ground that answer ``words``, best first; 20 at most.

    An address (铁塔寺小区3号楼2单元501, 3-2-501, 5楼东户) needs no purpose. Where it names no
    estate, that of ``building_id`` or around ``near`` is meant, else the only one that fits, else
    all are
    given alike: a choice. Without a flat the buildings are given. A phone number, a full
    name or its pinyin is a look into the register: it needs a ``purpose`` (``Forbidden`` without,
    and the attempt is in the trail). Raises ``Forbidden`` without any right to floor plans.
    """
    ground = _scope(member)
    if not ground:
        raise Forbidden("homes.forbidden", policy.NO_PLANS, field="register")
    if not words.strip():
        raise BadInput("homes.nothing_said", _("Say what to look for."), field="words")
    if how := _is_person(words):
        places = [] if how == "phone" else _buildings(Home(place=addresses.plain(words)), ground)
        if not places:
            vault.note_look([f"homes-search:{how}"], member, purpose, because)
            return _people(member, words, how, ground)
        return places
    home = addresses.parse(words)
    if not home.names_a_flat:
        return _buildings(home, ground)
    with policy.as_member(member):
        return _flats(home, ground, building_id, near)[:MOST_HITS]


def _scope(member: Member) -> Scope:
    sees = scope_of(member, Permission.SEE_REGISTER)
    return Scope(sees.area_ids | scope_of(member, Permission.TEND_REGISTER).area_ids)


def _is_person(words: str) -> How | None:
    """Tell whether words look like a phone number or a name rather than an address."""
    text = words.strip()
    digits = sum(letter.isdigit() for letter in text)
    if _PHONE.fullmatch(text) and digits >= 7 and not re.fullmatch(r"\d+(-\d+)+", text):
        return "phone"
    if re.fullmatch(r"0\d{2,3}-\d{7,8}|\d{3}-\d{4}-\d{4}", text):
        return "phone"
    home = addresses.parse(text)
    bare = home == Home(place=home.place)
    return "name" if bare and _NAME.fullmatch(text) else None


def _flats(home: Home, ground: Scope, building_id: int | None, near: Spot | None) -> list[FlatHit]:
    here = _standing_in(building_id, near)
    if home.building:
        rows = [row for row in _by_key(home, ground) if _fits(row, home)]
        hits = _scored(rows, home, here)
        if hits and hits[0].likeness >= GOOD:
            return hits
    elif here is not None and not home.place:
        rows = _in_buildings([here.pk], ground)
        return _scored([row for row in rows if _fits(row, home)], home, here)
    found = [hit.building_id for hit in _buildings(home, ground)]
    rows = [row for row in _in_buildings(found, ground) if _fits(row, home)]
    return _scored(rows, home, here) or [
        FlatHit(None, pk, label, "address", 0.5) for pk, label in _labels(found)
    ]


def _by_key(home: Home, ground: Scope) -> list[_Row]:
    begins = f"{home.building}/"
    if home.flat:
        begins += f"{home.flat}/"
    low = begins + home.unit if home.flat and home.unit else begins
    high = low + "\x01" if low != begins else begins[:-1] + "0"  # "0" follows "/"
    return _rows(_BY_KEY, {"low": low, "high": high}, ground)


def _in_buildings(ids: Sequence[int], ground: Scope) -> list[_Row]:
    return _rows(_IN_BUILDINGS, {"buildings": list(ids)}, ground) if ids else []


def _rows(sql: str, values: dict[str, object], ground: Scope) -> list[_Row]:
    given = {**values, "areas": sorted(ground.area_ids), "limit": _MOST_ROWS}
    return [_Row(*row) for row in prepared.rows(sql, given)]


def _fits(row: _Row, home: Home) -> bool:
    if home.unit and addresses.number(row.unit) != home.unit:
        return False
    if home.flat:
        return addresses.flat_number(row.number) == home.flat
    column = addresses.column_of(home.side, row.columns)
    if row.floor != addresses.floor_of(home.floor) or column is None:
        return False
    return row.column <= column < row.column + row.span


def _scored(rows: Iterable[_Row], home: Home, here: Building | None) -> list[FlatHit]:
    hits = [
        FlatHit(row.flat_id, row.building_id, row.label, "address", round(score, 4), score >= 0.999)
        for row in rows
        if (score := _score(row, home, here)) >= WORST
    ]
    return sorted(hits, key=lambda hit: (-hit.likeness, hit.label))


def _score(row: _Row, home: Home, here: Building | None) -> float:
    if home.building and addresses.number_of(row.building) != home.building:
        return 0.0
    if not home.place:
        if here is None:
            return 1.0
        same = row.building_id == here.pk or (row.estate and row.estate == here.estate)
        return 1.0 if same else 0.6
    said = addressing.normal(home.place)
    names = {row.estate or addresses.parse(row.building).place, addresses.parse(row.address).place}
    return max(searching.likeness(said, addressing.normal(name)) for name in names if name or said)


def _standing_in(building_id: int | None, near: Spot | None) -> Building | None:
    """Return the building that is meant when no place is said."""
    if building_id is not None:
        return Building.objects.defer("grams", "footprint").filter(pk=building_id).first()
    if near is None:
        return None
    around = Building.objects.defer("grams", "footprint").filter(
        lon__range=(near.lon - 0.004, near.lon + 0.004),
        lat__range=(near.lat - 0.002, near.lat + 0.002),
    )
    apart = sorted((distance_m(near, Spot(b.lon, b.lat)), b.pk, b) for b in around)
    return apart[0][2] if apart and apart[0][0] <= NEAR_M else None


def _buildings(home: Home, ground: Scope) -> list[FlatHit]:
    said = home.place + (f"{home.building}号楼" if home.building else "")
    places = find_place(said, limit=MOST_HITS, within=ground.area_ids) if said else []
    hits: list[FlatHit] = []
    for place in places:
        if place.kind != "building":
            continue
        if place.ref:
            hits.append(FlatHit(None, place.ref, place.label, "address", place.score, place.exact))
        elif place.score >= GOOD:
            hits += _of_estate(place.label, ground, place.score)
    if home.building:
        named = [h for h in hits if addresses.number_of(h.label) == home.building]
        hits = named or hits
    return hits[: 10 * MOST_HITS] if home.building else hits[:MOST_HITS]


def _of_estate(estate: str, ground: Scope, score: float) -> list[FlatHit]:
    rows = Building.objects.defer("grams", "footprint").filter(estate=estate)
    own = [b for b in rows if ground.covers(policy.ground_of(b))]
    return [FlatHit(None, b.pk, b.label, "address", score) for b in sorted(own, key=_number)]


def _number(building: Building) -> tuple[int, str]:
    number = addresses.number_of(building.name)
    return (int(number) if number.isdigit() else 9_999, building.name)


def _labels(ids: Sequence[int]) -> list[tuple[int, str]]:
    rows = {b.pk: b.label for b in Building.objects.defer("grams").filter(pk__in=ids)}
    return [(pk, rows[pk]) for pk in ids if pk in rows]


def _people(member: Member, words: str, how: How, ground: Scope) -> list[FlatHit]:
    """Find by blind index; the look is in the trail already."""
    actor = MemberActor(member)
    with policy.as_member(member):
        rows = Resident.objects.filter(
            ground.filter("area_ids"),
            subject_id__in=_subjects(words, how),
            is_protected=False,
            is_minor=False,
            left_at__isnull=True,
        ).select_related("flat__unit__building")[:_MOST_ROWS]
        seen = [row for row in rows if policy.sight(actor, row.area_ids).sees(row)]
    hits = {row.flat_id: _person_hit(row, how) for row in seen}
    return sorted(hits.values(), key=lambda hit: hit.label)[:MOST_HITS]


def _subjects(words: str, how: How) -> list[int]:
    wanted = {CATEGORY}
    if how == "phone":
        return vault_selectors.find(phone=words, categories=wanted, limit=_MOST_SUBJECTS)
    if not words.isascii():
        return vault_selectors.find(name=words, categories=wanted, limit=_MOST_SUBJECTS)
    return vault_selectors.find(pinyin=words, categories=wanted, limit=_MOST_SUBJECTS)


def _person_hit(row: Resident, how: How) -> FlatHit:
    flat = row.flat
    return FlatHit(row.flat_id, flat.unit.building_id, flat.label, how, 1.0, exact=True)
