"""One lifecycle engine for all: states, the acts that lead from one to another, and their clocks.

Pure: it knows neither the database nor who asks. A lifecycle is a table; ``faults`` says what is
wrong with it, so that a wrong table is refused before anything follows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from tongxin.kernel.errors import BadInput, Conflict

BACK = "back"
"""A target that means "where it was before", for answers that send a thing back."""


@dataclass(frozen=True)
class State:
    """Where a thing can stand. ``ends`` closes it; ``needs_person`` puts it on top of a queue."""

    code: str
    ends: bool = False
    needs_person: bool = False


@dataclass(frozen=True)
class Transition:
    """An act: from which states, to which, what it requires, which clocks it starts and stops.

    ``target`` is a state's code or ``BACK``; ``requires`` names fields that must not be empty;
    ``stops`` may hold ``"all"``.
    """

    act: str
    sources: frozenset[str]
    target: str
    permission: str = ""
    requires: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """What is wrong with a table: ``subject`` is the state or act, ``says`` one sentence."""

    subject: str
    says: str


@dataclass(frozen=True)
class Step:
    """A transition as it will be done from a known state: ``target`` is always a state's code."""

    transition: Transition
    source: str
    target: str


@dataclass(frozen=True)
class Lifecycle:
    """A table of states and transitions. Acts are unique; ``start`` is where things begin."""

    start: str
    states: Mapping[str, State]
    transitions: Mapping[str, Transition] = field(default_factory=dict)

    def step(self, state: str, act: str, before: str | None = None) -> Step:
        """Return how ``act`` leads on from ``state``; ``before`` is where ``BACK`` leads to.

        Raises ``BadInput`` (``act.unknown``) for an act the table does not have and ``Conflict``
        (``act.not_now``) for one that is not possible from this state.
        """
        transition = self.transitions.get(act)
        if transition is None:
            raise BadInput(
                "act.unknown",
                _("There is no act “%(act)s” in this procedure.") % {"act": act},
                field="act",
            )
        if state not in transition.sources:
            raise Conflict(
                "act.not_now",
                _("“%(act)s” is not possible from the state “%(state)s”.")
                % {"act": act, "state": state},
            )
        return Step(transition, state, self._target(transition, before))

    def _target(self, transition: Transition, before: str | None) -> str:
        if transition.target != BACK:
            return transition.target
        return before if before is not None and before in self.states else self.start

    def acts_from(self, state: str) -> tuple[str, ...]:
        """Return the acts that are possible from ``state``, in the table's order."""
        return tuple(t.act for t in self.transitions.values() if state in t.sources)

    def may(self, state: str, act: str) -> bool:
        """Tell whether ``act`` is possible from ``state``."""
        transition = self.transitions.get(act)
        return transition is not None and state in transition.sources

    @cached_property
    def open_states(self) -> frozenset[str]:
        """The states that do not end."""
        return frozenset(code for code, state in self.states.items() if not state.ends)

    def targets(self, transition: Transition) -> frozenset[str]:
        """Return every state that ``transition`` may lead to; ``BACK`` fans out."""
        if transition.target != BACK:
            return frozenset({transition.target})
        entered_from = (
            t.sources
            for t in self.transitions.values()
            if t.target in transition.sources and t.target != BACK
        )
        return frozenset({self.start}).union(*entered_from) & frozenset(self.states)

    def faults(self) -> list[Fault]:
        """Return everything wrong with the table; an empty list means that it may be followed."""
        unknown = list(self._unknown())
        return unknown or [*self._unreachable(), *self._dead_ends(), *self._endings()]

    def _unknown(self) -> Iterable[Fault]:
        if self.start not in self.states:
            yield Fault("start", _("The start “%(code)s” is not a state.") % {"code": self.start})
        for transition in self.transitions.values():
            for code in (*sorted(transition.sources), transition.target):
                if code not in self.states and code != BACK:
                    yield Fault(
                        transition.act,
                        _("“%(act)s” names no state: “%(code)s”.")
                        % {"act": transition.act, "code": code},
                    )
            if not transition.sources:
                yield Fault(
                    transition.act, _("“%(act)s” leads on from no state.") % {"act": transition.act}
                )

    def _endings(self) -> Iterable[Fault]:
        if self.states[self.start].ends:
            yield Fault("start", _("The start “%(code)s” already ends.") % {"code": self.start})

    def _unreachable(self) -> Iterable[Fault]:
        reached = self._closure({self.start}, self._onward())
        for code in self.states:
            if code not in reached:
                yield Fault(code, _("The state “%(code)s” can never be reached.") % {"code": code})

    def _dead_ends(self) -> Iterable[Fault]:
        ends = set(self.states) - self.open_states
        can_end = self._closure(ends, self._backward())
        for code in sorted(self.open_states - can_end):
            yield Fault(
                code, _("Nothing leads from the state “%(code)s” to an end.") % {"code": code}
            )

    def _onward(self) -> dict[str, set[str]]:
        arrows: dict[str, set[str]] = {code: set() for code in self.states}
        for transition in self.transitions.values():
            for source in transition.sources:
                arrows[source] |= self.targets(transition)
        return arrows

    def _backward(self) -> dict[str, set[str]]:
        arrows: dict[str, set[str]] = {code: set() for code in self.states}
        for source, targets in self._onward().items():
            for target in targets:
                arrows[target].add(source)
        return arrows

    @staticmethod
    def _closure(start: set[str], arrows: Mapping[str, set[str]]) -> set[str]:
        reached, edge = set(start), set(start)
        while edge:
            edge = {target for code in edge for target in arrows[code]} - reached
            reached |= edge
        return reached


def missing(transition: Transition, fields: Mapping[str, object]) -> tuple[str, ...]:
    """Return the required fields that ``fields`` lacks or leaves empty (``False`` is a value)."""
    return tuple(name for name in transition.requires if fields.get(name) in (None, "", [], {}))
