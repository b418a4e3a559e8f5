"""Members, grants, log-ins, tokens and teams, as the security administrator sees them."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tongxin.foundation.access import policy, tokens
from tongxin.foundation.access.models import ApiToken, Grant, Member, Role, Team
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel import clock
from tongxin.surfaces.office.tests.people import PASSWORD

if TYPE_CHECKING:
    from tongxin.surfaces.office.tests.people import Office

ONE_TIME = re.compile(r'class="one-time"[^>]*>([^<]+)<')


def test_the_list_is_paged_narrowed_and_stays_within_twelve_queries(office: Office) -> None:
    for number in range(120):
        member(f"王{number:03d}", Role.AUXILIARY, office.ground.beats[number % 4])
    client = office.log_in("secadmin")
    client.get(reverse("office_members"))
    with CaptureQueriesContext(connection) as seen:
        page = client.get(reverse("office_members")).content.decode()
    assert len(seen) <= 12
    assert "128 members" in page
    assert page.count("<tr") == 51  # 50 and the head
    found = client.get(reverse("office_members"), {"q": "lixiang"}).content.decode()
    assert "李响" in found
    assert "1 member<" in found
    only = client.get(reverse("office_members"), {"role": "grid_worker"}).content.decode()
    assert "赵小网" in only
    assert "李响" not in only


def test_the_csv_holds_all_and_runs_nothing(office: Office) -> None:
    member("=cmd()", Role.AUXILIARY, office.ground.beats[0])
    answer = office.log_in("secadmin").get(reverse("office_members"), {"csv": "1"})
    text = answer.content.decode("utf-8-sig")
    assert "李响" in text
    assert "'=cmd()" in text
    assert answer["Content-Disposition"] == 'attachment; filename="members.csv"'


def test_a_chief_sees_the_own_ground_only(office: Office) -> None:
    client = office.log_in("officer")
    page = client.get(reverse("office_members")).content.decode()
    assert "李响" in page
    assert "丁武歌" not in page
    assert client.get(reverse("office_member", args=[office.people["chief"].pk])).status_code == 404


def test_a_new_member_gets_a_log_in_that_is_shown_once(office: Office) -> None:
    client = office.log_in("secadmin")
    answer = client.post(
        reverse("office_member_new"),
        {"name": "欧阳春", "code": "N-1", "kind": "auxiliary", "username": "ouyang"},
    )
    made = Member.objects.get(code="N-1")
    assert made.surname == "欧阳"
    once = ONE_TIME.search(answer.content.decode())
    assert once
    assert made.account is not None
    assert made.account.check_password(once[1])
    again = client.get(reverse("office_member", args=[made.pk])).content.decode()
    assert once[1] not in again


def test_a_taken_code_is_said_at_its_field_and_nothing_is_lost(office: Office) -> None:
    taken = office.people["officer"].code
    answer = office.log_in("secadmin").post(
        reverse("office_member_new"), {"name": "新人", "code": taken, "kind": "auxiliary"}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Another member has this code." in page
    assert 'value="新人"' in page
    assert not Member.objects.filter(name="新人").exists()


def test_a_grant_is_given_for_a_time_and_ended(office: Office) -> None:
    client, officer = office.log_in("secadmin"), office.people["officer"]
    url = reverse("office_grant", args=[officer.pk])
    client.post(url, {"role": "community_officer", "area": "police/P11", "valid_to": "2099-01-01"})
    made = Grant.objects.get(member=officer, area=office.ground.beats[3])
    assert made.valid_to == dt.datetime(2098, 12, 31, 16, tzinfo=dt.UTC)  # midnight in Shanghai
    assert made.granted_by == office.people["secadmin"]
    assert policy.can(officer, Permission.TRIAGE, office.ground.beats[3].path)
    client.post(reverse("office_grant_revoke", args=[officer.pk, made.pk]))
    fresh = Member.objects.get(pk=officer.pk)
    assert not policy.can(fresh, Permission.TRIAGE, [office.ground.beats[3].pk])
    acts = set(AuditEntry.objects.values_list("act", flat=True))
    assert {"grant.given", "grant.revoked"} <= acts


def test_a_grant_that_ends_before_it_begins_is_refused_at_its_field(office: Office) -> None:
    answer = office.log_in("secadmin").post(
        reverse("office_grant", args=[office.people["officer"].pk]),
        {"role": "auxiliary", "area": "police/P11", "valid_from": "2030-01-02T08:00",
         "valid_to": "2030-01-01T08:00"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "ends before it begins" in answer.content.decode()


def test_nobody_grants_to_himself(office: Office) -> None:
    me = office.people["secadmin"]
    answer = office.log_in("secadmin").post(
        reverse("office_grant", args=[me.pk]), {"role": "auxiliary", "area": "police/P11"}
    )
    assert answer.status_code == 403


def test_a_chief_gives_no_grant(office: Office) -> None:
    answer = office.log_in("chief").post(
        reverse("office_grant", args=[office.people["officer"].pk]),
        {"role": "station_chief", "area": "police/S"},
    )
    assert answer.status_code == 403


def test_a_new_password_ends_open_log_ins(office: Office) -> None:
    theirs = office.log_in("officer")
    assert theirs.get(reverse("office_members")).status_code == 200
    officer = office.people["officer"]
    answer = office.log_in("secadmin").post(reverse("office_password", args=[officer.pk]))
    once = ONE_TIME.search(answer.content.decode())
    assert once
    officer.account.refresh_from_db()
    assert officer.account.check_password(once[1])
    assert not officer.account.check_password(PASSWORD)
    assert theirs.get(reverse("office_members")).status_code == 302


def test_who_leaves_is_out_at_once(office: Office) -> None:
    theirs, officer = office.log_in("officer"), office.people["officer"]
    office.log_in("secadmin").post(reverse("office_deactivate", args=[officer.pk]))
    assert theirs.get(reverse("office_members")).status_code in (302, 403)
    assert not Grant.objects.filter(member=officer, valid_to__isnull=True).exists()
    listed = office.log_in("secadmin").get(reverse("office_members"), {"left": "1"})
    assert "李响" in listed.content.decode()


def test_a_token_is_shown_once_works_and_is_revoked(office: Office) -> None:
    client, officer = office.log_in("secadmin"), office.people["officer"]
    answer = client.post(
        reverse("office_token_issue"),
        {"member": officer.code, "name": "接口", "days": "30", "scopes": ["report", "note"]},
    )
    once = ONE_TIME.search(answer.content.decode())
    assert once
    found = tokens.authenticate(once[1])
    assert found is not None
    assert found[1] == {Permission.REPORT, Permission.NOTE}
    assert once[1] not in client.get(reverse("office_tokens")).content.decode()
    client.post(reverse("office_token_revoke", args=[ApiToken.objects.get().pk]))
    assert tokens.authenticate(once[1]) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scopes": []}, "Choose at least one right."),
        ({"days": "0"}, "A token lasts from 1 to 366 days."),
        ({"member": "nobody"}, "no active member with this code"),
        ({"scopes": ["see_audit"]}, "The member does not hold: see_audit."),
    ],
)
def test_a_wrong_token_is_refused_in_words(office: Office, wrong: dict, said: str) -> None:
    right = {"member": office.people["officer"].code, "name": "x", "days": "30", "scopes": ["note"]}
    answer = office.log_in("secadmin").post(reverse("office_token_issue"), right | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_teams_list_their_people(office: Office) -> None:
    crew = Team.objects.create(kind="crew", code="C1", name="1号车组", area=office.ground.station)
    crew.members.add(office.people["officer"])
    page = office.log_in("chief").get(reverse("office_teams")).content.decode()
    assert "1号车组" in page
    assert "李响" in page


def test_a_call_plan_is_shown_and_changed_where_one_may(office: Office) -> None:
    beat = office.ground.beats[0]
    url = reverse("office_call_plan", args=[beat.pk])
    client = office.log_in("officer")
    before = client.get(url).content.decode()
    assert "by itself" in before
    assert "Officer 李" in before
    officer = office.people["officer"]
    client.post(
        url,
        {"who-0": f"post:{office.post.pk}", "seconds-0": "15",
         "who-1": f"member:{officer.pk}", "seconds-1": "20"},
    )  # fmt: skip
    after = client.get(url).content.decode()
    assert "the district’s own" in after
    assert after.index("第一警务室</strong>") < after.index("李 ") or "rings 15 s" in after
    refused = client.post(url, {"who-0": f"member:{officer.pk}", "seconds-0": "99"})
    assert refused.status_code == 422
    assert "5 to 60 seconds" in refused.content.decode()
    other = reverse("office_call_plan", args=[office.ground.beats[3].pk])
    assert client.get(other).status_code == 404


def test_a_second_factor_that_was_lost_is_taken_away(office: Office) -> None:
    from allauth.mfa.models import Authenticator

    officer = office.people["officer"]
    Authenticator.objects.create(user=officer.account, type="totp", data={"secret": "x"})
    office.log_in("secadmin").post(reverse("office_factor", args=[officer.pk]))
    assert not Authenticator.objects.exists()
    line = AuditEntry.objects.get(act="account.second_factor_taken")
    assert line.subject == f"member:{officer.pk}"
    assert clock.now() - line.at < dt.timedelta(minutes=1)
