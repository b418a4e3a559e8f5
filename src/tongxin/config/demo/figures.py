"""The committed figures of real calls, as the demo uses them. No Django, no raw data."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tongxin.config.demo.kinds import CallKind, CallUrgency

FIGURES_FILE = Path(__file__).parent / "data" / "figures.json"


@dataclass(frozen=True, slots=True)
class Handling:
    """A log-normal time on scene: median in seconds and sigma of the logarithm."""

    median_s: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Rates, shares and times; every one traced to its source in ``figures.json``.

    ``hour_shares`` sum to 1 over the 24 local hours; ``weekday_factors`` (Monday first) and
    ``month_factors`` (January first) have mean about 1; ``kind_shares`` sum to 1.
    """

    calls_per_day: float
    population: int
    hour_shares: tuple[float, ...]
    weekday_factors: tuple[float, ...]
    month_factors: tuple[float, ...]
    kind_shares: dict[CallKind, float]
    urgency_shares: dict[CallKind, dict[CallUrgency, float]]
    handling: dict[CallKind, Handling]

    def rate_per_hour(self, local: dt.datetime) -> float:
        """Return the expected calls an hour at a local time, for ``population`` people."""
        day = self.calls_per_day * self.weekday_factors[local.weekday()]
        return day * self.month_factors[local.month - 1] * self.hour_shares[local.hour]

    def highest_rate_per_hour(self) -> float:
        """Return a bound that no hour exceeds."""
        peaks = max(self.hour_shares) * max(self.weekday_factors) * max(self.month_factors)
        return self.calls_per_day * peaks


@cache
def load_figures(file: Path = FIGURES_FILE) -> Figures:
    """Read the committed table."""
    table: dict[str, Any] = json.loads(file.read_text("utf-8"))
    by_kind, handling = table["kinds"]["by_kind"], table["handling"]["by_kind"]
    whole = sum(row["share"] for row in by_kind.values())
    return Figures(
        calls_per_day=table["calls_per_day"]["value"],
        population=table["calls_per_day"]["population"],
        hour_shares=tuple(table["hour_shares"]["values"]),
        weekday_factors=tuple(table["weekday_factors"]["values"]),
        month_factors=tuple(table["month_factors"]["values"]),
        kind_shares={k: by_kind[k]["share"] / whole for k in CallKind},
        urgency_shares={k: {u: by_kind[k]["urgency"][u] for u in CallUrgency} for k in CallKind},
        handling={k: Handling(handling[k]["median_s"], handling[k]["sigma"]) for k in CallKind},
    )
