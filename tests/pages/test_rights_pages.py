"""My data, the rights desk, the privacy page and the newcomer's door, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from harness.district import DESK, PHONE, StorySite
from harness.homes import AGREED, NOTICE, building_of, lay_out, member_actor
from harness.seeing import AXE, violations
from tongxin.surfaces.kit import assets

NUMBER = "13900007788"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/"),
]


@pytest.fixture
def held(story: StorySite) -> dict[str, Any]:
    """Somebody rung for a home by consent, looked at once, and a report with the same number."""
    from tongxin.domain.homes import actions
    from tongxin.domain.homes.looking import open_residents
    from tongxin.domain.homes.models import Resident
    from tongxin.domain.incidents.actions import Report, report
    from tongxin.domain.incidents.models import Source
    from tongxin.foundation.access.scope import ReporterActor, acting_as
    from tongxin.kernel.geometry import Spot

    building = building_of(story, story.district.story.beat)
    officer = member_actor("officer")
    with acting_as("test"):
        known = Resident.objects.filter(flat__unit__number="R").first()
    if known is None:
        flat = lay_out(building, "R", officer)["501"]
        known = actions.add_resident(
            flat.pk, actor=officer, part="owner", name="钱远行", phone=NUMBER, **AGREED, **NOTICE
        )
        open_residents(flat.pk, "find_owner", actor=officer)
        spot = Spot(building.lon, building.lat)
        said = Report("help", spot, Source.PORTAL, "楼道灯坏了", contact_phone=NUMBER)
        report(said, actor=ReporterActor())
    return {"place": building.label}


def looked_at(page: Page, name: str, sizes: tuple[dict[str, int], ...] = (PHONE, DESK)) -> None:
    """See a page on its sizes: no violation, no sideways scrolling, a picture to look at."""
    for size in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.screenshot(path=f"test-artifacts/rights-{name}-{size['width']}.png", full_page=True)
        assert violations(page) == [], (name, size["width"])
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    page.set_viewport_size(sizes[0])  # type: ignore[arg-type]


def code_on(page: Page) -> str:
    text = page.locator(".notice").inner_text()
    return "".join(sign for sign in text if sign.isdigit())[-6:]


def to_own_data(story: StorySite, number: str, **options: Any) -> Page:
    page = story.visit("/my-data/", **options)
    page.locator("#f-phone").fill(number)
    page.locator("form button.big").click()
    page.wait_for_selector("#f-code")
    page.locator("#f-code").fill(code_on(page))
    page.locator("form button.big").first.click()
    page.wait_for_selector("#kept")
    return page


def test_from_the_number_to_the_copy(story: StorySite, held: dict[str, Any]) -> None:
    page = story.visit("/my-data/")
    looked_at(page, "phone")
    page.locator("#f-phone").fill(NUMBER)
    page.locator("form button.big").click()
    page.wait_for_selector("#f-code")
    looked_at(page, "code")
    wrong = f"{(int(code_on(page)) + 1) % 1_000_000:06d}"
    right = code_on(page)
    page.locator("#f-code").fill(wrong)
    page.locator("form button.big").first.click()
    expect(page.locator("#f-code-error")).to_contain_text("4")
    page.locator("#f-code").fill(right)
    page.locator("form button.big").first.click()
    expect(page.locator("main")).to_contain_text("社区民警")
    expect(page.locator("main")).not_to_contain_text("钱远行")
    looked_at(page, "data")
    page.get_by_role("button", name="要一份全部信息的副本").click()
    expect(page.locator("#requests")).to_contain_text("还有 15 天")

    desk = story.log_in("supervisor", "/office/rights/", viewport=DESK)
    looked_at(desk, "desk", (DESK, PHONE))
    desk.set_viewport_size(DESK)  # type: ignore[arg-type]
    desk.locator("#requests tbody a").first.click()
    desk.get_by_role("button", name="开始办理").click()
    expect(desk.locator("main")).to_contain_text("正在办理")
    looked_at(desk, "desk-one", (DESK, PHONE))
    desk.set_viewport_size(DESK)  # type: ignore[arg-type]
    desk.get_by_role("button", name="提供副本").click()
    expect(desk.locator("main")).to_contain_text("已办理")

    page.goto(story.url + "/my-data/")
    with page.expect_response(lambda answer: "/my-data/copy/" in answer.url) as got:
        page.get_by_role("link", name="打开副本").click()
    assert "no-store" in got.value.headers["cache-control"]
    expect(page.locator("main")).to_contain_text("钱远行")
    looked_at(page, "copy")
    plain = page.request.get(page.url + "?as=json")
    assert plain.headers["content-disposition"].startswith("attachment")
    assert "钱远行" in plain.text()


def test_a_consent_is_taken_back_and_an_erasure_refused_with_its_reason(
    story: StorySite, held: dict[str, Any]
) -> None:
    page = to_own_data(story, NUMBER)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="撤回同意，当场删除").click()
    expect(page.locator("#requests")).to_contain_text("撤回同意")
    expect(page.locator("main")).not_to_contain_text("一户的联系人")
    page.get_by_role("button", name="申请删除", exact=True).first.click()
    expect(page.locator("#requests")).to_contain_text("还有 15 天")
    desk = story.log_in("supervisor", "/office/rights/", viewport=DESK)
    desk.locator("#requests tbody tr", has_text="删除").locator("a").first.click()
    expect(desk.locator("main")).to_contain_text("依法仍须留存")
    looked_at(desk, "desk-delete", (DESK, PHONE))
    desk.set_viewport_size(DESK)  # type: ignore[arg-type]
    desk.locator("#f-reason").select_option("duty_runs")
    desk.locator("#f-why").fill("报警记录依法保存三年，到期自动删除。")
    desk.get_by_role("button", name="以此理由拒绝").click()
    expect(desk.locator("main")).to_contain_text("未予办理")
    page.goto(story.url + "/my-data/")
    expect(page.locator("#requests")).to_contain_text("报警记录依法保存三年")
    expect(page.locator("#requests")).to_contain_text("第四十七条")
    looked_at(page, "refused")


def test_nothing_held_looks_alike_and_an_officer_writes_one_down(
    story: StorySite, held: dict[str, Any]
) -> None:
    page = to_own_data(story, "13611110000")
    expect(page.locator("main")).to_contain_text("没有可以在这里显示的信息")
    looked_at(page, "nothing")
    officer = story.log_in("officer", "/office/rights/new/", viewport=PHONE)
    looked_at(officer, "new", (PHONE, DESK))
    officer.locator("#f-kind").select_option("correct")
    officer.locator("#f-identified").select_option("document")
    officer.locator("#f-phone").fill(NUMBER)
    officer.locator("#f-words").fill("名字写错了")
    officer.get_by_role("button", name="提交").click()
    expect(officer.locator("main")).to_contain_text("由分局答复")
    looked_at(officer, "entered", (PHONE, DESK))


def test_what_is_kept_is_told_in_both_languages(story: StorySite) -> None:
    from tongxin.plumbing.vault import retention

    page = story.visit("/privacy/")
    for category in retention.registered():
        expect(page.locator("main")).to_contain_text(str(category.words)[:6])
    looked_at(page, "privacy")
    english = story.visit("/privacy/", locale="en")
    expect(english.locator("main")).to_contain_text("What is never kept")
    assert not [sign for sign in english.locator("main").inner_text() if "一" <= sign <= "鿿"]
    looked_at(english, "privacy-en", (PHONE,))


def test_a_newcomer_asks_for_a_welcome_and_the_officer_enters_the_home(
    story: StorySite, held: dict[str, Any]
) -> None:
    from tongxin.domain.incidents.models import Incident

    page = story.visit("/welcome/")
    page.wait_for_selector("tx-place-picker input")
    looked_at(page, "welcome")
    page.locator("tx-place-picker input").first.fill(held["place"])
    page.locator("tx-place-picker [role=option]").first.click()
    page.locator("#f-home").fill("R单元602")
    page.locator("#f-contact_phone").fill("13622223333")
    page.get_by_role("button", name="请来认个门").click()
    expect(page.locator("main")).to_contain_text("不会有人来")
    page.locator("#f-agreed").check()
    page.get_by_role("button", name="请来认个门").click()
    page.wait_for_url("**/welcome/*/")
    expect(page.locator("main")).to_contain_text("网格员")
    looked_at(page, "welcome-seen")
    number = Incident.objects.get(kind="welcome").number
    officer = story.log_in("officer", f"/field/incidents/{number}/", viewport=PHONE)
    looked_at(officer, "welcome-task", (PHONE,))
    officer.get_by_role("button", name="在平面图上打开这一户").click()
    expect(officer.locator("h1")).to_contain_text("R单元602")
    expect(officer.get_by_role("link", name="人员和照顾需要")).to_be_visible()
    looked_at(officer, "welcome-home", (PHONE,))
