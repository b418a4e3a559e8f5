"""Taking over a call log: a dry run first, then each row once, however often it is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction

from tongxin.domain.incidents.calllog import BadRow, Call
from tongxin.domain.incidents.intake import report
from tongxin.foundation.access.scope import SystemActor, acting_as
from tongxin.foundation.territory import locating
from tongxin.kernel.errors import TongxinError

ACTOR = SystemActor("import")
_BATCH = 200
Progress = Callable[[int], None]


@dataclass
class Summary:
    """What became of the rows: taken in, known already, bad, and outside all areas."""

    read: int = 0
    taken: int = 0
    known: int = 0
    outside: int = 0
    bad: list[BadRow] = field(default_factory=list)


def look_over(rows: Iterable[Call | BadRow], progress: Progress = lambda _n: None) -> Summary:
    """Read all rows and write nothing; ``outside`` counts spots that no network knows."""
    summary = Summary()
    for row in rows:
        summary.read += 1
        if isinstance(row, BadRow):
            summary.bad.append(row)
        elif locating.locate(row.report.spot).is_outside:
            summary.outside += 1
        progress(summary.read)
    return summary


def take_in(rows: Iterable[Call | BadRow], progress: Progress = lambda _n: None) -> Summary:
    """Take in the good rows, 200 a transaction; a row that was taken before is known.

    A row whose content changed since is listed as bad, and the incident stays as it is.
    """
    summary, rows = Summary(), iter(rows)
    while batch := list(islice(rows, _BATCH)):
        with acting_as(ACTOR), transaction.atomic():
            for row in batch:
                _take(row, summary)
        progress(summary.read)
    return summary


def _take(row: Call | BadRow, summary: Summary) -> None:
    summary.read += 1
    if isinstance(row, BadRow):
        summary.bad.append(row)
        return
    try:
        reported = report(row.report, actor=ACTOR, idempotency_key=row.key)
    except TongxinError as error:
        summary.bad.append(BadRow(row.line, error.field or "", str(error.message)))
        return
    summary.known += reported.replayed
    summary.taken += not reported.replayed
