"""Where travellers leave and enter the segment they stand on, and what the part of it costs.

Somebody standing at a share of a segment can leave it at either end that the mode may drive to,
paying for the part between. All costs are whole milliseconds, so that sums are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongxin.foundation.roads.graph import INF_MS, ArcSet, Floats, Ints, RoadGraph
from tongxin.foundation.roads.network import WALK_SPEED_MS
from tongxin.foundation.roads.snapping import Found

Entries = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Placed:
    """Spots on the network: segment (-1 none), share of it, metres and milliseconds to walk."""

    segment: Ints
    share: Floats
    distance_m: Floats
    walk_ms: Floats
    place: Floats

    @classmethod
    def of(cls, found: Found) -> Placed:
        """Add the walk from the spot to the road; inf where no road is near."""
        walk = np.where(found.segment >= 0, found.distance_m / WALK_SPEED_MS * 1_000, np.inf)
        return cls(found.segment, found.share, found.distance_m, np.rint(walk), found.place)

    def __len__(self) -> int:
        return len(self.segment)

    def row(self, i: int) -> Placed:
        """Return one spot alone."""
        at = slice(i, i + 1)
        return Placed(self.segment[at], self.share[at], self.distance_m[at], self.walk_ms[at],
                      self.place[at])  # fmt: skip

    def with_rows(self, at: Sequence[int], rows: Placed) -> Placed:
        """Return a copy where the positions ``at`` are replaced."""
        columns = []
        for name in Placed.__slots__:
            column = getattr(self, name).copy()
            column[list(at)] = getattr(rows, name)
            columns.append(column)
        return Placed(*columns)


class Doors:
    """The nodes of the expanded graph at both ends of every segment, for one mode."""

    def __init__(self, graph: RoadGraph, arcs: ArcSet) -> None:
        self.out_forward = np.asarray(graph.head).copy()
        self.out_backward = np.asarray(graph.tail).copy()
        # Plain arcs come first: written backwards, they are the ones that stay.
        segment, head, along = arcs.segment[::-1], arcs.head[::-1], arcs.along[::-1]
        self.out_forward[segment[along]] = head[along]
        self.out_backward[segment[~along]] = head[~along]
        door = 2 * arcs.segment + ~arcs.along
        nodes = arcs.tail
        loops = np.flatnonzero(graph.tail == graph.head)
        if len(loops):
            door, nodes = _with_loops(graph, arcs, loops, door, nodes)
        order = np.argsort(door, kind="stable")
        self._in_node = nodes[order]
        self._in_start = np.searchsorted(door[order], np.arange(2 * len(graph.tail) + 1))

    def exits(self, placed: Placed, forward: Ints, backward: Ints) -> tuple[Ints, Floats]:
        """Return the two nodes each spot can leave to and their costs in ms, both (n, 2)."""
        there, back = _parts(placed, forward, backward)
        segment = placed.segment
        nodes = np.stack([self.out_forward[segment], self.out_backward[segment]], axis=1)
        left = np.stack([forward[segment] - there, back], axis=1).astype(np.float64)
        shut = np.stack([forward[segment] >= INF_MS, backward[segment] >= INF_MS], axis=1)
        left[shut | (segment < 0)[:, None]] = np.inf
        return nodes, left

    def departures(self, placed: Placed, forward: Ints, backward: Ints) -> Entries:
        """Return the (node, ms) pairs at which one spot can leave its segment."""
        nodes, cost = self.exits(placed, forward, backward)
        return [(int(n), int(c)) for n, c in zip(nodes[0], cost[0], strict=True) if c < np.inf]

    def entries(self, placed: Placed, forward: Ints, backward: Ints) -> Entries:
        """Return the (node, ms) pairs from which one spot can be reached."""
        _owner, nodes, cost = self.all_entries(placed, forward, backward)
        return list(zip(nodes.tolist(), cost.tolist(), strict=True))

    def all_entries(self, placed: Placed, forward: Ints, backward: Ints) -> tuple[Ints, Ints, Ints]:
        """Return position of the spot, node and ms for every way into every spot."""
        there, back = _parts(placed, forward, backward)
        segment = np.concatenate([placed.segment, placed.segment])
        cost = np.concatenate([there, backward[placed.segment] - back])
        shut = np.concatenate([forward[placed.segment], backward[placed.segment]]) >= INF_MS
        count = len(placed)
        door = 2 * segment + np.repeat([0, 1], count)
        ways = np.flatnonzero(~shut & (segment >= 0))
        start = self._in_start[door[ways]]
        size = self._in_start[door[ways] + 1] - start
        owner = np.repeat(ways, size)
        nth = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
        return owner % count, self._in_node[np.repeat(start, size) + nth], cost[owner]

    def inward(self, door: int) -> list[int]:
        """Return the nodes from which a door (2·segment, +1 against its direction) is allowed."""
        nodes: list[int] = self._in_node[self._in_start[door] : self._in_start[door + 1]].tolist()
        return nodes

    def direct(self, sources: Placed, target: Placed, forward: Ints, backward: Ints) -> Floats:
        """Return ms along one and the same segment to a single target, inf elsewhere, (n,)."""
        times = np.full(len(sources), np.inf)
        same = np.flatnonzero((sources.segment == target.segment[0]) & (sources.segment >= 0))
        if len(same):
            here = sources.segment[same]
            start, end = sources.share[same], target.share[0]
            times[same] = _between(start, end, forward[here], backward[here])
        return times

    def direct_to(self, source: Placed, targets: Placed, forward: Ints, backward: Ints) -> Floats:
        """Return ms along one and the same segment from a single source, inf elsewhere, (n,)."""
        times = np.full(len(targets), np.inf)
        same = np.flatnonzero((targets.segment == source.segment[0]) & (targets.segment >= 0))
        if len(same):
            here = targets.segment[same]
            start, end = source.share[0], targets.share[same]
            times[same] = _between(start, end, forward[here], backward[here])
        return times


def _parts(placed: Placed, forward: Ints, backward: Ints) -> tuple[Ints, Ints]:
    """Return ms from the drawn start to the spot, by the forward and by the backward time."""
    there = np.rint(placed.share * forward[placed.segment]).astype(np.int64)
    back = np.rint(placed.share * backward[placed.segment]).astype(np.int64)
    return there, back


def _between(start: Floats, end: Floats, forward: Ints, backward: Ints) -> Floats:
    along = np.rint(end * forward) - np.rint(start * forward)
    against = np.rint(start * backward) - np.rint(end * backward)
    ahead = np.where((end >= start) & (forward < INF_MS), along, np.inf)
    behind = np.where((end <= start) & (backward < INF_MS), against, np.inf)
    shortest: Floats = np.minimum(ahead, behind)
    return shortest


def _with_loops(
    graph: RoadGraph, arcs: ArcSet, loops: Ints, door: Ints, nodes: Ints
) -> tuple[Ints, Ints]:
    """Let loops, which have no arcs, be entered from every copy of their crossing."""
    copies = np.argsort(arcs.node_of, kind="stable")
    first = np.searchsorted(arcs.node_of[copies], np.arange(graph.node_count + 1))
    more_doors, more_nodes = [door], [nodes]
    for loop in loops.tolist():
        node = int(graph.tail[loop])
        here = copies[first[node] : first[node + 1]]
        more_doors += [np.full(len(here), 2 * loop), np.full(len(here), 2 * loop + 1)]
        more_nodes += [here, here]
    return np.concatenate(more_doors), np.concatenate(more_nodes)
