"""Two workers, two dispatchers, two phones at once: nobody is ever assigned twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from harness.at_once import at_once
from tongxin.domain.dispatch import actions
from tongxin.domain.dispatch.models import ACTIVE_STATES, Assignment, ResponsePlan
from tongxin.domain.dispatch.overruling import Chosen
from tongxin.domain.dispatch.reconsidering import replace_if_worth
from tongxin.domain.dispatch.tests.making import Station, as_, asked, reported, run_jobs, spot
from tongxin.domain.incidents.models import Clock, TimelineEntry
from tongxin.kernel.errors import TongxinError

pytestmark = pytest.mark.django_db(transaction=True)


def assert_nobody_is_twice() -> None:
    active = Assignment.objects.filter(state__in=ACTIVE_STATES)
    firsts = Counter(active.filter(role="first").values_list("member_id", flat=True))
    assert max(firsts.values(), default=0) <= 1
    crews = active.filter(role="first", crew_id__isnull=False)
    assert max(Counter(crews.values_list("crew_id", flat=True)).values(), default=0) <= 1
    parts = Counter(active.values_list("incident_id", "member_id"))
    assert max(parts.values(), default=0) <= 1


@pytest.fixture
def station() -> Station:
    return Station()


def test_eight_workers_make_one_plan(station: Station) -> None:
    for number in range(4):
        station.officer(f"李{number}", spot(1 + number, 1))
    incident = reported(spot(1, 1), "emergency")
    plans = at_once(*[lambda: actions.propose(incident.pk)] * 8)
    assert {plan.pk for plan in plans if isinstance(plan, ResponsePlan)} == {
        ResponsePlan.objects.get(incident=incident).pk
    }
    assert len([plan for plan in plans if isinstance(plan, ResponsePlan)]) == 8
    assert Assignment.objects.filter(incident=incident, role="first").count() == 1
    assert TimelineEntry.objects.filter(incident_id=incident.pk, act="plan").count() == 1
    assert_nobody_is_twice()


def test_ten_incidents_at_one_spot_at_once_take_ten_different_firsts(station: Station) -> None:
    for number in range(12):
        station.officer(f"李{number}", spot(0.5 + number / 4, 1))
    incidents = [reported(spot(1, 1)) for _number in range(10)]
    results = at_once(*[(lambda pk=one.pk: actions.propose(pk)) for one in incidents])
    for incident, result in zip(incidents, results, strict=True):
        if isinstance(result, TongxinError):  # outrun five times: the worker tries again at once
            actions.propose(incident.pk)
    firsts = [asked(incident).member_id for incident in incidents]
    assert len(set(firsts)) == 10
    assert_nobody_is_twice()


def test_two_crews_and_three_incidents_at_once(station: Station) -> None:
    """A crew is one car: two incidents never take two members of it."""
    from tongxin.foundation.access.models import Role
    from tongxin.foundation.access.tests.making import member

    for code in ("C1", "C2"):
        riders = [member(f"车{n}", Role.PATROL_OFFICER, station.station) for n in range(3)]
        crew = station.crew(code, *riders)
        for rider in riders:
            station.on_duty(rider, spot(2, 2), crew=crew)
    incidents = [reported(spot(2, 2)) for _number in range(3)]
    at_once(*[(lambda pk=one.pk: actions.propose(pk)) for one in incidents])
    crews = Assignment.objects.filter(role="first", state="asked").values_list("crew_id", flat=True)
    assert len(crews) == 2
    assert_nobody_is_twice()


def test_two_dispatchers_choose_the_same_person_for_two_incidents(station: Station) -> None:
    station.officer("李响", spot(1, 1))
    station.officer("王强", spot(3, 3))
    wanted = station.officer("赵敏", spot(7, 7))
    first, second = reported(spot(1, 1)), reported(spot(3, 3))
    run_jobs()
    boss = as_(station.dispatcher)
    chosen = [Chosen("first", wanted.pk)]
    results = at_once(
        *[
            (lambda pk=pk: actions.overrule(pk, chosen, "safety", actor=boss))
            for pk in (first.pk, second.pk)
        ]
    )
    refused = [result for result in results if isinstance(result, TongxinError)]
    assert [refusal.code for refusal in refused] == ["overrule.taken"]
    assert Assignment.objects.filter(member_id=wanted.pk, state="asked").count() == 1
    assert_nobody_is_twice()


def test_one_accepts_while_the_dispatcher_lets_go_and_a_worker_swaps(station: Station) -> None:
    far = station.officer("李响", spot(6, 6))
    incident = reported(spot(1, 1))
    run_jobs()
    row = asked(incident)
    station.officer("王强", spot(1, 1))
    at_once(
        lambda: actions.accept(row.pk, actor=as_(far), version=1),
        lambda: actions.release(row.pk, actor=as_(station.dispatcher), version=1),
        lambda: replace_if_worth(incident.pk),
    )
    run_jobs()
    assert (
        Assignment.objects.filter(incident=incident, role="first", state__in=ACTIVE_STATES).count()
        == 1
    )
    assert_nobody_is_twice()


def test_going_off_duty_while_being_asked_leaves_nobody_asked_off_duty(station: Station) -> None:
    people = [station.officer(f"李{n}", spot(1 + n / 10, 1)) for n in range(4)]
    incidents = [reported(spot(1, 1)) for _number in range(4)]
    acts: list[Callable[[], object]] = [
        (lambda pk=one.pk: actions.propose(pk)) for one in incidents
    ]
    acts += [(lambda who=who: actions.go_off_duty(who)) for who in people[:2]]
    at_once(*acts)
    run_jobs()
    asked_now = set(
        Assignment.objects.filter(state__in=ACTIVE_STATES).values_list("member_id", flat=True)
    )
    assert asked_now.isdisjoint(who.pk for who in people[:2])
    assert_nobody_is_twice()


def test_a_lapse_fires_once_for_many_workers(station: Station) -> None:
    import datetime as dt

    from tongxin.domain.incidents import clocks
    from tongxin.kernel import clock

    station.officer("李响", spot(1, 1))
    other = station.officer("王强", spot(3, 3))
    incident = reported(spot(1, 1))
    run_jobs()
    late = clock.HeldClock(clock.now() + dt.timedelta(seconds=61))
    with clock.held(late):
        at_once(*[clocks.fire_due] * 6)
        run_jobs()
    assert asked(incident).member_id == other.pk
    assert TimelineEntry.objects.filter(incident_id=incident.pk, act="lapse").count() == 1
    assert Clock.objects.filter(kind="ask", fired_at__isnull=False).count() == 1
