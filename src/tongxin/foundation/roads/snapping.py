"""Finds the nearest place on the network for many spots at once, exactly.

Streets are cut into short straight pieces in space. A k-d tree over their middles gives candidates;
a piece that is not among the k nearest middles is farther away than the k-th middle less half a
piece, so once that bound exceeds the best distance found the answer is certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from tongxin.foundation.roads.graph import Floats, Ints, RoadGraph, on_sphere
from tongxin.foundation.roads.network import WALK_LIMIT_M
from tongxin.foundation.roads.profiles import CLASS_CODE
from tongxin.kernel.geometry import Spot

Flags = npt.NDArray[np.bool_]
_PIECE_M = 30.0
_FIRST_LOOK = 8
_LOOK_AGAIN = 4


@dataclass(frozen=True, slots=True)
class Found:
    """For each spot: segment (-1 when none is near), share of its length, metres off, place."""

    segment: Ints
    share: Floats
    distance_m: Floats
    place: Floats


class Snapper:
    """Nearest segments of one mode."""

    def __init__(self, graph: RoadGraph, allowed: Flags) -> None:
        drawable = allowed & (graph.road_class != CLASS_CODE["passage"])
        starts, ends, segment = _straight_parts(graph, drawable)
        lengths = np.linalg.norm(ends - starts, axis=1)
        before = _metres_before(lengths, segment)
        counts = np.maximum(1, np.ceil(lengths / _PIECE_M)).astype(np.int64)
        owner = np.repeat(np.arange(len(lengths)), counts)
        nth = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        step = ((ends - starts) / counts[:, None])[owner]
        self._from = starts[owner] + step * nth[:, None]
        self._step = step
        self._length = (lengths / counts)[owner]
        self._before = before[owner] + self._length * nth
        self._segment = segment[owner]
        self._total = np.maximum(graph.metres, 1e-9)
        self._half = float(self._length.max(initial=0.0)) / 2
        self._tree = cKDTree(self._from + step / 2, balanced_tree=False, compact_nodes=False)

    def nearest(self, spots: Sequence[Spot], closed: Flags | None = None) -> Found:
        """Find the nearest open segment within `WALK_LIMIT_M` of each spot."""
        points = on_sphere(np.array(spots, dtype=np.float64).reshape(-1, 2))
        best = np.full(len(points), np.inf)
        piece = np.full(len(points), -1, dtype=np.int64)
        part = np.zeros(len(points))
        waiting, look = np.arange(len(points)), _FIRST_LOOK
        while len(waiting) and len(self._segment):
            certain = self._look(points, waiting, look, closed, (best, piece, part))
            waiting, look = waiting[~certain], look * _LOOK_AGAIN
        return self._found(points, best, piece, part)

    def _look(
        self,
        points: Floats,
        waiting: Ints,
        look: int,
        closed: Flags | None,
        into: tuple[Floats, Ints, Floats],
    ) -> Flags:
        best, piece, part = into
        asked = points[waiting]
        middle_m, near = self._tree.query(
            asked, k=look, distance_upper_bound=WALK_LIMIT_M + self._half
        )
        missing = near == len(self._segment)
        near[missing] = 0
        share, distance = self._project(asked, near)
        distance[missing] = np.inf
        if closed is not None:
            distance[closed[self._segment[near]]] = np.inf
        row, column = np.arange(len(waiting)), distance.argmin(axis=1)
        best[waiting], part[waiting] = distance[row, column], share[row, column]
        piece[waiting] = near[row, column]
        enough = missing[:, -1] | (look >= len(self._segment))
        certain: Flags = enough | (middle_m[:, -1] - self._half >= best[waiting])
        return certain

    def _project(self, points: Floats, near: Ints) -> tuple[Floats, Floats]:
        step = self._step[near]
        offset = points[:, None, :] - self._from[near]
        square = np.maximum(self._length[near] ** 2, 1e-18)
        share = np.clip(np.einsum("ijk,ijk->ij", offset, step) / square, 0.0, 1.0)
        offset -= share[:, :, None] * step
        return share, np.sqrt(np.einsum("ijk,ijk->ij", offset, offset))

    def _found(self, points: Floats, best: Floats, piece: Ints, part: Floats) -> Found:
        if not len(self._segment):
            return Found(piece, part, best, points)
        ok = best <= WALK_LIMIT_M
        segment = np.where(ok, self._segment[piece], -1)
        metres = self._before[piece] + part * self._length[piece]
        share = np.clip(metres / self._total[segment], 0.0, 1.0)
        place = self._from[piece] + part[:, None] * self._step[piece]
        return Found(segment, share, best, np.where(ok[:, None], place, points))


def _straight_parts(graph: RoadGraph, allowed: Flags) -> tuple[Floats, Floats, Ints]:
    space = on_sphere(np.asarray(graph.points))
    segment = np.repeat(np.arange(len(graph.tail)), np.diff(graph.starts))
    inside = (segment[1:] == segment[:-1]) & allowed[segment[1:]]
    return space[:-1][inside], space[1:][inside], segment[1:][inside]


def _metres_before(lengths: Floats, segment: Ints) -> Floats:
    """Sum the lengths of the parts before each part on the same segment."""
    total = np.concatenate([[0.0], np.cumsum(lengths)])[:-1]
    first = np.r_[True, segment[1:] != segment[:-1]] if len(segment) else np.zeros(0, bool)
    sizes = np.diff(np.r_[np.flatnonzero(first), len(segment)])
    before: Floats = total - np.repeat(total[first], sizes)
    return before
