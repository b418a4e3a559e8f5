"""Changing a member, leaving and coming back, log-ins for many, as the security administrator."""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.audit.models import AuditEntry

if TYPE_CHECKING:
    from tongxin.surfaces.office.tests.people import Office

RIGHT = {"name": "曾远", "kind": "patrol_officer", "phone": "138 0013 8000", "skills": "急救、调解"}
ROW = re.compile(
    r'<th scope="row">(王[^<]*)</th><td>[^<]*</td><td>([^<]*)</td><td><strong[^>]*>([^<]+)<'
)


def test_name_phone_and_post_are_changed_on_the_page(office: Office) -> None:
    client, officer = office.log_in("secadmin"), office.people["officer"]
    url = reverse("office_member_edit", args=[officer.pk])
    assert (
        f'href="{url}"' in client.get(reverse("office_member", args=[officer.pk])).content.decode()
    )
    form = client.get(url).content.decode()
    assert 'value="李响"' in form
    assert "第一警务室" in form

    answer = client.post(url, RIGHT | {"home_post": "R1"})

    assert answer.status_code == 302
    now = Member.objects.get(pk=officer.pk)
    assert (now.name, now.surname, now.phone) == ("曾远", "曾", "13800138000")
    assert now.pinyin.startswith("zeng1")
    assert (now.kind, now.skills, now.home_post) == (
        "patrol_officer",
        ["急救", "调解"],
        office.post,
    )
    found = client.get(reverse("office_members"), {"q": "zengyuan"}).content.decode()
    assert "曾远" in found
    line = AuditEntry.objects.get(act="member.changed")
    assert line.actor == f"member:{office.people['secadmin'].pk}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"phone": "no phone"}, "is no telephone number"),
        ({"name": ""}, "A name has 1 to 40 characters."),
        ({"kind": "king"}, "Choose a role."),
        ({"home_post": "nowhere"}, "Choose a post from the list."),
    ],
)
def test_a_wrong_field_is_said_and_what_was_typed_stays(
    office: Office, wrong: dict[str, str], said: str
) -> None:
    officer = office.people["officer"]
    answer = office.log_in("secadmin").post(
        reverse("office_member_edit", args=[officer.pk]), RIGHT | wrong
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert 'value="急救、调解"' in page
    assert Member.objects.get(pk=officer.pk).name == "李响"


def test_a_wrong_phone_is_refused_for_a_new_member_too(office: Office) -> None:
    wrong = office.log_in("secadmin").post(
        reverse("office_member_new"),
        {"name": "新人", "code": "N-8", "kind": "auxiliary", "phone": "12"},
    )
    assert wrong.status_code == 422
    assert "is no telephone number" in wrong.content.decode()


def test_a_chief_changes_nobody(office: Office) -> None:
    officer = office.people["officer"]
    client = office.log_in("chief")
    edit = reverse("office_member_edit", args=[officer.pk])
    assert client.post(edit, RIGHT).status_code == 403
    assert edit not in client.get(reverse("office_member", args=[officer.pk])).content.decode()
    assert client.post(reverse("office_member_back", args=[officer.pk])).status_code == 403


def test_leaving_says_what_it_means_and_coming_back_is_there(office: Office) -> None:
    client, officer = office.log_in("secadmin"), office.people["officer"]
    one = reverse("office_member", args=[officer.pk])
    before = client.get(one).content.decode()
    assert "no grant comes back" in before
    assert "each grant is given anew" in before  # in what the button asks first
    client.post(reverse("office_deactivate", args=[officer.pk]))
    gone = client.get(one).content.decode()
    assert "This member comes back" in gone
    assert reverse("office_member_edit", args=[officer.pk]) not in gone

    back = client.post(reverse("office_member_back", args=[officer.pk])).content.decode()

    assert "Give the grants anew" in back
    once = re.search(r'class="one-time"[^>]*>([^<]+)<', back)
    assert once
    officer.account.refresh_from_db()
    assert officer.account.check_password(once[1])
    twice = client.post(reverse("office_member_back", args=[officer.pk]))
    assert twice.status_code == 409
    assert "has not left" in twice.content.decode()


def test_log_ins_for_many_are_opened_and_shown_once(office: Office) -> None:
    new = [member(f"王{n}", Role.AUXILIARY, office.ground.beats[0]) for n in "甲乙丙"]
    client, url = office.log_in("secadmin"), reverse("office_log_ins")
    page = client.get(url).content.decode()
    assert "3 members without a log-in" in page
    assert "李响" not in page  # has one
    assert page.count(" checked") == 0
    assert client.get(url, {"all": "1"}).content.decode().count(" checked") == 3

    answer = client.post(url, {"members": [new[0].pk, new[1].pk]})

    shown = answer.content.decode()
    rows = ROW.findall(shown)
    assert [name for name, _username, _password in rows] == ["王丙", "王甲", "王乙"][1:]
    for _name, username, password in rows:
        account = Member.objects.get(account__username=username).account
        assert account is not None
        assert account.check_password(password)
    assert answer["Cache-Control"] == "no-store"
    packed = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', shown)
    assert packed
    table = base64.b64decode(html.unescape(packed[1])).decode("utf-8-sig")
    assert rows[0][2] in table
    again = client.post(url, {"members": [new[0].pk]}).content.decode()
    assert "No log-in was opened" in again
    assert "1 member without a log-in" in client.get(url).content.decode()


def test_nothing_chosen_is_said(office: Office) -> None:
    answer = office.log_in("secadmin").post(reverse("office_log_ins"), {"members": ["²", "x"]})
    assert answer.status_code == 422
    assert "Choose at least one member." in answer.content.decode()
