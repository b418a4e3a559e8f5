"""A real city through the program's own imports and acts, in a short form (issue 2, H).

Portland's roads and police districts, the first of the 911 feed's and of the 2012 calls, and the
recorded response times. Nothing is invented but the officers. Skipped where the data is absent.
"""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import translation
from rich.console import Console

from tongxin.config.real.run import PBF, City, bring_in_and_replay
from tongxin.config.real.table import show
from tongxin.domain.dispatch.duty_board import board
from tongxin.domain.dispatch.models import Assignment, ResponsePlan
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.territory.models import Area

CALLS, FEED, OTHERS = 8, 12, 20


@pytest.fixture
def city(
    db: None, shared_data: Path, tmp_path: Path, settings: LazySettings
) -> tuple[City, list[str]]:
    """The replayed city, and the stages that a person at the terminal was told."""
    if not (shared_data / PBF).is_file():
        pytest.skip(f"the real data has no {PBF}")
    settings.TONGXIN_DATA = tmp_path
    board().forget()
    told: list[str] = []
    with translation.override("en"):
        made = bring_in_and_replay(
            shared_data,
            tmp_path,
            lambda stage, _share: told.append(stage),
            calls=CALLS,
            feed=FEED,
            others=OTHERS,
        )
    board().forget()
    return made, told


def test_a_real_city_is_taken_in_and_its_calls_are_answered(
    city: tuple[City, list[str]],
) -> None:
    made, told = city
    sixty_districts_are_beats_and_the_two_bad_ones_are_named(made)
    every_row_is_located_or_refused_with_a_reason(made)
    every_call_that_somebody_answers_has_a_plan(made)
    somebody_arrives_by_road_in_a_finite_time(made)
    the_table_says_it_all(made)
    assert {"districts", "officers", "911 feed"} <= set(told)


def sixty_districts_are_beats_and_the_two_bad_ones_are_named(made: City) -> None:
    beats = Area.objects.filter(network="police", level="beat")
    assert beats.count() == made.areas == 60
    assert beats.filter(parent__code="NO").exists()
    assert [bad.split(":")[0] for bad in made.bad_areas] == ["800", "860"]
    assert all("crosses itself" in bad for bad in made.bad_areas)


def every_row_is_located_or_refused_with_a_reason(made: City) -> None:
    calls, feed = made.sources
    assert (calls.read, feed.read) == (24_514, 100)
    for line in made.sources:
        assert line.read == line.located + sum(line.refused.values())
        assert all(line.refused)
    assert (calls.replayed, feed.replayed) == (CALLS, FEED)
    assert made.recorded.read == 154_247


def every_call_that_somebody_answers_has_a_plan(made: City) -> None:
    past = sum(line.taken_over for line in made.sources)
    assert [line.taken_over for line in made.sources] == [
        OTHERS,
        min(OTHERS, made.sources[1].located - FEED),
    ]
    assert Incident.objects.count() == CALLS + FEED + past
    assert sum(line.planned for line in made.sources) == CALLS + FEED
    emergencies = Incident.objects.filter(kind="emergency", promise_due_at__isnull=False)
    assert emergencies.exists()
    for incident in emergencies:
        assert Assignment.objects.filter(incident=incident, role="first").exists()
    assert not ResponsePlan.objects.filter(estimate=True).exists()


def somebody_arrives_by_road_in_a_finite_time(made: City) -> None:
    for line in made.sources:
        assert line.on_scene.count > 0
        assert 0 < line.driving.p50_s <= line.on_scene.p50_s <= line.on_scene.p90_s < 3600
        assert 0 <= line.kept <= 1
    gone_to = Incident.objects.filter(promise_due_at__isnull=False)
    assert not gone_to.filter(arrived_at__isnull=True).exists()
    assert not gone_to.filter(is_open=True).exists()
    assert Assignment.objects.filter(state="arrived", ended_at__isnull=True).count() == 0


def the_table_says_it_all(made: City) -> None:
    page = io.StringIO()
    show(made, Console(file=page, width=120))
    text = page.getvalue()
    assert "24,514" in text
    assert "outside map" in text
    assert f"{made.recorded.travel.p50_s:,.0f}" in text
    assert "Why they differ. Queue:" in text
    assert "nan" not in text
    assert not math.isnan(made.sources[0].kept)
