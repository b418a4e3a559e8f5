"""The hours before the demo opens: played under a held clock, so that the day is under way."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from itertools import takewhile

from tongxin.config.demo.calls import DemoCall, Sampler, demo_calls
from tongxin.config.demo.figures import Figures
from tongxin.config.demo.load_people import refresh_positions
from tongxin.config.demo.play.callers import DemoCallers
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

WANTED_CALLS = 150
"""About how many calls are played through before the demo opens."""
SHORTEST, LONGEST = dt.timedelta(hours=2), dt.timedelta(hours=9)
DAYS_BEFORE, CALLS_BEFORE = 3, 300
SEED = 20
Progress = Callable[[str, float], None]


def opens_at(figures: Figures, now: dt.datetime) -> dt.datetime:
    """Return when the played hours begin, so that about `WANTED_CALLS` calls fall into them."""
    step, back, expected = dt.timedelta(minutes=10), dt.timedelta(0), 0.0
    while back < LONGEST and (back < SHORTEST or expected < WANTED_CALLS):
        back += step
        expected += figures.rate_per_hour((now - back).astimezone(_zone())) / 6
    return now - back


def play_hours(
    figures: Figures, sampler: Sampler, *, start: dt.datetime, until: dt.datetime,
    progress: Progress = lambda _stage, _share: None,
) -> None:  # fmt: skip
    """Play from ``start`` to ``until`` on the district that stands, as fast as the machine can.

    Everybody acts through the public actions by the held clock; at the end, what is open is as it
    would be, and positions are of this moment.
    """
    held = clock.HeldClock(start)
    whole = (until - start).total_seconds()
    people = People()
    play = Play(Manner(), figures, people, Ground(people))
    calls = demo_calls(figures, sampler, seed=SEED, start=start)
    callers = DemoCallers(calls, people, play.steps, seed=SEED)
    with clock.held(held):
        run = HeldRun(play, callers, held, each_minutes=refresh_positions)
        run.run(
            until,
            progress=lambda at: progress("calls so far", (at - start).total_seconds() / whole),
        )
        refresh_positions()


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


def _zone() -> dt.tzinfo:
    from tongxin.config.demo.calls import ZONE

    return ZONE
