"""Plays hours in seconds: the clock is held and jumps from one thing to the next. Nobody sleeps."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from django.db import connection, transaction
from procrastinate.contrib.django import app

from tongxin.config.demo.play.callers import Calls
from tongxin.config.demo.play.play import Play
from tongxin.domain.dispatch.reconsidering import look_again
from tongxin.domain.incidents import clocks
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel.clock import HeldClock

Progress = Callable[[dt.datetime], None]
_NEXT_CLOCK = """
    SELECT min(due_at) FROM incidents_clock WHERE fired_at IS NULL AND stopped_at IS NULL
"""
_TAKE_JOB = """
    DELETE FROM procrastinate_jobs WHERE id = (
        SELECT id FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id LIMIT 1
        FOR UPDATE SKIP LOCKED)
    RETURNING task_name, args
"""
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class HeldRun:
    """Drives a play, its callers and what the worker does, by a held clock."""

    def __init__(
        self,
        play: Play,
        calls: Calls,
        held: HeldClock,
        *,
        look_again_every: float = 90.0,
        each_minutes: Callable[[], object] = lambda: None,
    ) -> None:
        self._play, self._calls, self._held = play, calls, held
        self._look_again_every = dt.timedelta(seconds=look_again_every)
        self._each_minutes = each_minutes
        self._looks_at = self._minutes_at = held.now()

    def run(
        self,
        until: dt.datetime = _NEVER,
        *,
        progress: Progress = lambda _moment: None,
        enough: Callable[[], bool] = lambda: False,
    ) -> None:
        """Play until a moment, or until nothing is left to happen, or ``enough`` says so."""
        _do_not_wait_for_the_disk()
        self._play.look()
        while (moment := self._next()) <= until and not enough():
            self._held.set(max(moment, self._held.now()))
            self._act()
            progress(self._held.now())
        if until is not _NEVER:
            self._held.set(until)

    def _next(self) -> dt.datetime:
        """Return when the next thing happens; idle looks are left out while nobody waits."""
        things = [self._play.next_at(), self._calls.next_at(), _next_clock()]
        soonest = min((at for at in things if at is not None), default=_NEVER)
        if soonest is _NEVER or not self._play.somebody_waits():
            return soonest
        return min(soonest, self._looks_at)

    def _act(self) -> None:
        """Do one thing that is due: a call, what the worker repeats, or a step of somebody."""
        now = self._held.now()
        called = self._calls.next_at()
        if called is not None and called <= now:
            self._touched(self._calls.take_due())
            return
        if now >= self._looks_at:
            self._look_around(now)
            return
        fires = _next_clock()
        if fires is not None and fires <= now:
            clocks.fire_due()
            self._touched([])
        if self._play.take_due():
            self._touched([])

    def _look_around(self, now: dt.datetime) -> None:
        """Do what the worker repeats: mend plans that lack somebody; keep positions fresh."""
        self._looks_at = now + self._look_again_every
        if now >= self._minutes_at:
            self._minutes_at = now + dt.timedelta(minutes=4)
            self._each_minutes()
        look_again()
        do_jobs()
        self._play.look()

    def _touched(self, ids: list[int]) -> None:
        planned = do_jobs()
        self._play.look({*ids, *planned})


def do_jobs() -> set[int]:
    """Do the jobs that acts have deferred, and those that they defer, as a worker would do at once.

    Returns the incidents that they spoke of.
    """
    touched: set[int] = set()
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_TAKE_JOB)
            row = cursor.fetchone()
        if row is None:
            return touched
        arguments = row[1] if isinstance(row[1], dict) else json.loads(row[1])
        app.tasks[row[0]].func(**arguments)
        if "incident_id" in arguments:
            touched.add(int(arguments["incident_id"]))


def _do_not_wait_for_the_disk() -> None:
    """Let commits of this session return at once: what a crash could take is played again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")


def _next_clock() -> dt.datetime | None:
    with acting_as("clocks"), connection.cursor() as cursor:
        cursor.execute(_NEXT_CLOCK)
        row = cursor.fetchone()
        moment: dt.datetime | None = row[0] if row else None
        return moment
