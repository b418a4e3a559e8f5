"""Purposes and retention in a real browser, as two administrators use them: on a phone, by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from harness.district import DESK, PHONE, StorySite
from harness.seeing import AXE, drawn, violations

pytestmark = pytest.mark.browser


def test_two_administrators_add_a_purpose_and_see_what_is_kept(story: StorySite) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in frontend/")
    from tongxin.plumbing.vault import erasing

    page = story.log_in("secadmin", "/office/purposes/", viewport=PHONE)
    page.locator("#f-code").fill("flood_help")
    page.locator("#f-words_zh").fill("防汛转移")
    page.locator("#f-words_en").fill("Flood evacuation")
    page.get_by_role("button", name="提议", exact=True).click()
    expect(page.locator("#proposals")).to_contain_text("须由另一岗位确认")
    assert violations(page) == []
    other = story.log_in("auditor", "/office/purposes/", viewport=DESK)
    assert violations(other) == []
    other.get_by_role("button", name="确认 flood_help").click()
    expect(other.locator("#further")).to_contain_text("防汛转移")
    drawn(other)
    assert violations(other) == []
    erasing.tally()
    for size in (DESK, PHONE):
        other.set_viewport_size(size)
        for path in ("/office/retention/", "/office/purposes/"):
            other.goto(story.url + path)
            drawn(other)
            assert violations(other) == [], path
            assert other.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
