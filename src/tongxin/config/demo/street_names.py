"""Invented names for streets: segments that run on into each other share one name."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import shapely

from tongxin.config.demo.names import NameBook
from tongxin.config.demo.plane import to_metres

Line = tuple[tuple[float, float], ...]

SUFFIXES = {
    "trunk": "大道",
    "primary": "大道",
    "secondary": "路",
    "tertiary": "路",
    "residential": "街",
    "unclassified": "村道",
}
SHORTEST_M = {"residential": 220.0, "unclassified": 350.0}
SHORTEST_OTHER_M = 300.0
STRAIGHT_DEG = 40.0
TWIN_M = 45.0


def name_streets(lines: Sequence[Line], classes: Sequence[str]) -> list[str]:
    """Return a name for each line, empty for the small and the nameless (ramps, motorways).

    Twin carriageways, side by side within 45 m, get the same name.
    """
    metres = [to_metres(np.array(line)) for line in lines]
    strokes = list(_strokes(metres, classes))
    lengths = {i: sum(_length(metres[s]) for s in stroke) for i, stroke in enumerate(strokes)}
    names = [""] * len(lines)
    book, named = NameBook("streets"), _Named()
    for i in sorted(lengths, key=lambda k: (-lengths[k], k)):
        group = classes[strokes[i][0]]
        if lengths[i] < SHORTEST_M.get(group, SHORTEST_OTHER_M):
            continue
        shape = shapely.MultiLineString([metres[s] for s in strokes[i]])
        name = named.twin(shape, group) or book.street(SUFFIXES[group])
        named.add(shape, group, name)
        for s in strokes[i]:
            names[s] = name
    return names


class _Named:
    """Strokes that have a name already, looked up by nearness in coarse cells."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, int, int], list[tuple[shapely.Geometry, str]]] = defaultdict(
            list
        )

    def add(self, shape: shapely.Geometry, group: str, name: str) -> None:
        for cell in self._touched(shape):
            self._cells[(group, *cell)].append((shape, name))

    def twin(self, shape: shapely.Geometry, group: str) -> str | None:
        if group not in ("trunk", "primary", "secondary"):
            return None
        samples = shapely.points(_samples(shape))
        near = {id(o): (o, n) for c in self._touched(shape) for o, n in self._cells[(group, *c)]}
        for other, name in near.values():
            if np.mean(shapely.distance(samples, other) < TWIN_M) > 0.7:
                return name
        return None

    @staticmethod
    def _touched(shape: shapely.Geometry) -> set[tuple[int, int]]:
        return {(int(x // 400), int(y // 400)) for x, y in _samples(shape)}


def _samples(shape: shapely.Geometry) -> np.ndarray:
    spots: np.ndarray = shapely.get_coordinates(shapely.segmentize(shape, 150.0))
    return spots


def _length(points: np.ndarray) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def _strokes(metres: Sequence[np.ndarray], classes: Sequence[str]) -> Iterator[list[int]]:
    """Join segments of one class that run straight on through a crossing."""
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in _by_crossing(metres, classes).values():
        _pair_straight(ends, partner)
    seen: set[int] = set()
    for start in range(len(metres)):
        if start not in seen and classes[start] in SUFFIXES:
            stroke = _follow(start, partner)
            seen.update(stroke)
            yield stroke


End = tuple[int, int, float]


def _by_crossing(
    metres: Sequence[np.ndarray], classes: Sequence[str]
) -> dict[tuple[str, int, int], list[End]]:
    crossings: dict[tuple[str, int, int], list[End]] = defaultdict(list)
    for i, (points, group) in enumerate(zip(metres, classes, strict=True)):
        if group in SUFFIXES:
            for end, (at, inward) in enumerate(((0, 1), (-1, -2))):
                dx, dy = points[inward] - points[at]
                spot = (group, round(points[at][0]), round(points[at][1]))
                crossings[spot].append((i, end, math.degrees(math.atan2(dy, dx))))
    return crossings


def _pair_straight(ends: list[End], partner: dict[tuple[int, int], tuple[int, int]]) -> None:
    bends = sorted(
        (abs((a[2] - b[2] + 180) % 360 - 180 - 0.0), a[:2], b[:2])
        for k, a in enumerate(ends)
        for b in ends[k + 1 :]
        if a[0] != b[0]
    )
    for turn, a, b in reversed(bends):
        if 180 - turn <= STRAIGHT_DEG and a not in partner and b not in partner:
            partner[a], partner[b] = b, a


def _follow(start: int, partner: dict[tuple[int, int], tuple[int, int]]) -> list[int]:
    stroke, seen = [start], {start}
    for end in (0, 1):
        here = (start, end)
        while here in partner and partner[here][0] not in seen:
            segment, entered = partner[here]
            stroke.append(segment)
            seen.add(segment)
            here = (segment, 1 - entered)
    return stroke
