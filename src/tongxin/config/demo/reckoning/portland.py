"""Portland: kinds and urgencies of police calls, weekdays and months, the level of calls."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import statistics
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tongxin.config.demo.kinds import POLICE_CATEGORIES, CallKind
from tongxin.config.demo.reckoning import fits

RESPONSES = "incidents/portland_ppb_dispatched_calls_response_times.csv.gz"
STREET_CALLS = "incidents/portland_nij_street_crimes_2012.csv.gz"
FEED = "incidents/portland_911_feed_2017-02-28_a.xml"
ATOM = "{http://www.w3.org/2005/Atom}"
STAGES = {
    "queue": "TimeInQueue_sec",
    "travel": "TravelTime_sec",
    "response": "ResponseTime_sec",
}
# The feed holds the last hundred dispatches: its first minutes are cut off and its last ones still
# filling. The whole hours between are complete.
WHOLE_HOURS = (12, 14)

Row = dict[str, str]


def read(shared: Path, name: str) -> list[Row]:
    """Read one of the gzipped tables."""
    with gzip.open(shared / name, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kinds(rows: list[Row]) -> tuple[Counter[CallKind], dict[CallKind, Counter[str]]]:
    """Count police calls by our kind, and the urgencies within each kind."""
    counts: Counter[CallKind] = Counter()
    urgencies: dict[CallKind, Counter[str]] = defaultdict(Counter)
    for row in rows:
        kind = POLICE_CATEGORIES[row["FinalCallCategory"]]
        counts[kind] += 1
        urgencies[kind][row["Priority"].lower()] += 1
    return counts, urgencies


def stages(rows: list[Row]) -> dict[str, Any]:
    """Return seconds in queue, travelling and in all, by priority."""
    table: dict[str, Any] = {}
    for name, column in STAGES.items():
        groups: dict[str, list[float]] = {"all": [], "high": [], "medium": [], "low": []}
        for row in rows:
            groups["all"].append(float(row[column]))
            groups[row["Priority"].lower()].append(float(row[column]))
        table[name] = {group: fits.quantiles(values) for group, values in groups.items()}
    return table


def priorities(rows: list[Row]) -> dict[str, float]:
    """Return the share of each priority."""
    counts = Counter(row["Priority"].lower() for row in rows)
    return {name: round(counts[name] / len(rows), 4) for name in ("high", "medium", "low")}


def weekdays(rows: list[Row]) -> dict[str, Any]:
    """Return factors Monday..Sunday with their standard errors from the scatter of the days."""
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for day, count in _by_date(rows).items():
        by_weekday[day.weekday()].append(count)
    means = [statistics.fmean(by_weekday[d]) for d in range(7)]
    middle = statistics.fmean(means)
    errors = [
        round(statistics.stdev(by_weekday[d]) / len(by_weekday[d]) ** 0.5 / middle, 4)
        for d in range(7)
    ]
    return {"values": fits.factors(means), "standard_errors": errors}


def months(rows: list[Row]) -> dict[str, Any]:
    """Return factors by calendar month; months that the file does not hold are 1."""
    by_month: dict[int, list[int]] = defaultdict(list)
    for day, count in _by_date(rows).items():
        by_month[day.month].append(count)
    seen = sorted(by_month)
    found = dict(
        zip(seen, fits.factors([statistics.fmean(by_month[m]) for m in seen]), strict=True)
    )
    return {"values": [found.get(month, 1.0) for month in range(1, 13)], "months_seen": seen}


def _by_date(rows: list[Row]) -> Counter[dt.date]:
    return Counter(dt.date.fromisoformat(row["occ_date"]) for row in rows)


def feed_level(shared: Path) -> dict[str, Any]:
    """Count the feed's dispatches in its whole hours, and who was sent."""
    tree = ElementTree.parse(shared / FEED)  # noqa: S314 - a file that we name ourselves
    entries = list(tree.iter(f"{ATOM}entry"))
    published = [dt.datetime.fromisoformat(_text(e, "published")[:19]) for e in entries]
    fire = sum("[Portland Fire" in _text(e, "summary") for e in entries)
    start, end = WHOLE_HOURS
    return {
        "entries": len(entries),
        "in_whole_hours": sum(start <= moment.hour < end for moment in published),
        "hours": [start, end],
        "weekday": published[0].weekday(),
        "fire_share": round(fire / len(entries), 4),
    }


def _text(entry: ElementTree.Element, name: str) -> str:
    return entry.findtext(f"{ATOM}{name}") or ""
