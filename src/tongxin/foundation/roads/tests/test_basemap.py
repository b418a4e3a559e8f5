from __future__ import annotations

import gzip
import json
import math
from typing import Any

import mapbox_vector_tile
import pytest
import shapely

from tongxin.foundation.roads import importing
from tongxin.foundation.roads.features import Features
from tongxin.foundation.roads.styles import map_style
from tongxin.foundation.roads.tests.nets import SOUTH, WEST, corner, grid, spot, street
from tongxin.foundation.roads.tiles import MAX_ZOOM, MIN_ZOOM, BaseMap
from tongxin.kernel.errors import BadInput


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int, int]:
    n = 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return zoom, int((lon + 180) / 360 * n), int(y)


def decoded(base: BaseMap, zoom: int, at: tuple[float, float]) -> dict[str, Any]:
    data = base.tile(*tile_of(*at, zoom))
    assert data is not None
    layers: dict[str, Any] = mapbox_vector_tile.decode(
        gzip.decompress(data), default_options={"y_coord_down": True}
    )
    return layers


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseMap:
    folder = tmp_path_factory.mktemp("base")
    features = Features()
    features.add_place(spot(2, 2), "village", "喻家村")
    lake = shapely.Polygon([corner(0, 0), corner(2, 0), corner(2, 2), corner(0, 2)])
    features.add_area("water", lake, "water", "南湖")
    house = shapely.Polygon([corner(3, 3), corner(3.2, 3), corner(3.2, 3.2)])
    features.add_area("buildings", house, "building")
    lines = [*grid(6), street((6, 0), (7, 0), highway="motorway", name="二环")]
    report = importing.import_lines(lines, folder, features=features)
    return BaseMap(folder / "map" / report.version)


def test_the_near_view_has_streets_water_houses_and_names(base: BaseMap) -> None:
    layers = decoded(base, MAX_ZOOM, corner(2, 2))
    assert set(layers) == {"roads", "water", "buildings", "places"}
    assert {"喻家村"} == {f["properties"]["name"] for f in layers["places"]["features"]}
    assert "3路" in {f["properties"].get("name") for f in layers["roads"]["features"]}


def test_the_far_view_has_only_what_matters_there(base: BaseMap) -> None:
    layers = decoded(base, MIN_ZOOM, corner(6.5, 0))
    classes = {f["properties"]["class"] for f in layers["roads"]["features"]}
    assert "motorway" in classes
    assert not classes & {"residential", "service"}
    assert "buildings" not in layers


def test_things_lie_where_they_belong(base: BaseMap) -> None:
    """The village point, taken from the tile back to degrees, is where it was put."""
    layers = decoded(base, MAX_ZOOM, corner(2, 2))
    x, y = layers["places"]["features"][0]["geometry"]["coordinates"]
    zoom, column, row = tile_of(*corner(2, 2), MAX_ZOOM)
    lon = (column + x / 4096) / 2**zoom * 360 - 180
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (row + y / 4096) / 2**zoom))))
    assert (lon, lat) == pytest.approx(corner(2, 2), abs=1e-5)


def test_the_lake_keeps_its_size(base: BaseMap) -> None:
    layers = decoded(base, 12, corner(1, 1))
    lake = layers["water"]["features"][0]
    shape = shapely.from_geojson(json.dumps(lake["geometry"]))
    side = 2 * 0.002 / 360 * 2**12 * 4096
    assert shape.area == pytest.approx(side**2 / math.cos(math.radians(SOUTH)), rel=0.05)
    assert lake["properties"] == {"class": "water", "name": "南湖"}


def test_outside_the_map_there_is_no_tile(base: BaseMap) -> None:
    assert base.tile(*tile_of(0.0, 0.0, 14)) is None
    for odd in ((3, 0, 0), (15, 0, 0), (14, -1, 0), (14, 0, 2**14), (-1, 0, 0), (10**9, 1, 1)):
        assert base.tile(*odd) is None


def test_the_tiles_are_described(base: BaseMap) -> None:
    described = base.tilejson("/map/{z}/{x}/{y}.pbf")
    west, south, _east, _north = described["bounds"]
    assert (west, south) == pytest.approx((WEST, SOUTH))
    assert "OpenStreetMap" in described["attribution"]
    assert (described["minzoom"], described["maxzoom"]) == (8, 14)


@pytest.mark.parametrize("dark", [False, True])
def test_the_style_needs_no_service_but_ours(dark: bool) -> None:
    style = map_style("/map/tiles", dark=dark, version="v1")
    assert "glyphs" not in style  # letters are drawn by the device
    assert "sprite" not in style
    assert "http" not in json.dumps(style)
    assert style["sources"]["base"]["tiles"] == ["/map/tiles/{z}/{x}/{y}.pbf?v=v1"]
    used = {layer.get("source", "base") for layer in style["layers"]}
    assert used == set(style["sources"])
    assert map_style("/t", dark=True)["layers"][0] != map_style("/t")["layers"][0]


def test_tianditu_or_another_service_can_be_set_instead() -> None:
    tianditu = map_style("/t", {"kind": "tianditu", "key": "a b"})
    assert set(tianditu["sources"]) == {"vec", "cva"}
    url = tianditu["sources"]["cva"]["tiles"][0]
    assert "LAYER=cva" in url
    assert "tk=a%20b" in url
    assert "{z}" in url
    wmts = "https://example.org/{Style}/{TileMatrix}/{TileRow}/{TileCol}.png"
    raster = map_style("/t", {"kind": "wmts", "url": wmts, "attribution": "me"})
    assert raster["sources"]["raster"]["tiles"] == ["https://example.org/default/{z}/{y}/{x}.png"]


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "tianditu"},
        {"kind": "xyz", "url": ""},
        {"kind": "xyz", "url": "https://example.org/{z}.png"},
        {"kind": "xyz", "url": "javascript:{z}{x}{y}"},
        {"kind": "gopher", "url": "x"},
    ],
)
def test_a_half_set_source_is_refused(source: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        map_style("/t", source)
