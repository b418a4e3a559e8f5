"""Small invented street nets for the tests."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping
from pathlib import Path

import osmium

from tongxin.foundation.roads import folders, importing
from tongxin.foundation.roads.cch import CchNetwork
from tongxin.foundation.roads.importing import RoadLine
from tongxin.kernel.geometry import Spot

WEST, SOUTH = 114.30, 30.59
STEP = 0.002
"""Side of a block in degrees, about 190 m east and 220 m north."""


def corner(column: float, row: float) -> tuple[float, float]:
    return WEST + column * STEP, SOUTH + row * STEP


def spot(column: float, row: float) -> Spot:
    return Spot(*corner(column, row))


def street(a: tuple[float, float], b: tuple[float, float], **more: object) -> RoadLine:
    return RoadLine([corner(*a), corner(*b)], **{"highway": "residential", **more})  # type: ignore[arg-type]


def grid(size: int, seed: int = 1) -> list[RoadLine]:
    """A square net of streets of mixed class, a fifth of them one-way, some missing."""
    draw = random.Random(seed)
    lines = []
    for column, row in itertools.product(range(size), repeat=2):
        for east, north in ((1, 0), (0, 1)):
            if column + east < size and row + north < size and draw.random() > 0.08:
                lines.append(
                    street(
                        (column, row),
                        (column + east, row + north),
                        highway=draw.choice(["residential", "tertiary", "primary", "service"]),
                        oneway=draw.choice(["", "", "", "yes", "-1"]),
                        name=f"{row}路" if east else f"{column}街",
                    )
                )
    return lines


def opened(lines: Iterable[RoadLine], folder: Path) -> CchNetwork:
    importing.import_lines(lines, folder)
    current = folders.current_folder(folder)
    assert current is not None
    return CchNetwork(current)


def write_osm(
    path: Path,
    nodes: Mapping[int, tuple[tuple[float, float], Mapping[str, str]]],
    ways: Mapping[int, tuple[list[int], Mapping[str, str]]],
    relations: Iterable[tuple[list[tuple[str, int, str]], Mapping[str, str]]] = (),
) -> Path:
    """Write an extract; nodes lie at (column, row) of the net."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for ref, (at, tags) in nodes.items():
            writer.add_node(osmium.osm.mutable.Node(id=ref, location=corner(*at), tags=dict(tags)))
        for ref, (refs, tags) in ways.items():
            writer.add_way(osmium.osm.mutable.Way(id=ref, nodes=refs, tags=dict(tags)))
        for ref, (members, tags) in enumerate(relations, 1):
            writer.add_relation(
                osmium.osm.mutable.Relation(
                    id=ref, members=members, tags={"type": "restriction", **tags}
                )
            )
    return path


def imported(osm: Path, folder: Path) -> CchNetwork:
    importing.import_map(osm, folder)
    current = folders.current_folder(folder)
    assert current is not None
    return CchNetwork(current)
