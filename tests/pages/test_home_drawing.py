"""Odd buildings drawn by hand, flats merged, units laid out: on the plan, kept by the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from harness.district import DESK, PHONE, StorySite, until
from harness.homes import bare_building
from harness.seeing import AXE, violations
from tongxin.surfaces.kit import assets

if TYPE_CHECKING:
    from tongxin.foundation.territory.models import Building

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/"),
]
SIZES = {"phone": PHONE, "desk": DESK}


def flats(building: Building) -> dict[str, Any]:
    from tongxin.domain.homes.models import Flat
    from tongxin.foundation.access.scope import acting_as

    with acting_as("test"):
        return {flat.number: flat for flat in Flat.objects.filter(unit__building=building)}


def opened(story: StorySite, building: Building, size: str) -> Page:
    """Open the plan to be amended: on the phone at the field page, at the desk in the office."""
    place = "field" if size == "phone" else "office"
    page = story.log_in(
        "officer", f"/{place}/homes/{building.pk}/", viewport=SIZES[size], has_touch=size == "phone"
    )
    amend(page)
    return page


def amend(page: Page) -> None:
    page.wait_for_selector(".plan-tools", state="attached")
    button = page.get_by_role("button", name="改动", exact=True)
    if button.count():
        button.click()
    page.wait_for_selector(".plan-edit")


def lay_out(page: Page, number: str, lowest: int, top: int, columns: int) -> None:
    form = page.locator(".plan-edit details form").last
    if not form.is_visible():
        page.locator(".plan-edit details summary").last.click()
    for name, value in (
        ("number", number),
        ("lowest", lowest),
        ("highest", top),
        ("columns", columns),
    ):
        form.locator(f"input[name={name}]").fill(str(value))
    with page.expect_event("load"):
        form.get_by_role("button").click()
    page.wait_for_selector(".plan-table", state="attached")
    amend(page)


def choose(page: Page, number: str) -> None:
    """Go to a flat by its number, as people do."""
    find = page.locator(".plan-tools input[name=find]")
    find.fill(number)
    find.press("Enter")
    expect(page.locator(".plan-name strong")).to_have_text(number)


def reloaded(page: Page) -> None:
    page.reload()
    page.wait_for_selector(".plan-table", state="attached")


@pytest.mark.parametrize("size", SIZES)
def test_a_unit_is_laid_out_enlarged_and_two_flats_become_one(story: StorySite, size: str) -> None:
    building = bare_building(story, 911 if size == "phone" else 912)
    page = opened(story, building, size)
    lay_out(page, "1", -1, 4, 3)
    assert len(flats(building)) == 15
    choose(page, "302")
    with page.expect_event("load"):
        page.get_by_role("button", name="与303打通").click()
    amend(page)
    until(lambda: "303" not in flats(building))
    assert flats(building)["302"].span == 2
    choose(page, "301")
    with page.expect_event("load"):
        page.get_by_role("button", name="与401打通").click()
    assert flats(building)["301"].rise == 2
    reloaded(page)
    numbers = page.locator("[data-cell]").evaluate_all("all => all.length")
    assert numbers == 13
    assert page.locator(".cell[data-flat] .number").all_text_contents().count("301") == 1
    # the unit grows by a floor: what was merged stays
    amend(page)
    own = page.locator(".plan-edit details form").first
    page.locator(".plan-edit details summary").first.click()
    own.locator("input[name=highest]").fill("5")
    with page.expect_event("load"):
        own.get_by_role("button").click()
    assert len(flats(building)) == 16
    assert flats(building)["301"].rise == 2


@pytest.mark.parametrize("size", SIZES)
def test_an_odd_building_is_drawn_by_hand(story: StorySite, size: str) -> None:
    """A shop below, a mezzanine, a shared court and a bungalow; after a reload all still there."""
    building = bare_building(story, 921 if size == "phone" else 922)
    page = opened(story, building, size)
    lay_out(page, "", 1, 2, 3)
    uses = {"101": "商铺", "102": "共用院子", "103": "平房"}
    for number, use in uses.items():
        choose(page, number)
        page.locator(".plan-edit .row select[name=use]").first.select_option(label=use)
    until(lambda: [flats(building)[n].use for n in uses] == ["shop", "court", "bungalow"])
    # the mezzanine half a floor up: by four numbers, as a keyboard does it
    choose(page, "202")
    page.get_by_role("button", name="手工画").click()
    for label, value in (("离左边", "1"), ("离上边", "0.5"), ("宽", "1.5"), ("高", "1")):
        field = page.locator(".plan-numbers label", has_text=label).first.locator("input")
        field.fill(value)
        field.press("Enter")
    until(lambda: (flats(building)["202"].shape or {}).get("width") == 1.5)
    page.get_by_role("button", name="在图上拖出一块").click()
    # the court: dragged over the drawing
    choose(page, "102")
    page.get_by_role("button", name="手工画").click()
    drag(page, (1.0, 1.0), (3.0, 2.0))
    until(lambda: flats(building)["102"].shape is not None)
    assert flats(building)["102"].shape == {"x": 1.0, "y": 1.0, "width": 2.0, "height": 1.0}
    # a shop below that no floor and column gives, under its own number
    page.locator(".plan-add summary").click()
    more = page.locator(".plan-add form")
    more.locator("input[name=number]").fill("门面1")
    more.locator("input[name=floor]").fill("1")
    more.locator("input[name=column]").fill("4")
    with page.expect_event("load"):
        more.get_by_role("button").click()
    amend(page)
    assert flats(building)["门面1"].use == "shop"
    choose(page, "201")
    with page.expect_event("load"):
        page.get_by_role("button", name="去掉").click()
    amend(page)
    assert "201" not in flats(building)
    page.screenshot(path=f"test-artifacts/plan-drawn-{size}.png")
    assert violations(page) == []
    reloaded(page)
    kept = flats(building)
    assert kept["202"].shape == {"x": 1.0, "y": 0.5, "width": 1.5, "height": 1.0}
    assert [kept[n].use for n in uses] == ["shop", "court", "bungalow"]
    assert "共用院子" in page.locator(".plan-table").inner_html()
    # and back into its row and column
    amend(page)
    choose(page, "202")
    page.get_by_role("button", name="恢复到格子").click()
    until(lambda: flats(building)["202"].shape is None)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag a box over the drawing; places in cells from the top left of the unit."""
    sheet = page.locator(".plan-drawing")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    zoom = page.evaluate("document.querySelector('tx-plan').zoom")

    def at(place: tuple[float, float]) -> tuple[float, float]:
        return box["x"] + place[0] * 88 * zoom + 1, box["y"] + place[1] * 62 * zoom + 1

    page.mouse.move(*at(start))
    page.mouse.down()
    page.mouse.move(*at(end), steps=6)
    page.mouse.up()
