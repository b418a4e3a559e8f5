"""Brings a real city in, step by step, each through the import that an installation would use."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import shapely

from tongxin.config.real import measuring, staff
from tongxin.config.real.districts import FILE as DISTRICTS
from tongxin.config.real.feed import SOURCE as FEED
from tongxin.config.real.feed import read_feed
from tongxin.config.real.replay import Progress, replay, take_over
from tongxin.config.real.responses import read_responses
from tongxin.config.real.rows import PORTLAND_CORE, CallRow, parted
from tongxin.config.real.street_calls import SOURCE as CALLS_2012
from tongxin.config.real.street_calls import read_street_calls
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.roads.importing import import_map
from tongxin.foundation.territory import importing
from tongxin.foundation.territory.models import Area, Level, Network
from tongxin.foundation.territory.plane import square_metres
from tongxin.kernel import clock

if TYPE_CHECKING:
    from tongxin.config.real.run import City

ACTOR = "system:demo"
FIRST_DAY = dt.date(2012, 1, 1)
OPENS = dt.datetime(2012, 2, 1, 8, tzinfo=dt.UTC)
SYSTEM = "EPSG:2913"
PROMISE_MINUTES = "5"
OPTIONS = importing.AreaSource(
    srs=SYSTEM,
    columns={"code": "DISTRICT", "name": "DISTRICT"},
    constants={"network": "police", "level": "beat", "promise_minutes": PROMISE_MINUTES},
    dissolve={"station": "PRECINCT", "branch": "AGENCY"},
)
"""The shapefile's columns; precincts stand for stations, the agency for the branch."""


def roads(city: City, pbf: Path, data: Path, progress: Progress) -> None:
    """Import the roads and the base map."""
    made = import_map(pbf, data, progress)
    city.roads_km = made.kilometres["car"]


def ground(city: City, shared: Path) -> None:
    """Import the districts: a dry run that names every bad row, then again with ``--accept``."""
    with acting_as("demo"):
        read = importing.read_areas(shared / DISTRICTS, OPTIONS)
        dry = importing.plan_areas(read, on=FIRST_DAY)
        city.bad_areas = [f"{bad.code or bad.line}: {bad.message}" for bad in dry.bad]
        importing.apply_areas(dry, actor=ACTOR, accept=True)
        beats = Area.objects.filter(network=Network.POLICE, level=Level.BEAT)
        city.areas = beats.count()
        city.square_km = _core_km2()


def force(city: City, password: str) -> None:
    """Invent the members and put them on duty, at the clock of the first calls."""
    with clock.held(clock.HeldClock(OPENS)):
        city.force = staff.put_on_duty(PORTLAND_CORE, password=password)


def replayed(
    city: City, shared: Path, wanted: tuple[int, int | None], progress: Progress,
    others: int | None = None,
) -> None:  # fmt: skip
    """Replay so many of the 2012 calls, then so many (None: all) of the feed of 2017.

    ``others`` (None: all) of each file's other rows are then imported as calls of the past.
    """
    old, old_refused = parted(read_street_calls(shared, PORTLAND_CORE))
    feed, feed_refused = parted(read_feed(shared, PORTLAND_CORE))
    parts = [
        _Part(CALLS_2012, old, measuring.reasons(old_refused), old[: wanted[0]]),
        _Part(FEED, feed, measuring.reasons(feed_refused), feed[: wanted[1]]),
    ]
    whole, done = max(1, sum(len(part.chosen) for part in parts)), 0
    with clock.held(clock.HeldClock(OPENS)) as held:
        for part in parts:
            begins, length = done / whole, len(part.chosen) / whole
            done += len(part.chosen)
            share = _within(progress, 0.6 * begins, 0.6 * length)
            city.sources.append(_figures(part, held, share))
        city.most_at_once = measuring.most_at_once()
        for number, part in enumerate(parts):
            rest = part.located[len(part.chosen) :][:others]
            past = take_over(part.source, rest, _within(progress, 0.6, 0.4))
            city.sources[number] = replace(city.sources[number], taken_over=past)


@dataclass(frozen=True)
class _Part:
    """One source: the rows that can be placed, why others cannot, and those to be replayed."""

    source: str
    located: Sequence[CallRow]
    refused: Counter[str]
    chosen: Sequence[CallRow]


def _within(progress: Progress, begins: float, length: float) -> Progress:
    return lambda stage, share: progress(stage, begins + length * share)


def _figures(part: _Part, held: clock.HeldClock, progress: Progress) -> measuring.SourceFigures:
    incident_ids = replay(part.source, part.chosen, held, progress)
    ways, planned = measuring.ways(incident_ids.values())
    return measuring.SourceFigures(
        source=part.source,
        read=len(part.located) + sum(part.refused.values()),
        located=len(part.located),
        refused=part.refused,
        replayed=len(incident_ids),
        planned=planned,
        ways=ways,
    )


def record(city: City, shared: Path) -> None:
    """Read the city's own record of response times."""
    city.recorded = measuring.recorded(read_responses(shared))


def _core_km2() -> float:
    core = PORTLAND_CORE
    return square_metres(shapely.box(core.west, core.south, core.east, core.north)) / 1e6
