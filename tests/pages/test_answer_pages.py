"""Ask while one types, answered once on the phone, told to all who asked alike; the desk's lists.

Story S04's part of questions: in a real browser, with two residents, an officer and a chief.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from harness.district import DESK, PHONE, StorySite
from harness.homes import building_of, member_actor
from harness.seeing import AXE, take_picture, violations, weigh
from tongxin.surfaces.kit import assets

LIGHT_ENOUGH = 100_000
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/"),
]
RULES = """# 某某市养犬规定

2026年1月1日 公布

<!-- INFO END -->

第一条 为了规范养犬，制定本规定。

第二条 城区内每户限养一只犬只。禁止饲养烈性犬、大型犬。违反的，由公安机关责令限期改正，并处罚款；
逾期不改正的，没收犬只。养犬人应当自接种狂犬病疫苗之日起十五日内办理养犬登记，登记时交验免疫证明和住址证明。
"""
CARD = "11010519491231002X"


@pytest.fixture
def ground(story: StorySite) -> dict[str, Any]:
    """A regulation, a guide, an answer whose time is over, and the place of the officer's beat."""
    from tongxin.domain.desk import actions, indexing
    from tongxin.domain.desk.models import Answer
    from tongxin.domain.desk.reading import read_law
    from tongxin.kernel import clock

    officer = member_actor("officer")
    if not Answer.objects.exists():
        indexing.put_law(read_law(RULES))
        own = {"actor": officer, "owner_id": officer.member.pk}
        actions.publish(
            actions.Draft(
                "居住证怎么办", "带身份证、租房合同到派出所户籍窗口，十五天内领证。",
                rule="所里的办事指南", reviewed=True, is_guide=True,
            ),
            **own,
        )  # fmt: skip
        old = actions.publish(
            actions.Draft("过年能不能放烟花", "以当年通告为准。", rule="2025年通告", reviewed=True),
            **own,
        )
        Answer.objects.filter(pk=old.pk).update(review_by=clock.now().date() - dt.timedelta(days=3))
    building = building_of(story, story.district.story.beat)
    return {"place": building.label, "lon": building.lon, "lat": building.lat}


def looked_at(page: Page, name: str, sizes: tuple[dict[str, int], ...] = (PHONE, DESK)) -> None:
    """See a page on its sizes: no violation, no sideways scrolling, a picture to look at."""
    for size in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.screenshot(path=f"test-artifacts/answers-{name}-{size['width']}.png", full_page=True)
        assert violations(page) == [], (name, size["width"])
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    page.set_viewport_size(sizes[0])  # type: ignore[arg-type]


def ask(page: Page, words: str, ground: dict[str, Any]) -> str:
    """Type a question, find nothing that fits, and ask; return the status page's address."""
    page.locator("#f-what").fill(words)
    page.locator("details summary", has_text="问管这片的民警").click()
    page.wait_for_selector("tx-place-picker [name=place]")
    page.locator("tx-place-picker [name=place]").fill(ground["place"])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="提交问题").click()
    page.wait_for_url("**/status/**")
    return page.url


def test_answered_once_and_found_by_the_next_who_asks(
    story: StorySite, ground: dict[str, Any]
) -> None:
    page = story.visit("/ask/")
    looked_at(page, "empty")
    page.locator("#f-what").press_sequentially("juzhuzheng zenme ban", delay=10)
    expect(page.locator("#found")).to_contain_text("带身份证、租房合同")
    page.locator("#f-what").fill("过年放烟花")
    expect(page.locator("#found")).to_contain_text("核对中")
    page.locator("#f-what").fill("俺家城里能养几条狗")
    expect(page.locator("#found")).to_contain_text("每户限养一只")
    page.wait_for_load_state("networkidle")
    looked_at(page, "found")
    take_picture(page, "portal-ask")
    one = ask(page, f"俺家城里能养几条狗？身份证{CARD}", ground)

    other = story.visit("/ask/")
    two = ask(other, "想问问城里能养几条狗", ground)

    phone = story.log_in("officer", "/field/asked/")
    expect(phone.locator("main a.asked")).to_have_count(2)
    looked_at(phone, "field-list")
    take_picture(phone, "field-asked")
    phone.locator("main a.asked").first.click()
    expect(phone.locator("main")).to_contain_text("俺家城里能养几条狗")
    expect(phone.locator("main")).not_to_contain_text(CARD)
    looked_at(phone, "field-one")
    phone.locator("input[name=source]").first.check()
    phone.locator("#f-text").fill("城里一户只能养一只，打完疫苗十五天内带证明来登记。")
    phone.locator("#f-publish").check()
    phone.locator("#f-question").fill("城里一户能养几只狗")
    phone.locator("#answer-form button.big").click()
    expect(phone.locator("#answer")).to_contain_text("请确认已看过")  # nothing typed is lost
    assert "十五天内" in phone.locator("#f-text").input_value()
    assert phone.locator("input[name=source]").first.is_checked()
    phone.locator("#f-reviewed").check()
    phone.locator("#answer-form button.big").click()
    expect(phone.locator("main")).to_contain_text("没有待答的提问")

    for address in (one, two):
        page.goto(address)
        expect(page.locator("#state")).to_contain_text("城里一户只能养一只")
        expect(page.locator("#state")).to_contain_text("《某某市养犬规定》第2条")
    looked_at(page, "status")
    page.goto(story.url + "/ask/")
    page.locator("#f-what").fill("yi hu neng yang ji zhi gou")
    expect(page.locator("#found")).to_contain_text("城里一户只能养一只")


def test_the_office_writes_questions_down_and_keeps_the_answers(
    story: StorySite, ground: dict[str, Any]
) -> None:
    desk = story.log_in("officer", "/office/questions/new/", viewport=DESK)
    desk.locator("#f-what").fill("居住证丢了去哪里补")
    expect(desk.locator("#found")).to_contain_text("居住证怎么办")
    looked_at(desk, "office-new", (DESK, PHONE))
    desk.locator("tx-place-picker [name=place]").fill(ground["place"])
    desk.keyboard.press("Escape")
    desk.get_by_role("button", name="登记", exact=True).click()
    expect(desk.locator("main")).to_contain_text("居住证丢了去哪里补")
    looked_at(desk, "office-one", (DESK, PHONE))
    take_picture(desk, "office-question")
    desk.goto(story.url + "/office/questions/")
    looked_at(desk, "office-list", (DESK, PHONE))
    desk.locator("#questions tbody a").last.click()
    desk.get_by_role("button", name="用这条答复").first.click()
    expect(desk.locator("h1")).to_contain_text("群众提问")

    desk.goto(story.url + "/office/answers/")
    looked_at(desk, "office-answers", (DESK, PHONE))
    take_picture(desk, "office-answers")
    desk.goto(story.url + "/office/answers/?due")
    desk.locator("#answers tbody a", has_text="过年能不能放烟花").click()
    looked_at(desk, "office-answer", (DESK, PHONE))
    desk.get_by_role("button", name="仍然有效").click()
    expect(desk.locator("main .chip").first).to_contain_text("有效")
    desk.goto(story.url + "/office/answers/new/")
    looked_at(desk, "office-answer-new", (DESK, PHONE))


def test_asking_works_without_scripts(story: StorySite, ground: dict[str, Any]) -> None:
    page = story.visit("/ask/", java_script_enabled=False)
    page.locator("#f-what").fill("居住证怎么办")
    page.get_by_role("button", name="查找").click()
    expect(page.locator("#found")).to_contain_text("带身份证、租房合同")
    page.locator("details summary", has_text="问管这片的民警").click()
    page.locator("#f-place").fill("没有这个地方xyz")
    page.get_by_role("button", name="提交问题").click()
    expect(page.locator("main")).to_contain_text("管这片的民警收到")
    assert page.locator("#f-what").input_value() == "居住证怎么办"


def test_the_page_is_light(story: StorySite, ground: dict[str, Any]) -> None:
    if not list((assets.MANIFEST.parent / "assets").glob("*.gz")):
        pytest.skip("the build is not compressed: make setup does it")
    weights = weigh(story.visit("/"), f"{story.url}/ask/")
    assert sum(weights.values()) <= LIGHT_ENOUGH, weights


@pytest.mark.prove
def test_in_english(story: StorySite, ground: dict[str, Any]) -> None:
    page = story.visit("/ask/", locale="en")
    expect(page.locator("h1")).to_contain_text("Ask")
    looked_at(page, "en-empty")
    desk = story.log_in("officer", "/office/answers/", viewport=DESK, locale="en")
    looked_at(desk, "en-answers", (DESK,))
