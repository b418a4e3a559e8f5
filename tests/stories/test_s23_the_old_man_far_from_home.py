"""S23 The old man far from home: his beat's officer finds the son; nobody browses the village."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from harness.district import StorySite
from harness.homes import (
    AGREED,
    NOTICE,
    building_of,
    lay_out,
    member_actor,
    officer_of_another_beat,
)
from harness.seeing import AXE, violations

SON, SON_PHONE = "柳大强", "13900005566"


@pytest.fixture
def found_man(story: StorySite) -> dict[str, str]:
    """An old man on the officer's beat; his son is kept with a flat of another beat."""
    from tongxin.domain.homes import actions
    from tongxin.domain.incidents.actions import Report, report
    from tongxin.domain.incidents.models import Source
    from tongxin.foundation.access.scope import SystemActor, acting_as
    from tongxin.kernel.geometry import Spot

    login, beat = officer_of_another_beat(story)
    home, officer = building_of(story, beat), member_actor(login)
    flats = lay_out(home, "9", officer)
    actions.add_resident(flats["301"].pk, actor=officer, part="relative", name=SON,
                         phone=SON_PHONE, **AGREED, **NOTICE)  # fmt: skip
    here = building_of(story, story.district.story.beat)
    with acting_as("story"):
        given = Report(kind="help", spot=Spot(here.lon, here.lat), source=Source.PHONE,
                       what="一位老人浑身湿透，电动车没电了")  # fmt: skip
        taken = report(given, actor=SystemActor("story"))
    return {"number": taken.incident.number, "login": login, "home": home.label,
            "flat": str(flats["301"].pk)}  # fmt: skip


def test_the_home_beat_finds_the_son(story: StorySite, found_man: dict[str, str]) -> None:
    number = found_man["number"]
    asking = story.log_in("officer", f"/field/incidents/{number}/")

    # the officer names the place as the old man says it, and asks; he sees none of its plans
    asking.get_by_role("link", name="问户籍地警务区").click()
    asking.locator("#f-place").fill(found_man["home"])
    asking.get_by_role("button", name="查警务区").click()
    asking.locator("#f-words").fill("老人约八十岁，儿子叫大强")
    if AXE.exists():
        assert violations(asking) == []
    asking.get_by_role("button", name="马上问").click()
    expect(asking.locator("#incident")).to_be_visible()
    answer = asking.request.get(f"{story.url}/field/homes/flats/{found_man['flat']}/")
    assert answer.status == 404

    # the home beat's officer has a clock, looks up the home, and chooses what is told
    home = story.log_in(found_man["login"], "/home/questions/")
    card = home.locator("section.card").first
    expect(card).to_contain_text("儿子叫大强")
    expect(card.locator("tx-clock")).to_be_visible()
    card.locator("input[name=q]").fill(f"{found_man['home']}9单元301")
    card.get_by_role("button", name="查找").click()
    home.locator("input[name=tell]").first.check()
    home.locator("textarea[name=words]").first.fill("儿子在家，已说好来接")
    if AXE.exists():
        assert violations(home) == []
    home.locator("button[name=found][value=yes]").first.click()
    expect(home.locator("main")).to_contain_text("没有人来问您的警务区")

    # the answer stands on the incident, with the son's number
    asking.goto(f"{story.url}/field/incidents/{number}/")
    expect(asking.locator("#incident")).to_contain_text(SON_PHONE)
    expect(asking.locator("#incident")).to_contain_text("已说好来接")
