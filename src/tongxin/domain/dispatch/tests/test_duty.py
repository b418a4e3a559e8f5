"""On and off duty, and what happens to positions."""

from __future__ import annotations

import datetime as dt

import prcoords
import pytest
from django.db import connection

from tongxin.domain.dispatch import actions, selectors
from tongxin.domain.dispatch.duty import Position, keep_track
from tongxin.domain.dispatch.models import Whereabouts, WhereaboutsTrack
from tongxin.domain.dispatch.tests.making import Station, as_, asked, planned, run_jobs, spot
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.tests.making import member
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, NotFound
from tongxin.kernel.geometry import ReferenceSystem

pytestmark = pytest.mark.django_db


@pytest.fixture
def station(held_clock: clock.HeldClock) -> Station:
    return Station()


def at(seconds: float, lon: float = 114.31, lat: float = 30.51) -> Position:
    return Position(lon, lat, clock.now() + dt.timedelta(seconds=seconds))


def test_off_duty_positions_are_refused_with_422(station: Station) -> None:
    off = member("李响", Role.PATROL_OFFICER, station.station)
    with pytest.raises(BadInput) as refused:
        actions.post_positions(off, [at(0)])
    assert (refused.value.status, refused.value.code) == (422, "duty.off")
    assert not WhereaboutsTrack.objects.exists()


def test_positions_from_outside_the_duty_are_refused_one_by_one(
    station: Station, held_clock: clock.HeldClock
) -> None:
    who = station.officer("李响", None)
    held_clock.advance(60)
    posted = actions.post_positions(who, [at(-120), at(-5), at(600), at(0, lon=400)])
    assert posted.accepted == 1
    assert posted.refused == {0: "outside_duty", 2: "in_future", 3: "impossible"}
    with pytest.raises(BadInput) as refused:
        actions.post_positions(who, [at(-3_600)])
    assert refused.value.code == "positions.outside_duty"


def test_a_late_batch_keeps_the_newest_place_and_fills_the_track(
    station: Station, held_clock: clock.HeldClock
) -> None:
    who = station.officer("李响", None)
    held_clock.advance(120)
    actions.post_positions(who, [at(-10, lat=30.52), at(-20, lat=30.53)])
    actions.post_positions(who, [at(-90, lat=30.60), at(-10, lat=30.52)])
    assert Whereabouts.objects.get(pk=who.pk).lat == 30.52
    own = selectors.my_positions(who, clock.now() - dt.timedelta(hours=1), clock.now())
    assert [row.lat for row in own] == [30.60, 30.53, 30.52]


def test_a_phone_that_gives_gcj02_stands_where_it_is(station: Station) -> None:
    who = station.officer("李响", None)
    shown = prcoords.wgs_gcj(prcoords.Coords(30.5, 114.3))
    position = Position(shown.lon, shown.lat, clock.now(), system=ReferenceSystem.GCJ02)
    actions.post_positions(who, [position])
    where = Whereabouts.objects.get(pk=who.pk)
    assert where.lon == pytest.approx(114.3, abs=1e-7)
    assert where.lat == pytest.approx(30.5, abs=1e-7)


def test_off_duty_the_last_place_is_forgotten_and_nothing_shows(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    assert selectors.duty_of(who).on_duty
    actions.go_off_duty(who)
    assert not Whereabouts.objects.filter(pk=who.pk).exists()
    assert not selectors.duty_of(who).on_duty
    assert selectors.people_on_map(station.dispatcher)["features"] == []
    with pytest.raises(Conflict):
        actions.go_off_duty(who)


def test_who_goes_off_duty_is_released_and_another_is_asked(station: Station) -> None:
    near, far = station.officer("李响", spot(1, 1)), station.officer("王强", spot(3, 3))
    incident = planned(spot(1, 1.1))
    assert asked(incident).member_id == near.pk
    actions.go_off_duty(near)
    run_jobs()
    assert asked(incident).member_id == far.pk


def test_nobody_leaves_a_scene_by_going_off_duty(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    incident = planned(spot(1, 1))
    actions.arrive(asked(incident).pk, actor=as_(who))
    with pytest.raises(Conflict) as refused:
        actions.go_off_duty(who)
    assert refused.value.code == "duty.there"


def test_duty_with_a_crew_needs_to_belong_to_it(station: Station) -> None:
    one, other = (member(name, Role.PATROL_OFFICER, station.station) for name in ("李响", "王强"))
    crew = station.crew("C1", one)
    assert actions.go_on_duty(one, "car", crew.pk).team_id == crew.pk
    assert actions.go_on_duty(one, "car", crew.pk).pk == actions.go_on_duty(one, "car", crew.pk).pk
    with pytest.raises(NotFound):
        actions.go_on_duty(other, "car", crew.pk)
    with pytest.raises(BadInput):
        actions.go_on_duty(other, "balloon")


def test_positions_are_kept_for_ninety_days(station: Station) -> None:
    who = station.officer("李响", None)
    now = dt.datetime.now(dt.UTC)
    ages = (0, 89, 92)
    for days in ages:
        WhereaboutsTrack.objects.create(
            member_id=who.pk, at=now - dt.timedelta(days=days), lon=114.3, lat=30.5
        )
    with clock.held(clock.HeldClock(now)):
        keep_track()
    left = WhereaboutsTrack.objects.filter(member_id=who.pk).order_by("-at")
    assert [(now - row.at).days for row in left] == [0, 89]


def test_a_day_of_the_track_is_a_partition(station: Station) -> None:
    keep_track()  # the held day is not today: its rows wait in the other partition, then move
    who = station.officer("李响", spot(1, 1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM dispatch_whereaboutstrack WHERE member_id = %s",
            [who.pk],
        )
        assert cursor.fetchone()[0] == f"dispatch_track_{clock.now():%Y%m%d}"
