"""San Francisco fire dispatches, 7 days: hours of the day, handling times, stages of a call."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tongxin.config.demo.kinds import FIRE_CALL_TYPES, CallKind
from tongxin.config.demo.reckoning import fits

FILE = "incidents/sf_fire_calls_2020-04-07_13.csv.gz"
SHORTEST_S, LONGEST_S = 60.0, 4 * 3600.0
PRIORITIES = {"3": "high", "2": "medium"}

Row = dict[str, str]
# Kinds that no fire engine attends: whose handling time they borrow, and why that is fair.
BORROWED: dict[CallKind, tuple[CallKind | None, str]] = {
    CallKind.DISPUTE: (None, "no source times police on scene; pooled over all call types"),
    CallKind.LOST_PERSON: (None, "no source times a search; pooled over all call types"),
    CallKind.TIP: (CallKind.SERVICE_REQUEST, "taken as long as a citizen assist"),
    CallKind.ENQUIRY: (CallKind.SERVICE_REQUEST, "taken as long as a citizen assist"),
    CallKind.NOTICE: (CallKind.SERVICE_REQUEST, "taken as long as a citizen assist"),
}


def read(shared: Path) -> list[Row]:
    """Read the unit dispatches, one row for each unit sent."""
    with gzip.open(shared / FILE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stamp(text: str) -> dt.datetime | None:
    """Read a local stamp such as ``04/07/2020 11:53:08 PM``; empty means it never came to that."""
    return dt.datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p") if text else None  # noqa: DTZ007


def between(row: Row, start: str, end: str) -> float | None:
    """Return the seconds between two stamps, or None where one is absent or time runs back."""
    a, b = stamp(row[start]), stamp(row[end])
    seconds = (b - a).total_seconds() if a and b else -1.0
    return seconds if seconds >= 0 else None


def first_units(rows: list[Row]) -> list[Row]:
    """Return one row a call: the unit sent first."""
    calls: dict[str, Row] = {}
    for row in sorted(rows, key=lambda r: int(r["Unit sequence in call dispatch"])):
        calls.setdefault(row["Call Number"], row)
    return list(calls.values())


def hours(rows: list[Row]) -> dict[str, Any]:
    """Return the smoothed share of each hour of the day (local time, sums to 1)."""
    received = [stamp(call["Received DtTm"]) for call in first_units(rows)]
    days = sorted({moment.date() for moment in received if moment})
    by_day = np.zeros((len(days), 24))
    for moment in received:
        if moment:
            by_day[days.index(moment.date()), moment.hour] += 1
    bandwidth, scores = fits.choose_bandwidth(by_day)
    smooth = fits.smooth_hours(by_day.sum(axis=0), bandwidth)
    return {
        "values": [round(float(v), 5) for v in smooth / smooth.sum()],
        "raw_counts": [int(v) for v in by_day.sum(axis=0)],
        "bandwidth_hours": bandwidth,
        "left_one_day_out_log_likelihood": scores,
    }


def handling(rows: list[Row]) -> dict[str, Any]:
    """Fit on scene → available by kind, over units that carried nobody to hospital."""
    times: dict[CallKind, list[float]] = defaultdict(list)
    for row in rows:
        seconds = between(row, "On Scene DtTm", "Available DtTm")
        if not row["Transport DtTm"] and seconds and SHORTEST_S <= seconds <= LONGEST_S:
            times[FIRE_CALL_TYPES[row["Call Type"]]].append(seconds)
    pooled = [s for group in times.values() for s in group]
    table: dict[str, Any] = {
        kind: {**fits.fit_lognormal(group), "borrowed": None} for kind, group in times.items()
    }
    for kind, (lender, why) in BORROWED.items():
        group = times[lender] if lender else pooled
        table[kind] = {**fits.fit_lognormal(group), "borrowed": why}
    return dict(sorted(table.items()))


def stages(rows: list[Row]) -> dict[str, Any]:
    """Return received → dispatch and response → on scene by final priority, first unit only."""
    calls = first_units(rows)
    spans = {
        "received_to_dispatch": ("Received DtTm", "Dispatch DtTm"),
        "response_to_on_scene": ("Response DtTm", "On Scene DtTm"),
        "on_scene_to_available": ("On Scene DtTm", "Available DtTm"),
    }
    return {name: _by_priority(calls, *ends) for name, ends in spans.items()}


def _by_priority(calls: Iterable[Row], start: str, end: str) -> dict[str, Any]:
    groups: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        seconds = between(call, start, end)
        if seconds is not None:
            groups["all"].append(seconds)
            groups[PRIORITIES[call["Final Priority"]]].append(seconds)
    return {name: fits.quantiles(group) for name, group in sorted(groups.items())}


def kinds(rows: list[Row]) -> tuple[Counter[CallKind], dict[CallKind, Counter[str]]]:
    """Count calls by our kind, and the urgencies within each kind."""
    counts: Counter[CallKind] = Counter()
    urgencies: dict[CallKind, Counter[str]] = defaultdict(Counter)
    for call in first_units(rows):
        kind = FIRE_CALL_TYPES[call["Call Type"]]
        counts[kind] += 1
        urgencies[kind][PRIORITIES[call["Final Priority"]]] += 1
    return counts, urgencies
