"""The ground of one day in memory: which areas of the four networks look after a spot.

Pure: it is built from records and never asks the database. One Shapely STRtree holds the lowest
areas (leaves) of all networks, so that one look-up answers for all four.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from shapely import STRtree

from tongxin.foundation.territory.models import FaultKind, Level, Network
from tongxin.foundation.territory.plane import Plane
from tongxin.kernel.geometry import Spot

NETWORKS = tuple(Network)
BORDER_NOISE_M = 0.1
"""Nearer to a border than this, a spot is on it: neither a gap nor an overlap."""
OUTSIDE_M = 2_000.0
"""Farther than this from every area, and outside the network's outline, is not our ground."""
CELL_DEGREES = 0.0005
_KEPT_ANSWERS = 50_000


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """One area as the database has it; ``shape`` is a Shapely polygon in WGS-84."""

    id: int
    network: Network
    level: Level
    code: str
    name: str
    number: int
    path: tuple[int, ...]
    shape: Any
    is_village: bool = False
    promise_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class AreaInfo:
    """What others need to know of an area.

    ``path`` lists the ids from the root down to this area; ``promise_minutes`` is its own or the
    nearest ancestor's; ``centroid`` lies inside it.
    """

    id: int
    network: Network
    level: Level
    code: str
    name: str
    number: int
    path: tuple[int, ...]
    promise_minutes: int | None
    is_village: bool
    centroid: Spot

    @property
    def parent_id(self) -> int | None:
        """Return the id of the area above, ``None`` at the top."""
        return self.path[-2] if len(self.path) > 1 else None


@dataclass(frozen=True, slots=True)
class FoundFault:
    """A gap or an overlap met while answering: ``area_ids`` are the areas that claim the spot.

    Two faults with one ``signature`` are the same: the same pair of areas, or a gap in the same
    cell of about 50 m.
    """

    network: Network
    kind: FaultKind
    spot: Spot
    answered: AreaInfo
    area_ids: tuple[int, ...]

    @property
    def signature(self) -> str:
        """Return the key under which this fault is counted once."""
        if self.kind is FaultKind.OVERLAP:
            return f"{self.network.value}:overlap:" + "-".join(map(str, self.area_ids[:4]))
        cell = (math.floor(degrees / CELL_DEGREES) for degrees in self.spot)
        return f"{self.network.value}:gap:" + ":".join(map(str, cell))


@dataclass(frozen=True, slots=True)
class Located:
    """Who looks after a spot, by area: the leaf of each network and all areas with ancestors.

    A spot outside every network has no leaf; ``area_ids`` then holds the branches, so that what is
    reported there is still seen by somebody.
    """

    leaf: Mapping[Network, AreaInfo | None]
    area_ids: tuple[int, ...]
    faults: tuple[FoundFault, ...] = ()

    @property
    def promise_minutes(self) -> int | None:
        """Return the promised minutes of the spot: the police network's, else the first."""
        promised = [info.promise_minutes for info in self.leaf.values() if info]
        return next((minutes for minutes in promised if minutes), None)

    @property
    def is_outside(self) -> bool:
        """Tell whether no network knows the spot."""
        return not any(self.leaf.values())


@dataclass(slots=True)
class _Leaves:
    """The leaves of one network with their own tree: for the spots that no leaf covers."""

    infos: list[AreaInfo]
    tree: STRtree
    hull: Any


@dataclass
class Ground:
    """All areas that hold on one day; answers are immutable and may be kept."""

    records: Sequence[AreaRecord]
    plane: Plane = field(init=False)
    bounds: tuple[float, ...] = field(init=False)
    infos: dict[int, AreaInfo] = field(init=False)
    _answers: dict[bytes, Located] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        shapes = np.array([record.shape for record in self.records], dtype=object)
        bounds = shapely.total_bounds(shapes) if len(shapes) else (0.0, 0.0, 0.0, 0.0)
        self.bounds = tuple(float(value) for value in bounds)
        self.plane = Plane.around(self.bounds)  # type: ignore[arg-type]
        self._flat = self.plane.flatten(shapes) if len(shapes) else shapes
        self.infos = _infos(self.records, self.plane, self._flat)
        parents = {record.path[-2] for record in self.records if len(record.path) > 1}
        self._leaf_rows = [
            row for row, record in enumerate(self.records) if record.id not in parents
        ]
        self._leaf_infos = [self.infos[self.records[row].id] for row in self._leaf_rows]
        self._tree = STRtree(self._flat[self._leaf_rows] if self._leaf_rows else [])
        self._lon, self._lat = self.plane.lon, self.plane.lat
        self._east, self._north = self.plane.east, self.plane.north

    def bounds_of(self, area_ids: Collection[int]) -> tuple[float, ...] | None:
        """Return west, south, east, north of some areas in degrees; ``None`` when all are gone."""
        shapes = [record.shape for record in self.records if record.id in area_ids]
        return tuple(float(v) for v in shapely.total_bounds(shapes)) if shapes else None

    def locate(self, spot: Spot) -> Located:
        """Answer for one spot (WGS-84): the hot path, one tree query for all four networks."""
        point = shapely.Point(
            (spot[0] - self._lon) * self._east, (spot[1] - self._lat) * self._north
        )
        hits = self._tree.query(point, predicate="intersects")
        known = self._answers.get(hits.tobytes())
        return known if known is not None else self._answer(spot, point, hits)

    def locate_many(self, spots: Sequence[Spot]) -> list[Located]:
        """Answer for many spots at once, in their order; about 2 µs each."""
        if not len(spots):
            return []
        xy = np.asarray(spots, dtype=float) - (self._lon, self._lat)
        points = shapely.points(xy * (self._east, self._north))
        which, leaves = self._tree.query(points, predicate="intersects")
        order = np.argsort(which, kind="stable")
        splits = np.searchsorted(which[order], np.arange(1, len(spots)))
        answers = []
        for spot, point, hits in zip(spots, points, np.split(leaves[order], splits), strict=True):
            known = self._answers.get(hits.tobytes())
            answers.append(known if known is not None else self._answer(spot, point, hits))
        return answers

    def shape_of(self, area_id: int) -> Any:
        """Return the area's polygon in WGS-84."""
        return self._by_id[area_id].shape

    def flat_shape_of(self, area_id: int) -> Any:
        """Return the area's polygon on the sheet, in metres."""
        return self._flat[self._row_of[area_id]]

    def leaves(self, network: Network) -> list[AreaInfo]:
        """Return the lowest areas of a network."""
        return [info for info in self._leaf_infos if info.network is network]

    def children(self, area_id: int) -> list[AreaInfo]:
        """Return the areas right below ``area_id``."""
        return [info for info in self.infos.values() if info.parent_id == area_id]

    def roots(self, network: Network) -> list[AreaInfo]:
        """Return the topmost areas of a network."""
        return [i for i in self.infos.values() if i.network is network and len(i.path) == 1]

    @cached_property
    def _by_id(self) -> dict[int, AreaRecord]:
        return {record.id: record for record in self.records}

    @cached_property
    def _row_of(self) -> dict[int, int]:
        return {record.id: row for row, record in enumerate(self.records)}

    @cached_property
    def _networks(self) -> dict[Network, _Leaves]:
        return {network: self._leaves_of(network) for network in NETWORKS if self.roots(network)}

    @cached_property
    def _branches(self) -> tuple[int, ...]:
        return tuple(i.id for i in self.infos.values() if i.level is Level.BRANCH)

    @cached_property
    def _whole_tree(self) -> STRtree:
        return STRtree(self._flat)

    def _leaves_of(self, network: Network) -> _Leaves:
        infos = self.leaves(network)
        shapes = np.array([self.flat_shape_of(info.id) for info in infos], dtype=object)
        roots = [self.flat_shape_of(info.id) for info in self.roots(network)]
        hull = shapely.convex_hull(shapely.geometrycollections([*roots, *shapes]))
        shapely.prepare(hull)
        return _Leaves(infos, STRtree(shapes), hull)

    def _answer(self, spot: Spot, point: Any, hits: Any) -> Located:
        """Work out an answer that is not known yet; keep it when it holds for the whole overlay."""
        claims: dict[Network, list[AreaInfo]] = {}
        for hit in hits:
            info = self._leaf_infos[hit]
            claims.setdefault(info.network, []).append(info)
        leaf: dict[Network, AreaInfo | None] = dict.fromkeys(NETWORKS)
        faults: list[FoundFault] = []
        for network in self._networks:
            leaf[network], fault = self._settle(network, claims.get(network, []), spot, point)
            faults += [fault] if fault else []
        area_ids = _with_ancestors(leaf.values()) or self._branches
        located = Located(MappingProxyType(leaf), area_ids, tuple(faults))
        if len(claims) == len(hits) == len(self._networks) and len(self._answers) < _KEPT_ANSWERS:
            self._answers[hits.tobytes()] = located
        return located

    def _settle(
        self, network: Network, claims: list[AreaInfo], spot: Spot, point: Any
    ) -> tuple[AreaInfo | None, FoundFault | None]:
        """Give one network's answer: the claim, the lowest-numbered of several, or the nearest."""
        if not claims:
            return self._nearest(network, spot, point)
        first = min(claims, key=_order)
        if len(claims) == 1:
            return first, None
        inside = sorted(info.id for info in claims if self._well_inside(info, point))
        if len(inside) < 2:  # on a border that neighbours share
            return first, None
        return first, FoundFault(network, FaultKind.OVERLAP, spot, first, tuple(inside))

    def _well_inside(self, info: AreaInfo, point: Any) -> bool:
        border = shapely.boundary(self.flat_shape_of(info.id))
        return bool(shapely.distance(border, point) > BORDER_NOISE_M)

    def _nearest(
        self, network: Network, spot: Spot, point: Any
    ) -> tuple[AreaInfo | None, FoundFault | None]:
        """Answer a gap with the nearest leaf, preferring those under the same parent."""
        leaves = self._networks[network]
        rows, metres = leaves.tree.query_nearest(point, return_distance=True, all_matches=True)
        distance = float(metres[0])
        near = min((leaves.infos[row] for row in rows), key=_order)
        if distance <= BORDER_NOISE_M:
            return near, None
        if distance > OUTSIDE_M and not leaves.hull.intersects(point):
            return None, None
        near = self._nearest_under_parent(network, point) or near
        return near, FoundFault(network, FaultKind.GAP, spot, near, ())

    def _nearest_under_parent(self, network: Network, point: Any) -> AreaInfo | None:
        """Return the nearest leaf below the lowest area that covers the point, if one does."""
        rows = self._whole_tree.query(point, predicate="intersects")
        covering = [self.infos[self.records[row].id] for row in rows]
        covering = [info for info in covering if info.network is network]
        if not covering:
            return None
        parent = max(covering, key=lambda info: len(info.path))
        below = [info for info in self.leaves(network) if parent.id in info.path]
        return min(
            below,
            key=lambda info: (shapely.distance(self.flat_shape_of(info.id), point), *_order(info)),
            default=None,
        )


def _order(info: AreaInfo) -> tuple[int, int]:
    return info.number, info.id


def _with_ancestors(leaves: Iterable[AreaInfo | None]) -> tuple[int, ...]:
    ids = (area_id for info in leaves if info for area_id in info.path)
    return tuple(dict.fromkeys(ids))


def _infos(records: Sequence[AreaRecord], plane: Plane, flat: Any) -> dict[int, AreaInfo]:
    promises = {record.id: record.promise_minutes for record in records}
    middles = _middles(flat) if len(records) else []
    return {
        record.id: AreaInfo(
            id=record.id,
            network=record.network,
            level=record.level,
            code=record.code,
            name=record.name,
            number=record.number,
            path=record.path,
            promise_minutes=_inherited(promises, record.path),
            is_village=record.is_village,
            centroid=plane.spot(*middle),
        )
        for record, middle in zip(records, middles, strict=True)
    }


def _middles(flat: Any) -> list[tuple[float, float]]:
    """Return the centroid of each polygon, or a point inside where the centroid falls outside."""
    middles = shapely.centroid(flat)
    outside = ~shapely.intersects(flat, middles)
    middles[outside] = shapely.point_on_surface(flat[outside])
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(middles)]


def _inherited(promises: Mapping[int, int | None], path: Sequence[int]) -> int | None:
    return next((promises[i] for i in reversed(path) if promises.get(i) is not None), None)
