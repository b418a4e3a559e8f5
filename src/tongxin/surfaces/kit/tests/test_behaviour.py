"""What pages get from the kit by themselves: tokens, refusals, live lists, work without signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tongxin.surfaces.kit.tests import styles_urls

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    styles_urls.DONE.clear()
    return open_page("/page/", "en", viewport=PHONE)


def test_a_form_goes_with_its_token(page: Page) -> None:
    page.get_by_role("button", name="good").click()
    page.locator("#answer", has_text="kept words").wait_for()
    assert [done["word"] for done in styles_urls.DONE] == ["kept words"]


def test_a_refusal_is_one_sentence_and_leaves_the_page_as_it_was(page: Page) -> None:
    page.get_by_role("button", name="refused").click()
    page.locator("#notices", has_text="Somebody else was first.").wait_for()
    assert page.locator("#answer").inner_text() == "before"
    page.locator("#notices [data-close]").click()
    assert page.locator("#notices").inner_text() == ""


def test_a_fault_never_shows_itself_and_nothing_typed_is_lost(page: Page) -> None:
    page.get_by_label("broken").fill("a long story")
    page.get_by_role("button", name="broken").click()
    page.locator("#toasts", has_text="Nothing is lost").wait_for()
    assert page.locator("#answer").inner_text() == "before"
    assert page.get_by_label("broken").input_value() == "a long story"


def test_a_live_change_fetches_what_shows_it_and_is_no_hand(page: Page) -> None:
    change = "document.dispatchEvent(new CustomEvent('tx:ref:incident:%d'))"
    page.evaluate(change % 8)
    assert page.locator("#list").inner_text() == "background: no"
    page.evaluate(change % 7)
    page.locator("#list", has_text="background: 1").wait_for()


def test_lost_network_keeps_what_was_typed(page: Page) -> None:
    page.context.set_offline(True)
    page.get_by_role("button", name="good").click()
    page.locator("#toasts", has_text="No connection").wait_for()
    assert page.get_by_label("good").input_value() == "kept words"


def test_acts_without_signal_outlive_the_page_and_go_out_in_order(page: Page) -> None:
    page.context.set_offline(True)
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Depart").click()
    page.locator("tx-offline-queue", has_text="2 saved").wait_for()
    assert styles_urls.DONE == []
    page.context.set_offline(False)
    page.goto(page.url)
    page.locator("tx-offline-queue .offline-strip").wait_for(state="detached")
    # Leaving a page may cut off an answer; the act then goes out again, under the same key.
    first = {done["key"]: done["act"] for done in reversed(styles_urls.DONE)}
    assert list(reversed(first.values())) == ["accept", "depart"]
    assert all(done["idempotency_key"] == done["key"] for done in styles_urls.DONE)
