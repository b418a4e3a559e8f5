from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tongxin.domain.incidents import actions, limits, policy, selectors
from tongxin.domain.incidents.limits import TooMany
from tongxin.domain.incidents.selectors import Filters
from tongxin.domain.incidents.tests.making import THERE, Cast, by, reported
from tongxin.foundation.access.models import Member
from tongxin.kernel.errors import BadInput, NotFound


def test_the_queue_is_sorted_by_who_needs_a_person_now(cast: Cast, held_clock: Any) -> None:
    hazard = reported("hazard")
    held_clock.advance(5)
    emergency = reported("emergency")
    helped = reported("help")
    actions.transition(helped.pk, "accept", actor=by(cast.officer))
    assert [row.id for row in selectors.queue(cast.officer)] == [
        emergency.pk, hazard.pk, helped.pk,
    ]  # fmt: skip


def test_pages_follow_each_other_without_a_gap_or_a_double(cast: Cast, held_clock: Any) -> None:
    made = []
    for number in range(12):
        held_clock.advance(number % 3)
        incident = reported("help" if number % 2 else "notice")
        if number % 4 == 1:
            actions.transition(incident.pk, "accept", actor=by(cast.officer))
            actions.transition(incident.pk, "arrive", actor=by(cast.officer))
        made.append(incident.pk)
    whole = [row.id for row in selectors.queue(cast.officer)]
    paged, cursor = [], ""
    while page := selectors.queue(cast.officer, limit=5, cursor=cursor):
        paged += [row.id for row in page]
        cursor = page[-1].cursor
    assert paged == whole
    assert sorted(whole) == sorted(made)


def test_closed_ones_are_paged_newest_first(cast: Cast, held_clock: Any) -> None:
    made = []
    for _ in range(5):
        held_clock.advance(60)
        incident = reported("help")
        actions.close(incident.pk, actor=by(cast.officer), outcome="helped")
        made.append(incident.pk)
    closed = Filters(is_open=False)
    first = selectors.queue(cast.officer, closed, limit=3)
    rest = selectors.queue(cast.officer, closed, limit=3, cursor=first[-1].cursor)
    assert [row.id for row in (*first, *rest)] == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "1~2", "1~~", "1~9e9~3", "~~~", "1~99999999999999999~1"])
def test_a_cursor_that_is_none_is_refused(cast: Cast, cursor: str) -> None:
    with pytest.raises(BadInput):
        selectors.queue(cast.officer, cursor=cursor)


def test_filters_narrow_the_queue(cast: Cast) -> None:
    hazard, emergency = reported("hazard"), reported("emergency")
    far = reported("hazard", spot=THERE)

    def shown(**narrow: Any) -> set[int]:
        return {row.id for row in selectors.queue(cast.dispatcher, Filters(**narrow))}

    assert shown() == {hazard.pk, emergency.pk, far.pk}
    assert shown(kinds=["hazard"]) == {hazard.pk, far.pk}
    assert shown(least_urgency=3) == {emergency.pk}
    assert shown(area_id=cast.ground.beats[3].pk) == {far.pk}
    assert shown(number=hazard.number) == {hazard.pk}
    assert shown(states=["accepted"]) == set()


def test_a_page_of_the_queue_takes_three_queries_at_most(cast: Cast) -> None:
    for _ in range(20):
        reported("hazard")
    officer = Member.objects.get(pk=cast.officer.pk)
    with CaptureQueriesContext(connection) as queries:
        assert len(selectors.queue(officer)) == 20
    assert len(queries) <= 3


def test_my_open_ones_are_my_grounds_and_those_assigned_to_me(cast: Cast) -> None:
    mine, far = reported("hazard"), reported("hazard", spot=THERE)
    assert [row.id for row in selectors.open_of(cast.officer)] == [mine.pk]

    def assigned(member_id: int) -> list[int]:
        return [far.pk] if member_id == cast.officer.pk else []

    policy.also_own(assigned)
    try:
        assert {row.id for row in selectors.open_of(cast.officer)} == {mine.pk, far.pk}
        assert selectors.incident(cast.officer, far.number)
    finally:
        policy._own_incidents.remove(assigned)


def test_a_volunteer_sees_only_what_is_assigned(cast: Cast) -> None:
    incident = reported("help")

    def assigned(member_id: int) -> list[int]:
        return [incident.pk] if member_id == cast.volunteer.pk else []

    assert selectors.queue(cast.volunteer) == []
    policy.also_own(assigned)
    try:
        assert [row.id for row in selectors.queue(cast.volunteer)] == [incident.pk]
        words = selectors.words_of(incident, cast.volunteer, purpose="handle_incident")
        assert words == {"what": "楼道里有人摔倒了"}
    finally:
        policy._own_incidents.remove(assigned)


def test_the_status_page_says_who_what_when_and_next(cast: Cast, held_clock: Any) -> None:
    incident = reported("help", place="铁塔寺小区3号楼")
    with translation.override("zh-hans"):
        first = selectors.public_status(incident.public_token)
        assert (first.kind, first.state, first.who) == ("求助", "待签收", "")
        assert first.next_due_at == incident.next_due_at
        held_clock.advance(30)
        actions.transition(incident.pk, "accept", actor=by(cast.officer))
        shown = selectors.public_status(incident.public_token)
        assert shown.phone == cast.officer.phone
        assert shown.who in shown.steps[-1].says
        assert shown.steps[-1].says.endswith("已接到，马上出发。")
        assert shown.place == "铁塔寺小区3号楼"
        actions.close(incident.pk, actor=by(cast.officer), outcome="helped")
        last = selectors.public_status(incident.public_token)
        assert (last.state, last.outcome, last.can_rate, last.phone) == ("办结", "已帮助", True, "")
    with translation.override("en"):
        assert selectors.public_status(incident.public_token).kind == "Help"


def test_a_promise_that_is_past_is_admitted(cast: Cast, held_clock: Any) -> None:
    incident = reported("help")
    held_clock.advance(120)
    with translation.override("en"):
        assert "longer than promised" in selectors.public_status(incident.public_token).next


@pytest.mark.parametrize("token", ["", "x", "0" * 22])
def test_an_unknown_token_has_no_page(cast: Cast, token: str) -> None:
    with pytest.raises(NotFound):
        selectors.public_status(token)


def test_inner_notes_are_not_on_the_status_page(cast: Cast) -> None:
    incident = reported()
    actions.note(incident.pk, actor=by(cast.officer), words="报案人有前科")
    actions.note(incident.pk, actor=by(cast.officer), words="请在楼下等", public=True)
    shown = selectors.public_status(incident.public_token)
    assert [step.text for step in shown.steps if step.text] == ["请在楼下等"]


def test_the_longest_waiting_one_is_told_without_a_name(cast: Cast, held_clock: Any) -> None:
    assert selectors.longest_waiting() is None
    first = reported("hazard")
    held_clock.advance(12 * 60)
    reported("hazard")
    assert selectors.longest_waiting() == dt.timedelta(minutes=12)
    actions.transition(first.pk, "accept", actor=by(cast.officer))
    assert selectors.longest_waiting() == dt.timedelta(0)


def test_timeline_sentences_name_people_by_title(cast: Cast) -> None:
    incident = reported("hazard")
    actions.transition(incident.pk, "accept", actor=by(cast.grid_worker))
    with translation.override("en"):
        said = [line.sentence for line in selectors.timeline(incident, cast.officer)]
    assert said == ["Reported (Portal): Hazard", "Grid worker 赵 accepted it"]


def test_every_act_of_every_kind_has_a_sentence(cast: Cast) -> None:
    from tongxin.domain.incidents.kinds import registry
    from tongxin.domain.incidents.sentences import Told, sentence_of

    for kind in registry().reportable():
        for act in (*kind.lifecycle.transitions, "note", "photo", "rate", "undo", "brand_new"):
            assert sentence_of(act, Told({}, "李警官", kind, {})).strip()


def test_a_flood_from_one_browser_is_stopped_and_a_neighbourhood_is_not(
    cast: Cast, held_clock: Any
) -> None:
    for _ in range(limits.PER_BROWSER):
        limits.admit(address="203.0.113.9", browser="a")
    with pytest.raises(TooMany) as caught:
        limits.admit(address="203.0.113.9", browser="a")
    assert caught.value.status == 429
    limits.admit(address="203.0.113.9", browser="b")
    held_clock.advance(600)
    limits.admit(address="203.0.113.9", browser="a")
    held_clock.advance(2 * 3600)
    limits.sweep()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM incidents_intakewindow")
        assert cursor.fetchone() == (0,)


def test_no_address_is_kept(cast: Cast) -> None:
    limits.admit(address="203.0.113.9")
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM incidents_intakewindow t")
        assert "203.0.113.9" not in cursor.fetchone()[0]
