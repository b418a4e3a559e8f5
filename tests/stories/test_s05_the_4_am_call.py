"""S05 The 4 a.m. call: rung, passed on within 20 seconds, picked up, and all of it written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from unittest import mock

import httpx
import pytest
from playwright.sync_api import expect

from harness.district import BEGINS, DESK, StoryClock, StorySite, until
from tongxin.plumbing.channels import signing
from tongxin.plumbing.channels.tests import standin

SECRET = "a secret of the gateway"
SON = "13811112222"


@pytest.fixture(scope="module")
def gateway() -> Iterator[standin.StandIn]:
    """The telephone switch; every number can be rung, whatever its last digit."""
    with (
        mock.patch.object(standin.StandIn, "_trouble", return_value=None),
        standin.running(SECRET) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def story_channels(gateway: standin.StandIn) -> str:
    return json.dumps({"call": {"url": gateway.url, "secret": SECRET}})


@pytest.fixture(scope="module")
def story_starts() -> StoryClock:
    """Four in the morning, and only the story makes time pass."""
    return StoryClock(BEGINS, flows=False)


class Switch:
    """The gateway's own voice: it tells the site what happens to a call."""

    def __init__(self, story: StorySite) -> None:
        self.story = story

    def tells(self, event: str, **fields: str) -> dict[str, int]:
        body = json.dumps({"event": event, "call": "night-1", **fields}).encode()
        signed = signing.headers(SECRET, body, self.story.clock.now().timestamp())
        answer = httpx.post(
            f"{self.story.url}/api/v1/calls/events",
            content=body,
            headers={**signed, "Content-Type": "application/json"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


def test_a_son_rings_his_officer_at_four(story: StorySite, gateway: standin.StandIn) -> None:
    officer, auxiliary = story.who("officer"), story.who("auxiliary")
    console = story.log_in("dispatcher", viewport=DESK)
    began = story.clock.now()

    # it rings the officer whose number is on the card
    Switch(story).tells("incoming", **{"from": SON, "dialled": officer.phone})
    until(lambda: len(gateway.transfers) == 1)
    assert gateway.transfers[0]["to"] == officer.phone
    calls = console.locator("#calls-part")
    expect(calls).to_contain_text(f"{officer.surname}警官")

    # the officer sleeps; a moment before the time nothing has changed yet
    story.clock.advance(18)
    story.tick("dispatch.calls")
    assert len(gateway.transfers) == 1

    # within 20 seconds the next of the beat's call plan rings
    story.clock.advance(1.5)
    until(lambda: len(gateway.transfers) == 2)
    assert gateway.transfers[1]["to"] == auxiliary.phone
    assert (story.clock.now() - began).total_seconds() <= 20
    expect(calls).to_contain_text(f"{auxiliary.surname}辅警")

    # who picks up; the console knows
    story.clock.advance(4)
    Switch(story).tells("state", to=auxiliary.phone, state="answered")
    expect(calls.locator(".state")).to_contain_text("已接听")

    # every ring and its result stands on the call, then on the incident made from it
    phone = story.log_in("auxiliary", "/field/messages/")
    lines = phone.locator("article ol li")
    expect(lines).to_have_count(4)
    told = lines.all_inner_texts()
    assert [line.split("· ")[1] for line in told] == ["正在振铃", "无应答", "正在振铃", "已接听"]
    phone.get_by_role("button", name="立为事件").click()
    timeline = phone.locator(".timeline")
    expect(timeline).to_contain_text(f"{officer.surname}警官")
    expect(timeline).to_contain_text(f"{auxiliary.surname}辅警")
    rings = [line for line in timeline.locator("li").all_inner_texts() if "来电转给" in line]
    assert len(rings) == 2, timeline.inner_text()


def test_a_call_without_the_gateways_signature_is_refused(story: StorySite) -> None:
    body = json.dumps({"event": "incoming", "call": "x", "from": SON, "dialled": "110"})
    answer = httpx.post(f"{story.url}/api/v1/calls/events", content=body, timeout=60)
    assert answer.status_code == 403


def test_by_address_the_emergency_number_comes_first(story: StorySite) -> None:
    """Who has no card finds the number by address; 120 stands above it."""
    officer = story.who("officer")
    home = next(
        each for each in story.district.buildings if each.beat_code == story.district.story.beat
    )
    page = story.visit("/my-officer/")
    page.get_by_role("combobox").fill(home.name)
    page.get_by_role("option").first.click()
    page.locator("main form .button.big").click()
    expect(page.locator("#found")).to_contain_text(f"{officer.surname}警官")
    dialled = page.locator('a[href^="tel:"]')
    order = [link.get_attribute("href") for link in dialled.all()]
    assert order[:3] == ["tel:110", "tel:119", "tel:120"]
    assert order[3] == f"tel:{officer.phone}"
    assert page.locator("main").inner_text().index("120") < page.locator("main").inner_text().index(
        officer.surname + "警官"
    )
