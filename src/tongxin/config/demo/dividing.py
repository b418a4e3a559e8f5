"""Divide blocks into connected parts of like weight, level by level.

By recursive halving: sort along an axis, cut at the wanted share, then give broken-off pieces to
the other side. Both sides stay connected: a piece cut off from its own side touches only the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Divider:
    """Divides with one set of weights and one leaning of the cuts (degrees from east).

    ``middles`` in metres, shape (blocks, 2); ``neighbours`` pairs of positions.
    """

    middles: Floats
    weights: Floats
    neighbours: Ints
    leaning_deg: float

    def parts(self, blocks: Ints, count: int) -> list[Ints]:
        """Return ``count`` connected parts of ``blocks``, of like weight.

        Fewer when there are not as many blocks.
        """
        count = min(count, len(blocks))
        if count <= 1:
            return [blocks]
        small = count // 2
        left, right = self._halves(blocks, small / count, (small, count - small))
        # Mending may have moved blocks over: the count follows where there is room for it.
        small = min(max(small, count - len(right)), len(left))
        return [*self.parts(left, small), *self.parts(right, count - small)]

    def quotas(self, parts: list[Ints], total: int) -> list[int]:
        """Share ``total`` among parts by weight, at least one each (largest remainder)."""
        weights = np.array([self.weights[part].sum() for part in parts])
        room = np.array([len(part) for part in parts])
        exact = weights / weights.sum() * total
        quotas = np.clip(np.floor(exact).astype(int), 1, room)
        while quotas.sum() != total:
            step = 1 if quotas.sum() < total else -1
            allowed = quotas < room if step > 0 else quotas > 1
            if not allowed.any():
                break
            gap = np.where(allowed, (exact - quotas) * step, -np.inf)
            quotas[int(np.argmax(gap))] += step
        return [int(q) for q in quotas]

    def _halves(self, blocks: Ints, share: float, least: tuple[int, int]) -> tuple[Ints, Ints]:
        order = blocks[np.argsort(self._along(blocks), kind="stable")]
        heaped = np.cumsum(self.weights[order])
        cut = int(np.searchsorted(heaped, heaped[-1] * share)) + 1
        cut = min(max(cut, least[0]), len(order) - least[1])
        return self._mended(order[:cut], order[cut:])

    def _along(self, blocks: Ints) -> Floats:
        """Project on the longer of two axes, turned by the leaning."""
        lean = math.radians(self.leaning_deg)
        turned = self.middles[blocks] @ np.array(
            [[math.cos(lean), -math.sin(lean)], [math.sin(lean), math.cos(lean)]]
        )
        axis = int(np.argmax(np.ptp(turned, axis=0)))
        along: Floats = turned[:, axis]
        return along

    def _mended(self, left: Ints, right: Ints) -> tuple[Ints, Ints]:
        main, loose = self._main(left)
        main_right, loose_right = self._main(np.concatenate([right, loose]))
        return np.concatenate([main, loose_right]), main_right

    def _main(self, blocks: Ints) -> tuple[Ints, Ints]:
        """Return the heaviest connected piece and the rest."""
        labels = self._pieces(blocks)
        heaviest = int(np.argmax(np.bincount(labels, self.weights[blocks])))
        return blocks[labels == heaviest], blocks[labels != heaviest]

    def _pieces(self, blocks: Ints) -> Ints:
        graph = self._graph[blocks][:, blocks]
        labels: Ints = connected_components(graph, directed=False)[1]
        return labels

    @cached_property
    def _graph(self) -> csr_matrix:
        count = len(self.middles)
        a, b = self.neighbours.T
        both = (np.concatenate([a, b]), np.concatenate([b, a]))
        return coo_matrix((np.ones(2 * len(a)), both), shape=(count, count)).tocsr()
