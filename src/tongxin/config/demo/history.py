"""The hours before the demo opens: played under a held clock, so that the day is under way."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from itertools import takewhile

from django.db import connection

from tongxin.config.demo.calls import ZONE, DemoCall, Sampler, demo_calls
from tongxin.config.demo.figures import Figures
from tongxin.config.demo.load_people import refresh_positions
from tongxin.config.demo.play.callers import DemoCallers, NoCalls
from tongxin.config.demo.play.held import HeldRun
from tongxin.config.demo.play.journeys import Ground
from tongxin.config.demo.play.manner import Manner, answer_of, outcome_of
from tongxin.config.demo.play.people import People
from tongxin.config.demo.play.play import Play
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Source
from tongxin.domain.incidents.reports import Ended, Report
from tongxin.foundation.access.scope import SystemActor, acting_as
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

WANTED_CALLS = 110
"""About how many calls are played through before the demo opens."""
SHORTEST, LONGEST = dt.timedelta(hours=2), dt.timedelta(hours=9)
DAYS_BEFORE, CALLS_BEFORE = 3, 300
SEED = 20
NOTICED_GAP, WARM_UP, WORKS_ON_FOR = (
    dt.timedelta(minutes=3), dt.timedelta(minutes=12), dt.timedelta(hours=3),
)  # fmt: skip
CATCHES_UP_FOR_S = 4.0
Progress = Callable[[str, float], None]


def opens_at(figures: Figures, now: dt.datetime) -> dt.datetime:
    """Return when the played hours begin, so that about `WANTED_CALLS` calls fall into them."""
    step, back, expected = dt.timedelta(minutes=10), dt.timedelta(0), 0.0
    while back < LONGEST and (back < SHORTEST or expected < WANTED_CALLS):
        back += step
        expected += figures.rate_per_hour((now - back).astimezone(ZONE)) / 6
    return now - back


def play_hours(
    figures: Figures, sampler: Sampler, *, start: dt.datetime, until: dt.datetime,
    seed: int = SEED, progress: Progress = lambda _stage, _share: None,
    enough: Callable[[], bool] = lambda: False,
) -> None:  # fmt: skip
    """Play from ``start`` to ``until`` on the district that stands, as fast as the machine can.

    Everybody acts through the public actions by the held clock; at the end, what is open is as it
    would be, and positions are of this moment. ``enough`` may end it early.
    """
    whole = (until - start).total_seconds()
    play = _play(figures)
    calls = demo_calls(figures, sampler, seed=seed, start=start)
    callers = DemoCallers(calls, play.people, play.steps, seed=seed)
    with clock.held(clock.HeldClock(start)) as held:
        run = HeldRun(play, callers, held, each_minutes=refresh_positions)
        run.run(
            until,
            progress=lambda at: progress("calls so far", (at - start).total_seconds() / whole),
            enough=enough,
        )
    refresh_positions()


def catch_up(figures: Figures, sampler: Sampler, now: dt.datetime) -> None:
    """Bring a district that was stopped to this moment: nobody waited while the program was off.

    What was open is played to its end from where it stopped, then the last minutes with new calls;
    at most for `CATCHES_UP_FOR_S` seconds of the machine's time, the rest follows by itself.
    """
    last = _last_act()
    if last is None or now - last < NOTICED_GAP:
        refresh_positions()
        return
    ends_at = time.monotonic() + CATCHES_UP_FOR_S
    warm_from = max(last, now - WARM_UP)
    with clock.held(clock.HeldClock(last)) as held:
        run = HeldRun(_play(figures), NoCalls(), held, each_minutes=refresh_positions)
        run.run(
            min(last + WORKS_ON_FOR, warm_from),
            enough=lambda: time.monotonic() > ends_at - CATCHES_UP_FOR_S / 2,
        )
    play_hours(
        figures, sampler, start=warm_from, until=now, seed=int(now.timestamp()),
        enough=lambda: time.monotonic() > ends_at,
    )  # fmt: skip


def _play(figures: Figures) -> Play:
    people = People(all_played=True)
    return Play(Manner(), figures, people, Ground(people))


def _last_act() -> dt.datetime | None:
    with acting_as("demo"), connection.cursor() as cursor:
        cursor.execute("SELECT max(at) FROM incidents_timelineentry")
        row = cursor.fetchone()
        moment: dt.datetime | None = row[0] if row else None
        return moment


def log_days_before(figures: Figures, sampler: Sampler, start: dt.datetime) -> int:
    """Take over closed calls of the days before from a log; return how many."""
    first = start - dt.timedelta(days=DAYS_BEFORE)
    share = CALLS_BEFORE / (figures.calls_per_day * DAYS_BEFORE)
    rng = random.Random(SEED)  # noqa: S311 - a simulation, not a secret
    calls = demo_calls(figures, sampler, seed=SEED + 1, start=first)
    actor, count = SystemActor("import"), 0
    with acting_as(actor):
        for call in _until(calls, start):
            if rng.random() < share:
                count += 1
                incidents.report(_ended(call, count), actor=actor)
    return count


def _until(calls: Iterator[DemoCall], moment: dt.datetime) -> Iterator[DemoCall]:
    return takewhile(lambda call: call.at < moment, calls)


def _ended(call: DemoCall, number: int) -> Report:
    kind = registry()[call.kind.value]
    closed = call.at + dt.timedelta(seconds=300 + call.handling_seconds)
    return Report(
        kind=kind.code,
        spot=Spot(call.lon, call.lat),
        source=Source.IMPORT,
        what=f"{call.text}（{answer_of(kind.code, number)}）",
        urgency=call.urgency.number,
        external_ref=f"log-{number}",
        ended=Ended(call.at, outcome_of(kind.code, number, kind.outcomes), closed),
    )
