"""The style page in a real browser: seen, heard by screen readers, and used by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[5]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "test-artifacts" / "styles"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

Open = Callable[..., "Page"]


@pytest.mark.parametrize(
    ("frame", "size", "theme", "language"),
    [
        ("desk", DESK, "light", "zh-CN"),
        ("desk", DESK, "dark", "en"),
        ("phone", PHONE, "dark", "zh-CN"),
        ("phone", PHONE, "light", "en"),
        ("public", PHONE, "light", "zh-CN"),
        ("public", PHONE, "dark", "en"),
    ],
)
def test_seen_without_a_violation(
    open_page: Open, frame: str, size: dict[str, int], theme: str, language: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in frontend/")
    page = open_page(f"/styles/?frame={frame}", language, viewport=size, color_scheme=theme)
    page.locator("tx-map.sample-map").scroll_into_view_if_needed()
    page.wait_for_selector("tx-map.sample-map[ready], .map-trouble")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{frame}-{theme}-{language}.png", full_page=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(each["id"], each["nodes"][0]["target"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.faults == []  # type: ignore[attr-defined]


def test_used_by_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    page.locator("body").press("j")
    assert page.evaluate("document.activeElement.dataset.ref") == "3"  # after the chosen second
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.dataset.ref") == "2"
    page.keyboard.press("p")
    assert page.evaluate("document.activeElement.id") == "f-place"
    page.keyboard.type("?j")
    assert page.input_value("#f-place") == "?j"  # letters are letters in a field
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    dialog = page.locator("#key-help")
    dialog.wait_for()
    assert dialog.locator("kbd", has_text="a").count() >= 1
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_the_table_sorts_and_filters(open_page: Open) -> None:
    page = open_page(language="en")
    names = page.locator("#sample tbody th")
    page.get_by_role("button", name="Open incidents").click()
    assert names.all_inner_texts() == ["Village officer Zhang", "Officer Li", "Auxiliary Ouyang"]
    page.get_by_role("button", name="Last seen").click()
    assert names.first.inner_text() == "Village officer Zhang"
    page.locator("#sample [data-filter]").fill("beat 3")
    assert page.locator("#sample tbody tr:visible").count() == 1
    assert page.locator("#sample [data-shown]").inner_text() == "1 of 3"


def test_the_map_draws_and_takes_a_spot_by_pointer_and_key(open_page: Open) -> None:
    page = open_page(language="en")
    canvas = page.locator("tx-map.sample-map")
    canvas.scroll_into_view_if_needed()
    page.wait_for_selector("tx-map.sample-map[ready]")
    page.evaluate(
        "addEventListener('tx:spot', e => window.spot = e.detail);"
        "addEventListener('tx:choose', e => window.hit = e.detail)"
    )
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 60, box["y"] + 60)
    page.wait_for_function("window.spot?.lon < 114.305 && window.spot?.lat > 30.593")
    page.evaluate("window.spot = null")
    page.locator("tx-map.sample-map canvas").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("Math.abs(window.spot?.lon - 114.305) < 1e-6")
    page.get_by_text("As a list (5)").click()
    page.get_by_role("button", name="Zhang, 2 min").click()
    assert page.evaluate("window.hit") == {"kind": "candidate", "ref": "c1"}


def test_a_place_is_found_by_its_name_without_a_mouse(open_page: Open) -> None:
    page = open_page("/styles/?frame=public", "en", viewport=PHONE)
    field = page.get_by_role("combobox", name="Where is it?")
    field.fill("荷苑")
    page.get_by_role("option", name="荷苑小区").wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    assert field.input_value() == "荷苑小区"
    sent = "Object.fromEntries(new FormData(document.querySelector('#s-field form')))"
    form = page.evaluate(f"(({{place, lon, lat, srs}}) => ({{lon, lat, srs}}))({sent})")
    assert form == {"lon": "114.306000", "lat": "30.594000", "srs": "WGS-84"}


def test_the_theme_is_chosen_and_kept(open_page: Open) -> None:
    page = open_page(color_scheme="light")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.locator("[data-theme-toggle]").click()
    assert page.evaluate(paper) != light
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_phone_page_weighs_little_before_its_map(open_page: Open) -> None:
    page = open_page("/styles/?frame=public", viewport=PHONE)
    loaded: list[str] = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    assert not [name for name in loaded if "engine" in name or "worker" in name]
