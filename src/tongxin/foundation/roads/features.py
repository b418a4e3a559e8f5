"""What the base map draws beside the roads: water, green, buildings, railways, names of places."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import osmium
import shapely

from tongxin.foundation.roads.osmreading import reading
from tongxin.kernel.geometry import Spot

LAYERS = ("water", "green", "buildings", "rail", "places")
_GREEN = {
    "leisure": {"park", "garden", "pitch", "golf_course", "playground", "nature_reserve"},
    "landuse": {"forest", "grass", "meadow", "recreation_ground", "cemetery", "orchard",
                "village_green", "allotments", "vineyard", "farmland", "flowerbed"},
    "natural": {"wood", "scrub", "grassland", "heath", "wetland"},
}  # fmt: skip
_WATER = {
    "natural": {"water", "bay"},
    "waterway": {"riverbank", "dock"},
    "landuse": {"reservoir", "basin"},
}
_STREAMS = {"river", "canal", "stream", "drain", "ditch"}
_RAIL = {"rail", "light_rail", "subway", "tram"}
_PLACES = {"city", "town", "suburb", "quarter", "neighbourhood", "village", "hamlet", "borough",
           "locality", "island"}  # fmt: skip
_LANDMARKS = {"hospital", "school", "police", "university", "college", "kindergarten",
              "fire_station", "townhall", "marketplace", "bus_station", "library"}  # fmt: skip
_AREA_KEYS = ("building", "natural", "water", "landuse", "leisure", "waterway", "amenity")


@dataclass(slots=True)
class Layer:
    """One layer's things: geometry in WGS-84 as WKB in hex, kind and name of each."""

    shapes: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, shape: str, kind: str, name: str = "") -> None:
        """Add one thing."""
        self.shapes.append(shape)
        self.kinds.append(kind)
        self.names.append(name)


@dataclass(slots=True)
class Features:
    """All layers by name (`LAYERS`)."""

    layers: dict[str, Layer] = field(default_factory=lambda: {name: Layer() for name in LAYERS})

    def add_place(self, spot: Spot, kind: str, name: str) -> None:
        """Add a named place; ``kind`` as in OpenStreetMap's `place` key, or a landmark's."""
        self.layers["places"].add(shapely.Point(spot).wkb_hex, kind, name)

    def add_area(self, layer: str, polygon: shapely.Geometry, kind: str, name: str = "") -> None:
        """Add a polygon in WGS-84 to ``water``, ``green`` or ``buildings``."""
        self.layers[layer].add(polygon.wkb_hex, kind, name)

    def save(self, path: Path) -> None:
        """Write everything into one file."""
        plain = {
            name: [layer.shapes, layer.kinds, layer.names] for name, layer in self.layers.items()
        }
        path.write_text(json.dumps(plain, ensure_ascii=False), "utf-8")


def load_features(path: Path) -> Features:
    """Read what `Features.save` wrote."""
    plain = json.loads(path.read_text("utf-8"))
    return Features({name: Layer(*columns) for name, columns in plain.items()})


def read_features(path: Path) -> Features:
    """Read the base map's things from an OpenStreetMap extract.

    Raises:
        BadInput: the file cannot be read.
    """
    features = Features()
    with reading(path):
        _read_lines_and_places(path, features)
        _read_areas(path, features)
    return features


def _read_lines_and_places(path: Path, features: Features) -> None:
    writer = osmium.geom.WKBFactory()
    things = (
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.KeyFilter("place", "amenity", "railway", "waterway"))
    )
    for thing in things:
        if isinstance(thing, osmium.osm.Node):
            _add_named_node(features, dict(thing.tags), thing.location)
        elif isinstance(thing, osmium.osm.Way):
            _add_line(features, writer, thing)


def _add_named_node(
    features: Features, tags: dict[str, str], location: osmium.osm.Location
) -> None:
    kind = place_kind(tags)
    if kind and tags.get("name") and location.valid():
        features.add_place(Spot(location.lon, location.lat), kind, tags["name"])


def place_kind(tags: dict[str, str]) -> str | None:
    """Tell what kind of named place the tags speak of."""
    if tags.get("place") in _PLACES:
        return tags["place"]
    if tags.get("railway") == "station":
        return "station"
    return "landmark" if tags.get("amenity") in _LANDMARKS else None


def _add_line(features: Features, writer: osmium.geom.WKBFactory, way: osmium.osm.Way) -> None:
    stream, rail = way.tags.get("waterway", ""), way.tags.get("railway", "")
    layer, kind = ("water", stream) if stream in _STREAMS else ("rail", rail)
    if not kind or kind not in _STREAMS | _RAIL or way.tags.get("tunnel") in {"yes", "culvert"}:
        return
    try:
        shape = writer.create_linestring(way)
    except (RuntimeError, osmium.InvalidLocationError):
        return  # a line with fewer than two known points is not drawn
    features.layers[layer].add(shape, kind, way.tags.get("name") or "")


def _read_areas(path: Path, features: Features) -> None:
    writer = osmium.geom.WKBFactory()
    wanted = osmium.filter.KeyFilter(*_AREA_KEYS)
    processor = osmium.FileProcessor(str(path)).with_areas(wanted).with_filter(wanted)
    for area in processor.with_filter(osmium.filter.EntityFilter(osmium.osm.AREA)):
        tags = dict(area.tags)
        found = area_kind(tags)
        if found is None or not isinstance(area, osmium.osm.Area):
            continue
        try:
            shape = writer.create_multipolygon(area)
        except (RuntimeError, osmium.InvalidLocationError):
            continue  # a torn outline is not drawn
        _add_area(features, found, shape, tags.get("name", ""))


def _add_area(features: Features, found: tuple[str, str], shape: str, name: str) -> None:
    layer, kind = found
    if layer != "places":
        features.layers[layer].add(shape, kind, "" if layer == "buildings" else name)
    if name and layer in {"green", "places"}:
        label = shapely.from_wkb(shape).representative_point()
        features.layers["places"].add(label.wkb_hex, kind, name)


def area_kind(tags: dict[str, str]) -> tuple[str, str] | None:
    """Tell the layer and kind of an area, or None when the base map does not draw it."""
    if tags.get("building", "no") != "no":
        return "buildings", "building"
    for layer, keys in (("water", _WATER), ("green", _GREEN)):
        for key, values in keys.items():
            if tags.get(key) in values:
                return layer, tags[key]
    if tags.get("landuse") == "residential" and tags.get("name"):
        return "places", "estate"
    if tags.get("amenity") in _LANDMARKS and tags.get("name"):
        return "places", "landmark"
    return None


def from_places(places: Iterable[tuple[Spot, str, str]]) -> Features:
    """Make features of (spot, kind, name) only."""
    features = Features()
    for spot, kind, name in places:
        features.add_place(spot, kind, name)
    return features
