from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from tongxin.config.demo.play.journeys import Journey
from tongxin.kernel.geometry import Spot, distance_m

BEGAN = dt.datetime(2026, 6, 15, 2, tzinfo=dt.UTC)
CORNER = [Spot(114.30, 30.50), Spot(114.31, 30.50), Spot(114.31, 30.51)]


@pytest.fixture
def journey() -> Journey:
    return Journey.over(CORNER, BEGAN, dt.timedelta(seconds=100))


def test_it_begins_at_its_start_and_ends_at_its_end(journey: Journey) -> None:
    assert journey.at(BEGAN - dt.timedelta(seconds=5)) == CORNER[0]
    assert journey.at(journey.ends) == CORNER[-1]
    assert journey.at(journey.ends + dt.timedelta(hours=1)) == CORNER[-1]


def test_it_follows_the_line_round_the_corner_at_an_even_pace(journey: Journey) -> None:
    spots = [journey.at(BEGAN + dt.timedelta(seconds=s)) for s in range(0, 101, 10)]
    legs = [(a, b) for a, b in pairwise(spots) if a.lat == b.lat or a.lon == b.lon]
    straight = [distance_m(a, b) for a, b in legs]
    assert max(straight) - min(straight) < 2
    assert any(abs(spot.lon - 114.31) < 1e-6 and spot.lat > 30.50 for spot in spots[:-1])


def test_somebody_who_is_there_already_stays() -> None:
    still = Journey.over([CORNER[0], CORNER[0]], BEGAN, dt.timedelta(seconds=1))
    assert still.at(BEGAN + dt.timedelta(seconds=0.5)) == CORNER[0]
