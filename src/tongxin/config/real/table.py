"""Prints what a replay achieved beside what the city recorded, and says why they differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tongxin.config.real.measuring import Recorded, SourceFigures, Spread

if TYPE_CHECKING:
    from tongxin.config.real.run import City

_WIDTH = 110


def show(city: City, console: Console | None = None) -> None:
    """Print the table and the paragraph under it."""
    out = console or Console(width=None if Console().is_terminal else _WIDTH)
    out.print(ground_line(city))
    for bad in city.bad_areas:
        out.print(f"  bad row, taken with --accept: {bad}", markup=False)
    out.print(_rows_table(city))
    out.print(_times_table(city))
    out.print(why_they_differ(city), markup=False)


def ground_line(city: City) -> str:
    """Say what the city was made of."""
    return (
        f"{city.roads_km:,.0f} km of roads; {city.areas} police districts as beats; "
        f"{city.force.units} officers in cars on duty."
    )


def _rows_table(city: City) -> Table:
    table = Table(title="Rows", title_justify="left")
    for name in ("source", "read", "located", "refused and why", "replayed", "plans made", "past"):
        table.add_column(name, justify="left" if name in ("source", "refused and why") else "right")
    for line in city.sources:
        table.add_row(
            line.source, f"{line.read:,}", f"{line.located:,}", _said(line.refused),
            f"{line.replayed:,}", f"{line.planned:,}", f"{line.taken_over:,}",
        )  # fmt: skip
    told = city.recorded
    good = told.read - sum(told.refused.values())
    table.add_row(
        "response times", f"{told.read:,}", f"{good:,}", _said(told.refused), "–", "–", "–"
    )
    return table


def _times_table(city: City) -> Table:
    table = Table(
        title="Seconds until somebody is there (calls to which minutes are promised)",
        title_justify="left",
    )
    for name in ("", "calls", "P50", "P90", "promise kept"):
        table.add_column(name, justify="right" if name else "left")
    for line in city.sources:
        _add(table, f"{line.source}: first on scene", line.on_scene, f"{line.kept:.0%}")
        _add(table, f"{line.source}: of these driving", line.driving)
    told = city.recorded
    table.add_section()
    _add(table, "recorded: waiting in the queue", told.queue)
    _add(table, "recorded: travelling", told.travel)
    _add(table, "recorded: both", told.response)
    _add(table, "recorded: travelling, high priority", told.urgent_travel)
    _add(table, "recorded: both, high priority", told.urgent_response)
    return table


def _add(table: Table, name: str, spread: Spread, kept: str = "–") -> None:
    table.add_row(name, f"{spread.count:,}", _s(spread.p50_s), _s(spread.p90_s), kept)


def why_they_differ(city: City) -> str:
    """Say in one paragraph why replay and record differ, with figures where there are any."""
    told = city.recorded
    ours = _together(city.sources)
    shares = [
        _queue(told),
        f"Units: {city.force.units} invented officers were on duty at every hour, "
        f"at most {city.most_at_once} busy at once, so a free one was near; how many cars the city "
        "had in service is not recorded.",
        f"People: answering and leaving took our simulated officers {_s(ours.answering.p50_s)} s "
        "(median, invented); the city's clock starts travelling when a unit is sent.",
        f"Roads: the drive itself had a median of {_s(ours.driving.p50_s)} s against "
        f"{_s(told.travel.p50_s)} s recorded. Ours is free flow at the map's speeds with turn "
        "restrictions, without traffic, lights or parking, and without sirens either.",
        f"Place: only the dense core ({city.square_km:.0f} km²) has all its streets on this map; "
        f"{ours.located / max(1, ours.read):.0%} of the rows lie in it. The record is of the whole "
        "city and has no places.",
        f"Mix: {_urgent(ours):.0%} of the replayed calls are urgent, {told.urgent_share:.0%} of "
        "the recorded; the 2012 calls have no hour, so theirs is drawn from other calls' hours.",
    ]
    return "Why they differ. " + " ".join(shares)


def _queue(told: Recorded) -> str:
    return (
        f"Queue: recorded calls waited {_s(told.queue.p50_s)} s (P90 {_s(told.queue.p90_s)} s) "
        "for a free unit, ours are offered to somebody at once."
    )


def _together(lines: Iterable[SourceFigures]) -> SourceFigures:
    every = list(lines)
    return SourceFigures(
        source="all",
        read=sum(line.read for line in every),
        located=sum(line.located for line in every),
        refused=sum((line.refused for line in every), Counter[str]()),
        replayed=sum(line.replayed for line in every),
        planned=sum(line.planned for line in every),
        ways=[way for line in every for way in line.ways],
    )


def _urgent(line: SourceFigures) -> float:
    return sum(way.urgency == 3 for way in line.ways) / max(1, line.replayed)


def _said(refused: Counter[str]) -> str:
    if not refused:
        return "0"
    return ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in refused.most_common())


def _s(seconds: float) -> str:
    return "–" if math.isnan(seconds) else f"{seconds:,.0f}"
