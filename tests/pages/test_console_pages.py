"""The desk as hands use it: a call put by, the place corrected, undo, a no by telephone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from harness.district import DESK, StorySite, until
from harness.seeing import drawn, violations
from tongxin.surfaces.kit import assets

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
]


def report(story: StorySite, place: str, kind: str = "dispute") -> str:
    """Report something and wait for its plan."""
    lon, lat = story.spot_of(place)
    said = {"kind": kind, "lon": lon, "lat": lat, "what": "门口有人吵起来了"}
    with story.api("dispatcher") as api:
        number: str = api.post("/reports", json=said).json()["number"]
        until(lambda: bool(api.get(f"/incidents/{number}/plan").json()))
    return number


def places(story: StorySite) -> tuple[str, str]:
    """Return the landmark of the quarrel and one that is far from it."""
    (lon, lat), marks = story.district.story.quarrel, story.district.landmarks
    here = next(mark for mark in marks if (mark.lon, mark.lat) == (lon, lat))
    far = max(marks, key=lambda mark: abs(mark.lon - lon) + abs(mark.lat - lat))
    return here.name, far.name


def opened(story: StorySite, number: str = "") -> Page:
    page = story.log_in("dispatcher", viewport=DESK)
    page.goto(f"{story.url}/console/" + (f"incidents/{number}/" if number else ""))
    drawn(page)
    return page


def test_a_call_put_by_is_taken_up_again_as_it_was(story: StorySite) -> None:
    page, (place, _far) = opened(story), places(story)
    page.keyboard.press("n")
    page.locator("#f-place").press_sequentially(place)
    expect(page.locator("#duplicates [data-set-spot]").first).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("4")
    expect(page.locator("#f-contact_phone")).to_be_focused()
    page.keyboard.type("13800138000")
    page.keyboard.press("Enter")
    expect(page.locator("#f-what")).to_be_focused()
    page.keyboard.insert_text("两家争水")
    page.keyboard.press("Escape")
    expect(page.locator("#new-call")).to_be_hidden()
    expect(page.locator("[data-draft-told]")).to_contain_text("按 n 接着填")
    page.keyboard.press("j")  # something else is looked at meanwhile
    page.keyboard.press("n")
    expect(page.locator("#f-what")).to_have_value("两家争水")
    expect(page.locator("#f-contact_phone")).to_have_value("13800138000")
    expect(page.locator("#new-call [name=kind]:checked")).to_have_value("dispute")
    expect(page.locator("[data-draft-told]")).to_have_text("")
    assert (
        page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])").find("争水") < 0
    )

    page.get_by_role("button", name="清空").click()
    expect(page.locator("#f-what")).to_have_value("")
    page.locator("#f-place").press_sequentially(place)
    expect(page.locator("#duplicates [data-set-spot]").first).to_be_visible()
    page.keyboard.press("Enter")
    page.locator("#f-what").fill("又吵起来了")
    page.locator("#f-contact_phone").press("Control+Enter")  # from anywhere
    expect(page.locator("#new-call")).to_have_count(0)
    expect(page.locator("#incident")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#f-what")).to_have_value("")


def test_the_place_is_corrected_by_search_or_on_the_map_and_taken_back(story: StorySite) -> None:
    place, far = places(story)
    page = opened(story, report(story, place))
    head = page.locator("#incident > header > p > strong")
    expect(head).to_have_text(place)
    page.keyboard.press("p")
    page.locator("#move-place").press_sequentially(far)
    expect(page.locator("#move-found [data-set-spot]").first).to_have_text(far)
    page.keyboard.press("Enter")
    expect(page.locator("#move-form [data-spot-told]")).to_contain_text(far)
    page.keyboard.press("Enter")
    expect(head).to_have_text(far)
    expect(page.locator("#timeline")).to_contain_text(f"更正了地点：由“{place}”改为“{far}”")
    page.keyboard.press("u")
    expect(head).to_have_text(place)

    page.keyboard.press("p")
    canvas = page.locator("#map canvas").first
    canvas.click(position={"x": 200, "y": 200})
    expect(page.locator("#move-form [data-spot-told]")).to_contain_text("已在地图上选定")
    assert page.locator("#move-form [name=lon]").input_value()
    assert violations(page) == []
    page.locator("#move-form button[type=submit]").click()
    expect(page.locator("#timeline li").first).to_be_visible()
    expect(page.locator("#timeline")).to_contain_text(re.compile("更正了地点.*更正了地点", re.S))


def test_who_says_no_by_telephone_is_noted_and_an_overruling_is_undone_by_u(
    story: StorySite,
) -> None:
    place, _far = places(story)
    page = opened(story, report(story, place, "help"))
    first = page.locator(".plan section").filter(has=page.get_by_text("先期处置", exact=True))
    who = first.locator("strong").first.inner_text()
    first.get_by_text("已电话拒绝").click()
    first.locator("select[name=reason]").select_option("unwell")
    first.get_by_role("button", name="记下，问下一位").click()
    expect(page.locator("#timeline")).to_contain_text(f"{who.split(' ')[0]}去不了：身体不适")
    expect(first.locator("strong").first).not_to_have_text(who)

    before = first.locator("strong").first.inner_text()
    page.keyboard.press("a")
    expect(page.locator("#send-member")).to_be_focused()
    options = page.locator("#send-member option")
    free = [o for o in options.all() if before not in o.inner_text() and who not in o.inner_text()]
    page.locator("#send-member").select_option(free[0].get_attribute("value"))
    page.locator("#send-reason-code").select_option(index=1)
    page.get_by_role("button", name="派去").click()
    expect(first.locator("strong").first).not_to_have_text(before)
    expect(page.locator("#toasts .toast[data-toast='10'] [data-key=u]")).to_be_visible()
    expect(page.locator("#pane").get_by_role("button", name="撤销")).to_have_count(0)
    page.keyboard.press("u")
    expect(first.locator("strong").first).to_have_text(before)


def test_incidents_are_found_by_the_words_of_their_place(story: StorySite) -> None:
    place, _far = places(story)
    number = report(story, place)
    page = opened(story)
    page.keyboard.press("/")
    page.keyboard.insert_text(place[:3])
    expect(page.locator(f'#results [data-pane="{number}"]')).to_be_visible()
    expect(page.locator("#results .place").first).to_contain_text(place[:3])
