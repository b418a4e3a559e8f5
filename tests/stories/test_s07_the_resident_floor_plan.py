"""S07 The resident floor plan: water from an empty top-floor flat, and the owner who moved away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from harness.district import PHONE, StorySite
from harness.homes import (
    AGREED,
    NOTICE,
    building_of,
    lay_out,
    member_actor,
    officer_of_another_beat,
)
from harness.seeing import AXE, violations

UNIT, TOP = "9", "601"
OWNER, PHONE_NUMBER = "钱远行", "13900007788"
_TAPS = "addEventListener('click', () => { window.name = String(+window.name + 1) }, true)"


@pytest.fixture
def leaking(story: StorySite) -> dict[str, Any]:
    """A building on the officer's beat with its plan; a report of water through the ceiling."""
    from tongxin.domain.homes import actions
    from tongxin.domain.incidents.actions import Report, report
    from tongxin.domain.incidents.models import Source
    from tongxin.foundation.access.scope import SystemActor, acting_as
    from tongxin.kernel.geometry import Spot

    building, officer = building_of(story, story.district.story.beat), member_actor("officer")
    flats = lay_out(building, UNIT, officer)
    for number, flat in flats.items():
        state = "empty" if number == TOP else "lived_in"
        actions.set_flat(flat.pk, actor=officer, state=state)
    actions.add_resident(flats[TOP].pk, actor=officer, part="owner", name=OWNER,
                         phone=PHONE_NUMBER, lives_here=False, **AGREED, **NOTICE)  # fmt: skip
    old = actions.add_resident(flats["501"].pk, actor=officer, part="occupant", name="孙阿婆",
                               phone="13900001122", **AGREED, **NOTICE)  # fmt: skip
    actions.add_care(old.pk, "lives_alone", actor=officer, **AGREED)
    with acting_as("story"):
        given = Report(kind="help", spot=Spot(building.lon, building.lat), source=Source.PHONE,
                       what="9单元501 天花板在漏水", place_said=building.label)  # fmt: skip
        taken = report(given, actor=SystemActor("story"))
    return {"building": building, "flats": flats, "number": taken.incident.number}


def test_the_owner_who_moved_away_is_rung_within_three_taps(
    story: StorySite, leaking: dict[str, Any]
) -> None:
    building, number = leaking["building"], leaking["number"]
    phone = story.log_in("officer", f"/field/incidents/{number}/")

    # from the incident the officer opens the building
    phone.locator("[data-plan]").click()
    expect(phone.locator("header h1")).to_have_text(building.label)
    expect(phone.locator(".plan-table")).to_be_attached()
    top = leaking["flats"][TOP].pk
    assert_seen(phone)

    # three taps: the empty flat, the reason, the number
    phone.evaluate("window.name = '0'")
    phone.context.add_init_script(_TAPS)
    phone.evaluate(_TAPS)
    phone.locator(f'.plan-drawing [data-flat="{top}"]').click()
    expect(phone.locator("#why")).to_contain_text("房主")
    expect(phone.locator("main")).not_to_contain_text(OWNER)
    expect(phone.locator("main")).not_to_contain_text("139")
    assert_seen(phone)
    phone.locator("#why button[name=purpose]").first.click()
    dial = phone.locator("a[data-dial]").first
    expect(dial).to_have_attribute("href", f"tel:{PHONE_NUMBER}")
    expect(phone.locator("main")).to_contain_text(OWNER)
    expect(phone.locator("main")).to_contain_text("本次查看已记录")
    box = dial.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE["height"], "a thumb away"
    dial.evaluate("a => a.addEventListener('click', e => e.preventDefault())")
    dial.click()
    assert phone.evaluate("Number(window.name)") <= 3
    assert_seen(phone)

    # the reason is asked once an incident: at the next flat it stands
    below = leaking["flats"]["501"].pk
    phone.goto(f"{story.url}/field/homes/flats/{below}/?incident={number}")
    expect(phone.locator("#why")).to_contain_text("本警情查看理由")
    above = phone.locator(".home-list li").first
    expect(above).to_contain_text(TOP)
    assert_seen(phone)
    above.get_by_role("button").click()
    expect(phone.locator("a[data-dial]").first).to_have_attribute("href", f"tel:{PHONE_NUMBER}")

    the_look_left_a_trace(story, top)
    others_see_nothing(story, leaking)


def the_look_left_a_trace(story: StorySite, flat: int) -> None:
    """The auditor finds the look, with who it was and the reason."""
    from tongxin.foundation.audit.models import AuditEntry

    entry = AuditEntry.objects.filter(act="homes.open", subject=f"flat:{flat}").first()
    assert entry is not None
    assert entry.purpose == "find_owner"
    auditor = story.log_in("auditor", "/office/trail/?act=homes.open", viewport=PHONE)
    expect(auditor.locator("main")).to_contain_text(f"flat:{flat}")
    expect(auditor.locator("main")).not_to_contain_text(OWNER)


def others_see_nothing(story: StorySite, leaking: dict[str, Any]) -> None:
    """A volunteer has no plans at all; an officer of another beat is told that there is none."""
    building, flat = leaking["building"].pk, leaking["flats"][TOP].pk
    volunteer = story.log_in("volunteer", "/field/")
    expect(volunteer.locator(".bottom-bar")).not_to_contain_text("平面图")
    paths = (f"/field/homes/{building}/", f"/field/homes/flats/{flat}/", "/field/homes/")
    for path in paths:
        answer = volunteer.request.get(story.url + path)
        assert answer.status == 403, path
        assert OWNER not in answer.text()
        assert PHONE_NUMBER not in answer.text()
    page = story.log_in(officer_of_another_beat(story)[0])
    for path in paths[:2]:
        answer = page.request.get(story.url + path)
        assert answer.status == 404, path
        assert OWNER not in answer.text()


def assert_seen(page: Page) -> None:
    if AXE.exists():
        assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    name = re.sub(r"[^a-z]+", "-", page.url.split("/field/")[1].split("?")[0])
    page.screenshot(path=f"test-artifacts/s07-{name}.png")
