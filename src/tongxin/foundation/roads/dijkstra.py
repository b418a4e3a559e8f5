"""The checker of the road engine: SciPy's Dijkstra on the same graph, full or with a limit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import dijkstra

from tongxin.foundation.roads.cch import CchNetwork, Metric, ModeEngine
from tongxin.foundation.roads.doors import Placed
from tongxin.foundation.roads.graph import INF_MS, Floats
from tongxin.foundation.roads.network import Mode, Seconds
from tongxin.kernel.geometry import Spot


def matrix(engine: ModeEngine, metric: Metric) -> scipy.sparse.csr_matrix:
    """Return the expanded graph in milliseconds; of parallel arcs only the fastest is kept.

    SciPy adds entries that share a place up, so the slower ones have to go before.
    """
    arcs, count = engine.arcs, len(engine.arcs.node_of)
    order = np.lexsort((metric.arcs, arcs.head, arcs.tail))
    tail, head, weight = arcs.tail[order], arcs.head[order], metric.arcs[order]
    kept = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])][: len(tail)]
    kept &= weight < INF_MS
    values = weight[kept].astype(np.float64)
    return scipy.sparse.csr_matrix((values, (tail[kept], head[kept])), (count, count))


def travel_times(
    network: CchNetwork,
    origins: Sequence[Spot],
    destinations: Sequence[Spot],
    mode: Mode,
    *,
    limit_s: float = np.inf,
) -> Seconds:
    """Return seconds, shape (len(origins), len(destinations)), searched one destination at a time.

    Ways longer than ``limit_s`` on the road may come out as inf.
    """
    engine = network.engine(mode)
    metric = engine.metric
    sources, targets = engine.place(origins, metric), engine.place(destinations, metric)
    search = _Search(engine, metric, limit_s * 1_000)
    columns = [search.to(sources, targets.row(j)) for j in range(len(targets))]
    walk = sources.walk_ms[:, None] + targets.walk_ms[None, :]
    seconds: Seconds = (np.stack(columns, axis=1) + walk) / 1_000
    return seconds


class _Search:
    """Searches backwards from one destination after another."""

    def __init__(self, engine: ModeEngine, metric: Metric, limit_ms: float) -> None:
        self._doors, self._metric, self._limit_ms = engine.doors, metric, limit_ms
        self._backwards = matrix(engine, metric).T.tocsr()

    def to(self, sources: Placed, target: Placed) -> Floats:
        """Return milliseconds on the road from each source, shape (len(sources),)."""
        forward, backward = self._metric.forward, self._metric.backward
        exits, left = self._doors.exits(sources, forward, backward)
        times = self._doors.direct(sources, target, forward, backward)
        entries = self._doors.entries(target, forward, backward)
        if not entries:
            return times
        nodes = [node for node, _cost in entries]
        found = dijkstra(self._backwards, indices=nodes, limit=self._limit_ms)
        nearest = (found + np.array([[cost] for _node, cost in entries])).min(axis=0)
        road: Floats = np.minimum(times, (nearest[exits] + left).min(axis=1))
        return road
