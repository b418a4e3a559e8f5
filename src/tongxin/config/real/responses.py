"""Portland's recorded response times: what its dispatch achieved, without place or time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tongxin.config.demo.kinds import POLICE_CATEGORIES, CallKind, CallUrgency
from tongxin.config.real.rows import Reason, Refused
from tongxin.config.real.street_calls import table_rows

FILE = "incidents/portland_ppb_dispatched_calls_response_times.csv.gz"
SOURCE = "response times"
SECONDS = ("TimeInQueue_sec", "TravelTime_sec", "ResponseTime_sec")
COLUMNS = {"FinalCallCategory", "Priority", *SECONDS}


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """One dispatched call's seconds: waiting in the queue, travelling, and both together."""

    kind: CallKind
    urgency: CallUrgency
    queue_s: float
    travel_s: float
    response_s: float


def read_responses(shared: Path) -> Iterator[ResponseRow | Refused]:
    """Yield the recorded times in the file's order.

    Raises:
        BadInput: the file is absent, cut short, or lacks a column.
    """
    for row, fields in enumerate(table_rows(shared / FILE, COLUMNS), 1):
        kind = POLICE_CATEGORIES.get(fields["FinalCallCategory"])
        if kind is None or fields["Priority"].lower() not in set(CallUrgency):
            yield Refused(SOURCE, row, Reason.NO_KIND, fields["FinalCallCategory"])
            continue
        try:
            queue, travel, response = (float(fields[name]) for name in SECONDS)
        except ValueError:
            yield Refused(SOURCE, row, Reason.BAD_NUMBER, fields["ResponseTime_sec"])
            continue
        yield ResponseRow(kind, CallUrgency(fields["Priority"].lower()), queue, travel, response)
