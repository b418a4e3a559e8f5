"""What a kind of incident is, as data: plain values, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxin.kernel.errors import BadInput
from tongxin.kernel.lifecycle import Lifecycle

LEVELS = ("grid", "community", "station", "branch")
"""The levels that an escalation climbs, lowest first."""

PROMISE = "promise"
"""A clock that runs as long as the zone of the spot promises."""

DEADLINE = "deadline"
"""A clock that runs to the moment given in the field ``deadline`` of the act."""


@dataclass(frozen=True)
class Words:
    """The same words in both languages; ``str()`` gives those of the active language."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if (get_language() or "zh").startswith("zh") else self.en


@dataclass(frozen=True)
class Face:
    """How a state is called and looks: ``look`` is waiting, on_the_way, there or done."""

    words: Words
    look: str


@dataclass(frozen=True)
class Procedure:
    """A lifecycle with the faces of its states, and the words of acts that have their own."""

    code: str
    lifecycle: Lifecycle
    faces: Mapping[str, Face]
    act_words: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True)
class Called:
    """Who is called for a part: any of ``roles``, with all of ``skills``, ``count`` of them."""

    part: str
    roles: tuple[str, ...]
    skills: tuple[str, ...] = ()
    count: int = 1


@dataclass(frozen=True)
class Hear:
    """What the reporter is told after an act; ``sms`` also sends it as a message."""

    words: Words
    sms: bool = False


@dataclass(frozen=True)
class Rung:
    """A level called in ``after`` seconds after the first broken promise."""

    level: str
    after: int


@dataclass(frozen=True)
class Kind:
    """A kind of incident: its words, procedure, clocks, callees, outcomes and who may see it.

    ``clocks`` maps a clock's kind to seconds, ``PROMISE`` or ``DEADLINE``; ``starts`` are those
    that a report starts; ``urgency`` is 1 (low) to 3 (high); ``seen_by`` is ``None`` for everybody
    with the area in view, else the roles that may see it. A ``count_only`` kind has ``classes``
    and nothing else.
    """

    code: str
    words: Words
    icon: str
    urgency: int = 1
    procedure: Procedure | None = None
    starts: tuple[str, ...] = ()
    clocks: Mapping[str, int | str] = field(default_factory=dict)
    called: tuple[Called, ...] = ()
    hears: Mapping[str, Hear] = field(default_factory=dict)
    escalation: tuple[Rung, ...] = ()
    outcomes: Mapping[str, Words] = field(default_factory=dict)
    seen_by: frozenset[str] | None = None
    count_only: bool = False
    classes: Mapping[str, Words] = field(default_factory=dict)

    @property
    def lifecycle(self) -> Lifecycle:
        """The states and acts; raises ``BadInput`` for a kind that only counts."""
        return self._procedure.lifecycle

    @property
    def _procedure(self) -> Procedure:
        if self.procedure is None:
            raise BadInput(
                "kind.counts_only",
                _("“%(kind)s” is only counted.") % {"kind": self.words},
                field="kind",
            )
        return self.procedure

    def face(self, state: str) -> Face:
        """Return how ``state`` is called and looks."""
        return self._procedure.faces[state]

    def act_words(self, act: str) -> Words:
        """Return what the button of ``act`` says: the act's own words, else its state's.

        Not for an act that leads back and has no words: it has no state of its own.
        """
        own = self._procedure.act_words.get(act)
        return own or self.face(self.lifecycle.transitions[act].target).words

    def callees(self, part: str) -> tuple[Called, ...]:
        """Return who is called as ``first``, ``lead`` or ``support``."""
        return tuple(called for called in self.called if called.part == part)

    @property
    def has_quick_way(self) -> bool:
        """Tell whether light ones may be settled the quick way."""
        return not self.count_only and "quick" in self.lifecycle.transitions


@dataclass(frozen=True)
class Kinds:
    """All kinds of a district, by code."""

    kinds: Mapping[str, Kind]

    def __getitem__(self, code: str) -> Kind:
        """Return the kind; raises ``BadInput`` (``kind.unknown``) naming the known ones."""
        try:
            return self.kinds[code]
        except KeyError:
            known = ", ".join(self.kinds)
            raise BadInput(
                "kind.unknown",
                _("There is no kind “%(code)s”; known are %(known)s.")
                % {"code": code, "known": known},
                field="kind",
            ) from None

    def reportable(self) -> tuple[Kind, ...]:
        """Return the kinds that people can report, in the table's order."""
        return tuple(kind for kind in self.kinds.values() if not kind.count_only)

    def hidden_from(self, roles: frozenset[str]) -> tuple[str, ...]:
        """Return the codes of kinds that none of ``roles`` may see."""
        return tuple(
            kind.code
            for kind in self.kinds.values()
            if kind.seen_by is not None and not kind.seen_by & roles
        )
