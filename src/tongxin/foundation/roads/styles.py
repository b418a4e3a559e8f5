"""Styles for MapLibre GL: a calm pale base, or a raster service set up by the district.

No style names a `glyphs` address: MapLibre then draws every letter, Chinese and Latin, with the
fonts of the device (`text-font` is taken as a CSS font family), so no service is needed for words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from tongxin.foundation.roads.tiles import ATTRIBUTION, MAX_ZOOM, MIN_ZOOM
from tongxin.kernel.errors import BadInput

Style = dict[str, Any]
FONTS = ["Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "sans-serif"]
LIGHT = {
    "land": "#fbfaf7", "water": "#cfdfe8", "green": "#e4ebda", "building": "#efece4",
    "building_line": "#e3e1da", "rail": "#cfccc4", "minor": "#ffffff", "minor_line": "#dedbd2",
    "major": "#fdf6e4", "major_line": "#d9cfb4", "fast": "#f7e6c4", "fast_line": "#cdb98a",
    "path": "#cbc7bc", "ink": "#16202c", "soft": "#55606e", "halo": "#fbfaf7",
}  # fmt: skip
DARK = {
    "land": "#141a22", "water": "#1d2d3b", "green": "#1a2622", "building": "#1b222c",
    "building_line": "#262f3b", "rail": "#39424f", "minor": "#2a3340", "minor_line": "#1b222c",
    "major": "#37414f", "major_line": "#1b222c", "fast": "#46515f", "fast_line": "#1b222c",
    "path": "#38424f", "ink": "#e8eaed", "soft": "#a4adb8", "halo": "#141a22",
}  # fmt: skip
_FAST = ["motorway", "trunk"]
_MAJOR = ["primary", "secondary", "motorway_link", "trunk_link", "primary_link", "secondary_link"]
_MINOR = ["tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service",
          "pedestrian"]  # fmt: skip
_PATHS = ["footway", "path", "steps", "cycleway", "track", "ferry"]
_TIANDITU = (
    "https://t{n}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    "&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_WMTS_WORDS = {"{TileMatrix}": "{z}", "{TileRow}": "{y}", "{TileCol}": "{x}",
               "{Style}": "default", "{style}": "default"}  # fmt: skip


def map_style(
    base_url: str,
    source: Mapping[str, str] | None = None,
    *,
    dark: bool = False,
    bounds: tuple[float, float, float, float] | None = None,
    version: str = "",
) -> Style:
    """Return a MapLibre style.

    ``base_url`` is where the tiles of `BaseMap.tile` are served: ``{base_url}/{z}/{x}/{y}.pbf``;
    ``version`` (of the base map) is added so that browsers may keep tiles for ever. ``source``
    replaces the base map: ``{"kind": "tianditu", "key": …}``, ``{"kind": "xyz", "url": …}`` or
    ``{"kind": "wmts", "url": …}`` (both with ``attribution``; tiles must be WGS-84 or CGCS2000 in
    web Mercator: GCJ-02 services would be off by hundreds of metres).

    Raises:
        BadInput: the source is of an unknown kind, or lacks its key or address.
    """
    if source and source.get("kind", "base") != "base":
        return _raster_style(source, dark=dark)
    tiles = f"{base_url.rstrip('/')}/{{z}}/{{x}}/{{y}}.pbf" + (f"?v={version}" if version else "")
    vector: dict[str, Any] = {"type": "vector", "tiles": [tiles], "minzoom": MIN_ZOOM,
                              "maxzoom": MAX_ZOOM, "attribution": ATTRIBUTION}  # fmt: skip
    if bounds:
        vector["bounds"] = list(bounds)
    colours = DARK if dark else LIGHT
    layers = [_background(colours), *_areas(colours), *_ways(colours), *_words(colours)]
    return {"version": 8, "name": _name(dark=dark), "sources": {"base": vector}, "layers": layers}


def _name(*, dark: bool) -> str:
    return "Tongxin dark" if dark else "Tongxin light"


def _background(colours: Mapping[str, str]) -> Style:
    return {"id": "land", "type": "background", "paint": {"background-color": colours["land"]}}


def _layer(id_: str, kind: str, of: str, **rest: Any) -> Style:
    return {"id": id_, "type": kind, "source": "base", "source-layer": of, **rest}


def _by_zoom(*stops: float) -> list[Any]:
    return ["interpolate", ["exponential", 1.5], ["zoom"], *stops]


def _classes(names: list[str]) -> list[Any]:
    return ["in", ["get", "class"], ["literal", names]]


def _areas(c: Mapping[str, str]) -> list[Style]:
    areas, lines = ["==", ["geometry-type"], "Polygon"], ["==", ["geometry-type"], "LineString"]
    return [
        _layer("green", "fill", "green", paint={"fill-color": c["green"]}),
        _layer("water", "fill", "water", filter=areas, paint={"fill-color": c["water"]}),
        _layer("streams", "line", "water", filter=lines,
               paint={"line-color": c["water"], "line-width": _by_zoom(8, 0.6, 16, 6)}),
        _layer("buildings", "fill", "buildings", minzoom=14,
               paint={"fill-color": c["building"], "fill-outline-color": c["building_line"]}),
    ]  # fmt: skip


def _ways(c: Mapping[str, str]) -> list[Style]:
    kinds = (
        ("minor", _MINOR, (11, 0.3, 14, 2.2, 18, 16)),
        ("major", _MAJOR, (9, 0.5, 14, 4.2, 18, 24)),
        ("fast", _FAST, (8, 0.8, 14, 5.5, 18, 28)),
    )
    casings = [_road(f"{k}-line", names, c[f"{k}_line"], _wider(w)) for k, names, w in kinds]
    fillings = [_road(k, names, c[k], w) for k, names, w in kinds]
    rail = _layer("rail", "line", "rail", paint={"line-color": c["rail"], "line-width": 1.2,
                                                 "line-dasharray": [4, 2]})  # fmt: skip
    paths = _road("paths", _PATHS, c["path"], (14, 0.6, 18, 3))
    paths["paint"]["line-dasharray"] = [2, 1.5]
    return [rail, paths, *casings, *fillings]


def _wider(stops: tuple[float, ...]) -> tuple[float, ...]:
    """Add a rim to widths: the odd places are widths, the even ones zooms."""
    return tuple(stop + 1.4 if place % 2 else stop for place, stop in enumerate(stops))


def _road(id_: str, names: list[str], colour: str, stops: tuple[float, ...]) -> Style:
    return _layer(
        id_, "line", "roads", filter=_classes(names),
        layout={"line-cap": "round", "line-join": "round"},
        paint={"line-color": colour, "line-width": _by_zoom(*stops)},
    )  # fmt: skip


def _words(c: Mapping[str, str]) -> list[Style]:
    halo = {"text-halo-color": c["halo"], "text-halo-width": 1.4}
    street = {"text-field": ["get", "name"], "text-font": FONTS, "symbol-placement": "line",
              "text-size": _by_zoom(12, 11, 17, 14), "text-padding": 8}  # fmt: skip
    place = {"text-field": ["get", "name"], "text-font": FONTS, "text-max-width": 7,
             "text-size": ["match", ["get", "class"], ["city"], 18, ["town", "borough"], 15,
                           ["suburb", "village"], 13.5, 12]}  # fmt: skip
    named = ["has", "name"]
    return [
        _layer("water-words", "symbol", "water", filter=named, layout=place,
               paint={"text-color": c["soft"], **halo}),
        _layer("street-words", "symbol", "roads", filter=named, minzoom=12, layout=street,
               paint={"text-color": c["soft"], **halo}),
        _layer("place-words", "symbol", "places", filter=named, layout=place,
               paint={"text-color": c["ink"], **halo}),
    ]  # fmt: skip


def _raster_style(source: Mapping[str, str], *, dark: bool) -> Style:
    sources = _raster_sources(source)
    dim = {"raster-brightness-max": 0.55, "raster-saturation": -0.4} if dark else {
        "raster-saturation": -0.35, "raster-contrast": -0.1}  # fmt: skip
    layers = [{"id": id_, "type": "raster", "source": id_, "paint": dim} for id_ in sources]
    colours = DARK if dark else LIGHT
    return {"version": 8, "name": _name(dark=dark), "sources": sources,
            "layers": [_background(colours), *layers]}  # fmt: skip


def _raster_sources(source: Mapping[str, str]) -> dict[str, Any]:
    kind = source["kind"]
    if kind == "tianditu":
        key = quote(_wanted(source, "key"), safe="")
        return {layer: _raster([_TIANDITU.format(n=n, layer=layer, key=key) for n in range(8)],
                               "© 国家地理信息公共服务平台 天地图")
                for layer in ("vec", "cva")}  # fmt: skip
    if kind not in {"xyz", "wmts"}:
        raise BadInput("roads.map_source", _("The map source is of an unknown kind."),
                       field="kind")  # fmt: skip
    url = _wanted(source, "url")
    for theirs, ours in _WMTS_WORDS.items():
        url = url.replace(theirs, ours)
    if not all(word in url for word in ("{z}", "{x}", "{y}")) or not url.startswith("http"):
        raise BadInput("roads.map_url", _("The address of the map tiles lacks {z}, {x} or {y}."),
                       field="url")  # fmt: skip
    return {"raster": _raster([url], source.get("attribution", ""))}


def _wanted(source: Mapping[str, str], field: str) -> str:
    value = source.get(field, "").strip()
    if not value:
        raise BadInput("roads.map_source_lacks", _("The map source lacks its key or address."),
                       field=field)  # fmt: skip
    return value


def _raster(tiles: list[str], attribution: str) -> Style:
    return {"type": "raster", "tiles": tiles, "tileSize": 256, "maxzoom": 18,
            "attribution": attribution}  # fmt: skip
