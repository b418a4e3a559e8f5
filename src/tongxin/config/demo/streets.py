"""The demo's streets: real ones of Wuhan where they can be had, else a generated net."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import shapely
from pyproj import Transformer

from tongxin.config.demo.netting import generated_lines
from tongxin.config.demo.plane import window
from tongxin.config.demo.street_names import name_streets
from tongxin.config.demo.wuhan import ATTRIBUTION, NoStreets, fetch_wuhan

WUHAN_EPSG = 32650
DECIMALS = 7


@dataclass(frozen=True, slots=True)
class StreetLine:
    """A street between two crossings: points in WGS-84 degrees (lon, lat), class, invented name.

    ``road_class`` is a value of OpenStreetMap's ``highway`` key; neighbours share end points
    exactly.
    """

    points: tuple[tuple[float, float], ...]
    road_class: str
    name: str


@dataclass(frozen=True, slots=True)
class StreetNet:
    """All streets of the demo; ``real`` tells whether they exist, ``told`` says so in words."""

    lines: tuple[StreetLine, ...]
    real: bool
    told: str
    attribution: str


def demo_streets(downloads: Path, *, offline: bool = False) -> StreetNet:
    """Return the streets round the demo's ground; never fails for want of a network."""
    if not offline:
        try:
            return wuhan_streets(fetch_wuhan(downloads))
        except NoStreets as reason:
            return generated_streets(str(reason))
    return generated_streets("No network was asked for; generated streets are used.")


def wuhan_streets(parquet: Path) -> StreetNet:
    """Read the real streets inside the demo's window and give them invented names."""
    table = pq.read_table(parquet, columns=["highway", "geometry"])
    shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    classes = np.array(table["highway"].to_pylist(), dtype=str)
    turn = Transformer.from_crs(WUHAN_EPSG, 4326, always_xy=True)
    shapes = shapely.transform(
        shapes, lambda c: np.round(np.column_stack(turn.transform(c[:, 0], c[:, 1])), DECIMALS)
    )
    inside = shapely.intersects(shapes, shapely.box(*window()))
    lines = [tuple(map(tuple, shapely.get_coordinates(shape).tolist())) for shape in shapes[inside]]
    told = "Streets of Wuhan from OpenStreetMap; the names of streets and places are invented."
    return _named(lines, classes[inside].tolist(), real=True, told=told, attribution=ATTRIBUTION)


def generated_streets(reason: str) -> StreetNet:
    """Make a street net without any map; it looks like a town and says that it is none."""
    lines, classes = generated_lines()
    told = f"{reason} This town does not exist."
    return _named(lines, classes, real=False, told=told, attribution="")


def _named(
    lines: list[tuple[tuple[float, float], ...]],
    classes: list[str],
    *,
    real: bool,
    told: str,
    attribution: str,
) -> StreetNet:
    names = name_streets(lines, classes)
    streets = tuple(
        StreetLine(points, road_class, name)
        for points, road_class, name in zip(lines, classes, names, strict=True)
    )
    return StreetNet(streets, real, told, attribution)
