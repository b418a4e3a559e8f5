"""From words to a place and from a spot to words."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from tongxin.foundation.territory import addressing, locating, lookup, searching
from tongxin.foundation.territory.addressing import Address
from tongxin.foundation.territory.ground import AreaInfo, Located
from tongxin.foundation.territory.lookup import PlaceKind, Row
from tongxin.foundation.territory.models import Level, Network
from tongxin.foundation.territory.plane import METRES_PER_DEGREE
from tongxin.kernel import prepared
from tongxin.kernel.geometry import Spot, distance_m

NEAR_M = 80.0
"""A landmark or building this near names a spot."""
WORST_SCORE = 0.45
GOOD_SCORE = 0.75
_CANDIDATES = 60
_CANDIDATES_WITHIN = 300
_KIND_ORDER = ("landmark", "building", "area", "post", "street")
_LABEL_ORDER = (Network.GOVERNANCE, Network.POLICE, Network.CIVIC, Network.URBAN)


@dataclass(frozen=True, slots=True)
class Place:
    """A place that answers what somebody typed.

    ``label`` never holds a flat; unit and flat, where they were said, are in ``address``. ``score``
    is from 0 to 1, ``exact`` tells that the very name (and building) was said. ``ref`` is the id of
    the landmark, building, area or post, 0 for an estate that stands for all its buildings.
    """

    label: str
    lon: float
    lat: float
    kind: PlaceKind
    exact: bool
    score: float
    ref: int = 0
    address: Address | None = None

    @property
    def spot(self) -> Spot:
        """Return where it is, in WGS-84."""
        return Spot(self.lon, self.lat)


@dataclass(frozen=True, slots=True)
class _Candidate:
    kind: PlaceKind
    ref: int
    label: str
    names: tuple[str, ...]
    number: str
    lon: float
    lat: float


_NEAR = """
    SELECT name, '', lon, lat FROM territory_landmark
    WHERE kind = 'landmark' AND point(lon, lat) <@ box(point(%(w)s, %(s)s), point(%(e)s, %(n)s))
    UNION ALL
    SELECT name, estate, lon, lat FROM territory_building
    WHERE point(lon, lat) <@ box(point(%(w)s, %(s)s), point(%(e)s, %(n)s))
"""


def find_place(text: str, limit: int = 8, within: Collection[int] | None = None) -> list[Place]:
    """Return the places that best answer ``text``, best first; empty when nothing is like it.

    Takes Chinese, full pinyin (``tietasi``) and initials (``tts``), forgives typing mistakes, and
    takes addresses apart: for 铁塔寺小区3号楼2单元501 it returns the building, with unit and flat
    in ``address``. Without a building number the buildings of an estate answer as one. ``within``
    keeps to places on these areas; an empty collection finds nothing.
    """
    address = addressing.parse(text)
    if not (address.place or address.building) or (within is not None and not within):
        return []
    candidates = _CANDIDATES if within is None else _CANDIDATES_WITHIN
    return _on_ground(_best(address, candidates), within)[:limit]


def place_label(spot: Spot, located: Located | None = None) -> tuple[str, bool]:
    """Return how people call a spot, and whether that is exact.

    The nearest landmark or building within 80 m, else the name of the grid or beat. Never a flat.
    """
    near = sorted((distance_m(spot, Spot(lon, lat)), n, e) for n, e, lon, lat in _near(spot))
    if near and near[0][0] <= NEAR_M:
        _metres, name, estate = near[0]
        return (name if name.startswith(estate) else estate + name), True
    return _area_label(located or locating.locate(spot)), False


def _best(address: Address, limit: int) -> list[Place]:
    """Look up what has every piece that was said; only if nothing fits, what has some of them."""
    said = address.place + (f"{address.building}号楼" if address.building else "")
    whole = address.has_building
    exact = _scored(lookup.with_all_pieces(said, whole_buildings=whole, limit=limit), address)
    if exact and exact[0].score >= GOOD_SCORE:
        return exact
    like = _scored(lookup.with_some_pieces(said, whole_buildings=whole, limit=limit), address)
    return _sorted({(p.kind, p.ref, p.label): p for p in [*exact, *like]}.values())


def _scored(rows: Iterable[Row], address: Address) -> list[Place]:
    candidates = {(c.kind, c.ref, c.label): c for c in (_candidate(r, address) for r in rows)}
    places = [_place(candidate, address) for candidate in candidates.values()]
    return _sorted(place for place in places if place.score >= WORST_SCORE)


def _sorted(places: Iterable[Place]) -> list[Place]:
    return sorted(
        places, key=lambda p: (-p.score, _KIND_ORDER.index(p.kind), len(p.label), p.label)
    )


def _candidate(row: Row, address: Address) -> _Candidate:
    """Build a candidate; an estate stands for its buildings unless a building was asked for."""
    kind, ref, name, estate, others, lon, lat = row
    number = addressing.building_number(name) if kind == "building" else ""
    if kind == "building" and estate and not address.has_building:
        return _Candidate("building", 0, estate, (estate, *others), "", lon, lat)
    label = name if name.startswith(estate) else estate + name
    names = (estate or name, *(_without_building(other) for other in others))
    if kind == "area":
        centre = locating.area_info(ref).centroid
        lon, lat = centre
    return _Candidate(kind, ref, label, names if number else (label, *others), number, lon, lat)


def _without_building(address: str) -> str:
    return addressing.parse(address).place


def _place(candidate: _Candidate, address: Address) -> Place:
    score = max(
        searching.likeness(address.place, addressing.normal(name)) for name in candidate.names
    )
    if address.has_building:
        score = _building_score(candidate, address, score)
    return Place(
        label=candidate.label,
        lon=candidate.lon,
        lat=candidate.lat,
        kind=candidate.kind,
        exact=score >= 0.999,
        score=round(score, 4),
        ref=candidate.ref,
        address=replace(address) if candidate.number == address.building != "" else None,
    )


def _building_score(candidate: _Candidate, address: Address, place_score: float) -> float:
    """Let the right building of the right estate win, then the estate, then other buildings."""
    if candidate.number == address.building:
        return place_score if address.place else 0.9
    return place_score * (0.6 if candidate.number else 0.75)


def _on_ground(places: list[Place], within: Collection[int] | None) -> list[Place]:
    if within is None:
        return places
    ground = frozenset(within)
    located = locating.locate_many([place.spot for place in places])
    return [
        place
        for place, where in zip(places, located, strict=True)
        if not ground.isdisjoint(where.area_ids)
    ]


def _near(spot: Spot) -> list[tuple[str, str, float, float]]:
    north = NEAR_M / METRES_PER_DEGREE
    east = north / max(0.01, math.cos(math.radians(spot.lat)))
    around = {
        "w": spot.lon - east,
        "e": spot.lon + east,
        "s": spot.lat - north,
        "n": spot.lat + north,
    }
    return [(name, estate, lon, lat) for name, estate, lon, lat in prepared.rows(_NEAR, around)]


def _area_label(located: Located) -> str:
    for network in _LABEL_ORDER:
        info = located.leaf.get(network)
        if info is not None:
            return _full_name(info)
    return ""


def _full_name(info: AreaInfo) -> str:
    """Put the community's name before a grid's own, which is often only a number."""
    if info.level is not Level.GRID or info.parent_id is None:
        return info.name
    parent = locating.area_info(info.parent_id).name
    return info.name if info.name.startswith(parent) else parent + info.name
