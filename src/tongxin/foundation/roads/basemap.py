"""The base map as vector tiles (Mapbox Vector Tile 2.1) in one MBTiles file, made at import.

Zooms 8 to 14; map pages draw closer views from zoom 14. Layers: water, green, buildings, rail,
roads (class, name), places (kind, name).
"""

from __future__ import annotations

import gzip
import json
import math
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import numpy.typing as npt
import shapely

from tongxin.foundation.roads.features import Features, load_features
from tongxin.foundation.roads.graph import Floats, Ints, RoadGraph, load_graph
from tongxin.foundation.roads.profiles import CLASSES
from tongxin.foundation.roads.tiles import ATTRIBUTION, FILE, MAX_ZOOM, MIN_ZOOM, vector_layers

Shapes = npt.NDArray[np.object_]
Tile = tuple[int, int, int, bytes]

_WORLD_M = 2 * math.pi * 6_378_137.0
_EXTENT = 4_096
_MARGIN = 96
_FEATURES_FILE = "features.json"
_MAX_LAT = 85.0
_STRIPE_TILES = 4
_ROAD_FROM = {"motorway": 8, "trunk": 8, "primary": 9, "motorway_link": 11, "trunk_link": 11,
              "secondary": 11, "primary_link": 12, "tertiary": 12, "secondary_link": 12,
              "tertiary_link": 13, "unclassified": 13, "residential": 13, "living_street": 13,
              "pedestrian": 13, "ferry": 10, "passage": 99}  # fmt: skip
_ROAD_FROM_ELSE = 14
_PLACE_FROM = {"city": 8, "town": 9, "borough": 10, "island": 10, "suburb": 11, "village": 12,
               "quarter": 12, "neighbourhood": 13, "hamlet": 13, "estate": 14}  # fmt: skip
_PLACE_FROM_ELSE = 14
_STREAM_FROM = {"river": 8, "canal": 11, "stream": 13, "drain": 14, "ditch": 14}
_AREA_TYPES = (3, 6)  # polygon and multipolygon, as GEOS numbers them
_AREA_FROM_PX2 = 6.0
"""Areas smaller than this many screen pixels are left out."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A stripe of one zoom: tile columns ``first``..``last``, rows ``top``..``bottom``."""

    folder: Path
    zoom: int
    first: int
    last: int
    top: int
    bottom: int


@dataclass(frozen=True)
class _Drawn:
    """One layer in metres of web Mercator with its classes and names."""

    shapes: Shapes
    kinds: npt.NDArray[np.str_]
    names: npt.NDArray[np.str_]
    tree: shapely.STRtree

    @classmethod
    def of(cls, shapes: Shapes, kinds: Iterable[str], names: Iterable[str]) -> _Drawn:
        return cls(shapes, np.array(list(kinds), dtype=str), np.array(list(names), dtype=str),
                   shapely.STRtree(shapes))  # fmt: skip

    def within(self, west: float, south: float, east: float, north: float) -> _Drawn:
        at = np.sort(self.tree.query(shapely.box(west, south, east, north)))
        return self.only(at)

    def only(self, at: Ints | npt.NDArray[np.bool_]) -> _Drawn:
        return _Drawn.of(self.shapes[at], self.kinds[at].tolist(), self.names[at].tolist())


def mercator(lonlat: Floats) -> Floats:
    """Turn degrees, shape (n, 2), into metres of web Mercator (EPSG:3857)."""
    lat = np.radians(np.clip(lonlat[:, 1], -_MAX_LAT, _MAX_LAT))
    x = lonlat[:, 0] / 360.0 * _WORLD_M
    y = np.log(np.tan(np.pi / 4 + lat / 2)) / (2 * np.pi) * _WORLD_M
    return np.stack([x, y], axis=1)


def _span(zoom: int, low: float, high: float) -> tuple[int, int]:
    """Return the first and last tile between two distances in metres from the map's edge."""
    size = _WORLD_M / 2**zoom
    return max(math.floor(low / size), 0), min(math.floor(high / size), 2**zoom - 1)


def prepare(folder: Path, graph: RoadGraph, features: Features) -> list[Batch]:
    """Lay the data out for drawing and cut the work into batches of about equal size."""
    features.save(folder / _FEATURES_FILE)
    west, south, east, north = graph.bounds
    (x0, y0), (x1, y1) = mercator(np.array([[west, south], [east, north]])).tolist()
    half = _WORLD_M / 2
    batches = []
    for zoom in range(MAX_ZOOM, MIN_ZOOM - 1, -1):
        first, last = _span(zoom, x0 + half, x1 + half)
        rows = _span(zoom, half - y1, half - y0)
        for start in range(first, last + 1, _STRIPE_TILES):
            batches.append(Batch(folder, zoom, start, min(start + _STRIPE_TILES - 1, last), *rows))
    return batches


@lru_cache(maxsize=1)
def _source(folder: Path) -> dict[str, _Drawn]:
    graph, features = load_graph(folder), load_features(folder / _FEATURES_FILE)
    layers = {"roads": _roads(graph)}
    for name, layer in features.layers.items():
        shapes = shapely.from_wkb(np.array(layer.shapes, dtype=object).reshape(-1))
        layers[name] = _Drawn.of(shapely.transform(shapes, mercator), layer.kinds, layer.names)
    return layers


def _roads(graph: RoadGraph) -> _Drawn:
    segment = np.repeat(np.arange(len(graph.tail)), np.diff(graph.starts))
    shapes = shapely.linestrings(mercator(np.asarray(graph.points)), indices=segment)
    kinds = np.array(CLASSES)[graph.road_class]
    return _Drawn.of(shapes, kinds.tolist(), np.array(graph.names)[graph.name].tolist())


def draw(batch: Batch) -> list[Tile]:
    """Draw all tiles of a batch as (zoom, column, row from north, gzipped tile)."""
    size = _WORLD_M / 2**batch.zoom
    rim = size * _MARGIN / _EXTENT
    west, east = (column * size - _WORLD_M / 2 for column in (batch.first, batch.last + 1))
    stripe = {}
    for name, layer in _source(batch.folder).items():
        shown = _shown_at(name, layer, batch.zoom)
        part = shown.within(west - rim, -_WORLD_M / 2, east + rim, _WORLD_M / 2)
        if len(part.shapes):
            stripe[name] = _simpler(name, part, batch.zoom)
    tiles = []
    for column in range(batch.first, batch.last + 1):
        for row in _rows(stripe, batch, column):
            data = _tile(stripe, batch.zoom, column, row)
            if data is not None:
                tiles.append((batch.zoom, column, row, data))
    return tiles


@lru_cache(maxsize=64)
def _zoom_rule(layer: str) -> tuple[dict[str, int], int]:
    rules = {"roads": (_ROAD_FROM, _ROAD_FROM_ELSE), "places": (_PLACE_FROM, _PLACE_FROM_ELSE),
             "water": (_STREAM_FROM, MIN_ZOOM), "green": ({}, 9), "buildings": ({}, 14),
             "rail": ({"tram": 14, "subway": 12}, 10)}  # fmt: skip
    return rules[layer]


def _shown_at(name: str, layer: _Drawn, zoom: int) -> _Drawn:
    from_zoom, otherwise = _zoom_rule(name)
    known, code = np.unique(layer.kinds, return_inverse=True)
    first = np.array([from_zoom.get(kind, otherwise) for kind in known.tolist()], dtype=np.int64)
    shown = first[code] <= zoom if len(known) else np.zeros(0, dtype=bool)
    if name in {"water", "green", "buildings"}:
        pixel = _WORLD_M / 2**zoom / 256
        area = shapely.area(layer.shapes)
        shown = shown & ((area == 0) | (area > _AREA_FROM_PX2 * pixel**2))
    return layer if shown.all() else layer.only(shown)


def _simpler(name: str, layer: _Drawn, zoom: int) -> _Drawn:
    """Join pieces of one street and drop bends nobody could see at this zoom."""
    if name == "places":
        return layer
    if name in {"roads", "rail"}:
        layer = _joined(layer)
    fine = _WORLD_M / 2**zoom / _EXTENT * (2.0 if zoom == MAX_ZOOM else 6.0)
    return _Drawn.of(shapely.simplify(layer.shapes, fine, preserve_topology=False),
                     layer.kinds.tolist(), layer.names.tolist())  # fmt: skip


def _joined(layer: _Drawn) -> _Drawn:
    labels = np.char.add(np.char.add(layer.kinds, "\n"), layer.names)
    known, code = np.unique(labels, return_inverse=True)
    order = np.argsort(code, kind="stable")
    gathered = shapely.multilinestrings(layer.shapes[order], indices=code[order])
    merged, owner = shapely.get_parts(shapely.line_merge(gathered), return_index=True)
    pairs = [label.split("\n", 1) for label in known.tolist()]
    return _Drawn.of(merged, [pairs[i][0] for i in owner], [pairs[i][1] for i in owner])


def _rows(stripe: dict[str, _Drawn], batch: Batch, column: int) -> range:
    """Return the rows of a column where something lies, within the batch."""
    size = _WORLD_M / 2**batch.zoom
    west = column * size - _WORLD_M / 2
    low, high = math.inf, -math.inf
    for layer in stripe.values():
        bounds = shapely.bounds(layer.shapes)
        touching = (bounds[:, 0] <= west + size) & (bounds[:, 2] >= west)
        if touching.any():
            low = min(low, float(np.nanmin(bounds[touching, 1])))
            high = max(high, float(np.nanmax(bounds[touching, 3])))
    if low > high:
        return range(0)
    top, bottom = _span(batch.zoom, _WORLD_M / 2 - high, _WORLD_M / 2 - low)
    return range(max(top, batch.top), min(bottom, batch.bottom) + 1)


def _tile(stripe: dict[str, _Drawn], zoom: int, column: int, row: int) -> bytes | None:
    size = _WORLD_M / 2**zoom
    west, north = column * size - _WORLD_M / 2, _WORLD_M / 2 - row * size
    layers = []
    for name, layer in stripe.items():
        features = _tile_features(name, layer, (west, north, size))
        if features:
            layers.append({"name": name, "features": features})
    if not layers:
        return None
    plain = mapbox_vector_tile.encode(
        layers, default_options={"y_coord_down": True, "check_winding_order": False}
    )
    return gzip.compress(plain, 6, mtime=0)


def _tile_features(
    name: str, layer: _Drawn, frame: tuple[float, float, float]
) -> list[dict[str, Any]]:
    west, north, size = frame
    rim = size * _MARGIN / _EXTENT
    sides = west - rim, north - size - rim, west + size + rim, north + rim
    at = layer.tree.query(shapely.box(*sides))
    if not len(at):
        return []
    at = np.sort(at)
    clipped = shapely.clip_by_rect(layer.shapes[at], *sides)

    def in_tile(xy: Floats) -> Floats:
        return np.rint((xy - (west, north)) * (_EXTENT / size, -_EXTENT / size))

    inside = ~shapely.is_empty(clipped)
    at, drawn = at[inside], _fit(shapely.transform(clipped[inside], in_tile))
    return _grouped(name, layer, at, drawn)


def _fit(shapes: Shapes) -> Shapes:
    """Leave out what whole units shrink to nothing, and wind rings as the format asks."""
    flat = np.isin(shapely.get_type_id(shapes), _AREA_TYPES)
    drawn = shapes.copy()
    drawn[flat & (shapely.area(shapes) < 1)] = None
    oriented: Shapes = shapely.orient_polygons(drawn, exterior_cw=False)
    return oriented


def _grouped(name: str, layer: _Drawn, at: Ints, drawn: Shapes) -> list[dict[str, Any]]:
    """Put shapes that share class and name into one feature: smaller tiles, fewer labels."""
    groups: dict[tuple[str, str], list[shapely.Geometry]] = {}
    for i, shape in zip(at.tolist(), drawn.tolist(), strict=True):
        for part in _plain_parts(shape):
            groups.setdefault((str(layer.kinds[i]), str(layer.names[i])), []).append(part)
    if name == "places":
        return [_feature(point, key) for key, points in groups.items() for point in points]
    return [_feature(_together(parts), key) for key, parts in groups.items()]


def _plain_parts(shape: shapely.Geometry | None) -> list[shapely.Geometry]:
    if shape is None or shape.is_empty:
        return []
    parts: list[shapely.Geometry] = list(getattr(shape, "geoms", [shape]))
    return parts


def _together(parts: list[shapely.Geometry]) -> shapely.Geometry:
    areas = [part for part in parts if part.geom_type == "Polygon"]
    if areas:
        return shapely.MultiPolygon(areas)
    return shapely.MultiLineString([part for part in parts if part.geom_type == "LineString"])


def _feature(shape: shapely.Geometry, key: tuple[str, str]) -> dict[str, Any]:
    kind, name = key
    return {"geometry": shape, "properties": {"class": kind, **({"name": name} if name else {})}}


def write(folder: Path, tiles: Iterable[Tile], graph: RoadGraph) -> int:
    """Write the tiles into the version's MBTiles file; return how many."""
    (folder / _FEATURES_FILE).unlink(missing_ok=True)
    west, south, east, north = graph.bounds
    metadata = {
        "name": "Tongxin base map", "format": "pbf", "minzoom": str(MIN_ZOOM),
        "maxzoom": str(MAX_ZOOM), "bounds": f"{west},{south},{east},{north}",
        "attribution": ATTRIBUTION, "json": json.dumps({"vector_layers": vector_layers()}),
    }  # fmt: skip
    connection = sqlite3.connect(folder / FILE)
    with connection:
        connection.execute("CREATE TABLE metadata (name TEXT PRIMARY KEY, value TEXT)")
        connection.execute(
            "CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER,"
            " tile_data BLOB, PRIMARY KEY (zoom_level, tile_column, tile_row)) WITHOUT ROWID"
        )
        connection.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
        rows = [(z, x, 2**z - 1 - y, data) for z, x, y, data in tiles]
        connection.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return len(rows)
