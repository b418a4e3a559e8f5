"""The visits page as people see it, with and without signal: by a real browser."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from harness.district import DESK, PHONE, StorySite, until
from harness.homes import AGREED, NOTICE, building_of, lay_out, member_actor
from harness.seeing import AXE, take_picture, violations, weigh
from harness.visits import PIN, door, everything_kept, log_out, open_with_pin, take_along
from tongxin.surfaces.kit import assets

LIGHT_ENOUGH = 100_000
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
]
CACHED = """async () => {
  const all = [];
  for (const name of await caches.keys()) all.push(...(await (await caches.open(name)).keys()));
  return all.map((each) => new URL(each.url).pathname);
}"""
UNIT, PERSON, NUMBER = "6", "孙阿婆", "13900001122"
LOOKS = {"zh-CN": [(PHONE, "light"), (PHONE, "dark"), (DESK, "light")], "en": [(PHONE, "dark")]}


@dataclasses.dataclass
class Home:
    """A building with people, of which one flat needs care."""

    building: Any
    flats: dict[str, Any]


@pytest.fixture
def home(story: StorySite) -> Home:
    from tongxin.domain.homes import actions
    from tongxin.domain.homes.models import Flat, Unit
    from tongxin.foundation.access.scope import acting_as

    building, officer = building_of(story, story.district.story.beat), member_actor("officer")
    with acting_as("test"):
        known = Unit.objects.filter(building=building, number=UNIT).exists()
        if known:
            rows = Flat.objects.filter(unit__building=building, unit__number=UNIT)
            return Home(building, {flat.number: flat for flat in rows})
    flats = lay_out(building, UNIT, officer)
    actions.set_flat(flats["501"].pk, actor=officer, state="lived_in", has_dog=True)
    person = actions.add_resident(
        flats["501"].pk, actor=officer, part="occupant", name=PERSON, phone=NUMBER,
        **AGREED, **NOTICE,
    )  # fmt: skip
    actions.add_care(person.pk, "lives_alone", actor=officer, **AGREED)
    return Home(building, flats)


def carrying(story: StorySite, home: Home, **options: Any) -> Page:
    """A phone that has taken the building along."""
    phone = story.log_in("officer", "/field/visits/", **options)
    take_along(phone, home.building)
    return phone


def without_signal(phone: Page, home: Home, flat: str) -> None:
    """Finish a visit without signal."""
    phone.context.set_offline(True)
    phone.evaluate(f"location.hash = '#/building/{home.building.pk}'")
    door(phone, home.flats[flat])
    phone.locator("[data-confirm-door]").click()
    expect(phone.locator(".offline-strip")).to_contain_text("已存 1 条")


def visits_of(home: Home, flat: str) -> int:
    from tongxin.domain.homes.models import Visit
    from tongxin.foundation.access.scope import acting_as

    with acting_as("test"):
        return Visit.objects.filter(flat=home.flats[flat]).count()


@pytest.mark.parametrize("language", ["zh-CN", pytest.param("en", marks=pytest.mark.prove)])
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/")
def test_seen_without_a_violation(story: StorySite, home: Home, language: str) -> None:
    page = story.log_in("officer", "/field/visits/", locale=language)
    page.wait_for_selector("#v-pin")
    faults: list[Any] = look(page, "visits-take", language)
    take_along(page, home.building)
    flat = home.flats["501"].pk
    places = {
        "visits-list": "#/",
        "visits-building": f"#/building/{home.building.pk}",
        "visits-plan": f"#/plan/{home.building.pk}",
        "visits-door": f"#/door/{flat}",
        "visits-new": f"#/door/{flat}/new",
        "visits-phone": "#/phone",
        "visits-leave": "#/leave",
    }
    for name, place in places.items():
        page.evaluate(f"location.hash = '{place}'")
        if name == "visits-plan":
            page.wait_for_selector(".plan-table", state="attached")
        faults += look(page, name, language)
    page.goto(f"{story.url}/field/no-signal/")
    faults += look(page, "visits-no-signal", language)
    page.goto(f"{story.url}/field/visits/")
    page.locator("#v-pin").fill("000001")
    page.locator(".visit-lock form button").click()
    expect(page.locator(".notice")).to_be_visible()
    faults += look(page, "visits-locked", language)
    assert faults == []


def look(page: Page, name: str, language: str) -> list[Any]:
    page.wait_for_function("!document.querySelector('.skeleton')")
    faults = []
    for size, theme in LOOKS[language]:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        page.screenshot(path=f"test-artifacts/{name}-{language}-{theme}-{size['width']}.png")
        faults += [(name, theme, size["width"], each) for each in violations(page)]
        faults += [(name, theme, size["width"], "too wide", wide)] if wide > 0 else []
        if theme == "light" and size is PHONE:
            take_picture(page, name)
    return faults


def test_the_frame_is_light(story: StorySite) -> None:
    if not list((assets.MANIFEST.parent / "assets").glob("*.gz")):
        pytest.skip("the build is not compressed: make setup does it")
    page = story.log_in("officer")
    parts = weigh(page, f"{story.url}/field/visits/")
    assert sum(parts.values()) <= LIGHT_ENOUGH, sorted(parts.items(), key=lambda p: -p[1])


def test_only_the_frame_is_kept_and_other_pages_say_that_there_is_no_signal(
    story: StorySite, home: Home
) -> None:
    phone = carrying(story, home)
    for path in ("/field/homes/", f"/field/homes/{home.building.pk}/", "/field/"):
        phone.goto(story.url + path)
    cached = phone.evaluate(CACHED)
    assert {path for path in cached if not path.startswith("/static/")} == {
        "/field/visits/",
        "/field/no-signal/",
    }
    phone.context.set_offline(True)
    phone.goto(f"{story.url}/field/messages/")
    expect(phone.locator("main")).to_contain_text("没信号，这一页打不开")
    assert violations(phone) == []
    phone.get_by_role("link", name="继续走访").click()
    expect(phone.locator("main")).to_contain_text("已锁定")
    phone.context.set_offline(False)
    phone.goto(f"{story.url}/field/messages/")
    expect(phone.locator("h1")).to_have_text("消息")


def test_a_log_in_that_is_over_is_asked_for_and_nothing_is_lost(
    story: StorySite, home: Home
) -> None:
    phone = carrying(story, home)
    without_signal(phone, home, "401")
    phone.context.clear_cookies()
    phone.context.set_offline(False)
    expect(phone.locator(".offline-strip")).to_contain_text("重新登录后自动传")
    phone.locator(".offline-strip a").click()
    phone.locator("#id_login").fill("officer")
    phone.locator("#id_password").fill("the-word-of-the-demo")
    phone.locator("#id_password").press("Enter")
    phone.wait_for_url("**/field/visits/")
    expect(phone.locator(".offline-strip")).to_contain_text("已存 1 条")
    open_with_pin(phone)
    expect(phone.locator(".offline-strip")).to_have_count(0)
    until(lambda: visits_of(home, "401") == 1)


def test_logging_out_elsewhere_leads_through_the_visits_that_are_not_sent(
    story: StorySite, home: Home
) -> None:
    phone = carrying(story, home)
    asked: list[str] = []

    def say_yes(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    phone.on("dialog", say_yes)
    without_signal(phone, home, "402")
    phone.route("**/field/visits/sync/", lambda route: route.abort())
    phone.context.set_offline(False)
    phone.goto(f"{story.url}/field/me/")
    phone.get_by_role("button", name="退出").click()
    phone.wait_for_url("**/field/visits/#/leave")
    assert asked == ["走访还有 1 条没传出去。先打开走访传完再退出吗？"]
    open_with_pin(phone)
    phone.unroute("**/field/visits/sync/")
    phone.get_by_role("button", name=re.compile("清除并退出")).click()
    phone.wait_for_url(lambda url: "/field/" not in url)
    until(lambda: visits_of(home, "402") == 1)
    assert "tongxin-visits" not in everything_kept(phone, cached=False)


def test_logging_out_elsewhere_clears_the_phone(story: StorySite, home: Home) -> None:
    phone = carrying(story, home)
    phone.goto(f"{story.url}/field/me/")
    assert "tongxin-visits" in everything_kept(phone, cached=False)
    phone.get_by_role("button", name="退出").click()
    phone.wait_for_url(lambda url: "/field/" not in url)
    assert "tongxin-visits" not in everything_kept(phone, cached=False)


def test_a_deploy_brings_the_new_frame_and_lets_the_old_one_go(
    story: StorySite, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tongxin.surfaces.field import visits

    phone = carrying(story, home)
    before = cache_names(phone)
    assert len(before) == 1
    newer = visits.kept() | {"version": "0123456789abcdef"}
    monkeypatch.setattr(visits, "kept", lambda: newer)
    phone.reload()
    phone.evaluate("navigator.serviceWorker.ready.then(r => r.update())")
    until(lambda: cache_names(phone) == ["tongxin-field-0123456789abcdef"])
    # a build that comes while nobody is logged in does not put the log-in page in its place
    phone.context.clear_cookies()
    monkeypatch.setattr(visits, "kept", lambda: newer | {"version": "f" * 16})
    phone.evaluate(
        "navigator.serviceWorker.ready.then(r => r.update()).then(r => new Promise(done => {"
        " const it = r.installing; if (!it) return done(); it.onstatechange = () =>"
        " it.state === 'redundant' && done(); if (it.state === 'redundant') done() }))"
    )
    phone.context.set_offline(True)
    phone.reload()
    open_with_pin(phone)
    expect(phone.locator("main")).to_contain_text(home.building.label)


def cache_names(phone: Page) -> list[str]:
    names: list[str] = phone.evaluate("caches.keys()")
    return names


def test_a_passkey_opens_it_where_the_phone_has_one(story: StorySite, home: Home) -> None:
    by_name = dataclasses.replace(story, url=story.url.replace("127.0.0.1", "localhost"))
    phone = by_name.log_in("officer", "/field/visits/")
    session = phone.context.new_cdp_session(phone)
    session.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasPrf": True,
        "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
    take_along(phone, home.building)
    phone.evaluate("location.hash = '#/phone'")
    phone.get_by_text("也用通行密钥打开").click()
    phone.locator("#v-key-pin").fill(PIN)
    phone.get_by_role("button", name="设置").click()
    expect(phone.locator(".notice")).to_contain_text("以后可用通行密钥打开")
    phone.get_by_role("button", name="立即锁定").click()
    expect(phone.locator("main")).to_contain_text("已锁定")
    expect(phone.locator("main")).not_to_contain_text(home.building.label)
    phone.get_by_role("button", name="用通行密钥打开").click()
    phone.evaluate("location.hash = '#/'")
    expect(phone.locator("main")).to_contain_text(home.building.label)
    log_out(phone)
