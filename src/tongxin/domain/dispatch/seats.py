"""One member on duty as the board keeps them, and the place that a way is reckoned from. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from tongxin.domain.dispatch.people import PlaceSource
from tongxin.kernel.geometry import Spot

STALE_AFTER_S = 600.0
"""A position older than this many seconds gives way to the member's post, village or beat."""


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant in force: ``area`` with the two highest of its path and its length."""

    role: str
    area: int
    second: int
    root: int
    depth: int
    village: bool


@dataclass(slots=True)
class Seat:
    """A member on duty. ``at`` is the epoch second of ``position``, ``fallback`` where the member
    is assumed to be without one. ``place`` and ``source`` are what holds now."""

    member_id: int
    mode: str
    crew_id: int | None
    started: float
    skills: tuple[str, ...] = ()
    grants: tuple[HeldGrant, ...] = ()
    position: Spot | None = None
    at: float = 0.0
    fallback: Spot | None = None
    fallback_source: PlaceSource = PlaceSource.NONE
    place: Spot | None = None
    source: PlaceSource = PlaceSource.NONE
    slot: int = field(default=-1)

    @property
    def unit(self) -> int:
        """Return the crew as a negative number, or the member."""
        return -self.crew_id if self.crew_id is not None else self.member_id

    def settle(self, now: float) -> bool:
        """Decide the place by the age of the position; return whether the place changed."""
        place, source = self._place_at(now)
        changed = place != self.place
        self.place, self.source = place, source
        return changed

    def _place_at(self, now: float) -> tuple[Spot | None, PlaceSource]:
        if self.position is not None and now - self.at <= STALE_AFTER_S:
            return self.position, PlaceSource.POSITION
        if self.fallback is not None:
            return self.fallback, self.fallback_source
        if self.position is not None:
            return self.position, PlaceSource.OLD
        return None, PlaceSource.NONE
