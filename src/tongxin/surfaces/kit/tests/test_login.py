"""Logging in with real requests: the lock, idle log-out, own password, second factor."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from tongxin.foundation.access import accounts
from tongxin.foundation.access.models import Account, Member, Role
from tongxin.foundation.access.scope import SystemActor
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory.tests.making import District
from tongxin.kernel import clock
from tongxin.surfaces.kit.middleware import BACKGROUND_HEADER

RIGHT, WRONG = "平安同心-2026-right", "not-the-password"
RESTING = "this account rests until"

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(settings: Any) -> Member:
    """A member with a log-in used before; no second factor asked for unless a test does."""
    settings.SECOND_FACTOR_REQUIRED = False
    cache.clear()
    one = member("李响", Role.COMMUNITY_OFFICER, District().beats[0])
    one.account = Account.objects.create_account("lixiang", RIGHT)
    Account.objects.update(last_login=clock.now())
    one.save()
    return one


def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def log_in(client: Client, password: str = RIGHT, name: str = "lixiang") -> Any:
    return client.post("/accounts/login/", {"login": name, "password": password})


def test_five_failures_refuse_the_right_password_for_fifteen_minutes(officer: Member) -> None:
    start = clock.now()
    with clock.held(clock.HeldClock(start)) as held:
        for _each in range(5):
            answer = log_in(visitor(), WRONG)
            assert "The log-in name or the password is wrong." in answer.content.decode()
            held.advance(1.0)
        sixth = log_in(visitor())
        assert RESTING in sixth.content.decode()
        assert "_auth_user_id" not in visitor().session
        held.advance(890.0)
        assert RESTING in log_in(visitor()).content.decode()
        held.advance(15.0)
        assert log_in(visitor()).status_code == 302
    line = AuditEntry.objects.get(act="login.locked")
    assert (line.subject, line.allowed) == (f"member:{officer.pk}", False)


def test_a_name_that_nobody_has_rests_alike(officer: Member) -> None:
    for _each in range(5):
        log_in(visitor(), WRONG, "nobody")
    assert RESTING in log_in(visitor(), WRONG, "nobody").content.decode()
    assert log_in(visitor()).status_code == 302  # the others go on


def test_the_lock_holds_for_the_name_however_it_is_written(officer: Member) -> None:
    for spelling in ("lixiang", "LiXiang", " lixiang", "LIXIANG", "lixiang "):
        log_in(visitor(), WRONG, spelling)
    assert RESTING in log_in(visitor()).content.decode()


def test_a_right_password_forgets_the_failures_before(officer: Member) -> None:
    for _round in range(2):
        for _each in range(3):
            log_in(visitor(), WRONG)
        assert log_in(visitor()).status_code == 302


def test_a_new_password_by_the_office_opens_the_account_at_once(officer: Member) -> None:
    from tongxin.surfaces.kit import login

    for _each in range(5):
        log_in(visitor(), WRONG)
    officer.refresh_from_db()
    once = accounts.reset_password(member=officer, actor=SystemActor("test"))
    login.unlock("lixiang")
    assert log_in(visitor(), once).status_code == 302


def test_fifteen_minutes_without_a_hand_end_the_log_in(officer: Member) -> None:
    client = visitor()
    with clock.held(clock.HeldClock(clock.now())) as held:
        log_in(client)
        assert client.get("/field/").status_code == 200
        held.advance(840.0)
        assert client.get("/field/").status_code == 200
        held.advance(840.0)
        assert client.get("/field/").status_code == 200
        held.advance(901.0)
        gone = client.get("/field/")
        assert gone.status_code == 302
        assert gone["Location"] == "/accounts/login/?next=%2Ffield%2F"
        assert client.get("/field/").status_code == 302  # and it stays ended


def test_what_scripts_fetch_by_themselves_does_not_keep_a_log_in(officer: Member) -> None:
    client = visitor()
    with clock.held(clock.HeldClock(clock.now())) as held:
        log_in(client)
        client.get("/field/")
        for _each in range(7):
            held.advance(120.0)
            assert client.get("/field/", headers={BACKGROUND_HEADER: "1"}).status_code == 200
        held.advance(120.0)
        refused = client.get("/field/", headers={BACKGROUND_HEADER: "1", "HX-Request": "true"})
        assert refused.status_code == 401
        assert refused["HX-Redirect"].startswith("/accounts/login/")


def test_a_hand_on_the_page_keeps_it(officer: Member) -> None:
    client = visitor()
    with clock.held(clock.HeldClock(clock.now())) as held:
        log_in(client)
        client.get("/field/")
        for _each in range(4):
            held.advance(600.0)
            assert client.post("/session/alive/").status_code == 204


def test_a_page_learns_how_long_the_log_in_lasts_without_keeping_it(officer: Member) -> None:
    client = visitor()
    with clock.held(clock.HeldClock(clock.now())) as held:
        log_in(client)
        client.get("/field/")
        held.advance(840.0)
        asked = client.post("/session/alive/", headers={BACKGROUND_HEADER: "1"})
        assert asked["X-Tongxin-Left"] == "60"
        assert client.post("/session/alive/")["X-Tongxin-Left"] == "900"
        held.advance(901.0)
        assert client.post("/session/alive/", headers={BACKGROUND_HEADER: "1"}).status_code == 302


def test_a_given_password_has_to_be_changed_first(officer: Member, settings: Any) -> None:
    once = accounts.reset_password(member=officer, actor=SystemActor("test"))
    client = visitor()
    log_in(client, once)
    assert client.get("/field/")["Location"] == "/accounts/password/change/"
    fragment = client.get("/field/", headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"] == "/accounts/password/change/"
    again = visitor()
    log_in(again, once)  # leaving and coming back does not get round it
    assert again.get("/field/")["Location"] == "/accounts/password/change/"
    own = "这是我自己的-password-1"
    changed = again.post(
        "/accounts/password/change/",
        {"oldpassword": once, "password1": own, "password2": own},
    )
    assert changed["Location"] == "/home/"
    assert again.get("/field/").status_code == 200
    fresh = visitor()
    log_in(fresh, own)
    assert fresh.get("/field/").status_code == 200


def test_without_a_second_factor_nothing_opens_where_it_is_required(
    officer: Member, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = visitor()
    log_in(client)
    assert client.get("/field/")["Location"] == "/accounts/2fa/"
    page = client.get("/accounts/2fa/").content.decode()
    assert "needs a second factor" in page
    settings.SECOND_FACTOR_REQUIRED = False  # as in the demo, and only there
    assert client.get("/field/").status_code == 200


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_an_app_is_set_up_asked_for_and_recovery_codes_help_out(
    officer: Member, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = visitor()
    log_in(client)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'id="authenticator_secret"[^>]*value="([A-Z2-7]+)"', page)
    assert secret
    assert "data:image/svg" in page
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret[1])})
    assert client.get("/field/").status_code == 200
    codes = client.get("/accounts/2fa/recovery-codes/").content.decode()
    spare = re.search(r"<textarea[^>]*>\s*([0-9a-f]{8})", codes)
    assert spare
    cache.clear()  # the same code is not taken twice within its 30 s

    second = visitor()
    answer = log_in(second)
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert second.get("/field/").status_code == 302  # the password alone opens nothing
    wrong = second.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    second.post("/accounts/2fa/authenticate/", {"code": code_of(secret[1])})
    assert second.get("/field/").status_code == 200

    third = visitor()
    log_in(third)
    third.post("/accounts/2fa/authenticate/", {"code": spare[1]})
    assert third.get("/field/").status_code == 200
    fourth = visitor()
    log_in(fourth)
    fourth.post("/accounts/2fa/authenticate/", {"code": spare[1]})  # each works once
    assert fourth.get("/field/").status_code == 302


@pytest.mark.parametrize(
    "path",
    ["/accounts/password/reset/", "/accounts/signup/", "/accounts/email/",
     "/accounts/password/reset/key/x-y/", "/accounts/confirm-email/"],
)  # fmt: skip
def test_what_needs_an_address_says_whom_to_ask(path: str) -> None:
    for answer in (visitor().get(path), visitor().post(path)):
        assert answer.status_code in (200, 403)
    page = visitor().get(path).content.decode()
    assert "security administrator" in page
    assert "<form class" not in page.split("<main")[1].split("</main>")[0]


def test_the_log_in_page_links_no_mail_and_speaks_chinese() -> None:
    page = Client(headers={"accept-language": "zh-CN"}).get("/accounts/login/").content.decode()
    assert "<h1>登录</h1>" in page
    assert "用通行密钥登录" in page
    assert "sign up" not in page.lower()
    assert 'autocomplete="current-password"' in page


def test_every_page_of_the_accounts_opens_for_who_is_logged_in(officer: Member) -> None:
    client = visitor()
    log_in(client)
    Authenticator.objects.create(user=officer.account, type="totp", data={"secret": "JBSWY3DP"})
    for path in (
        "/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/generate/",
        "/accounts/password/change/", "/accounts/logout/", "/accounts/reauthenticate/",
        "/accounts/2fa/reauthenticate/", "/accounts/inactive/",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        html = answer.content.decode()
        assert 'id="main"' in html, path
        assert not re.findall(r"<script(?![^>]*(?:\bsrc=|application/json))", html), path
