"""What the phone shows to whom: only what one may do, and in words that say what happens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tongxin.domain.dispatch.tests.making import reported
from tongxin.domain.incidents import actions
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.foundation.territory.tests.making import spot
from tongxin.surfaces.field.tests.phones import page_of

if TYPE_CHECKING:
    from tongxin.foundation.access.models import Member
    from tongxin.surfaces.field.tests.phones import Phones

WITHOUT_DUTY = [
    Role.PROPERTY_MANAGER,
    Role.RESIDENTS_REPRESENTATIVE,
    Role.SCHOOL_CONTACT,
    Role.PARTNER,
    Role.COMMUNITY_CADRE,
]


@pytest.mark.parametrize("role", WITHOUT_DUTY)
def test_who_has_no_duty_has_a_page_of_ones_own_and_no_duty_switch(
    phones: Phones, role: Role
) -> None:
    helper = phones.helper(role)
    me = phones.read(helper, "/field/me/")
    for words in ("退出", "English", "您可以做的", "上报您看到的", "您不用上岗"):
        assert words in me
    assert "留存" not in me
    today = phones.read(helper, "/field/")
    assert "上岗" not in today
    assert "上报我看到的" in today


def test_only_who_may_set_the_call_plan_finds_the_way_to_the_office(phones: Phones) -> None:
    assert 'href="/office/areas/"' in phones.read(phones.officer, "/field/me/")
    assert phones.of(phones.officer).get("/office/areas/").status_code == 200
    assert "/office/" not in phones.read(phones.volunteer, "/field/me/")


def test_a_volunteer_is_offered_no_closing_but_the_own_parts_end(phones: Phones) -> None:
    row = phones.task(phones.volunteer, state="arrived")
    for path in ("/field/", page_of(row.incident)):
        text = phones.read(phones.volunteer, path)
        assert "我这部分办完了" in text
        assert "记录并办结" not in text
        assert "/close/" not in text
    status, said = phones.press(phones.volunteer, f"/field/tasks/{row.pk}/done/")
    assert (status, said["next"]) == (200, "/field/")


def test_who_may_close_is_led_to_it(phones: Phones) -> None:
    row = phones.task(phones.officer, state="arrived")
    assert "记录并办结" in phones.read(phones.officer, "/field/")
    assert "/close/" in phones.read(phones.officer, page_of(row.incident))


def test_handed_over_to_you_is_said_to_those_who_may_answer(phones: Phones) -> None:
    incident = reported(spot(1, 1), "hazard")
    with acting_as(phones.officer):
        actions.hand_over(
            incident.pk, to_area_id=phones.station.beats[1].pk, actor=MemberActor(phones.officer)
        )
    asks = phones.read(phones.officer, page_of(incident))
    assert "转给您的" not in asks
    assert "还没有答复" in asks
    asked = phones.read(phones.other, page_of(incident))
    assert "转给您的" in asked
    assert label_of(asked, "reason_code") == "或退回，理由是？"
    assert "选“其他理由”时必填" in asked


@pytest.mark.parametrize(
    ("kind", "verb", "state"),
    [
        ("dispute", "开始调解", "调解中"),
        ("hazard", "通知整改", "已通知整改"),
        ("accident", "走快处", "快处中"),
        ("lost_person", "开始协寻", "协寻中"),
        ("tip", "开始核查", "核查中"),
    ],
)
def test_buttons_of_a_procedure_say_what_is_done(
    phones: Phones, kind: str, verb: str, state: str
) -> None:
    row = phones.task(phones.officer, kind) if kind != "tip" else None
    incident = row.incident if row else reported(spot(1, 1), kind)
    if row:
        for act in ("accept", "depart", "arrive"):
            phones.press(phones.officer, f"/field/tasks/{row.pk}/{act}/")
    buttons = re.findall(
        r"<summary>([^<]*)</summary>", phones.read(phones.officer, page_of(incident))
    )
    assert verb in buttons
    assert state not in buttons


def test_what_is_required_is_not_called_optional(phones: Phones) -> None:
    enquiry = phones.read(phones.officer, page_of(reported(spot(1, 1), "enquiry")))
    assert label_of(enquiry, "outcome") == "结果如何？"
    assert label_of(enquiry, "answer") == "给报事人的答复"
    help_wanted = phones.read(phones.officer, page_of(reported(spot(1, 1), "help")))
    assert label_of(help_wanted, "answer") == "给报事人的答复 (可不填)"
    row = phones.task(phones.officer)
    asked = phones.read(phones.officer, page_of(row.incident))
    assert label_of(asked, "reason") == "为什么？"
    assert (
        label_of(asked, "decline-words") == "补充说明 (可不填)"
    )  # the page says so when it changes


def label_of(page: str, name: str) -> str:
    found = re.search(rf'<label for="f-{name}">(.*?)</label>', page)
    assert found, name
    return re.sub(r"<[^>]*>", "", found[1])


def test_another_reason_is_said_in_words(phones: Phones) -> None:
    row = phones.task(phones.officer)
    path = f"/field/tasks/{row.pk}/decline/"
    status, said = phones.press(phones.officer, path, reason="other")
    assert (status, said["field"]) == (422, "words")
    assert "理由" in said["detail"]
    assert phones.press(phones.officer, path, reason="other", words="路被水淹了")[0] == 200
    assert "路被水淹了" in timeline_of(phones.officer, phones, row.incident.number)


def timeline_of(who: Member, phones: Phones, number: str) -> str:
    return phones.read(who, f"/field/incidents/{number}/")
