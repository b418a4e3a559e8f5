"""The play on a drawn district, by a held clock and without a map: times are straight lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import F
from django.test import Client

from tongxin.config.demo import history
from tongxin.config.demo.calls import DemoCall, Sampler
from tongxin.config.demo.drawing import call_places
from tongxin.config.demo.drawn import District
from tongxin.config.demo.figures import load_figures
from tongxin.config.demo.kinds import CallKind, CallUrgency
from tongxin.config.demo.load import load_district
from tongxin.config.demo.play.callers import DemoCallers, NoCalls
from tongxin.config.demo.play.held import HeldRun
from tongxin.config.demo.play.idle import Idle
from tongxin.config.demo.play.journeys import Ground
from tongxin.config.demo.play.leak import LeakCaller, find_leak
from tongxin.config.demo.play.manner import Manner
from tongxin.config.demo.play.people import People
from tongxin.config.demo.play.play import Play
from tongxin.domain.dispatch.duty_board import board
from tongxin.domain.dispatch.models import Assignment, DutySession, ResponsePlan, Whereabouts
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.foundation.access.models import Account, Member
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot, distance_m

OPENS = dt.datetime(2026, 6, 15, 1, tzinfo=dt.UTC)
SURE = Manner(declines=0.0, silent=0.0)


@dataclass
class Stage:
    held: clock.HeldClock
    places: Sampler
    district: District

    def play(self, manner: Manner = SURE, *, all_played: bool = True) -> Play:
        people = People(all_played=all_played)
        return Play(manner, load_figures(), people, Ground(people))

    def call(self, kind: CallKind, play: Play) -> DemoCallers:
        """One call from beside the showcase officer's home."""
        home = next(b for b in self.district.buildings if b.beat_code == self.district.story.beat)
        at = clock.now() + dt.timedelta(seconds=1)
        call = DemoCall(at, kind, CallUrgency.HIGH, home.lon, home.lat, "来人！", 600.0)
        return DemoCallers(iter([call]), play.people, play.steps, seed=1)

    def run(self, play: Play, calls: DemoCallers | NoCalls, seconds: float) -> None:
        HeldRun(play, calls, self.held).run(clock.now() + dt.timedelta(seconds=seconds))


@pytest.fixture
def stage(db: None, district: District) -> Iterator[Stage]:
    homes = sorted(district.buildings, key=lambda b: b.beat_code != district.story.beat)[:200]
    small = replace(district, size=replace(district.size, buildings=200), buildings=tuple(homes))
    board().forget()
    with clock.held(clock.HeldClock(OPENS)) as held:
        load_district(small, password="long-enough-for-a-demo")
        yield Stage(held, call_places(small), small)
    board().forget()


def test_a_call_is_taken_driven_to_and_closed(stage: Stage) -> None:
    play = stage.play()
    stage.run(play, stage.call(CallKind.EMERGENCY, play), 3 * 3600)
    incident = Incident.objects.get()
    first = Assignment.objects.get(incident=incident, role="first")
    assert not incident.is_open
    assert incident.outcome
    assert incident.opened_at < incident.accepted_at < incident.arrived_at < incident.closed_at
    assert first.asked_at < first.accepted_at < first.departed_at < first.arrived_at
    actors = TimelineEntry.objects.filter(incident_id=incident.pk, act="arrive")
    assert f"member:{first.member_id}" in set(actors.values_list("actor", flat=True))
    where = Whereabouts.objects.get(pk=first.member_id)
    assert (where.lon, where.lat) == pytest.approx((incident.lon, incident.lat))


def test_whoever_is_free_again_goes_home_and_says_where_he_stands(stage: Stage) -> None:
    play = stage.play()
    stage.run(play, stage.call(CallKind.EMERGENCY, play), 3 * 3600)
    first = Assignment.objects.get(role="first")
    member = Member.objects.get(pk=first.member_id)
    _say_where_all_are_but(first)
    idle = Idle(play.people, play.ground)
    places = []
    for _beat in range(90):
        stage.held.advance(20)
        idle.beat({})
        where = Whereabouts.objects.get(pk=member.pk)
        places.append(Spot(where.lon, where.lat))
    home = Spot(member.home_lon or 0, member.home_lat or 0)
    assert distance_m(places[0], home) > 120
    assert distance_m(places[-1], home) < 120
    assert len(set(places)) > 3  # by steps, not at a stroke
    assert clock.now() - where.at < dt.timedelta(seconds=600)


def _say_where_all_are_but(task: Assignment) -> None:
    """Take the others off duty: this is about one."""
    DutySession.objects.exclude(member_id=task.member_id).update(ended_at=clock.now())


def test_after_a_crash_another_play_goes_on_where_the_first_was(stage: Stage) -> None:
    play = stage.play()
    stage.run(play, stage.call(CallKind.EMERGENCY, play), 45)
    begun = Assignment.objects.filter(state__in=["accepted", "departed"])
    assert begun.exists()
    board().forget()  # as if all processes had been killed here
    stage.run(stage.play(), NoCalls(), 3 * 3600)
    assert not Incident.objects.get().is_open


def test_whoever_is_at_a_screen_is_left_alone(stage: Stage) -> None:
    officer = Member.objects.get(account__username="officer")
    play = stage.play(all_played=False)
    calls = stage.call(CallKind.TIP, play)  # goes to the officer of the ground alone
    _log_in(officer, clock.now() + dt.timedelta(minutes=15))
    stage.run(play, calls, 14 * 60)
    mine = Assignment.objects.get(member_id=officer.pk)
    assert mine.state == "asked"
    assert mine.accepted_at is None


def test_who_plays_the_officer_gets_the_leak_of_story_s07(stage: Stage, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    officer = Member.objects.get(account__username="officer")
    people = People()
    caller = LeakCaller(people)
    assert caller.beat() == []  # nobody is at the screen
    _log_in(officer, clock.now() + dt.timedelta(hours=1))
    stage.held.advance(20)
    (leak,) = caller.beat()
    stage.held.advance(3600)
    assert caller.beat() == []  # it is open still
    play = stage.play(all_played=False)
    stage.run(play, NoCalls(), 60)
    incident = Incident.objects.get(pk=leak)
    assert incident.is_open
    phone = Client()
    phone.force_login(officer.account)
    assert incident.number in phone.get("/field/map/incidents.json").content.decode()
    to_plan = phone.get(f"/field/incidents/{incident.number}/home/")
    assert to_plan.status_code == 302
    plan = phone.get(to_plan["Location"])
    assert plan.status_code == 200
    found = find_leak()
    assert found is not None
    assert f"/field/homes/{found.building.pk}/" in to_plan["Location"]
    assert found.building.label in plan.content.decode()


def test_a_minute_after_the_last_page_the_play_takes_over_again(stage: Stage) -> None:
    officer = Member.objects.get(account__username="officer")
    _log_in(officer, clock.now() + dt.timedelta(seconds=5))  # the session has just ended
    play = stage.play(all_played=False)
    stage.run(play, stage.call(CallKind.TIP, play), 3600)
    assert Assignment.objects.get(member_id=officer.pk).accepted_at is not None


def _log_in(member: Member, until: dt.datetime) -> None:
    session = SessionStore()
    session["_auth_user_id"] = str(Account.objects.get(member=member).pk)
    session.create()
    Session.objects.filter(pk=session.session_key).update(expire_date=until)


def test_the_day_is_under_way_when_the_demo_opens(stage: Stage) -> None:
    """One run for all that is seen of it."""
    figures, until = load_figures(), OPENS + dt.timedelta(minutes=30)
    logged = history.log_days_before(figures, stage.places, OPENS)
    stage.held.set(until)  # the demo opens; what was before is played by a clock of its own
    history.play_hours(figures, stage.places, start=OPENS, until=until)
    a_log_of_closed_calls_lies_behind_it(logged)
    every_call_is_at_its_step_and_none_forgotten(until)
    no_line_is_from_the_future_or_by_nobody(until)
    positions_are_of_this_moment()


def a_log_of_closed_calls_lies_behind_it(logged: int) -> None:
    imported = Incident.objects.filter(source="import")
    assert imported.count() == logged
    assert 200 < logged < 400
    assert not imported.filter(is_open=True).exists()
    assert not imported.filter(opened_at__gt=OPENS).exists()


def every_call_is_at_its_step_and_none_forgotten(until: dt.datetime) -> None:
    played = Incident.objects.exclude(source="import")
    assert played.count() > 15
    assert played.filter(is_open=True).values("state").distinct().count() >= 3
    assert played.filter(is_open=False).exists()
    assert {"phone", "portal"} <= set(played.values_list("source", flat=True))
    unplanned = played.exclude(pk__in=ResponsePlan.objects.values("incident"))
    assert set(unplanned.values_list("kind", flat=True)) <= {"notice"}
    before = until - dt.timedelta(minutes=15)
    urgent = played.filter(kind="emergency", opened_at__lt=before, merged_into__isnull=True)
    assert not urgent.filter(arrived_at__isnull=True).exists()


def no_line_is_from_the_future_or_by_nobody(until: dt.datetime) -> None:
    lines = TimelineEntry.objects.filter(at__gt=OPENS)
    assert not lines.filter(at__gt=until).exists()
    acts = ("accept", "depart", "arrive", "done", "close")
    by_whom = set(lines.filter(act__in=acts).values_list("actor", flat=True))
    assert all(actor.startswith("member:") for actor in by_whom)
    ended = Incident.objects.exclude(source="import").filter(is_open=False)
    assert not ended.filter(closed_at__lt=F("opened_at")).exists()


def positions_are_of_this_moment() -> None:
    assert Whereabouts.objects.exclude(at=clock.now()).count() == 0
