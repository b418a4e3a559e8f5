"""What pages read: the map, the lists, the zones, always within the reader's ground."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tongxin.domain.dispatch import actions, reasons, selectors
from tongxin.domain.dispatch.models import ResponsePlan
from tongxin.domain.dispatch.tests.making import (
    Station,
    as_,
    asked,
    planned,
    spot,
    stand,
)
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory.models import Level
from tongxin.foundation.territory.tests.making import area, box
from tongxin.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def station(held_clock: clock.HeldClock) -> Station:
    return Station()


def test_the_map_shows_those_on_duty_by_shape_and_state(station: Station) -> None:
    first = station.officer("李响", spot(1, 1))
    station.village_officer("孙福", None)
    incident = planned(spot(1, 1))
    actions.depart(asked(incident).pk, actor=as_(first))
    features = selectors.people_on_map(station.dispatcher)["features"]
    shown = {f["id"]: f["properties"] for f in features}
    assert len(shown) == 2
    mine = shown[first.pk]
    assert (mine["shape"], mine["state"], mine["look"]) == ("circle", "departed", "on_the_way")
    assert mine["incident"] == incident.number
    other = next(p for pk, p in shown.items() if pk != first.pk)
    assert (other["shape"], other["state"], other["assumed"]) == ("triangle", "free", True)
    west = selectors.people_on_map(station.dispatcher, box=(114.0, 30.0, 114.32, 31.0))
    assert [f["id"] for f in west["features"]] == [first.pk]


def test_positions_are_shown_on_the_own_ground_only(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    elsewhere = area("X", box(20, 20), level=Level.BRANCH)
    stranger = member("钱进", Role.DISPATCHER, elsewhere)
    assert selectors.people_on_map(stranger)["features"] == []
    assert selectors.who_is_where(station.station.pk, stranger) == []
    colleague = station.officer("王强", spot(2, 2))  # may not see positions, but his own
    assert [f["id"] for f in selectors.people_on_map(colleague)["features"]] == [colleague.pk]
    rows = selectors.who_is_where(station.station.pk, station.dispatcher)
    assert {row.member_id for row in rows} == {who.pk, colleague.pk}
    assert all(row.place and row.phone and row.state_name for row in rows)


def test_crews_show_who_rides_and_what_they_do(station: Station) -> None:
    riders = [member(f"车{n}", Role.PATROL_OFFICER, station.station) for n in range(2)]
    crew, empty = station.crew("C1", *riders), station.crew("C2")
    for rider in riders:
        station.on_duty(rider, spot(1, 1), crew=crew)
    incident = planned(spot(1, 1))
    rows = {row.crew_id: row for row in selectors.crews(station.dispatcher)}
    assert len(rows[crew.pk].on_duty) == 2
    assert (rows[crew.pk].state, rows[crew.pk].incident_number) == ("asked", incident.number)
    assert rows[empty.pk].state == "off_duty"
    assert selectors.crews_of(riders[0]) == [(crew.pk, "C1")]


def test_candidates_are_the_nearest_with_minutes_and_who_is_free(station: Station) -> None:
    people = [station.officer(f"李{n}", spot(1 + n / 2, 1)) for n in range(12)]
    incident = planned(spot(1, 1))
    found = selectors.candidates(incident)
    assert [c.member_id for c in found] == [p.pk for p in people[:10]]
    assert [c.chosen for c in found] == [True] + [False] * 9
    assert all(c.free and c.minutes >= 1 and c.lon for c in found)
    planned(spot(1.5, 1))
    assert [c.free for c in selectors.candidates(incident)][:3] == [True, False, True]


def test_a_plan_costs_the_same_queries_however_many_go(station: Station) -> None:
    for number in range(12):
        station.officer(f"李{number}", spot(1 + number / 2, 1))
    small, large = planned(spot(1, 1), "help"), planned(spot(2, 1), "emergency")
    counts = []
    for incident in (small, large):
        with CaptureQueriesContext(connection) as queries:
            plan = selectors.plan_of(incident)
        assert plan is not None
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 7
    going = selectors.going([small.pk, large.pk])
    assert len(going[small.pk]) == 1
    assert going[large.pk][0].role == "first"


def test_promises_by_zone_tell_kept_possible_and_percentiles(
    station: Station, held_clock: clock.HeldClock
) -> None:
    near = station.officer("李响", spot(1, 1))
    start = clock.now()
    for took in (60, 120, 240, None):
        incident = planned(spot(1, 1))
        if took is None:
            held_clock.advance(1_000)
            continue
        held_clock.advance(took)
        row = asked(incident)
        actions.arrive(row.pk, actor=as_(near))
        actions.done(row.pk, actor=as_(near))
        held_clock.advance(100)
        stand(near, spot(1, 1))
    period = selectors.Period(start, clock.now() + dt.timedelta(seconds=1))
    [zone] = selectors.promise_by_zone(period, station.dispatcher)
    assert (zone.area_id, zone.promise_minutes, zone.count) == (station.beats[0].pk, 3, 4)
    assert zone.kept == pytest.approx(2 / 4)
    assert zone.possible == 1.0
    assert (zone.p50_s, zone.never_arrived, zone.too_few) == (120.0, 1, True)
    assert selectors.promise_by_zone(period, near) == []


def test_a_promise_that_nobody_could_keep_counts_as_not_possible(
    station: Station, held_clock: clock.HeldClock
) -> None:
    station.officer("李响", spot(7.9, 7.9), "foot")
    incident = planned(spot(0.1, 0.1))
    assert "no_first_within_promise" in ResponsePlan.objects.get(incident=incident).lacking
    held_clock.advance(600)
    period = selectors.Period(clock.now() - dt.timedelta(hours=1), clock.now())
    [zone] = selectors.promise_by_zone(period, station.dispatcher)
    assert (zone.kept, zone.possible) == (0.0, 0.0)


def test_every_code_is_a_sentence_in_both_languages(station: Station) -> None:
    codes = [*reasons.WHY, "has_skill:first_aid"]
    lacking = [*reasons.LACKING, "skill_missing:traffic", "support_short:2"]
    with translation.override("en"):
        said = [*reasons.sentences(codes), *reasons.lacks(lacking)]
    assert len(set(said)) == len(said)
    assert all(" " in one and "_" not in one for one in said)


def test_a_report_keeps_the_promise_of_its_zone(station: Station) -> None:
    incident = planned(spot(1, 1))
    assert Incident.objects.get(pk=incident.pk).promise_minutes == 3
