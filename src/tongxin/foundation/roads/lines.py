"""The line of a route, from door to door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import routingkit_cch

from tongxin.foundation.roads.doors import Entries, Placed
from tongxin.foundation.roads.graph import (
    INF_MS,
    Floats,
    RoadGraph,
    ground_metres,
    on_sphere,
)
from tongxin.foundation.roads.network import UNREACHABLE, Route
from tongxin.kernel.geometry import Spot

if TYPE_CHECKING:
    from tongxin.foundation.roads.cch import Metric, ModeEngine

_NO_WAY = Route(UNREACHABLE, UNREACHABLE, [], estimate=False)


def fastest(engine: ModeEngine, metric: Metric, placed: Placed, ends: tuple[Spot, Spot]) -> Route:
    """Return the fastest route between two placed spots, walks at both ends included."""
    source, target = placed.row(0), placed.row(1)
    if source.segment[0] < 0 or target.segment[0] < 0:
        return _NO_WAY
    direct = float(engine.doors.direct(source, target, metric.forward, metric.backward)[0])
    leaving = engine.doors.departures(source, metric.forward, metric.backward)
    entering = engine.doors.entries(target, metric.forward, metric.backward)
    found = None
    if leaving and entering:  # the engine does not take empty lists
        found = routingkit_cch.CCHQuery(metric.engine).run_multi(leaving, entering)
    road_ms = INF_MS if found is None or found.distance is None else found.distance
    if min(direct, road_ms) >= INF_MS:
        return _NO_WAY
    if found is None or direct <= road_ms:
        parts = [_part(engine.graph, source, float(target.share[0]))]
    else:
        parts = _parts(engine, metric, (source, target), found, (leaving, entering))
    seconds = (min(direct, road_ms) + float(placed.walk_ms.sum())) / 1_000
    return _route(seconds, parts, placed, ends)


def _parts(
    engine: ModeEngine,
    metric: Metric,
    ends: tuple[Placed, Placed],
    found: routingkit_cch.CCHQueryResult,
    doors: tuple[Entries, Entries],
) -> list[Floats]:
    source, target = ends
    nodes, arcs = found.node_path, found.arc_path
    out = _exit_share(engine, metric, source, nodes[0], doors[0])
    into = _entry_share(engine, metric, target, nodes[-1], doors[1])
    middle = [_drawn(engine, arc) for arc in arcs]
    return [_part(engine.graph, source, out), *middle, _part(engine.graph, target, into)[::-1]]


def _drawn(engine: ModeEngine, arc: int) -> Floats:
    line = engine.graph.line(int(engine.arcs.segment[arc]))
    return line if engine.arcs.along[arc] else line[::-1]


def _exit_share(
    engine: ModeEngine, metric: Metric, source: Placed, node: int, leaving: Entries
) -> float:
    """Tell at which end (1.0 or 0.0) the source's segment is left towards ``node``."""
    segment = int(source.segment[0])
    cost = min(c for n, c in leaving if n == node)
    there = int(metric.forward[segment]) - round(float(source.share[0] * metric.forward[segment]))
    forward = metric.forward[segment] < INF_MS and engine.doors.out_forward[segment] == node
    return 1.0 if forward and there == cost else 0.0


def _entry_share(
    engine: ModeEngine, metric: Metric, target: Placed, node: int, entering: Entries
) -> float:
    """Tell at which end (0.0 or 1.0) the target's segment is entered from ``node``."""
    segment = int(target.segment[0])
    cost = min(c for n, c in entering if n == node)
    there = round(float(target.share[0] * metric.forward[segment]))
    forward = metric.forward[segment] < INF_MS and node in engine.doors.inward(2 * segment)
    return 0.0 if forward and there == cost else 1.0


def _part(graph: RoadGraph, placed: Placed, until: float) -> Floats:
    """Cut the segment of one placed spot from its share to another share, in that direction."""
    return between(graph.line(int(placed.segment[0])), float(placed.share[0]), until)


def between(line: Floats, start: float, end: float) -> Floats:
    """Cut a line in degrees between two shares of its length, shape (points, 2)."""
    space = on_sphere(np.asarray(line))
    along = np.concatenate([[0.0], np.cumsum(ground_metres(space[1:], space[:-1]))])
    share = along / along[-1] if along[-1] > 0 else along
    low, high = min(start, end), max(start, end)
    inner = line[(share > low) & (share < high)]
    cut = [[np.interp(at, share, line[:, k]) for k in (0, 1)] for at in (low, high)]
    part = np.concatenate([cut[:1], inner, cut[1:]])
    return part if start <= end else part[::-1]


def _route(
    seconds: float, parts: Sequence[Floats], placed: Placed, ends: tuple[Spot, Spot]
) -> Route:
    road = np.concatenate(parts)
    whole = np.concatenate([[ends[0]], road, [ends[1]]])
    fresh = np.r_[True, (np.abs(np.diff(whole, axis=0)) > 1e-9).any(axis=1)]
    whole = whole[fresh]
    space = on_sphere(whole)
    metres = float(ground_metres(space[1:], space[:-1]).sum())
    line = [Spot(lon, lat) for lon, lat in whole.tolist()]
    return Route(seconds, metres, line, estimate=False)
