"""Every page of the office in a real browser, as who works with it: seen, by axe, on two sizes.

Writes the pictures of the guide: docs/guide/img/office-*.png.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from harness.district import DESK, PHONE, StorySite, until
from harness.seeing import AXE, drawn, take_picture, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES: dict[str, dict[str, str]] = {
    "chief": {
        "today": "/office/",
        "teams": "/office/teams/",
        "areas": "/office/areas/",
        "spot": "/office/spot/",
        "kinds": "/office/kinds/",
        "kind": "/office/kinds/dispute/",
        "promises": "/office/promises/?period=today",
        "roads": "/office/roads/",
        "groups": "/office/groups/",
        "deliveries": "/office/deliveries/",
    },
    "supervisor": {"branch": "/office/", "reconciliation": "/office/reconciliation/"},
    "sysadmin": {
        "system": "/office/system/",
        "faults": "/office/faults/?network=police&survey=1",
        "import": "/office/import/",
    },
    "secadmin": {
        "members": "/office/members/",
        "new-member": "/office/members/new/",
        "log-ins": "/office/members/log-ins/",
        "tokens": "/office/tokens/",
    },
    "auditor": {"trail": "/office/trail/"},
}
HARMLESS = (
    "GL Driver Message",
    "WebGL",
    "the server responded with a status of",
    "live/?ticket",
    "net::ERR_FAILED",
    "/console/",
)

pytestmark = pytest.mark.browser


@pytest.fixture
def busy(story: StorySite) -> StorySite:
    """The district with reports of this morning: some reached, some on the way, some waiting."""
    from tongxin.domain.dispatch.models import Assignment
    from tongxin.domain.incidents.models import Incident

    if not Incident.objects.exists():
        report_this_morning(story)
        until(lambda: Assignment.objects.values("incident_id").distinct().count() >= 10)
        go_to_some()
    return story


def report_this_morning(story: StorySite) -> None:
    from tongxin.domain.incidents.actions import Report, report
    from tongxin.domain.incidents.models import Source
    from tongxin.foundation.access.scope import SystemActor, acting_as
    from tongxin.kernel.geometry import Spot

    kinds = ("dispute", "help", "hazard", "accident", "emergency", "lost_person")
    homes = story.district.buildings
    with acting_as("story"):
        for number in range(14):
            home = homes[number * 7 % len(homes)]
            given = Report(
                kind=kinds[number % len(kinds)], spot=Spot(home.lon, home.lat),
                source=Source.PHONE, what="楼下有人争执，请来看看",
            )  # fmt: skip
            report(given, actor=SystemActor("story"))


def report_one_more(story: StorySite) -> None:
    """Report a service request on the chief's ground: nobody is sent by himself, so it waits."""
    from tongxin.domain.incidents.actions import Report, report
    from tongxin.domain.incidents.models import Source
    from tongxin.foundation.access.models import Member
    from tongxin.foundation.access.scope import SystemActor, acting_as
    from tongxin.foundation.territory import locating

    station = Member.objects.get(account__username="chief").grants.get().area_id
    spot = locating.area_info(station).centroid
    with acting_as("story"):
        given = Report(kind="service_request", spot=spot, source=Source.PORTAL, what="请上门办证")
        report(given, actor=SystemActor("story"))


def go_to_some() -> None:
    """Let the first on scene of every second incident accept, depart and arrive."""
    from tongxin.domain.dispatch import actions
    from tongxin.domain.dispatch.models import Assignment
    from tongxin.foundation.access.models import Member
    from tongxin.foundation.access.scope import MemberActor
    from tongxin.kernel.errors import TongxinError

    asked = Assignment.objects.filter(role="first", state="asked").order_by("id")
    for number, one in enumerate(list(asked)):
        actor = MemberActor(Member.objects.get(pk=one.member_id))
        acts = (actions.accept, actions.depart, actions.arrive)[: 3 if number % 2 else 1]
        try:
            for act in acts:
                one.refresh_from_db()
                act(one.pk, actor=actor, version=one.version)
        except TongxinError:  # somebody else was asked meanwhile: that is life in a district
            continue


def pages_of() -> Iterator[tuple[str, str, str]]:
    for who, pages in PAGES.items():
        for name, path in pages.items():
            yield who, name, path


@pytest.mark.parametrize("who", list(PAGES))
def test_every_page_is_seen_without_a_violation(busy: StorySite, who: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in frontend/")
    faults: list[str] = []
    page = watched(busy.log_in(who, viewport=DESK, color_scheme="light"), faults)
    for name, path in PAGES[who].items():
        page.set_viewport_size(DESK)
        page.goto(busy.url + path)
        fill_in(page, name, busy)
        drawn(page)
        if name != "system":  # it shows this machine's own folders
            take_picture(page, f"office-{name}")
        assert violations(page) == [], name
        page.set_viewport_size(PHONE)
        assert violations(page) == [], f"{name} on the phone"
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{name} on the phone is {wider} px too wide"
    assert faults == []


def test_a_member_page_as_the_guide_shows_it(busy: StorySite) -> None:
    from tongxin.foundation.access.models import Member

    officer = Member.objects.get(account__username="officer")
    page = busy.log_in("secadmin", f"/office/members/{officer.pk}/", viewport=DESK)
    assert violations(page) == []
    take_picture(page, "office-member")
    expect(page.locator("main")).to_contain_text("社区民警")
    page.get_by_role("link", name="更改").click()
    expect(page.locator("#f-name")).to_have_value(officer.name)
    assert violations(page) == []
    plan = busy.log_in("officer", f"/office/areas/{officer.grants.get().area_id}/call-plan/",
                       viewport=DESK)  # fmt: skip
    assert violations(plan) == []
    take_picture(plan, "office-call-plan")


def test_log_ins_for_many_are_shown_once_to_print_or_take_away(busy: StorySite) -> None:
    page = busy.log_in("secadmin", "/office/members/log-ins/", viewport=PHONE)
    for box in page.locator("input[name=members]").all()[:2]:
        box.check()
    page.get_by_role("button", name="给选中的人开通登录").click()
    expect(page.locator(".one-time")).to_have_count(2)
    assert violations(page) == []
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载").click()
    table = taken.value.path().read_text(encoding="utf-8-sig")
    assert page.locator(".one-time").first.inner_text() in table
    page.reload()
    expect(page.locator(".one-time")).to_have_count(0)


def test_the_bar_leads_to_the_console(busy: StorySite) -> None:
    page = busy.log_in("chief", "/office/deliveries/", viewport=PHONE)
    link = page.locator(".bar").get_by_role("link", name="接处警台")
    box = link.bounding_box()
    assert box is not None
    assert box["height"] < 60  # on one line, also on a phone
    link.click()
    page.wait_for_url("**/console/")


def test_the_log_in_pages(story: StorySite) -> None:
    page = story.visit("/accounts/login/", viewport=DESK, color_scheme="light")
    assert violations(page) == []
    take_picture(page, "office-log-in")
    page.locator("#id_login").fill("chief")
    page.locator("#id_password").fill("wrong")
    page.locator("#id_password").press("Enter")
    expect(page.locator(".error")).to_contain_text("登录名或密码不对")
    assert violations(page) == []
    page.get_by_role("link", name="忘记密码").click()
    expect(page.locator("h1")).to_contain_text("账号由安全管理员")
    assert violations(page) == []


def test_the_day_stays_on_the_page_when_something_changes(busy: StorySite) -> None:
    page = busy.log_in("chief", "/office/", viewport=DESK)
    before = page.locator("#waits tbody tr").count()
    expect(page.locator("tx-live")).to_contain_text("实时")
    report_one_more(busy)
    expect(page.locator("#waits tbody tr")).to_have_count(before + 1)
    expect(page.locator(".figures")).to_contain_text("今日受理")


def test_a_table_sorts_filters_and_is_walked_by_keyboard(busy: StorySite) -> None:
    page = busy.log_in("chief", "/office/areas/", viewport=DESK)
    names = page.locator("#areas tbody th")
    first = names.first.inner_text()
    page.get_by_role("button", name="序号").click()
    page.get_by_role("button", name="序号").click()
    assert names.first.inner_text() != first
    page.locator("#areas [data-filter]").fill(first)
    expect(page.locator("#areas tbody tr:visible")).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("#areas").get_by_role("link", name=first).press("Enter")
    expect(page.locator("h1")).to_contain_text(first)


def test_a_press_on_the_map_says_who_looks_after_the_spot(busy: StorySite) -> None:
    page = busy.log_in("chief", "/office/spot/", viewport=DESK)
    page.wait_for_selector("#spot-map[ready]")
    box = page.locator("#spot-map .map-canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#answer article")).to_have_count(4)
    assert page.locator("#answer a[href^='tel:']").count() >= 4


def test_a_street_is_closed_on_the_map_and_reopened(busy: StorySite) -> None:
    page = busy.log_in("sysadmin", "/office/roads/", viewport=DESK)
    page.wait_for_selector("#road-map[ready]")
    street = busy.district.net.lines[len(busy.district.net.lines) // 2]
    lon, lat = street.points[len(street.points) // 2]
    page.evaluate(
        "([lon, lat]) => document.querySelector('#road-map').dispatchEvent("
        "new CustomEvent('tx:spot', {bubbles: true, detail: {lon, lat}}))",
        [lon, lat],
    )
    expect(page.locator("[data-spot-told]")).to_contain_text("已选位置")
    page.get_by_role("button", name="封闭这条路").click()
    row = page.locator("#closed tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("施工")
    row.get_by_role("button").click()
    expect(page.locator("#closed")).to_contain_text("没有道路封闭")


def test_a_passkey_is_set_up_and_opens_the_day(story: StorySite, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    home = story.url.replace("127.0.0.1", "localhost")
    settings.CSRF_TRUSTED_ORIGINS = [home, story.url]
    page = story.new_context(viewport=PHONE).new_page()
    faults: list[str] = []
    watched(page, faults)
    put_in_an_authenticator(page)
    page.goto(f"{home}/accounts/login/")
    page.locator("#id_login").fill("gridworker")
    page.locator("#id_password").fill("the-word-of-the-demo")
    page.locator("#id_password").press("Enter")
    expect(page.locator("h1")).to_have_text("第二重验证")  # nothing else opens
    assert violations(page) == []
    page.get_by_role("link", name="设置通行密钥").click()
    page.get_by_label("不用密码登录").check()
    assert violations(page) == []
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/")
    assert violations(page) == []
    page.goto(f"{home}/home/")
    page.wait_for_url("**/field/")

    page.goto(f"{home}/accounts/logout/")
    page.locator("main form button").click()
    page.goto(f"{home}/accounts/login/")
    page.locator("#passkey_login").click()
    page.wait_for_url("**/field/")
    expect(page.locator("main")).to_be_visible()
    assert faults == []


def put_in_an_authenticator(page: Page) -> None:
    """Give the browser a fingerprint reader that says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def watched(page: Page, faults: list[str]) -> Page:
    """Note every error on a page; a blocked inline script is one."""
    page.on("pageerror", lambda error: faults.append(str(error)))

    def note(said: Any) -> None:
        if said.type == "error" and not any(word in said.text for word in HARMLESS):
            faults.append(said.text)

    page.on("console", note)
    return page


def fill_in(page: Page, name: str, story: StorySite) -> None:
    """Ask what the page answers, so that it is not seen empty."""
    if name == "spot":
        home = next(b for b in story.district.buildings if b.beat_code == story.district.story.beat)
        page.locator("#f-place").fill(f"{home.estate}{home.name.removeprefix(home.estate)}")
        page.locator("#f-place").press("Enter")
        expect(page.locator("#answer article")).to_have_count(4)
