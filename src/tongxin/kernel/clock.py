"""The one source of time, so that tests and simulations can hold it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar


class Clock(Protocol):
    """Anything that tells an aware UTC time."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> dt.datetime:
        """Return the machine's time in UTC."""
        return dt.datetime.now(dt.UTC)


class HeldClock:
    """A clock that stands still until it is moved; for tests and replays."""

    def __init__(self, start: dt.datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a held clock needs an aware time")
        self._now = start.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        """Return the held moment."""
        return self._now

    def set(self, moment: dt.datetime) -> None:
        """Put the clock at ``moment`` (aware)."""
        self._now = moment.astimezone(dt.UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock forward by ``seconds``."""
        self._now += dt.timedelta(seconds=seconds)


HeldOrNot = TypeVar("HeldOrNot", bound=Clock)
_clock: Clock = SystemClock()


def now() -> dt.datetime:
    """Return the present moment by the installed clock, aware, in UTC."""
    return _clock.now()


@contextmanager
def held(clock: HeldOrNot) -> Iterator[HeldOrNot]:
    """Install ``clock`` for the length of a block."""
    global _clock  # noqa: PLW0603 - the one place where time is swapped
    before, _clock = _clock, clock
    try:
        yield clock
    finally:
        _clock = before
