"""Paper sheets at the desk: photographed, kept beside the plan for days, typed or pasted, done."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from harness.district import DESK, PHONE, StorySite, until
from harness.homes import bare_building
from harness.seeing import AXE, take_picture, violations
from tongxin.surfaces.kit import assets

if TYPE_CHECKING:
    from tongxin.foundation.territory.models import Building

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/"),
]
FLOORS, COLUMNS = 33, 6
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"


def paper(floors: int = FLOORS) -> bytes:
    """Return the picture of a sheet, as a phone takes it."""
    image = Image.new("RGB", (1600, 2200), "#f4f1e6")
    draw = ImageDraw.Draw(image)
    for row in range(floors + 1):
        draw.line([(80, 100 + row * 60), (1520, 100 + row * 60)], fill="#444", width=3)
    for column in range(COLUMNS + 1):
        x = 80 + column * 240
        draw.line([(x, 100), (x, 100 + floors * 60)], fill="#444", width=3)
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def lay_out(page: Page, number: str, top: int, columns: int) -> None:
    form = page.locator("tx-plan details form").last
    if not form.is_visible():
        page.locator("tx-plan details summary").last.click()
    form.locator("input[name=number]").fill(number)
    form.locator("input[name=lowest]").fill("1")
    form.locator("input[name=highest]").fill(str(top))
    form.locator("input[name=columns]").fill(str(columns))
    with page.expect_event("load"):
        form.get_by_role("button").click()
    page.wait_for_selector(".plan-table", state="attached")


def people_of(building: Building) -> dict[str, list[str]]:
    from tongxin.domain.homes.models import Resident
    from tongxin.foundation.access.scope import acting_as

    found: dict[str, list[str]] = {}
    with acting_as("test"):
        rows = Resident.objects.filter(flat__unit__building=building)
        for number, part in rows.values_list("flat__number", "part"):
            found.setdefault(number, []).append(part)
    return found


def looked_at(page: Page, name: str) -> None:
    for size in (PHONE, DESK):
        for theme in ("dark", "light"):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            where = f"test-artifacts/{name}-{theme}-{size['width']}.png"
            page.screenshot(path=where)
            assert violations(page) == [], where
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, where


def test_a_sheet_is_photographed_filled_over_two_days_and_done(story: StorySite) -> None:
    building = bare_building(story, 901)
    path = f"/office/homes/{building.pk}/"
    page = story.log_in("officer", path, viewport=DESK)
    expect(page.locator("main")).to_contain_text("请先在下面排好第一个单元")
    lay_out(page, "", FLOORS, COLUMNS)
    photo: Any = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": paper()}
    page.locator("#f-photos").set_input_files([photo])
    with page.expect_navigation():
        page.get_by_role("button", name="添加", exact=True).click()
    seen(page)
    # typed: one line a flat, from the top left on, where the eye begins
    expect(page.locator("[data-line-flat]")).to_have_text("3301")
    field = page.locator("#f-line")
    field.focus()
    page.keyboard.type("张三 13800138000 自住")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # nothing to say of 3302
    page.keyboard.type("空置")
    page.keyboard.press("Tab")
    expect(page.locator("[data-line-flat]")).to_have_text("3304")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("[data-line-flat]")).to_have_text("3303")
    page.keyboard.press("Escape")
    expect(page.locator("[data-cell]:focus")).to_have_count(1)
    page.keyboard.press("Enter")  # and on the plan itself
    page.keyboard.press("Tab")
    expect(page.locator("[data-line-flat]")).to_have_text("3305")
    until(lambda: people_of(building) == {"3301": ["occupant"]})
    expect(page.locator("[data-sheet-told]")).to_contain_text("已录入 1 人")
    take_picture(page, "office-sheet")
    looked_at(page, "office-sheet")
    # another day, another log-in: it waits
    story.clock.advance(24 * 3600)
    page = story.log_in("officer", "/office/homes/sheets/", viewport=DESK)
    looked_at(page, "office-sheets")
    page.get_by_role("link", name=building.label).click()
    seen(page)
    picture = page.locator("[data-sheet-image]").get_attribute("src")
    kept = page.request.get(f"{story.url}{picture}")
    assert kept.headers["cache-control"] == "no-store"
    with page.expect_navigation():
        page.get_by_role("button", name="已录完，删除照片").click()
    expect(page.locator("main")).to_contain_text("没有待录入的纸质表")
    assert page.request.get(f"{story.url}{picture}").status == 404


def test_a_whole_sheet_of_33_floors_is_pasted_at_once(story: StorySite) -> None:
    building = bare_building(story, 902)
    page = story.log_in("officer", f"/office/homes/{building.pk}/", viewport=DESK)
    lay_out(page, "1", FLOORS, COLUMNS)
    rows = []
    for floor in range(FLOORS, 0, -1):
        cells = [
            f"{SURNAMES[(floor + column) % 20]}{SURNAMES[column]}强 139{floor:04d}{column:04d} 自住"
            for column in range(COLUMNS - 1)
        ]
        rows.append("\t".join([f"{floor}楼", *cells, "空置"]))
    began = time.monotonic()
    page.evaluate("text => document.querySelector('tx-plan').paste(text)", "\n".join(rows))
    until(lambda: len(people_of(building)) == FLOORS * (COLUMNS - 1))
    spent = time.monotonic() - began
    expect(page.locator("[data-sheet-told]")).to_contain_text(f"已录入 {FLOORS * 5} 人")
    print(f"a sheet of {FLOORS} × {COLUMNS} flats pasted and kept in {spent:.1f} s")
    assert spent < 20
    page.evaluate("text => document.querySelector('tx-plan').paste(text)", "\n".join(rows))
    expect(page.locator("[data-sheet-told]")).to_contain_text(f"{FLOORS * 5} 人原来就有")


def seen(page: Page) -> None:
    """The photograph is there, and really drawn."""
    page.wait_for_selector(".plan-table", state="attached")
    page.wait_for_function("document.querySelector('[data-sheet-image]')?.naturalWidth > 1000")
