"""Looks that a supervisor decides, through the real pages: asked by phone, decided at the desk."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from harness.district import DESK, PHONE, StorySite
from harness.homes import AGREED, NOTICE, building_of, lay_out, member_actor
from harness.seeing import AXE, violations
from tongxin.surfaces.kit import assets

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/"),
]


@dataclass
class Home:
    """A flat by its id and as people say it."""

    pk: int
    label: str


@pytest.fixture
def flat(story: StorySite) -> Home:
    """A flat with a child in it, on the officer's beat; made once."""
    from tongxin.domain.homes import actions
    from tongxin.domain.homes.models import Flat
    from tongxin.foundation.access.scope import acting_as

    officer = member_actor("officer")
    building = building_of(story, story.district.story.beat)
    with acting_as("test"):
        held = Flat.objects.filter(unit__building=building, unit__number="6", number="201").first()
    if held is None:
        held = lay_out(building, "6", officer)["201"]
        guarded = {"legal_basis": "guardian", "guardian_consented": True} | NOTICE
        actions.add_resident(
            held.pk, actor=officer, part="occupant", name="小满", is_minor=True, **guarded
        )
        actions.add_resident(held.pk, actor=officer, part="owner", name="郝心", **AGREED, **NOTICE)
    return Home(held.pk, f"{building.label}6单元201")


def looked_at(page: Page, name: str) -> None:
    """Look at the page on both sizes, in both themes."""
    for size in (PHONE, DESK):
        for theme in ("light", "dark"):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            where = f"test-artifacts/{name}-{theme}-{size['width']}.png"
            page.screenshot(path=where, full_page=True)
            assert violations(page) == [], where
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, where


def test_a_look_at_a_child_is_asked_granted_and_opened(story: StorySite, flat: Home) -> None:
    desk = story.log_in("chief", "/home/looks/", viewport=DESK)
    expect(desk).to_have_url(f"{story.url}/office/looks/")
    expect(desk.locator("#looks")).to_contain_text("没有等您审批的查阅")
    looked_at(desk, "office-looks-empty")
    phone = story.log_in("officer", f"/field/homes/flats/{flat.pk}/residents/")
    phone.get_by_label("为什么需要查看").fill("孩子走失，核对监护人电话")
    phone.get_by_role("button", name="请主管同意").click()
    # it comes onto the open page by itself, and says who asks, but not yet why
    card = desk.locator("article", has_text=flat.label)
    expect(card).to_contain_text("李警官" if "李" in story.who("officer").name else "警官")
    expect(card).not_to_contain_text("孩子走失")
    card.get_by_role("button", name="查看理由").click()
    expect(desk.locator(".look-words")).to_have_text("孩子走失，核对监护人电话")
    looked_at(desk, "office-looks")
    desk.get_by_role("button", name="同意，60 分钟内有效").click()
    expect(desk.locator("#looks")).to_contain_text("没有等您审批的查阅")
    phone.goto(f"{story.url}/home/looks/")
    expect(phone.locator("main")).to_contain_text("已批准")
    looked_at(phone, "field-looks")
    phone.set_viewport_size(PHONE)  # type: ignore[arg-type]
    phone.get_by_role("link", name="这一户").click()
    phone.locator("#why button").first.click()
    expect(phone.locator("main")).to_contain_text("小满")


def test_the_glass_is_broken_on_the_phone_and_reviewed_at_the_desk(story: StorySite) -> None:
    from tongxin.foundation.territory.models import Building

    far = next(b for b in story.district.buildings if b.beat_code != story.district.story.beat)
    building = Building.objects.get(code=far.code)
    phone = story.log_in("officer", "/field/homes/")
    phone.get_by_role("link", name="紧急查阅").click()
    phone.locator("#f-place").fill(building.label)
    phone.locator("#f-place").press("Enter")
    looked_at(phone, "field-glass")
    phone.locator("#f-because").fill("煤气泄漏，三楼无人开门")
    phone.locator(f"input[name=building][value='{building.pk}']").check()
    phone.get_by_role("button", name="打开 15 分钟").click()
    expect(phone.locator("main")).to_contain_text("紧急查阅：每次点开都有记录")
    desk = story.log_in("supervisor", "/office/looks/", viewport=DESK)
    card = desk.locator("article", has_text=building.label)
    card.get_by_role("button", name="查看理由").click()
    card = desk.locator("article", has_text=building.label)
    expect(card).to_contain_text("煤气泄漏，三楼无人开门")
    card.get_by_role("button", name="应当", exact=False).first.click()  # no words: it stays
    card.get_by_label("复核意见").fill("核实：确有煤气泄漏")
    looked_at(desk, "office-looks-glass")
    card.get_by_role("button", name="应当 ·", exact=False).first.click()
    expect(desk.locator("#looks")).to_contain_text("没有待复核的紧急查阅")
    desk.locator("summary", has_text="已复核").click()
    expect(desk.locator(".look-past")).to_contain_text(building.label)


def test_a_person_is_protected_until_the_supervisor_ends_it(story: StorySite, flat: Home) -> None:
    phone = story.log_in("officer", f"/field/homes/flats/{flat.pk}/residents/")
    owner = phone.locator("section.card", has_text="房主")
    owner.locator("summary", has_text="保护").click()
    phone.once("dialog", lambda dialog: dialog.accept())
    owner.get_by_role("button", name="保护", exact=True).click()
    expect(phone).to_have_url(f"{story.url}/field/homes/flats/{flat.pk}/")
    expect(phone.locator("#why")).not_to_contain_text("房主")
    desk = story.log_in("chief", "/office/looks/", viewport=DESK)
    expect(desk.locator("#protected")).to_contain_text("1 人受保护")
    desk.locator("#protected summary").click()
    desk.once("dialog", lambda dialog: dialog.accept())
    desk.locator("#protected").get_by_role("button").click()
    expect(desk.locator("#protected")).to_contain_text("辖区内没有受保护的人")


def test_a_register_grant_is_given_and_ended(story: StorySite) -> None:
    page = story.log_in("officer", "/office/register-grants/", viewport=DESK)
    expect(page.locator("main")).to_contain_text("目前没有授权")
    name = story.who("gridworker").name
    choice = page.locator("#f-to option", has_text=name).first
    page.locator("#f-to").select_option(choice.get_attribute("value"))
    page.locator("#f-days").fill("7")
    page.get_by_role("button", name="确定授权").click()
    row = page.locator("#grants tr", has_text=name)
    expect(row).to_have_count(1)
    looked_at(page, "office-register-grants")
    row.get_by_role("button").click()
    expect(page.locator("main")).to_contain_text("目前没有授权")
