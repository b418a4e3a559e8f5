"""From a report to who is asked, and what their answers lead to."""

from __future__ import annotations

import pytest

from tongxin.domain.dispatch import actions, selectors
from tongxin.domain.dispatch.models import Assignment, ResponsePlan
from tongxin.domain.dispatch.overruling import Chosen
from tongxin.domain.dispatch.reconsidering import look_again
from tongxin.domain.dispatch.tests.making import (
    Station,
    as_,
    asked,
    names_of,
    pass_time,
    planned,
    reported,
    run_jobs,
    spot,
    stand,
)
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents import selectors as incident_selectors
from tongxin.domain.incidents.models import Clock, Incident, TimelineEntry
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.tests.making import member
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from tongxin.plumbing.channels.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def station(held_clock: clock.HeldClock) -> Station:
    return Station()


def acts(incident: Incident) -> list[str]:
    lines = TimelineEntry.objects.filter(incident_id=incident.pk).order_by("seq")
    return list(lines.values_list("act", flat=True))


def alerts_to(who_id: int, template: str) -> int:
    return Delivery.objects.filter(recipient=f"member:{who_id}", template=template).count()


def test_the_village_officer_is_first_and_the_station_follows(station: Station) -> None:
    """S12: two minutes against ten; the officer of the beat leads."""
    village = station.village_officer("孙福", None)  # the village stands for a position
    far = station.community_officer("李响", 3, spot(2.4, 2.4))
    incident = planned(spot(6.1, 6.2), "dispute")
    plan = selectors.plan_of(incident)
    assert plan is not None
    assert plan.first is not None
    assert plan.lead is not None
    assert (plan.first.member_id, plan.lead.member_id) == (village.pk, far.pk)
    assert plan.first.minutes == 2
    assert plan.lead.minutes is not None
    assert plan.lead.minutes >= 9
    assert {"village_of_place", "place_assumed:village"} <= set(plan.first.why_codes)
    assert plan.estimate
    assert plan.first.why
    assert all(plan.first.why)


def test_planning_again_changes_nothing(station: Station) -> None:
    station.officer("李响", spot(1, 1))
    incident = planned(spot(1, 1))
    before = acts(incident)
    for _again in range(3):
        actions.propose(incident.pk)
    assert ResponsePlan.objects.filter(incident=incident).count() == 1
    assert Assignment.objects.filter(incident=incident).count() == 1
    assert acts(incident) == before == ["report", "plan"]


def test_without_anybody_the_plan_says_so_once_and_mends_itself(station: Station) -> None:
    incident = planned(spot(1, 1))
    for _again in range(3):
        look_again()
    plan = selectors.plan_of(incident)
    assert plan is not None
    assert plan.lacking_codes[0] == "nobody_on_duty"
    assert ResponsePlan.objects.count() == 1
    who = station.officer("李响", spot(3, 3))
    look_again()
    assert asked(incident).member_id == who.pk


def test_a_minute_without_an_answer_and_the_next_is_asked(
    station: Station, held_clock: clock.HeldClock
) -> None:
    near, next_one = station.officer("李响", spot(1, 1)), station.officer("王强", spot(2, 2))
    incident = planned(spot(1, 1.2))
    assert asked(incident).member_id == near.pk
    pass_time(held_clock, 58)
    assert asked(incident).member_id == near.pk
    pass_time(held_clock, 4)
    assert asked(incident).member_id == next_one.pk
    assert Assignment.objects.get(member_id=near.pk).state == "lapsed"
    assert "lapse" in acts(incident)
    with pytest.raises(Conflict):
        actions.accept(Assignment.objects.get(member_id=near.pk).pk, actor=as_(near))


def test_whoever_answers_in_time_keeps_it(station: Station, held_clock: clock.HeldClock) -> None:
    near = station.officer("李响", spot(1, 1))
    station.officer("王强", spot(2, 2))
    incident = planned(spot(1, 1.2))
    row = actions.accept(asked(incident).pk, actor=as_(near), version=1)
    pass_time(held_clock, 70)
    assert asked(incident).pk == row.pk
    incident.refresh_from_db()
    assert (incident.state, incident.needs_person) == ("accepted", False)
    assert not Clock.objects.filter(kind="ask", stopped_at=None).exists()


def test_accept_depart_arrive_close_leads_the_incident_and_frees_the_member(
    station: Station,
) -> None:
    who = station.officer("李响", spot(1, 1))
    incident = planned(spot(1, 1.2))
    task = selectors.active_of(who)[0]
    steps = []
    for _step in range(3):
        task = selectors.active_of(who)[0]
        steps.append(task.next_act)
        getattr(actions, task.next_act)(task.assignment_id, actor=as_(who), version=task.version)
    assert steps == ["accept", "depart", "arrive"]
    incident.refresh_from_db()
    assert incident.state == "there"
    assert incident.arrived_at == clock.now()
    incidents.close(incident.pk, actor=as_(who), outcome="helped")
    assert selectors.active_of(who) == []
    assert Assignment.objects.get(incident=incident).state == "done"
    assert acts(incident) == ["report", "plan", "accept", "depart", "arrive", "close"]


def test_the_same_tap_twice_is_one_step_and_a_stale_one_a_conflict(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    row = asked(planned(spot(1, 1.2)))
    actions.accept(row.pk, actor=as_(who), version=1)
    actions.accept(row.pk, actor=as_(who), version=1)
    with pytest.raises(Conflict) as stale:
        actions.depart(row.pk, actor=as_(who), version=1)
    assert stale.value.code == "assignment.stale"
    assert acts(row.incident).count("accept") == 1


def test_nobody_answers_for_another_but_the_dispatcher(station: Station) -> None:
    station.officer("李响", spot(1, 1))
    other = station.officer("王强", spot(7, 7))
    row = asked(planned(spot(1, 1.2)))
    with pytest.raises(NotFound):
        actions.accept(row.pk, actor=as_(other))
    assert actions.accept(row.pk, actor=as_(station.dispatcher)).state == "accepted"


def test_a_refusal_asks_the_next_and_is_not_asked_again(station: Station) -> None:
    near, next_one = station.officer("李响", spot(1, 1)), station.officer("王强", spot(2, 2))
    incident = planned(spot(1, 1.2))
    with pytest.raises(BadInput):
        actions.decline(asked(incident).pk, actor=as_(near), reason="lazy")
    actions.decline(asked(incident).pk, actor=as_(near), reason="busy")
    run_jobs()
    assert asked(incident).member_id == next_one.pk
    actions.decline(asked(incident).pk, actor=as_(next_one), reason="too_far")
    run_jobs()
    plan = selectors.plan_of(incident)
    assert plan is not None
    assert plan.first is None
    assert plan.lacking_codes[0] == "nobody_answers"
    assert len(plan.past) == 2


def test_a_declined_one_who_had_accepted_puts_the_incident_back(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    incident = planned(spot(1, 1.2))
    actions.accept(asked(incident).pk, actor=as_(who))
    actions.decline(asked(incident).pk, actor=as_(who), reason="unwell")
    incident.refresh_from_db()
    assert (incident.state, incident.needs_person) == ("reported", True)


def test_help_brings_the_two_nearest_and_one_more_call_two_more(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    others = [station.officer(f"王{n}", spot(2 + n / 2, 2)) for n in range(5)]
    incident = planned(spot(1, 1.2))
    actions.arrive(asked(incident).pk, actor=as_(who))
    actions.need_help(asked(incident).pk, actor=as_(who))
    run_jobs()
    assert names_of(incident, "support") == [other.pk for other in others[:2]]
    actions.need_help(asked(incident).pk, actor=as_(who))
    run_jobs()
    assert names_of(incident, "support") == [other.pk for other in others[:4]]


def test_a_nearer_one_who_comes_free_takes_over_once_and_not_after_departure(
    station: Station, held_clock: clock.HeldClock
) -> None:
    far = station.officer("李响", spot(6, 6))
    incident = planned(spot(1, 1))
    near = station.officer("王强", spot(1.5, 1.5))
    look_again()
    assert asked(incident).member_id == near.pk
    assert Assignment.objects.get(member_id=far.pk).end_code == "swapped"
    nearest = station.officer("赵敏", spot(1, 1))
    stand(near, spot(7, 7))
    look_again()
    assert asked(incident).member_id == near.pk  # not within two minutes
    held_clock.advance(121)
    actions.depart(asked(incident).pk, actor=as_(near))
    look_again()
    assert asked(incident).member_id == near.pk  # never after departure
    assert nearest.pk not in names_of(incident)


def test_a_report_whose_job_was_lost_is_planned_all_the_same(
    station: Station, held_clock: clock.HeldClock
) -> None:
    who = station.officer("李响", spot(1, 1))
    incident, notice = reported(spot(1, 1)), reported(spot(1, 1), "notice")
    look_again()
    assert names_of(incident) == []  # its job may still come
    held_clock.advance(61)
    look_again()
    assert names_of(incident) == [who.pk]
    assert selectors.plan_of(notice) is None


def test_a_swap_recalls_the_alert_that_was_seen(station: Station) -> None:
    far = station.officer("李响", spot(6, 6))
    incident = planned(spot(1, 1))
    alert = Delivery.objects.get(recipient=f"member:{far.pk}", channel="page")
    Delivery.objects.filter(pk=alert.pk).update(state="shown")
    station.officer("王强", spot(1.5, 1.5))
    look_again()
    assert alerts_to(far.pk, "assignment.released") == 1
    assert incident.number in str(Delivery.objects.get(template="assignment.released").values)


def test_the_dispatcher_decides_otherwise_with_a_reason_and_takes_it_back(
    station: Station,
) -> None:
    near, other = station.officer("李响", spot(1, 1)), station.officer("王强", spot(3, 3))
    incident = planned(spot(1, 1.2))
    boss = as_(station.dispatcher)
    chosen = [Chosen("first", other.pk)]
    with pytest.raises(BadInput):
        actions.overrule(incident.pk, chosen, "", actor=boss)
    with pytest.raises(BadInput):
        actions.overrule(incident.pk, chosen, "other", " ", actor=boss)
    with pytest.raises(Forbidden):
        actions.overrule(incident.pk, chosen, "knows_place", actor=as_(near))
    actions.overrule(incident.pk, chosen, "other", "认识当事人", actor=boss)
    run_jobs()
    plan = selectors.plan_of(incident)
    assert plan is not None
    assert plan.overruled
    assert plan.first is not None
    assert plan.first.member_id == other.pk
    assert "overruled" in plan.first.why_codes
    assert "认识" not in str(list(TimelineEntry.objects.values_list("payload", flat=True)))
    look_again()
    assert asked(incident).member_id == other.pk  # a machine does not change it
    assert plan.reason
    assert plan.undo_plan_id is not None
    actions.undo(plan.undo_plan_id, actor=boss)
    run_jobs()
    assert asked(incident).member_id == near.pk
    assert "undone" in acts(incident)


def test_overruling_refuses_who_is_off_duty_or_first_elsewhere(station: Station) -> None:
    near, other = station.officer("李响", spot(1, 1)), station.officer("王强", spot(3, 3))
    planned(spot(1, 1.2))
    second = planned(spot(2.9, 3))
    off = member("赵敏", Role.PATROL_OFFICER, station.station)
    for who, code in ((off, "overrule.off_duty"), (near, "overrule.taken")):
        chosen = [Chosen("first", who.pk)]
        with pytest.raises(Conflict) as refused:
            actions.overrule(second.pk, chosen, "safety", actor=as_(station.dispatcher))
        assert refused.value.code == code
    assert asked(second).member_id == other.pk


def test_undo_is_too_late_once_the_chosen_has_left(station: Station) -> None:
    station.officer("李响", spot(1, 1))
    other = station.officer("王强", spot(3, 3))
    incident = planned(spot(1, 1.2))
    boss = as_(station.dispatcher)
    plan = actions.overrule(incident.pk, [Chosen("first", other.pk)], "safety", actor=boss)
    actions.depart(asked(incident).pk, actor=as_(other))
    with pytest.raises(Conflict):
        actions.undo(plan.pk, actor=boss)


def test_release_recalls_and_asks_another(station: Station) -> None:
    near, other = station.officer("李响", spot(1, 1)), station.officer("王强", spot(3, 3))
    incident = planned(spot(1, 1.2))
    actions.accept(asked(incident).pk, actor=as_(near))
    with pytest.raises(Forbidden):
        actions.release(asked(incident).pk, actor=as_(near))
    actions.release(asked(incident).pk, actor=as_(station.dispatcher))
    run_jobs()
    assert asked(incident).member_id == other.pk


def test_a_merge_calls_back_who_is_coming_and_its_undo_asks_again(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    station.officer("王强", spot(1.1, 1))
    main, double = planned(spot(1.2, 1)), planned(spot(1, 1.1))
    boss = as_(station.dispatcher)
    came = asked(double).member_id
    incidents.merge(double.pk, into=main.pk, actor=boss)
    assert names_of(double) == []
    assert Assignment.objects.get(incident=double).end_code == "merged"
    incidents.undo(double.pk, actor=boss)
    run_jobs()
    assert names_of(double) == [came]
    assert who.pk in (*names_of(main), *names_of(double))


def test_a_closed_incident_that_is_undone_finds_its_people_there(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    incident = planned(spot(1, 1.1))
    actions.arrive(asked(incident).pk, actor=as_(who))
    incidents.close(incident.pk, actor=as_(who), outcome="helped")
    incidents.undo(incident.pk, actor=as_(who))
    assert asked(incident).state == "arrived"


def test_reopened_it_is_planned_anew(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    incident = planned(spot(1, 1.1))
    actions.arrive(asked(incident).pk, actor=as_(who))
    incidents.close(incident.pk, actor=as_(who), outcome="helped")
    incidents.reopen(incident.pk, actor=as_(station.dispatcher))
    run_jobs()
    assert asked(incident).state == "asked"
    assert selectors.plan_of(incident).number == 2  # type: ignore[union-attr]


def test_a_volunteer_who_is_asked_sees_the_incident_and_only_that(station: Station) -> None:
    head = member("吴楼长", Role.BUILDING_HEAD, station.beats[0])
    station.on_duty(head, spot(1, 1), "foot")
    station.officer("李响", spot(2, 2))
    dispute, other = planned(spot(1, 1), "dispute"), reported(spot(1, 1), "help")
    assert names_of(dispute, "support") == [head.pk]
    assert incident_selectors.incident(head, dispute.number).pk == dispute.pk
    with pytest.raises(NotFound):
        incident_selectors.incident(head, other.number)


def test_the_timeline_reads_like_sentences(station: Station) -> None:
    who = station.officer("李响", spot(1, 1))
    incident = planned(spot(1, 1.1))
    actions.decline(asked(incident).pk, actor=as_(who), reason="busy")
    lines = incident_selectors.timeline(incident, station.dispatcher)
    said = " ".join(str(getattr(line, "sentence", line)) for line in lines)
    assert "%(" not in said
    assert "plan" not in said


def test_what_another_network_takes_over_is_led_by_its_own_people(station: Station) -> None:
    officer = station.community_officer("李响", 3, spot(5, 5))
    staff = member("钱城管", Role.NETWORK_STAFF, station.town)
    station.on_duty(staff, spot(5.5, 5.5), "bicycle")
    incident = planned(spot(5, 5.1), "help")
    assert asked(incident).leads_too
    actions.accept(asked(incident).pk, actor=as_(officer))
    incidents.hand_over(incident.pk, to_area_id=station.village.pk, actor=as_(officer))
    incidents.answer_hand_over(incident.pk, accept=True, actor=as_(staff))
    run_jobs()
    first, lead = asked(incident), asked(incident, "lead")
    assert (first.member_id, first.leads_too) == (officer.pk, False)
    assert lead.member_id == staff.pk
    assert "of_the_taker" in lead.why


def test_who_was_only_asked_is_called_back_when_another_body_takes_over(station: Station) -> None:
    officer = station.community_officer("李响", 3, spot(5, 5))
    other = station.community_officer("王强", 0, spot(3, 3))
    incident = planned(spot(5, 5.1), "dispute")
    assert names_of(incident) == [officer.pk]
    incidents.hand_over(incident.pk, to_area_id=station.beats[0].pk, actor=as_(officer))
    incidents.answer_hand_over(incident.pk, accept=True, actor=as_(other))
    run_jobs()
    assert Assignment.objects.filter(incident=incident, end_code="handed_over").count() == 1
    taken = asked(incident, "lead") if names_of(incident, "lead") else asked(incident)
    assert taken.member_id in (other.pk, officer.pk)
    leads = Assignment.objects.filter(incident=incident, state="asked")
    assert any(row.member_id == other.pk and (row.role == "lead" or row.leads_too) for row in leads)


def test_who_was_called_from_elsewhere_may_act_on_the_spot(station: Station) -> None:
    """The first on the scene comes from another beat: mediating is his there, closing is not."""
    near = station.community_officer("王强", 0, spot(3.9, 3.9))
    incident = planned(spot(4.1, 4.1), "dispute")
    assert names_of(incident) == [near.pk]
    with pytest.raises(NotFound):
        incidents.transition(reported(spot(4.1, 4.1), "dispute").pk, "mediate", actor=as_(near))
    with pytest.raises(Forbidden):
        incidents.transition(incident.pk, "mediate", actor=as_(near))  # not accepted yet
    actions.arrive(asked(incident).pk, actor=as_(near))
    incidents.transition(incident.pk, "mediate", actor=as_(near))
    incident.refresh_from_db()
    assert incident.state == "mediating"
    with pytest.raises(Forbidden):
        incidents.close(incident.pk, actor=as_(near), outcome="settled")
