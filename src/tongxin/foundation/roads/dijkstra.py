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
    backwards = matrix(engine, metric).T.tocsr()
    columns = [
        _column(engine, metric, backwards, sources, targets.row(j), limit_s)
        for j in range(len(targets))
    ]
    walk = sources.walk_ms[:, None] + targets.walk_ms[None, :]
    seconds: Seconds = (np.stack(columns, axis=1) + walk) / 1_000
    return seconds


def _column(
    engine: ModeEngine,
    metric: Metric,
    backwards: scipy.sparse.csr_matrix,
    sources: Placed,
    target: Placed,
    limit_s: float,
) -> Floats:
    doors = engine.doors
    exits, left = doors.exits(sources, metric.forward, metric.backward)
    times = doors.direct(sources, target, metric.forward, metric.backward)
    entries = doors.entries(target, metric.forward, metric.backward)
    if not entries:
        return times
    found = dijkstra(backwards, indices=[node for node, _ in entries], limit=limit_s * 1_000)
    nearest = (found + np.array([[cost] for _, cost in entries])).min(axis=0)
    road: Floats = np.minimum(times, (nearest[exits] + left).min(axis=1))
    return road
