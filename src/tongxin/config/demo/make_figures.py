"""Compute ``data/figures.json`` from the real calls.

Run ``python -m tongxin.config.demo.make_figures SHARED_DATA_DIR``. The result is committed; the
calls themselves are not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tongxin.config.demo.figures import FIGURES_FILE
from tongxin.config.demo.kinds import CallKind, CallUrgency
from tongxin.config.demo.reckoning import portland, san_francisco

POPULATION = 1_200_000
# Census estimates; the only numbers here that do not come from the files.
PORTLAND_POPULATION_2016 = 639_863

SOURCES = {
    san_francisco.FILE: "DataSF, fire department calls, 7–13 April 2020 (public domain)",
    portland.RESPONSES: "City of Portland open data, dispatched police calls with response times",
    portland.STREET_CALLS: "US National Institute of Justice forecasting challenge, Portland, "
    "March to December 2012 (public)",
    portland.FEED: "City of Portland open data, 911 dispatch feed of 28 February 2017",
}


def reckon(shared: Path) -> dict[str, Any]:
    """Compute every figure from the files under ``shared``."""
    fire = san_francisco.read(shared)
    police = portland.read(shared, portland.RESPONSES)
    street = portland.read(shared, portland.STREET_CALLS)
    hours, weekdays = san_francisco.hours(fire), portland.weekdays(street)
    feed = portland.feed_level(shared)
    return {
        "made_by": "python -m tongxin.config.demo.make_figures SHARED_DATA_DIR",
        "sources": _sources(shared),
        "calls_per_day": _level(feed, hours["values"], weekdays["values"]),
        "hour_shares": hours | {"source": san_francisco.FILE, "note": HOURS_NOTE},
        "weekday_factors": weekdays | {"source": portland.STREET_CALLS, "note": WEEKDAYS_NOTE},
        "month_factors": portland.months(street)
        | {"source": portland.STREET_CALLS, "note": MONTHS_NOTE},
        "kinds": _kinds(fire, police, feed["fire_share"])
        | {"source": [portland.RESPONSES, san_francisco.FILE], "note": KINDS_NOTE},
        "handling": {"by_kind": san_francisco.handling(fire)}
        | {"source": san_francisco.FILE, "note": HANDLING_NOTE},
        "stages": _stages(fire, police),
    }


HOURS_NOTE = (
    "Seven days give about 16 calls an hour of the week: too few for 168 shares. So the hour of "
    "the day is pooled over the days and smoothed round the clock (Gaussian; width chosen by "
    "leaving one day out), and the weekday is a separate factor from a longer file. A week under "
    "lockdown with Easter in it: the shape of the day is usable, its weekdays are not."
)
WEEKDAYS_NOTE = (
    "Monday to Sunday, mean 1; 306 days of street calls (disorder and crime against persons), so "
    "the week-end stands out more than for all calls. Applied to every hour alike."
)
MONTHS_NOTE = (
    "January to December; January and February are not in the file and set to 1. One year only."
)
KINDS_NOTE = (
    "Police categories and fire call types mapped by tongxin.config.demo.kinds, joined by the "
    "share of fire dispatches in the feed (22 of 100). American calls: a Chinese 110 line hears "
    "more enquiries and fewer shots; a district replaces this table with its own."
)
HANDLING_NOTE = (
    "On scene to available, of units that carried nobody to hospital, 60 s to 4 h, log-normal. "
    "'borrowed' says where no file times such work."
)
LEVEL_NOTE = (
    "Dispatches in the feed's whole hours (Tuesday, 12 to 14) divided by those hours' share of a "
    "mean day, by population. 95 % by Poisson counting error only; one afternoon cannot tell the "
    "error between days."
)


def _sources(shared: Path) -> list[dict[str, str]]:
    return [
        {
            "file": name,
            "what": what,
            "sha256": hashlib.sha256((shared / name).read_bytes()).hexdigest(),
        }
        for name, what in SOURCES.items()
    ]


def _level(feed: dict[str, Any], hours: list[float], weekdays: list[float]) -> dict[str, Any]:
    start, end = feed["hours"]
    of_mean_day = sum(hours[start:end]) * weekdays[feed["weekday"]]
    scale = POPULATION / PORTLAND_POPULATION_2016 / of_mean_day
    seen = feed["in_whole_hours"]
    error = 1.96 * seen**0.5
    return {
        "value": round(seen * scale),
        "low": round((seen - error) * scale),
        "high": round((seen + error) * scale),
        "population": POPULATION,
        "source": portland.FEED,
        "note": LEVEL_NOTE,
        "basis": feed | {"population_there": PORTLAND_POPULATION_2016},
    }


def _kinds(
    fire: list[dict[str, str]], police: list[dict[str, str]], fire_share: float
) -> dict[str, Any]:
    fire_counts, fire_urgency = san_francisco.kinds(fire)
    police_counts, police_urgency = portland.kinds(police)
    weights = {
        "fire": fire_share / fire_counts.total(),
        "police": (1 - fire_share) / police_counts.total(),
    }
    table = {}
    for kind in CallKind:
        urgency: Counter[str] = Counter()
        for source, counts in (("fire", fire_urgency), ("police", police_urgency)):
            for name, count in counts[kind].items():
                urgency[name] += count * weights[source]  # type: ignore[assignment]
        table[kind.value] = _kind_row(urgency)
    return {"by_kind": table, "police_priority_mix": portland.priorities(police)}


def _kind_row(urgency: Counter[str]) -> dict[str, Any]:
    share = sum(urgency.values())
    return {
        "share": round(share, 6),
        "urgency": {u.value: round(urgency[u] / share, 4) for u in CallUrgency},
    }


def _stages(fire: list[dict[str, str]], police: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "san_francisco_fire": san_francisco.stages(fire) | {"source": san_francisco.FILE},
        "portland_police": portland.stages(police) | {"source": portland.RESPONSES},
    }


def main(arguments: list[str]) -> int:
    """Write the table; the one argument is the folder with the real data."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m tongxin.config.demo.make_figures SHARED_DATA_DIR", file=sys.stderr)
        return 2
    figures = reckon(Path(arguments[0]))
    FIGURES_FILE.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{FIGURES_FILE.name}: {figures['calls_per_day']['value']} calls a day")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
