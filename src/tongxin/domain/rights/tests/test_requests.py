from __future__ import annotations

import json
from typing import Any

import pytest

from tongxin.domain.homes.models import Resident
from tongxin.domain.homes.tests.making import by, enter
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.tests.making import reported
from tongxin.domain.rights import actions, clocks, copies, effects, selectors
from tongxin.domain.rights.actions import Answer, ByOfficer
from tongxin.domain.rights.lifecycle import LIFECYCLE, REASONS
from tongxin.domain.rights.models import RightsRequest
from tongxin.domain.rights.tests.making import PHONE, audits, visit
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.access.tests.making import member
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from tongxin.plumbing.channels.models import Delivery
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import selectors as vault_selectors

DAY = 86_400


@pytest.fixture
def someone(homes: Any) -> Resident:
    return enter(homes.flat("501"), homes.officer, note="先打电话再来")


def told(template: str) -> list[str]:
    rows = Delivery.objects.filter(template=template, channel="page").order_by("recipient")
    return [row.recipient for row in rows]


def test_the_table_of_states_has_no_fault() -> None:
    assert LIFECYCLE.faults() == []


def test_who_holds_the_number_sees_what_is_held_why_and_on_what_ground(
    homes: Any, someone: Resident
) -> None:
    reported("help", contact_phone="13800138000", contact_name="单先生")
    own = selectors.own_data(visit())
    report, home = sorted(own.records, key=lambda card: card.by_consent)
    assert home.by_consent
    assert "铁塔寺小区3号楼" in home.what
    assert "501" not in home.what
    assert "单雄信" not in repr(own)
    assert len(home.parts) == 3
    assert not report.may_erase
    assert report.basis
    assert audits("rights.seen")


def test_another_number_sees_nothing_of_it(homes: Any, someone: Resident) -> None:
    own = selectors.own_data(visit("13900000000"))
    assert (own.records, own.looks, own.requests) == ([], [], [])


def test_the_person_sees_who_looked_when_and_for_what(
    homes: Any, someone: Resident, held_clock: Any
) -> None:
    from tongxin.domain.homes.looking import open_residents

    held_clock.advance(60)
    open_residents(someone.flat_id, "find_owner", actor=by(homes.officer))
    held_clock.advance(3_600)
    (look,) = selectors.own_data(visit()).looks
    assert look.member_id == homes.officer.pk
    assert look.role
    assert look.body
    assert look.purpose
    assert homes.officer.name not in repr(look)


def test_a_look_at_words_that_were_changed_since_is_still_told(
    homes: Any, someone: Resident, held_clock: Any
) -> None:
    from tongxin.domain.homes import actions as home_actions
    from tongxin.domain.homes.looking import open_residents

    open_residents(someone.flat_id, "find_owner", actor=by(homes.officer))
    home_actions.amend_resident(someone.pk, actor=by(homes.officer), name="单强")
    assert len(selectors.own_data(visit()).looks) == 1


def test_a_protected_person_is_suppressed_with_all_that_the_number_holds(
    homes: Any, someone: Resident
) -> None:
    from tongxin.domain.homes import actions as home_actions

    reported("help", contact_phone=PHONE)
    home_actions.protect(someone.pk, True, actor=by(homes.officer))
    empty = selectors.own_data(visit("13900000000"))
    own = selectors.own_data(visit())
    assert own == empty
    asked = actions.ask(visit(), "copy")
    assert effects.held_for(asked) == []


def test_a_minors_record_is_for_a_guardian_before_an_officer(homes: Any) -> None:
    enter(
        homes.flat("502"), homes.officer, name="单小强", legal_basis="guardian",
        is_minor=True, guardian_consented=True,
    )  # fmt: skip
    assert selectors.own_data(visit()).records == []
    said = ByOfficer("copy", "known", phone=PHONE, for_child=True, made_sure="母亲，出示户口本")
    asked = actions.enter(said, actor=by(homes.officer))
    assert len(effects.held_for(asked)) == 1
    with pytest.raises(BadInput) as caught:
        actions.enter(
            ByOfficer("copy", "known", phone=PHONE, for_child=True), actor=by(homes.officer)
        )
    assert caught.value.code == "rights.guardian"


def test_a_consent_is_taken_back_at_one_tap_and_gone_at_once(homes: Any, someone: Resident) -> None:
    asked = actions.ask(visit(), "withdraw", concerns=[someone.subject_id])
    assert asked.state == "answered"
    assert vault_selectors.is_erased(someone.subject_id)
    with acting_as("test"):
        assert not Resident.objects.filter(pk=someone.pk).exists()
    (line,) = audits("vault.erase")
    assert line.detail == {"reason": "withdrawn"}
    own = selectors.own_data(visit())
    assert own.records == []
    assert [request.state for request in own.requests] == ["answered"]


def test_what_rests_on_a_duty_cannot_be_taken_back(homes: Any) -> None:
    incident = reported("help", contact_phone=PHONE)
    with pytest.raises(Conflict) as caught:
        actions.ask(visit(), "withdraw", concerns=[incident.report_ref])
    assert caught.value.code == "rights.no_consent"
    with acting_as("test"):
        assert not RightsRequest.objects.exists()


def test_nobody_asks_about_what_is_not_on_his_list(homes: Any, someone: Resident) -> None:
    with pytest.raises(BadInput) as caught:
        actions.ask(visit("13900000000"), "withdraw", concerns=[someone.subject_id])
    assert caught.value.code == "rights.concerns"
    assert not vault_selectors.is_erased(someone.subject_id)


def test_the_desk_erases_what_rests_on_consent_and_refuses_what_a_duty_keeps(
    homes: Any, someone: Resident
) -> None:
    incident = reported("help", contact_phone=PHONE)
    asked = actions.ask(visit(), "delete", words="搬走了，都删掉")
    assert told("rights.new") == [f"member:{homes.supervisor.pk}"]
    page = selectors.one(homes.supervisor, asked.pk)
    assert page.said["words"] == "搬走了，都删掉"
    both = [record.subject_id for record in page.records]
    assert set(both) == {someone.subject_id, incident.report_ref}
    with pytest.raises(Conflict) as caught:
        actions.answer(asked.pk, Answer(erase=both), actor=by(homes.supervisor))
    assert caught.value.code == "rights.duty_runs"
    assert not vault_selectors.is_erased(someone.subject_id)
    answer = Answer("登记已删；报警记录依法保留。", erase=[someone.subject_id])
    actions.answer(asked.pk, answer, actor=by(homes.supervisor), version=page.card.version)
    assert vault_selectors.is_erased(someone.subject_id)
    assert not vault_selectors.is_erased(incident.report_ref or 0)
    (own,) = selectors.own_data(visit()).requests
    assert own.words == "登记已删；报警记录依法保留。"


def test_a_refusal_has_a_reason_of_the_list_and_words_that_the_person_reads(
    homes: Any, someone: Resident
) -> None:
    reported("help", contact_phone=PHONE)
    asked = actions.ask(visit(), "delete")
    for reason, words in (("because", "不行"), ("duty_runs", "  ")):
        with pytest.raises(BadInput):
            actions.refuse(asked.pk, actor=by(homes.supervisor), reason=reason, words=words)
    actions.refuse(asked.pk, actor=by(homes.supervisor), reason="duty_runs", words="案件未结")
    (own,) = selectors.own_data(visit()).requests
    assert (own.state, own.words) == ("refused", "案件未结")
    assert (own.reason, own.rule) == (REASONS["duty_runs"].words, REASONS["duty_runs"].rule)
    with pytest.raises(Conflict):
        actions.refuse(asked.pk, actor=by(homes.supervisor), reason="duty_runs", words="再来")


def test_a_copy_opens_by_a_link_that_ends(homes: Any, someone: Resident, held_clock: Any) -> None:
    from tongxin.domain.homes.looking import open_residents

    open_residents(someone.flat_id, "find_owner", actor=by(homes.officer))
    asked = actions.ask(visit(), "copy")
    with pytest.raises(NotFound):
        copies.open_copy(copies.token_of(asked))
    actions.answer(asked.pk, Answer(), actor=by(homes.supervisor))
    (own,) = selectors.own_data(visit()).requests
    copy = copies.open_copy(own.copy_token)
    plain = json.loads(json.dumps(copy.plain(), ensure_ascii=False))
    values = plain["records"][0]["values"].values()
    assert {"单雄信", "13800138000", "先打电话再来"} <= set(values)
    assert "铁塔寺小区3号楼2单元501" in values
    (look,) = plain["looks"]  # the officer's; the desk's own is none at the record
    assert homes.officer.name not in str(look)
    looks = [line for line in audits("vault.reveal") if line.actor == "system:rights"]
    assert {line.purpose for line in looks} == {"rights_request"}
    with pytest.raises(NotFound):
        copies.open_copy(own.copy_token[:-1] + ("A" if own.copy_token[-1] != "A" else "B"))
    held_clock.advance(7 * DAY)
    with pytest.raises(NotFound):
        copies.open_copy(own.copy_token)


def test_the_officer_of_the_ground_is_asked_and_puts_it_right(
    homes: Any, someone: Resident
) -> None:
    from tongxin.domain.homes import actions as home_actions

    asked = actions.ask(visit(), "correct", words="我叫单强，不是单雄信")
    with pytest.raises(Conflict) as caught:
        actions.answer(asked.pk, Answer(), actor=by(homes.supervisor))
    assert caught.value.code == "rights.not_yet"
    effects.ask_officer(asked.pk, someone.subject_id, actor=by(homes.supervisor))
    with acting_as("test"):
        task = Incident.objects.get(external_ref=asked.number)
        words = vault.reveal_subject(
            task.report_ref or 0, actor="system:test", purpose="handle_incident"
        )
    assert "我叫单强" in words["what"]
    assert "2单元501" in words["what"]
    assert "501" not in task.place
    home_actions.amend_resident(someone.pk, actor=by(homes.officer), name="单强")
    incidents.close(task.pk, actor=by(homes.officer), outcome="done", answer="已改")
    assert told("rights.put_right") == [f"member:{homes.supervisor.pk}"]
    done = actions.answer(asked.pk, Answer("已更正"), actor=by(homes.supervisor))
    assert done.state == "answered"


def test_the_desk_puts_a_record_right_itself(homes: Any, someone: Resident) -> None:
    incident = reported("help", contact_phone=PHONE, contact_name="单先生")
    asked = actions.ask(visit(), "correct", words="换了号码")
    fresh = "13900009999"
    for subject_id in (someone.subject_id, incident.report_ref or 0):
        effects.put_right(asked.pk, subject_id, {"phone": fresh}, actor=by(homes.supervisor))
    assert set(vault_selectors.find(phone=fresh)) == {someone.subject_id, incident.report_ref}
    incident.refresh_from_db()
    phone = vault.reveal(incident.contact_ref or 0, actor="system:test", purpose="call_back")
    assert phone == fresh
    with pytest.raises(BadInput):
        effects.put_right(asked.pk, 0, {"phone": fresh}, actor=by(homes.supervisor))


def test_the_clock_reminds_the_desk_and_tells_the_supervisor(
    homes: Any, someone: Resident, held_clock: Any
) -> None:
    asked = actions.ask(visit(), "delete")
    chief = member("戚局", Role.BRANCH_CHIEF, homes.ground.branch)
    held_clock.advance(12 * DAY - 60)
    clocks.tick()
    assert told("rights.remind") == []
    held_clock.advance(60)
    for _again in range(2):  # a second worker, or the next tick
        clocks.tick()
    both = sorted([f"member:{homes.supervisor.pk}", f"member:{chief.pk}"])
    assert sorted(told("rights.remind")) == both
    held_clock.advance(3 * DAY)
    for _again in range(2):
        clocks.tick()
    assert told("rights.expired") == [f"member:{homes.supervisor.pk}"]
    assert selectors.requests(homes.supervisor)[0].days_left == 0
    actions.refuse(asked.pk, actor=by(chief), reason="not_made_sure", words="请到所里来")
    held_clock.advance(30 * DAY)
    clocks.tick()
    assert len(told("rights.expired")) == 1


def test_whoever_answers_answers_on_his_ground_only(homes: Any, someone: Resident) -> None:
    from tongxin.foundation.territory.models import Level
    from tongxin.foundation.territory.tests.making import area, box

    far = member("外督", Role.SUPERVISOR, area("F", box(40, 0, 8, 8), level=Level.BRANCH))
    asked = actions.ask(visit(), "delete")
    with pytest.raises(NotFound):
        selectors.one(far, asked.pk)
    with pytest.raises(NotFound):
        actions.take(asked.pk, actor=by(far))
    for who in (homes.officer, homes.chief, homes.dispatcher):
        with pytest.raises(Forbidden):
            selectors.one(who, asked.pk)
        with pytest.raises(Forbidden):
            actions.answer(asked.pk, Answer(), actor=by(who))
    assert selectors.requests(homes.officer) == []
    assert [card.id for card in selectors.requests(homes.supervisor)] == [asked.pk]


def test_an_officer_writes_a_request_down_and_sees_how_it_stands_not_what_is_held(
    homes: Any, someone: Resident
) -> None:
    said = ByOfficer("delete", "document", phone=PHONE, name="单雄信", words="请删除")
    asked = actions.enter(said, actor=by(homes.outsider))
    page = selectors.one(homes.outsider, asked.pk)
    assert (page.records, page.said, page.may_answer) == ([], {}, False)
    assert [card.id for card in selectors.requests(homes.outsider)] == [asked.pk]
    assert selectors.one(homes.supervisor, asked.pk).said["name"] == "单雄信"
    for wrong in (ByOfficer("delete", "phone_code", phone=PHONE), ByOfficer("delete", "known")):
        with pytest.raises(BadInput):
            actions.enter(wrong, actor=by(homes.officer))
    for who in (homes.volunteer, homes.grid_worker, homes.partner, *homes.administrators):
        with pytest.raises(Forbidden):
            actions.enter(said, actor=by(who))


def test_a_request_is_made_once_and_not_by_the_dozen(homes: Any, someone: Resident) -> None:
    here = visit()
    actions.ask(here, "delete")
    with pytest.raises(Conflict) as caught:
        actions.ask(here, "delete")
    assert caught.value.code == "rights.asked"


def test_a_decided_request_goes_when_its_time_is_over(
    homes: Any, someone: Resident, held_clock: Any
) -> None:
    from tongxin.plumbing.vault import erasing

    asked = actions.ask(visit(), "copy")
    actions.answer(asked.pk, Answer("给您"), actor=by(homes.supervisor))
    held_clock.advance(1_094 * DAY)
    erasing.erase_due()
    with acting_as("test"):
        assert RightsRequest.objects.filter(pk=asked.pk).exists()
    held_clock.advance(3 * DAY)
    erasing.erase_due()
    with acting_as("test"):
        assert not RightsRequest.objects.filter(pk=asked.pk).exists()


def test_raw_sql_without_the_members_ground_returns_no_request(
    homes: Any, someone: Resident
) -> None:
    from django.db import connection

    actions.ask(visit(), "delete")
    tables = ("rights_rightsrequest", "rights_phonecode")

    def counted() -> list[int]:
        with connection.cursor() as cursor:
            counts = []
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table}")
                counts.append(cursor.fetchone()[0])
        return counts

    assert counted() == [0, 0]
    with acting_as(homes.supervisor):
        assert counted() == [1, 0]
