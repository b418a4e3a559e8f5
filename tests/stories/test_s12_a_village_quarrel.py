"""S12 Beans and sheep, first part: the village officer is there in 2 minutes, the station in 10."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from pypinyin import lazy_pinyin

from harness.district import DESK, StorySite

WORDS = "两家争水要动手"
KEYS_A_SECOND = 5  # of a practised typist
COUNTED = "addEventListener('keydown', () => { window.pressed = (window.pressed || 0) + 1 }, true);"
COUNTED += "addEventListener('mousedown', () => { window.moused = true }, true)"
DISPUTE = "4"


def test_the_village_officer_is_called_first(story: StorySite) -> None:
    village, sheep = story.who("villageofficer"), the_place(story)
    console = story.log_in("dispatcher", viewport=DESK)
    phone = story.log_in("villageofficer")
    expect(phone.locator("main")).to_contain_text("现在没有要您办的事")

    # a call is taken by keyboard alone, in less than 15 seconds of a practised hand
    keys = take_the_call(console, sheep)
    assert keys / KEYS_A_SECOND < 15, keys

    # the plan: the village officer first, in 2 minutes, and why; the officer of the beat follows
    first, lead = console.locator(".plan section").nth(0), console.locator(".plan section").nth(1)
    expect(first).to_contain_text("先期处置")
    expect(first).to_contain_text(f"{village.surname}村警")
    assert minutes_in(first.locator(".minutes").inner_text()) <= 2
    expect(first.locator(".why")).to_contain_text("按道路能最先到")
    expect(lead).to_contain_text("主责")
    expect(lead).to_contain_text("警官")
    assert minutes_in(lead.locator(".minutes").inner_text()) >= 8
    by_car = [minutes for who, minutes in candidates(console) if "村警" not in who]
    assert min(by_car) > 2, by_car  # nobody else is as fast

    # the village officer is told: on the page of messages, and on top of the day
    card = phone.locator("article.card").first
    expect(card).to_contain_text(sheep)
    expect(phone.locator('.bottom-bar a[href$="/messages/"] .count')).to_have_text(re.compile("1"))
    phone.locator('.bottom-bar a[href$="/messages/"]').click()
    number = console.locator("#incident").get_attribute("data-incident") or ""
    expect(phone.locator("#messages")).to_contain_text(number)
    phone.locator("#messages a").first.click()

    # one thumb: accept, depart, arrive; the console shows each step as it is done
    for press, state in (("签收", "已签收"), ("出发", "已出发"), ("到场", "已到场")):
        button = phone.locator("#incident .button.big").first
        expect(button).to_contain_text(press)
        button.click()
        expect(first).to_contain_text(state)
    expect(console.locator("#incident > header")).to_contain_text("已到场")
    expect(console.locator("#timeline")).to_contain_text(f"{village.surname}村警")

    # the station follows: the officer of the beat says by radio that they come
    lead.get_by_role("button", name="电话里已签收").click()
    expect(lead).to_contain_text("已签收")
    lead.get_by_role("button", name="已出发").click()
    expect(lead.locator(".state")).to_contain_text("已出发")


def take_the_call(console: Page, place: str) -> int:
    """Take a call in as a practised dispatcher; return how many keys that took.

    Chinese is typed in pinyin: letters, and one key to choose each word of the input method.
    """
    console.evaluate(COUNTED)
    console.keyboard.press("n")
    expect(console.locator("#f-place")).to_be_focused()
    console.keyboard.type("".join(lazy_pinyin(place)))
    expect(console.locator("#duplicates [data-set-spot]").first).to_have_text(place)
    console.keyboard.press("Enter")
    console.keyboard.press(DISPUTE)
    console.keyboard.press("Enter")  # the number is shown already
    console.keyboard.insert_text(WORDS)
    console.keyboard.press("Enter")
    expect(console.locator("#pane .plan-entry").first).to_be_visible()
    assert not console.evaluate("window.moused")
    return int(console.evaluate("window.pressed")) + len("".join(lazy_pinyin(WORDS))) + 3


def candidates(console: Page) -> list[tuple[str, int]]:
    options = console.locator("select[name=member] option").all_text_contents()
    return [(text, minutes_in(text)) for text in options if "分钟" in text]


def minutes_in(text: str) -> int:
    found = re.search(r"(\d+) 分钟", text)
    assert found, text
    return int(found[1])


def the_place(story: StorySite) -> str:
    spot = story.district.story.quarrel
    return next(mark.name for mark in story.district.landmarks if (mark.lon, mark.lat) == spot)
