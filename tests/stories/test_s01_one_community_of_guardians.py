"""S01 One community of guardians: every spot has somebody, and every day a list."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from harness.district import DESK, StorySite

NETWORKS = ("公安网", "综治网", "民政网", "城管网")


def test_anybody_finds_who_looks_after_a_spot(story: StorySite) -> None:
    """The first number is the officer's; auxiliaries, grid workers and all networks follow."""
    officer = story.who("officer")
    page = story.visit("/my-officer/")
    ask_for(page, home_on_the_beat(story))
    found = page.locator("#found")
    expect(found).to_contain_text(f"{officer.surname}警官")
    expect(found.locator(f'a[href="tel:{officer.phone}"]')).to_be_visible()
    rest = page.locator("main")
    for auxiliary in auxiliaries_of(story):
        expect(rest.locator(f'a[href="tel:{auxiliary.phone}"]')).to_contain_text(auxiliary.phone)
    expect(rest).to_contain_text("网格员")
    headings = page.locator("main h3").all_inner_texts()
    assert len(headings) == 4, headings
    for heading in page.locator("main h3").all():
        people = heading.locator("xpath=following-sibling::ul[1]//a[starts-with(@href,'tel:')]")
        assert people.count() >= 1, heading.inner_text()


def test_a_chief_and_a_program_get_the_same_answer(story: StorySite) -> None:
    officer = story.who("officer")
    place = home_on_the_beat(story)
    page = story.log_in("chief", "/office/spot/", viewport=DESK)
    page.locator("#f-place").fill(place)
    page.locator("#f-place").press("Enter")
    answer = page.locator("#answer")
    expect(answer.locator(f'a[href="tel:{officer.phone}"]')).to_be_visible()
    expect(answer.locator("article")).to_have_count(4)
    for card in answer.locator("article").all():
        assert card.locator('a[href^="tel:"]').count() >= 1, card.inner_text()
    with story.api("chief") as api:
        spot = api.get("/places", params={"q": place}).json()[0]
        told = api.get("/looks-after", params={"lon": spot["lon"], "lat": spot["lat"]}).json()
    assert told["first"]["phone"] == officer.phone
    assert set(told["people"]) == {"police", "governance", "civic", "urban"}
    assert all(any(each["phone"] for each in people) for people in told["people"].values())
    assert told["faults"] == []


def test_an_officer_opens_the_day_and_sees_what_to_do(story: StorySite) -> None:
    """Not a blank page: what is on the own ground stands there, the thing to do now on top."""
    phone = story.log_in("officer")
    expect(phone.locator("main")).to_contain_text("现在没有要您办的事")
    place = home_on_the_beat(story)
    report_from_the_street(story, place)
    top = phone.locator("article.card").first
    expect(top).to_contain_text(place)  # it has come by itself
    expect(top).to_contain_text("纠纷")
    # the later steps wait unseen, for when there is no signal
    to_do = top.locator(".button.big:visible")
    expect(to_do).to_have_count(1)
    expect(to_do).to_contain_text("签收")
    expect(phone.locator(".bottom-bar [aria-current] .count")).to_have_text(re.compile("^1"))
    to_do.click()
    expect(phone.locator(".button.big:visible").first).to_contain_text("出发")


def home_on_the_beat(story: StorySite) -> str:
    beat = story.district.story.beat
    return next(home.name for home in story.district.buildings if home.beat_code == beat)


def auxiliaries_of(story: StorySite) -> list[object]:
    beat = story.district.story.beat
    return [
        member for member in story.district.members
        if member.kind == "auxiliary" and member.grants[0].area_code == beat
    ]  # fmt: skip


def ask_for(page: Page, place: str) -> None:
    page.get_by_role("combobox").fill(place)
    page.get_by_role("option").first.click()
    page.locator("main form .button.big").click()


def report_from_the_street(story: StorySite, place: str) -> None:
    """A resident reports a quarrel by phone: what, where, in a few words."""
    page = story.visit("/")
    page.get_by_role("link", name=re.compile("反映")).first.click()
    page.get_by_role("link", name="纠纷").click()
    ask_for(page, place)
    page.locator("#f-what").fill("楼上楼下为漏水吵起来了")
    page.locator("main form .button.big").click()
    page.wait_for_url("**/status/**")
