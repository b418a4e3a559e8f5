"""Turn restrictions as forbidden sequences of arcs, built into the graph by expanding few nodes.

The forbidden sequences form an Aho-Corasick automaton. Only where a traveller stands inside the
beginning of such a sequence does the graph need a second copy of the node, without the arc that
would complete the sequence. Restrictions through a node and through ways are thereby the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
ROOT = 0


@dataclass(frozen=True, slots=True)
class Expanded:
    """A graph whose arcs obey the restrictions.

    ``tail``, ``head`` are nodes of the expanded graph: first the plain ones under their old
    numbers, then the copies. ``arc`` gives the plain arc behind each, ``node_of`` the plain node
    behind each node; the first arcs are the plain ones in their old order.
    """

    tail: Ints
    head: Ints
    arc: Ints
    node_of: Ints


class _Automaton:
    """Aho-Corasick over arcs: the state is the longest begun forbidden sequence."""

    def __init__(self, patterns: Iterable[Sequence[int]]) -> None:
        self.steps: list[dict[int, int]] = [{}]
        self.last_arc: list[int] = [-1]
        self.closed: list[bool] = [False]
        for pattern in patterns:
            self._add(pattern)
        self.fail = [ROOT] * len(self.steps)
        self._link()

    def _add(self, pattern: Sequence[int]) -> None:
        state = ROOT
        for arc in pattern:
            if arc not in self.steps[state]:
                self.steps[state][arc] = len(self.steps)
                self.steps.append({})
                self.last_arc.append(arc)
                self.closed.append(False)
            state = self.steps[state][arc]
        self.closed[state] = True

    def _link(self) -> None:
        queue = deque(self.steps[ROOT].values())
        while queue:
            state = queue.popleft()
            for arc, following in self.steps[state].items():
                self.fail[following] = self.step(self.fail[state], arc)
                self.closed[following] |= self.closed[self.fail[following]]
                queue.append(following)

    def step(self, state: int, arc: int) -> int:
        """Return the state after ``arc``."""
        while arc not in self.steps[state] and state != ROOT:
            state = self.fail[state]
        return self.steps[state].get(arc, ROOT)


class _Numbering:
    """Gives a new node number to every automaton state that travellers can stand in."""

    def __init__(self, automaton: _Automaton, heads: Ints, first: int) -> None:
        states = [s for s in range(1, len(automaton.steps)) if not automaton.closed[s]]
        self.number = {state: first + i for i, state in enumerate(states)}
        self.plain = [int(heads[automaton.last_arc[state]]) for state in states]
        self.states = states


def expand(tail: Ints, head: Ints, node_count: int, patterns: Iterable[Sequence[int]]) -> Expanded:
    """Expand a graph so that no walk contains any of ``patterns`` (each a sequence of ≥ 2 arcs)."""
    automaton = _Automaton(patterns)
    numbering = _Numbering(automaton, head, node_count)
    new_head = head.copy()
    for arc, state in automaton.steps[ROOT].items():
        new_head[arc] = numbering.number.get(state, int(head[arc]))
    extra = _copied_arcs(automaton, numbering, tail, head)
    added = np.array(extra, dtype=np.int64).reshape(-1, 3)
    return Expanded(
        tail=np.concatenate([tail, added[:, 0]]),
        head=np.concatenate([new_head, added[:, 1]]),
        arc=np.concatenate([np.arange(len(tail)), added[:, 2]]),
        node_of=np.concatenate([np.arange(node_count), np.array(numbering.plain, dtype=np.int64)]),
    )


def _copied_arcs(
    automaton: _Automaton, numbering: _Numbering, tail: Ints, head: Ints
) -> list[tuple[int, int, int]]:
    leaving = _arcs_leaving(tail, set(numbering.plain))
    copied: list[tuple[int, int, int]] = []
    for state, node in zip(numbering.states, numbering.plain, strict=True):
        for arc in leaving.get(node, ()):
            following = automaton.step(state, arc)
            if not automaton.closed[following]:
                target = numbering.number.get(following, int(head[arc]))
                copied.append((numbering.number[state], target, arc))
    return copied


def _arcs_leaving(tail: Ints, nodes: set[int]) -> Mapping[int, list[int]]:
    wanted = np.flatnonzero(np.isin(tail, np.fromiter(nodes, dtype=np.int64, count=len(nodes))))
    leaving: dict[int, list[int]] = {}
    for arc in wanted.tolist():
        leaving.setdefault(int(tail[arc]), []).append(arc)
    return leaving
