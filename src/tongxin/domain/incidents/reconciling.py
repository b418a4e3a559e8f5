"""Taking in a 110 feed, and showing that both sides count alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tongxin.domain.incidents.counting import add_cases
from tongxin.domain.incidents.feed110 import FeedFile, moment_of, number_of
from tongxin.domain.incidents.intake import report
from tongxin.domain.incidents.models import Feed110Line, Feed110Total, Source
from tongxin.domain.incidents.numbering import district_day
from tongxin.domain.incidents.reports import Report
from tongxin.foundation.access.scope import SystemActor, acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.kernel.geometry import ReferenceSystem, to_wgs84

ACTOR = SystemActor("feed110")


@dataclass
class FeedSummary:
    """What became of a file's lines. ``gaps`` are ranges of numbers that never came."""

    taken: int = 0
    counted: int = 0
    void: int = 0
    known: int = 0
    refused: int = 0
    gaps: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class DayBalance:
    """One day of one feed. ``theirs`` is ``None`` until they said a total.

    ``ours`` are numbers that we hold: incidents, counts and withdrawn ones; ``refused`` those we
    could not take. ``difference`` is theirs less ours.
    """

    feed: str
    day: dt.date
    theirs: int | None
    ours: int
    refused: int

    @property
    def difference(self) -> int | None:
        """Return how many we lack (negative: have more), ``None`` while theirs is unknown."""
        return None if self.theirs is None else self.theirs - self.ours


def take_in(file: FeedFile) -> FeedSummary:
    """Take in every line once; a line that cannot be taken is kept as refused, with the reason.

    The same file again changes nothing; a refused number that comes again mended is taken.
    """
    summary = FeedSummary()
    for line in file.lines:
        with acting_as(ACTOR), transaction.atomic():
            _take(file, line, summary)
    with acting_as(ACTOR), transaction.atomic():
        for day, theirs in file.totals.items():
            Feed110Total.objects.update_or_create(
                feed=file.feed, day=day, defaults={"theirs": theirs, "said_at": clock.now()}
            )
    summary.gaps = gaps(file.feed)
    return summary


def gaps(feed: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges of numbers of a feed that never came, from 1 to the highest known."""
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, [feed])
        return tuple((int(low), int(high)) for low, high in cursor.fetchall())


def balance(since: dt.date, until: dt.date) -> list[DayBalance]:
    """Return the reconciliation table by feed and day, both days included, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, {"since": since, "until": until})
        return [DayBalance(*row) for row in cursor.fetchall()]


def _take(file: FeedFile, line: Mapping[str, Any], summary: FeedSummary) -> None:
    number, moment = number_of(line), moment_of(line)
    kept = _claim(file.feed, number, district_day(moment))
    if kept is None:
        summary.known += 1
        return
    try:
        with transaction.atomic():
            _apply(file, line, kept, summary, moment)
    except TongxinError as error:
        kept.refused = str(error.message)[:160]
        summary.refused += 1
    kept.save()


def _claim(feed: str, number: int, day: dt.date) -> Feed110Line | None:
    """Return the line's row if it is to be taken now: new, or refused before."""
    defaults = {"received_at": clock.now(), "day": day}
    row, new = Feed110Line.objects.get_or_create(feed=feed, number=number, defaults=defaults)
    if new:
        return row
    again = Feed110Line.objects.select_for_update().get(pk=row.pk)
    return again if again.refused else None


def _apply(
    file: FeedFile,
    line: Mapping[str, Any],
    kept: Feed110Line,
    summary: FeedSummary,
    moment: dt.datetime,
) -> None:
    if line.get("void") is True:
        kept.kind, summary.void = "void", summary.void + 1
    elif "count" in line:
        add_cases(line["count"], district_day(moment))
        kept.kind, summary.counted = "case_count", summary.counted + 1
    else:
        given = _report(line, file.system, moment, f"{file.feed}:{kept.number}")
        key = f"feed:{file.feed}:{kept.number}".ljust(8, ":")
        kept.incident = report(given, actor=ACTOR, idempotency_key=key).incident
        kept.kind, summary.taken = given.kind, summary.taken + 1
    kept.refused = ""


def _report(
    line: Mapping[str, Any], system: ReferenceSystem, moment: dt.datetime, ref: str
) -> Report:
    lon, lat = line.get("lon"), line.get("lat")
    if not all(isinstance(degree, int | float) for degree in (lon, lat)):
        raise BadInput("feed.spot", _("The line has no place."), field="lon")
    return Report(
        kind=_text(line, "kind"),
        spot=to_wgs84(float(lon), float(lat), system),  # type: ignore[arg-type]
        source=Source.POLICE_110,
        what=_text(line, "what"),
        place_said=_text(line, "place"),
        contact_name=_text(line, "name"),
        contact_phone=_text(line, "phone"),
        urgency=line.get("urgency"),
        occurred_at=moment,
        external_ref=ref,
        legal_basis="legal_duty",
    )


def _text(line: Mapping[str, Any], name: str) -> str:
    said = line.get(name, "")
    if not isinstance(said, str):
        raise BadInput("feed.text", _("“%(name)s” is no text.") % {"name": name}, field=name)
    return said


_GAPS = """
    SELECT before + 1, number - 1 FROM (
        SELECT number, lag(number, 1, 0::bigint) OVER (ORDER BY number) AS before
        FROM incidents_feed110line WHERE feed = %s) AS numbered
    WHERE number > before + 1 ORDER BY 1
"""
_BALANCE = """
    SELECT coalesce(t.feed, l.feed), coalesce(t.day, l.day), t.theirs,
           coalesce(l.ours, 0), coalesce(l.refused, 0)
    FROM (SELECT feed, day, theirs FROM incidents_feed110total
          WHERE day BETWEEN %(since)s AND %(until)s) AS t
    FULL JOIN (SELECT feed, day, count(*) FILTER (WHERE refused = '') AS ours,
                      count(*) FILTER (WHERE refused <> '') AS refused
               FROM incidents_feed110line
               WHERE day BETWEEN %(since)s AND %(until)s GROUP BY feed, day) AS l
        ON l.feed = t.feed AND l.day = t.day
    ORDER BY 2 DESC, 1
"""
