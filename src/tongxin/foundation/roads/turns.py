"""Finds the arcs that each turn restriction of the map speaks of."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tongxin.foundation.roads.graph import Ints
from tongxin.foundation.roads.osmreading import Restriction

_HOPS = 2


@dataclass(slots=True)
class Turns:
    """Forbidden sequences of plain arcs, and how many restrictions could (not) be understood."""

    forbidden: list[tuple[int, ...]] = field(default_factory=list)
    applied: int = 0
    unclear: int = 0


class _Streets:
    """Looks arcs up by way and by node."""

    def __init__(self, tail: Ints, head: Ints, way: Ints, ways: set[int]) -> None:
        self.tail, self.head = tail, head
        self.of_way: dict[int, list[int]] = defaultdict(list)
        self.leaving: dict[int, list[int]] = defaultdict(list)
        for arc, of in enumerate(way.tolist()):
            if of in ways:
                self.of_way[of].append(arc)
        for arc, node in enumerate(tail.tolist()):
            self.leaving[node].append(arc)

    def into(self, ways: Iterable[int], node: int) -> list[int]:
        return [a for way in ways for a in self.of_way[way] if self.head[a] == node]

    def out_of(self, ways: Iterable[int], node: int) -> list[int]:
        return [a for way in ways for a in self.of_way[way] if self.tail[a] == node]

    def ends(self, ways: Iterable[int]) -> set[int]:
        return {int(self.head[a]) for way in ways for a in self.of_way[way]}


class Arcs(Protocol):
    """Directed arcs: their end nodes and the segment each runs on."""

    @property
    def tail(self) -> Ints:
        """Return the node each arc leaves."""

    @property
    def head(self) -> Ints:
        """Return the node each arc leads to."""

    @property
    def segment(self) -> Ints:
        """Return the segment of each arc."""


def forbidden_turns(
    restrictions: Sequence[Restriction],
    arcs: Arcs,
    way_of_segment: Ints,
    node_of_ref: Mapping[int, int],
) -> Turns:
    """Turn restrictions into forbidden arc sequences; what cannot be placed is only counted.

    Near a restricted turn nobody turns round either: where turning left is forbidden, so is
    turning round (China's Road Traffic Safety Regulation, § 49), and driving on to turn at the
    next crossing would only get round the sign.
    """
    turns = Turns()
    if not restrictions:
        return turns
    ways = {w for r in restrictions for w in (*r.from_ways, *r.via_ways, *r.to_ways)}
    streets = _Streets(arcs.tail, arcs.head, way_of_segment[arcs.segment], ways)
    for restriction in restrictions:
        found = _sequences(streets, restriction, node_of_ref)
        turns.forbidden.extend(found)
        turns.applied += bool(found)
        turns.unclear += not found
    corners = {int(arcs.tail[sequence[-1]]) for sequence in turns.forbidden}
    turns.forbidden.extend(_turning_round(streets, arcs, _around(streets, corners)))
    return turns


def _around(streets: _Streets, corners: set[int]) -> set[int]:
    """Return the nodes within `_HOPS` segments of any corner."""
    near, rim = set(corners), set(corners)
    for _hop in range(_HOPS):
        rim = {int(streets.head[a]) for node in rim for a in streets.leaving[node]} - near
        near |= rim
    return near


def _turning_round(streets: _Streets, arcs: Arcs, nodes: set[int]) -> list[tuple[int, ...]]:
    """Return (arc, its way back) at every one of ``nodes`` that is no dead end."""
    found: list[tuple[int, ...]] = []
    for node in nodes:
        onward = streets.leaving[node]
        if len(onward) > 1:
            for back in onward:
                came = [
                    a for a in streets.leaving[int(arcs.head[back])]
                    if arcs.segment[a] == arcs.segment[back] and int(arcs.head[a]) == node
                ]  # fmt: skip
                found += [(a, back) for a in came]
    return found


def _sequences(
    streets: _Streets, restriction: Restriction, node_of_ref: Mapping[int, int]
) -> list[tuple[int, ...]]:
    sequences: list[tuple[int, ...]] = []
    for path in _paths(streets, restriction, node_of_ref):
        end = int(streets.head[path[-1]])
        named = streets.out_of(restriction.to_ways, end)
        if restriction.only:
            last = [a for a in streets.leaving[end] if a not in named] if named else []
        else:
            last = named if len(named) <= len(restriction.to_ways) else []
        sequences.extend((*path, arc) for arc in last)
    return sequences


def _paths(
    streets: _Streets, restriction: Restriction, node_of_ref: Mapping[int, int]
) -> list[tuple[int, ...]]:
    """Return the arcs from the `from` way up to where the last turn is taken."""
    if restriction.via_node is not None:
        node = node_of_ref.get(restriction.via_node, -1)
        entering = streets.into(restriction.from_ways, node)
        # A way that runs through the node enters it twice: nobody can tell which side is meant.
        return [(a,) for a in entering] if len(entering) <= len(restriction.from_ways) else []
    shared = streets.ends(restriction.from_ways) & _all_ends(streets, restriction.via_ways)
    paths = []
    for node in shared:
        for entering_arc in streets.into(restriction.from_ways, node):
            through = _through(streets, restriction, node)
            if through:
                paths.append((entering_arc, *through))
    return paths


def _all_ends(streets: _Streets, ways: Iterable[int]) -> set[int]:
    tails = {int(streets.tail[a]) for way in ways for a in streets.of_way[way]}
    return tails | streets.ends(ways)


def _through(streets: _Streets, restriction: Restriction, start: int) -> tuple[int, ...]:
    """Find the shortest chain of arcs on the via ways from ``start`` to where `to` begins."""
    usable = {a for way in restriction.via_ways for a in streets.of_way[way]}
    queue: deque[tuple[int, tuple[int, ...]]] = deque([(start, ())])
    seen = {start}
    while queue:
        node, path = queue.popleft()
        if path and streets.out_of(restriction.to_ways, node):
            return path
        for arc in streets.leaving[node]:
            following = int(streets.head[arc])
            if arc in usable and following not in seen:
                seen.add(following)
                queue.append((following, (*path, arc)))
    return ()
