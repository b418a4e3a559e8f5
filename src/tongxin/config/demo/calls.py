"""Calls of an invented day at the rates of real ones: a non-homogeneous Poisson process."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import yaml

from tongxin.config.demo.figures import Figures
from tongxin.config.demo.kinds import CallKind, CallUrgency

TEXTS_FILE = Path(__file__).parent / "data" / "call_texts.yaml"
ZONE = ZoneInfo("Asia/Shanghai")
SHORTEST_S, LONGEST_S = 60.0, 4 * 3600.0


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """Where a call may come from (WGS-84): the spot, how people say it, village or town."""

    lon: float
    lat: float
    said: str
    village: bool


@dataclass(frozen=True, slots=True)
class DemoCall:
    """One call: when (UTC), what, where, in whose words, and how long the work on scene takes."""

    at: dt.datetime
    kind: CallKind
    urgency: CallUrgency
    lon: float
    lat: float
    text: str
    handling_seconds: float


Drawn = TypeVar("Drawn", CallKind, CallUrgency)
Sampler = Callable[[random.Random], DemoPlace]


def demo_calls(
    figures: Figures,
    sampler: Sampler,
    *,
    seed: int,
    start: dt.datetime,
    population: int | None = None,
) -> Iterator[DemoCall]:
    """Yield calls without end from ``start`` (aware) on, in order of time.

    Times by thinning (Lewis and Shedler 1979) of the hourly rates, scaled to ``population``; kind,
    urgency and handling time from the figures' shares and log-normals. The same seed gives the
    same calls.
    """
    rng = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    scale = (population or figures.population) / figures.population
    ceiling = figures.highest_rate_per_hour() * scale
    moment = start.astimezone(dt.UTC)
    while True:
        moment += dt.timedelta(hours=rng.expovariate(ceiling))
        rate = figures.rate_per_hour(moment.astimezone(ZONE)) * scale
        if rng.random() * ceiling < rate:
            yield _call(figures, sampler(rng), moment, rng)


def _call(figures: Figures, place: DemoPlace, at: dt.datetime, rng: random.Random) -> DemoCall:
    kind = _draw(figures.kind_shares, rng)
    return DemoCall(
        at=at,
        kind=kind,
        urgency=_draw(figures.urgency_shares[kind], rng),
        lon=place.lon,
        lat=place.lat,
        text=rng.choice(texts(kind, village=place.village)).format(place=place.said),
        handling_seconds=handling_seconds(figures, kind, rng),
    )


def handling_seconds(figures: Figures, kind: CallKind, rng: random.Random) -> float:
    """Draw the seconds on scene, within the span that the figures were fitted on."""
    fit = figures.handling[kind]
    drawn = rng.lognormvariate(math.log(fit.median_s), fit.sigma)
    return round(min(max(drawn, SHORTEST_S), LONGEST_S), 1)


def _draw(shares: dict[Drawn, float], rng: random.Random) -> Drawn:
    return rng.choices(list(shares), weights=list(shares.values()))[0]


@cache
def _all_texts() -> dict[str, dict[str, list[str]]]:
    table: dict[str, dict[str, list[str]]] = yaml.safe_load(TEXTS_FILE.read_text("utf-8"))
    return table


@cache
def texts(kind: CallKind, *, village: bool) -> tuple[str, ...]:
    """Return the sentences that fit a kind in a village or in town."""
    table = _all_texts()[kind]
    return (*table["both"], *table.get("village" if village else "town", ()))
