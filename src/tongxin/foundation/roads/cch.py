"""The road engine: customizable contraction hierarchies (Dibbelt, Strasser, Wagner 2016)."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import routingkit_cch

from tongxin.foundation.roads import lines
from tongxin.foundation.roads.doors import Doors, Placed
from tongxin.foundation.roads.graph import (
    INF_MS,
    LONGEST_MS,
    ArcSet,
    Floats,
    Ints,
    RoadGraph,
    load_arcs,
    load_graph,
    to_degrees,
)
from tongxin.foundation.roads.network import (
    UNREACHABLE,
    Conditions,
    Mode,
    Route,
    Seconds,
    Snap,
    SnapSet,
)
from tongxin.foundation.roads.profiles import CLASSES, MODES
from tongxin.foundation.roads.snapping import Flags, Snapper
from tongxin.kernel.geometry import Spot

_PACE_RANGE = (0.1, 20.0)
_MS = 1_000.0


@dataclass(frozen=True)
class Metric:
    """One mode's times under certain conditions; never changed, only replaced.

    ``forward``, ``backward`` are milliseconds a segment, INF_MS where shut; ``arcs`` the same for
    the arcs of the expanded graph.
    """

    forward: Ints
    backward: Ints
    arcs: Ints
    closed: Flags
    engine: routingkit_cch.CCHMetric


class ModeEngine:
    """Everything one mode needs in memory; ``metric`` is swapped whole."""

    def __init__(self, graph: RoadGraph, arcs: ArcSet, mode: Mode, conditions: Conditions) -> None:
        self.graph, self.arcs, self.mode = graph, arcs, mode
        self.doors = Doors(graph, arcs)
        self.snapper = Snapper(graph, arcs.useful)
        self._cch = routingkit_cch.CCH(
            arcs.order.tolist(), arcs.tail.tolist(), arcs.head.tolist(), False
        )
        self.metric = self.measured(conditions)

    def measured(self, conditions: Conditions) -> Metric:
        """Make a new metric for the given conditions; the one in use is not touched."""
        column = MODES.index(self.mode)
        closed = self._closed(conditions)
        pace = self._pace(conditions)
        forward = _paced(self.graph.forward_ms[:, column], pace, closed)
        backward = _paced(self.graph.backward_ms[:, column], pace, closed)
        segment = self.arcs.segment
        weights = np.where(self.arcs.along, forward[segment], backward[segment])
        engine = routingkit_cch.CCHMetric(self._cch, weights.tolist())
        return Metric(forward, backward, weights, closed, engine)

    def _closed(self, conditions: Conditions) -> Flags:
        closed = np.zeros(len(self.graph.tail), dtype=bool)
        positions = self.graph.position_of_key
        keys = conditions.closed.get(self.mode, frozenset())
        closed[[positions[key] for key in keys if key in positions]] = True
        return closed

    def _pace(self, conditions: Conditions) -> Floats | None:
        if self.mode is not Mode.CAR or not conditions.pace:
            return None
        factors = [conditions.pace.get(name, 1.0) for name in CLASSES]
        by_class: Floats = np.clip(np.array(factors, dtype=np.float64), *_PACE_RANGE)
        return by_class[self.graph.road_class]

    def place(self, spots: Sequence[Spot], metric: Metric) -> Placed:
        """Bring spots to the nearest open segment."""
        closed = metric.closed if metric.closed.any() else None
        return Placed.of(self.snapper.nearest(spots, closed))


def _paced(base: Ints, pace: Floats | None, closed: Flags) -> Ints:
    times = np.asarray(base)
    if pace is not None:
        slower = np.clip(np.rint(times * pace), 1, LONGEST_MS).astype(np.int64)
        times = np.where(times < INF_MS, slower, INF_MS)
    return np.where(closed, INF_MS, times)


@dataclass(frozen=True)
class CchSnaps:
    """Spots brought to the network; brought again by itself when the map or a closure changes."""

    engine: ModeEngine
    spots: list[Spot]
    placed: Placed
    closed: Flags
    _again: dict[str, CchSnaps] = field(default_factory=dict, repr=False)
    _exits: dict[str, tuple[Metric, list[int], Floats]] = field(default_factory=dict, repr=False)

    @property
    def mode(self) -> Mode:
        """Return how the people at these spots move."""
        return self.engine.mode

    def __len__(self) -> int:
        return len(self.spots)

    def moved(self, changed: Mapping[int, Spot]) -> CchSnaps:
        """Return a set where position ``i`` stands at ``changed[i]``; only these are snapped."""
        if not changed:
            return self
        at = list(changed)
        spots = self.spots.copy()
        for i, spot in changed.items():
            spots[i] = spot
        fresh = Placed.of(self.engine.snapper.nearest([changed[i] for i in at], self.closed))
        return CchSnaps(self.engine, spots, self.placed.with_rows(at, fresh), self.closed)

    def exits(self, metric: Metric) -> Exits:
        """Return where these spots are left and what that costs; kept while nothing changes."""
        kept = self._exits.get("last")
        if kept is None or kept[0] is not metric:
            found = _exits_of(self.engine, metric, self.placed)
            kept = self._exits["last"] = (metric, *found)
        return kept[1], kept[2]

    def under(self, engine: ModeEngine, metric: Metric) -> CchSnaps:
        """Return the set as it stands on this engine's map with these closures."""
        if self.engine is engine and self.closed is metric.closed:
            return self
        again = self._again.get("last")
        if again is None or again.engine is not engine or again.closed is not metric.closed:
            again = self._snapped_again(engine, metric)
            self._again["last"] = again
        return again

    def _snapped_again(self, engine: ModeEngine, metric: Metric) -> CchSnaps:
        if self.engine is engine and (self.closed == metric.closed).all():
            return CchSnaps(engine, self.spots, self.placed, metric.closed)
        return CchSnaps(engine, self.spots, engine.place(self.spots, metric), metric.closed)


class CchNetwork:
    """Exact road times on an imported map. Opened from a version folder; thread-safe."""

    estimate = False

    def __init__(self, folder: Path, conditions: Conditions | None = None) -> None:
        self.version = folder.name
        self._folder = folder
        self.graph = load_graph(folder)
        self._conditions = conditions or Conditions()
        self._engines: dict[Mode, ModeEngine] = {}
        self._lock = threading.Lock()

    @property
    def modes_in_use(self) -> tuple[Mode, ...]:
        """Return the modes that somebody has asked for."""
        return tuple(self._engines)

    def engine(self, mode: Mode) -> ModeEngine:
        """Return one mode's engine, built when first asked for."""
        ready = self._engines.get(mode)
        if ready is None:
            with self._lock:
                ready = self._engines.get(mode) or self._opened(mode)
        return ready

    def _opened(self, mode: Mode) -> ModeEngine:
        arcs = load_arcs(self._folder, mode)
        self._engines[mode] = ModeEngine(self.graph, arcs, mode, self._conditions)
        return self._engines[mode]

    def apply(self, conditions: Conditions) -> None:
        """Let closures and pace take effect for every question asked from now on."""
        with self._lock:
            before, self._conditions = self._conditions, conditions
            for mode, engine in self._engines.items():
                shut_alike = before.closed.get(mode) == conditions.closed.get(mode)
                if not shut_alike or (mode is Mode.CAR and before.pace != conditions.pace):
                    engine.metric = engine.measured(conditions)

    def snap_many(self, spots: Sequence[Spot], mode: Mode) -> CchSnaps:
        """Bring many spots to the network, to be kept while people stand still."""
        engine = self.engine(mode)
        metric = engine.metric
        return CchSnaps(engine, list(spots), engine.place(spots, metric), metric.closed)

    def travel_times_from_snaps(self, origins: SnapSet, destination: Spot) -> Seconds:
        """Return the seconds from each kept origin to one spot, shape (len(origins),)."""
        engine = self.engine(origins.mode)
        metric = engine.metric
        if isinstance(origins, CchSnaps):
            ready = origins.under(engine, metric)
            placed, exits = ready.placed, ready.exits(metric)
        else:  # kept while there was no map yet
            placed = engine.place(origins.spots, metric)
            exits = _exits_of(engine, metric, placed)
        target = engine.place([destination], metric)
        times: Seconds = _many_to_one(engine, metric, placed, target, exits)[:, 0]
        return times

    def travel_times(
        self, origins: Sequence[Spot], destinations: Sequence[Spot], mode: Mode
    ) -> Seconds:
        """Return seconds, shape (len(origins), len(destinations)); inf where there is no way."""
        if not origins or not destinations:
            return np.full((len(origins), len(destinations)), UNREACHABLE)
        engine = self.engine(mode)
        metric = engine.metric
        sources, targets = engine.place(origins, metric), engine.place(destinations, metric)
        if len(origins) > len(destinations):
            return _many_to_one(engine, metric, sources, targets)
        return _one_to_many(engine, metric, sources, targets)

    def snap(self, spot: Spot, mode: Mode) -> Snap:
        """Tell where on the network a spot is served from."""
        engine = self.engine(mode)
        placed = engine.place([spot], engine.metric)
        segment = int(placed.segment[0])
        if segment < 0:
            return Snap(spot, spot, UNREACHABLE, 0, "", "")
        on_road = Spot(*to_degrees(placed.place)[0].tolist())
        graph = self.graph
        return Snap(spot, on_road, float(placed.distance_m[0]), int(graph.key[segment]),
                    graph.street(segment), graph.class_name(segment))  # fmt: skip

    def route(self, origin: Spot, destination: Spot, mode: Mode) -> Route:
        """Return the fastest way with its line; `Route.reachable` is false when there is none."""
        engine = self.engine(mode)
        metric = engine.metric
        placed = engine.place([origin, destination], metric)
        return lines.fastest(engine, metric, placed, (origin, destination))


# The engine takes no empty lists: it panics instead of answering with nothing.


Exits = tuple[list[int], Floats]
"""The nodes at which spots leave their segment, two each in a row, and the cost of each, (n, 2)."""


def _exits_of(engine: ModeEngine, metric: Metric, sources: Placed) -> Exits:
    nodes, cost = engine.doors.exits(sources, metric.forward, metric.backward)
    return nodes.ravel().tolist(), cost


def _many_to_one(
    engine: ModeEngine,
    metric: Metric,
    sources: Placed,
    targets: Placed,
    exits: Exits | None = None,
) -> Seconds:
    doors, forward, backward = engine.doors, metric.forward, metric.backward
    times = np.full((len(sources), len(targets)), np.inf)
    if not len(sources):
        return times
    nodes, cost = exits or _exits_of(engine, metric, sources)
    query = routingkit_cch.CCHManyToOne(metric.engine, nodes)
    for j in range(len(targets)):
        target = targets.row(j)
        times[:, j] = doors.direct(sources, target, forward, backward)
        entries = doors.entries(target, forward, backward)
        if entries:
            found = np.array(query.distances_to_multi(entries), dtype=np.float64)
            road = found.reshape(cost.shape) + cost
            road = np.fmin(road[:, 0], road[:, 1])
            np.fmin(times[:, j], road, out=times[:, j])
    return _seconds(times, sources, targets)


def _one_to_many(engine: ModeEngine, metric: Metric, sources: Placed, targets: Placed) -> Seconds:
    doors, forward, backward = engine.doors, metric.forward, metric.backward
    owner, nodes, cost = doors.all_entries(targets, forward, backward)
    times = np.stack(
        [doors.direct_to(sources.row(i), targets, forward, backward) for i in range(len(sources))]
    )
    if len(nodes):
        query = routingkit_cch.CCHOneToMany(metric.engine, nodes.tolist())
        for i in range(len(sources)):
            leaving = doors.departures(sources.row(i), forward, backward)
            if leaving:
                found = np.array(query.distances_from_multi(leaving), dtype=np.float64)
                np.fmin.at(times[i], owner, found + cost)
    return _seconds(times, sources, targets)


def _seconds(road_ms: Floats, sources: Placed, targets: Placed) -> Seconds:
    walk = sources.walk_ms[:, None] + targets.walk_ms[None, :]
    total = np.where(road_ms < INF_MS, road_ms + walk, np.inf)
    return total / _MS
