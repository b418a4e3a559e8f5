"""Reads an OpenStreetMap extract into flat arrays: ways that somebody travels, barriers, lights."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.roads.profiles import WayRule, barrier_rule, way_rule
from tongxin.kernel.errors import BadInput

_ONE_WAY_MIN_NODES = 2
_CAR_KEYS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction")
_CAR_EXCEPTED = {"motorcar", "motor_vehicle"}


@dataclass(slots=True)
class RawRoads:
    """Ways as the map draws them.

    ``refs``, ``lon``, ``lat`` are flat over all ways; way ``i`` has the points
    ``starts[i]:starts[i + 1]``. A point with the same ref is the same place to travellers.
    """

    refs: array[int] = field(default_factory=lambda: array("q"))
    lon: array[float] = field(default_factory=lambda: array("d"))
    lat: array[float] = field(default_factory=lambda: array("d"))
    starts: array[int] = field(default_factory=lambda: array("q", [0]))
    way_ids: array[int] = field(default_factory=lambda: array("q"))
    rules: list[WayRule] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    barriers: dict[int, tuple[bool, bool, bool]] = field(default_factory=dict)
    signals: set[int] = field(default_factory=set)
    restrictions: list[Restriction] = field(default_factory=list)

    def add_way(
        self, way_id: int, rule: WayRule, name: str, points: list[tuple[int, float, float]]
    ) -> None:
        """Add one way of (ref, lon, lat) points; ways of fewer than two points are left out."""
        if len(points) < _ONE_WAY_MIN_NODES:
            return
        for ref, lon, lat in points:
            self.refs.append(ref)
            self.lon.append(lon)
            self.lat.append(lat)
        self.starts.append(len(self.refs))
        self.way_ids.append(way_id)
        self.rules.append(rule)
        self.names.append(name)

    def columns(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return refs, shape (n,), and coordinates in degrees, shape (n, 2)."""
        lonlat = np.stack([np.array(self.lon), np.array(self.lat)], axis=1)
        return np.array(self.refs, dtype=np.int64), lonlat


@dataclass(frozen=True, slots=True)
class Restriction:
    """A turn that is forbidden (``only`` false) or the only one allowed, for cars."""

    from_ways: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]
    only: bool


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the reader says about a broken file into one clear sentence.

    Raises:
        BadInput: the file is absent, not an OSM extract, or cut short.
    """
    if not path.is_file():
        raise BadInput("roads.no_file", _("There is no map file at this path."), field="map")
    if path.stat().st_size == 0:
        raise BadInput("roads.empty_file", _("The map file is empty."), field="map")
    try:
        yield
    except (RuntimeError, ValueError, OSError, MemoryError) as broken:
        raise BadInput(
            "roads.unreadable",
            _("The map file cannot be read as an OpenStreetMap extract; fetch it again."),
            field="map",
        ) from broken


def read_roads(path: Path) -> RawRoads:
    """Read everything that travellers need from an ``.osm.pbf`` (or other OSM) file.

    Raises:
        BadInput: the file cannot be read, or holds no road.
    """
    raw = RawRoads()
    with reading(path):
        _read_nodes(path, raw)
        _read_ways(path, raw)
        _read_restrictions(path, raw)
    if not raw.rules:
        raise BadInput("roads.no_roads", _("The map holds no road."), field="map")
    return raw


def _read_nodes(path: Path, raw: RawRoads) -> None:
    tagged = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
        osmium.filter.KeyFilter("barrier", "highway")
    )
    for node in tagged:
        tags = dict(node.tags)
        passes = barrier_rule(tags)
        if passes is not None:
            raw.barriers[node.id] = passes
        if tags.get("highway") == "traffic_signals":
            raw.signals.add(node.id)


def _read_ways(path: Path, raw: RawRoads) -> None:
    ways = (
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.KeyFilter("highway", "route"))
    )
    for way in ways:
        tags = dict(way.tags)
        rule = way_rule(tags)
        if rule is not None and isinstance(way, osmium.osm.Way):
            points = [(n.ref, n.lon, n.lat) for n in way.nodes if n.location.valid()]
            raw.add_way(way.id, rule, tags.get("name", ""), points)


def _read_restrictions(path: Path, raw: RawRoads) -> None:
    relations = osmium.FileProcessor(str(path), osmium.osm.RELATION).with_filter(
        osmium.filter.TagFilter(("type", "restriction"))
    )
    for relation in relations:
        kind = _car_restriction(dict(relation.tags))
        if kind is not None and isinstance(relation, osmium.osm.Relation):
            members = [(m.type, m.role, m.ref) for m in relation.members]
            restriction = _restriction(kind, members)
            if restriction is not None:
                raw.restrictions.append(restriction)


def _car_restriction(tags: dict[str, str]) -> str | None:
    if _CAR_EXCEPTED & {part.strip() for part in tags.get("except", "").split(";")}:
        return None
    return next((tags[key] for key in _CAR_KEYS if key in tags), None)


def _restriction(kind: str, members: list[tuple[str, str, int]]) -> Restriction | None:
    def ways(role: str) -> tuple[int, ...]:
        return tuple(ref for type_, of, ref in members if type_ == "w" and of == role)

    via_nodes = [ref for type_, role, ref in members if type_ == "n" and role == "via"]
    via_ways = ways("via")
    if not kind.startswith(("no_", "only_")) or not ways("from") or not ways("to"):
        return None
    if len(via_nodes) + min(len(via_ways), 1) != 1:
        return None
    via_node = via_nodes[0] if via_nodes else None
    return Restriction(ways("from"), via_node, via_ways, ways("to"), kind.startswith("only_"))
