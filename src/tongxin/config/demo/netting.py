"""A generated street net: a warped grid with arterials, a ring, back streets and village lanes.

It serves where no network gives the real streets, and in tests. The same call gives the same net.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import shapely

from tongxin.config.demo.plane import OUTLINE, to_degrees, to_metres, window

STEP_M = 120.0
ARTERIAL, COLLECTOR, STREET = 8, 4, 2
TOWN_HALF_M = 4_300.0
RING_STEPS = 32
SEED = 20_240_607

Point = tuple[float, float]
Node = tuple[int, int]


def generated_lines() -> tuple[list[tuple[Point, ...]], list[str]]:
    """Return street lines in degrees with their classes; all hang together."""
    west, south, east, north = window()
    corners = to_metres(np.array([[west, south], [east, north]]))
    span = (corners / STEP_M).round().astype(int)
    links = _connected(dict(_links(span[0], span[1])))
    lines = [_drawn(a, b) for a, b in links]
    return lines, list(links.values())


def _links(low: np.ndarray, high: np.ndarray) -> Iterator[tuple[tuple[Node, Node], str]]:
    rng = np.random.default_rng(SEED)
    for i in range(int(low[0]), int(high[0])):
        for j in range(int(low[1]), int(high[1])):
            for along, line in (((i + 1, j), j), ((i, j + 1), i)):
                road_class = _class_of(line, _townness((i + along[0]) / 2, (j + along[1]) / 2), rng)
                if road_class:
                    yield ((i, j), along), road_class


def _class_of(line: int, townness: float, rng: np.random.Generator) -> str | None:
    draw = float(rng.random())
    if line % RING_STEPS == 0:
        return "trunk"
    if line % (2 * ARTERIAL) == 0:
        return "primary"
    if line % ARTERIAL == 0:
        return "secondary" if draw < 0.25 + 2 * townness else None
    if line % COLLECTOR == 0:
        return "tertiary" if draw < 0.1 + 1.6 * townness else None
    likely = 0.95 * townness if line % STREET == 0 else 0.7 * townness**2
    return _small_street(townness) if draw < likely + 0.02 else None


def _small_street(townness: float) -> str:
    return "residential" if townness > 0.35 else "unclassified"


def _townness(i: float, j: float) -> float:
    """Return 1 in the old town, falling to 0 in the fields south of it."""
    x, y = i * STEP_M, j * STEP_M
    far = math.hypot(x - 1_500.0, y - 3_500.0) / TOWN_HALF_M
    return math.exp(-(far**2) / 2.5)


def _connected(links: dict[tuple[Node, Node], str]) -> dict[tuple[Node, Node], str]:
    """Keep what is reached from the longest net of streets."""
    root: dict[Node, Node] = {}

    def find(node: Node) -> Node:
        while root.setdefault(node, node) != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for a, b in links:
        root[find(a)] = find(b)
    roots = [find(a) for a, _ in links]
    biggest = max(set(roots), key=roots.count) if len(set(roots)) > 1 else roots[0]
    return {ends: c for (ends, c), of in zip(links.items(), roots, strict=True) if of == biggest}


def _drawn(a: Node, b: Node) -> tuple[Point, ...]:
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    metres = np.array([_warped(*a), _warped(*middle), _warped(*b)])
    return tuple((round(lon, 7), round(lat, 7)) for lon, lat in to_degrees(metres).tolist())


def _warped(i: float, j: float) -> Point:
    x, y = i * STEP_M, j * STEP_M
    return (
        x + 90 * math.sin(y / 1_900) + 35 * math.sin(x / 610 + y / 830),
        y + 110 * math.sin(x / 2_300) + 35 * math.sin(y / 700 - x / 940),
    )


def outline_polygon() -> shapely.Polygon:
    """Return the district's outline in degrees."""
    return shapely.Polygon(OUTLINE)
