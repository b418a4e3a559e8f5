"""Brings the demo's district into being: drawn, written, its roads built, its day begun."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import DatabaseError

from tongxin.config.demo import history, load
from tongxin.config.demo.drawing import call_places, draw_demo
from tongxin.config.demo.drawn import SIZES, District
from tongxin.config.demo.figures import load_figures
from tongxin.config.demo.load_people import refresh_positions
from tongxin.config.demo.play import leak
from tongxin.config.demo.play.database_places import places_of_the_district
from tongxin.config.words import gettext as _
from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError

NEEDS_BYTES = {"default": 700 * 1024 * 1024, "large": 2 * 1024 * 1024 * 1024}
DRAWING_STEPS = 4
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Wanted:
    """Which district, from where, and whether its day is begun."""

    size: str
    data: Path
    password: str
    offline: bool = False
    lively: bool = True


def prepare(wanted: Wanted, progress: Progress) -> str:
    """Make the district unless it stands; return one sentence on what the streets are, or "".

    Raises:
        Conflict: the database holds another district.
        TongxinError: ``disk.full``.
    """
    if load.district_stands(SIZES[wanted.size]):
        _go_on(wanted)
        return ""
    _check_room(wanted)
    with _full_disk_said(wanted.data):
        return _make(wanted, progress)


def _go_on(wanted: Wanted) -> None:
    """Go on where the district was stopped."""
    if wanted.lively:
        history.catch_up(load_figures(), places_of_the_district(), clock.now())
    else:
        refresh_positions()


def _make(wanted: Wanted, progress: Progress) -> str:
    drawn = _draw(wanted, _part(progress, 0.0, 0.3))
    load.load_roads(drawn, wanted.data, _part(progress, 0.3, 0.45))
    figures, now = load_figures(), clock.now()
    start = history.opens_at(figures, now) if wanted.lively else now
    with clock.held(clock.HeldClock(start)):
        load.load_district(drawn, password=wanted.password, progress=_part(progress, 0.45, 0.6))
    if wanted.lively:
        places = call_places(drawn)
        progress("days before", 0.6)
        history.log_days_before(figures, places, start)
        history.play_hours(
            figures, places, start=start, until=clock.now(),
            progress=_part(progress, 0.62, 1.0),
        )  # fmt: skip
    else:
        leak.begin_still()
    return drawn.net.told


def _draw(wanted: Wanted, progress: Progress) -> District:
    told = iter(range(DRAWING_STEPS + 1))
    progress("streets", 0.0)
    return draw_demo(
        wanted.data / "downloads",
        size=wanted.size,
        offline=wanted.offline,
        told=lambda step: progress(step, next(told, DRAWING_STEPS) / DRAWING_STEPS),
    )


def _part(progress: Progress, begins: float, ends: float) -> Progress:
    """Return a report that fills one part of the bar."""
    return lambda stage, share: progress(stage, begins + (ends - begins) * share)


def _check_room(wanted: Wanted) -> None:
    wanted.data.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(wanted.data).free, NEEDS_BYTES[wanted.size]
    if free < needed:
        raise _full(wanted.data, needed)


@contextmanager
def _full_disk_said(data: Path) -> Iterator[None]:
    """Say in one sentence that the disk is full, wherever it is noticed."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise _full(data, NEEDS_BYTES["default"]) from error
    except DatabaseError as error:
        if not isinstance(error.__cause__, psycopg.errors.DiskFull):
            raise
        raise _full(data, NEEDS_BYTES["default"]) from error


def _full(data: Path, needed: int) -> TongxinError:
    sentence = _("The disk of {data} is too full: the demo needs {megabytes:.0f} MB there.")
    return TongxinError("disk.full", sentence.format(data=data, megabytes=needed / 1024**2))
