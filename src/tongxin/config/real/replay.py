"""Real calls replayed through the program's own acts under a held clock."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from tongxin.config.demo.figures import Figures, load_figures
from tongxin.config.demo.load_people import refresh_positions
from tongxin.config.demo.play.held import HeldRun
from tongxin.config.demo.play.journeys import Ground
from tongxin.config.demo.play.manner import Manner
from tongxin.config.demo.play.people import People
from tongxin.config.demo.play.play import Play
from tongxin.config.real.rows import CallRow
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents.models import Source
from tongxin.domain.incidents.reports import Ended, Report
from tongxin.foundation.access.scope import SystemActor, acting_as
from tongxin.kernel.clock import HeldClock

CITY = ZoneInfo("America/Los_Angeles")
ACTOR = SystemActor("import")
OUTCOME_OF_THE_PAST = "settled"
"""What `tongxin incidents import` writes too: the files do not say how a call ended."""
LOOK_AGAIN_EVERY_S = 30.0
GOES_ON_FOR = dt.timedelta(hours=6)
"""How long after the last call the work on open ones is still played."""
Progress = Callable[[str, float], None]


class RealCalls:
    """The rows as calls: reported one after another at their own time."""

    def __init__(self, rows: Sequence[CallRow], progress: Callable[[int], None]) -> None:
        self._rows = sorted(rows, key=lambda row: (row.at, row.ref))
        self._progress = progress
        self.incident_ids: dict[str, int] = {}

    def next_at(self) -> dt.datetime | None:
        """Return when the next call comes."""
        done = len(self.incident_ids)
        return self._rows[done].at if done < len(self._rows) else None

    def take_due(self) -> list[int]:
        """Report the call that is due."""
        row = self._rows[len(self.incident_ids)]
        self.incident_ids[row.ref] = _report(row)
        self._progress(len(self.incident_ids))
        return [self.incident_ids[row.ref]]


def take_over(
    source: str, rows: Sequence[CallRow], progress: Progress = lambda _s, _d: None
) -> int:
    """Import rows as calls of the past that have ended: kept, counted, nobody is called.

    Returns how many there are now. The installed clock stands after all of them.
    """
    figures = load_figures()
    for number, row in enumerate(rows, 1):
        timed = with_hour(row, figures)
        _report(timed, Ended(opened_at=timed.at, outcome=OUTCOME_OF_THE_PAST))
        if number % 50 == 0:
            progress(source, number / len(rows))
    return len(rows)


def _report(row: CallRow, ended: Ended | None = None) -> int:
    given = Report(
        kind=row.kind.value,
        spot=row.spot,
        source=Source.IMPORT,
        what=row.title,
        place_said=row.place,
        urgency=row.urgency.number,
        occurred_at=row.at,
        external_ref=row.ref,
        ended=ended,
    )
    with acting_as(ACTOR):
        reported = incidents.report(given, actor=ACTOR, idempotency_key=f"real-{row.ref}")
    return reported.incident.pk


def replay(
    source: str, rows: Sequence[CallRow], held: HeldClock, progress: Progress = lambda _s, _d: None
) -> dict[str, int]:
    """Replay rows of one source to their end; return the incidents' ids by the rows' references.

    ``held`` is installed by the caller and stands some hours after the last call then. Everybody
    on duty is taken to stand where they stood before.
    """
    figures = load_figures()
    timed = [with_hour(row, figures) for row in rows]
    if not timed:
        return {}
    held.set(min(row.at for row in timed) - dt.timedelta(seconds=1))
    people = People(all_played=True)
    play = Play(Manner(), figures, people, Ground(people))
    calls = RealCalls(timed, lambda done: progress(source, done / len(timed)))
    run = HeldRun(
        play, calls, held, look_again_every=LOOK_AGAIN_EVERY_S, each_minutes=refresh_positions
    )
    refresh_positions()
    run.run(max(row.at for row in timed) + GOES_ON_FOR)
    return calls.incident_ids


def with_hour(row: CallRow, figures: Figures) -> CallRow:
    """Give a call that is dated by the day only an hour, drawn from the figures of real calls."""
    if not row.day_only:
        return row
    rng = random.Random(row.ref)  # noqa: S311 - an hour, not a secret
    day = row.at.astimezone(CITY).date()
    hour = rng.choices(range(24), weights=figures.hour_shares)[0]
    local = dt.datetime.combine(day, dt.time(hour), CITY)
    seconds = dt.timedelta(seconds=round(rng.uniform(0, 3599)))
    return replace(row, at=local.astimezone(dt.UTC) + seconds)
