"""S23: asking the home beat, with a clock, without browsing its plans."""

from __future__ import annotations

from typing import Any

import pytest

from tongxin.domain.homes import actions, selectors
from tongxin.domain.homes.tests.making import Homes, by, enter
from tongxin.domain.incidents import clocks
from tongxin.domain.incidents import selectors as incidents
from tongxin.domain.incidents.tests.making import acts, reported
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from tongxin.plumbing.channels.models import Delivery

pytestmark = pytest.mark.django_db
WORDS = "老人王某，儿子叫王小二，住东湖花园"


def ask(homes: Homes, incident: Any) -> Any:
    beat = homes.ground.beats[3].pk
    return actions.ask_home_beat(incident.pk, beat, WORDS, actor=by(homes.officer))


def told(member_id: int, template: str) -> int:
    return Delivery.objects.filter(recipient=f"member:{member_id}", template=template).count()


def test_the_answer_comes_back_on_the_incident(homes: Homes) -> None:
    incident, flat = reported(), homes.flat("501", homes.far_unit)
    son = enter(flat, homes.outsider, name="王小二", phone="13800138000")
    question = ask(homes, incident)
    assert told(homes.outsider.pk, "homes.asked") == 1
    (card,) = selectors.home_questions(homes.outsider)
    assert (card.mine_to_answer, card.incident_number) == (True, incident.number)
    assert selectors.question_words(homes.outsider, card.id) == (WORDS, "")
    actions.answer_home_question(
        question.pk, "儿子马上来接", tell=[son.pk], actor=by(homes.outsider)
    )
    assert told(homes.officer.pk, "homes.answered") == 1
    answer = selectors.question_words(homes.officer, question.pk)[1]
    assert answer == "儿子马上来接\n王小二 13800138000"
    assert acts(incident)[-2:] == ["home_asked", "home_answered"]
    lines = incidents.timeline(incident, homes.officer, purpose="handle_incident")
    assert lines[-1].text == answer
    assert "王小二" not in str([line.payload for line in lines])
    assert selectors.home_questions(homes.outsider) == []


def test_asking_opens_no_foreign_plan(homes: Homes) -> None:
    incident = reported()
    ask(homes, incident)
    for look in (
        lambda: selectors.plan(homes.officer, homes.there.pk),
        lambda: selectors.flat(homes.officer, homes.flat("501", homes.far_unit).pk),
    ):
        with pytest.raises(NotFound):
            look()
    with pytest.raises(NotFound):  # nor does being asked show the incident
        incidents.incident(homes.outsider, incident.number)


def test_only_the_two_sides_read_it(homes: Homes) -> None:
    question = ask(homes, reported())
    for who in (homes.volunteer, homes.grid_worker, *homes.administrators):
        with pytest.raises(NotFound):
            selectors.question_words(who, question.pk)
    with pytest.raises(Forbidden):
        actions.answer_home_question(question.pk, "我知道", actor=by(homes.officer))
    with pytest.raises(Forbidden):
        actions.ask_home_beat(
            question.incident_id, homes.ground.beats[3].pk, WORDS, actor=by(homes.grid_worker)
        )


def test_unanswered_it_climbs_to_the_station_and_on(homes: Homes, held_clock: Any) -> None:
    incident = reported()
    ask(homes, incident)
    held_clock.advance(9 * 60)
    clocks.fire_due()
    assert told(homes.chief.pk, "homes.asked") == 0
    held_clock.advance(61)
    clocks.fire_due()
    assert told(homes.chief.pk, "homes.asked") == 1
    held_clock.advance(10 * 60 + 1)
    clocks.fire_due()
    assert told(homes.dispatcher.pk, "homes.asked") == 1
    assert acts(incident).count("home_unanswered") == 2


def test_an_answer_stops_the_clock(homes: Homes, held_clock: Any) -> None:
    incident = reported()
    question = ask(homes, incident)
    actions.answer_home_question(question.pk, "查无此人", found=False, actor=by(homes.outsider))
    held_clock.advance(11 * 60)
    clocks.fire_due()
    assert "home_unanswered" not in acts(incident)
    with pytest.raises(Conflict):
        actions.answer_home_question(question.pk, "再答", actor=by(homes.outsider))


def test_what_may_be_told_is_of_the_own_ground_and_unprotected(homes: Homes) -> None:
    question = ask(homes, reported())
    mine = enter(homes.flat("501"), homes.officer, name="外人")
    hidden = enter(homes.flat("502", homes.far_unit), homes.outsider, name="受保护")
    actions.protect(hidden.pk, True, actor=by(homes.outsider))
    for person in (mine, hidden):
        with pytest.raises(NotFound):
            actions.answer_home_question(
                question.pk, "是他", tell=[person.pk], actor=by(homes.outsider)
            )


def test_a_beat_is_asked_once_at_a_time_and_only_a_beat(homes: Homes) -> None:
    incident = reported()
    question = ask(homes, incident)
    with pytest.raises(Conflict):
        ask(homes, incident)
    with pytest.raises(BadInput):
        actions.ask_home_beat(incident.pk, homes.ground.station.pk, WORDS, actor=by(homes.officer))
    actions.withdraw_home_question(question.pk, actor=by(homes.officer))
    ask(homes, incident)
