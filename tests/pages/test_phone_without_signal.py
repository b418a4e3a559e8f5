"""The phone without signal, with a weak one, and when the server says no: by a real browser."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Dialog, Page, expect

from harness.district import StorySite, until
from harness.seeing import AXE, violations
from tongxin.surfaces.kit import assets

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
]
PICTURES = os.environ.get("TONGXIN_PICTURES", "")
"""A folder to leave pictures in, to look at them."""


def quarrel(story: StorySite) -> str:
    """Have a quarrel reported on the officer's beat, and the officer asked; return its number."""
    from tongxin.domain.dispatch.models import Assignment
    from tongxin.foundation.access.models import Member

    _nothing_else(story)
    beat = story.district.story.beat
    home = next(each for each in story.district.buildings if each.beat_code == beat)
    said = {"kind": "dispute", "lon": home.lon, "lat": home.lat, "what": "两家争水，要动手了"}
    with story.api("dispatcher") as api:
        number = str(api.post("/reports", json=said).json()["number"])
    officer = Member.objects.get(account__username="officer")
    asked = Assignment.objects.filter(incident__number=number, member_id=officer.pk, state="asked")
    until(asked.exists)
    return number


def _nothing_else(story: StorySite) -> None:
    """End what an earlier test has begun, so that the officer is free."""
    from tongxin.domain.dispatch.models import Assignment
    from tongxin.domain.incidents.models import Incident

    Assignment.objects.exclude(state="done").update(state="done", ended_at=story.clock.now())
    Incident.objects.filter(is_open=True).update(is_open=False, state="closed")


def opened(story: StorySite, number: str) -> Page:
    """Open it on the officer's phone."""
    phone = story.log_in("officer")
    phone.goto(f"{story.url}/field/incidents/{number}/")
    expect(big(phone)).to_have_text(re.compile("签收"))
    return phone


def big(phone: Page) -> Any:
    """The one big button of the way there."""
    return phone.locator("form[data-step]:visible .button.big")


def kept(phone: Page) -> Any:
    return phone.locator("[data-kept-list]:visible li")


def lines_of(story: StorySite, number: str) -> list[str]:
    from tongxin.domain.incidents.models import Incident, TimelineEntry
    from tongxin.foundation.access.models import Member

    pk = Incident.objects.get(number=number).pk
    officer = Member.objects.get(account__username="officer")
    lines = TimelineEntry.objects.filter(incident_id=pk, actor=f"member:{officer.pk}")
    return list(lines.order_by("seq").values_list("act", flat=True))


def picture(phone: Page, name: str) -> None:
    if PICTURES:
        phone.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def test_all_of_it_is_done_without_signal_and_sent_in_order(story: StorySite) -> None:
    number = quarrel(story)
    phone = opened(story, number)
    phone.context.set_offline(True)
    expect(phone.locator(".offline-strip")).to_contain_text("没信号，这里照常可用")

    for count, (press, done) in enumerate(
        (("签收", "已签收"), ("出发", "已出发"), ("到场", "已到场"))
    ):
        expect(big(phone)).to_have_text(re.compile(press))
        big(phone).click()
        expect(kept(phone)).to_have_count(count + 1)
        expect(kept(phone).nth(count)).to_contain_text(done)
        expect(kept(phone).nth(count)).to_contain_text("有网自动传")
    phone.locator("#f-words").fill("两家都在气头上")
    phone.get_by_role("button", name="记一笔").click()
    expect(kept(phone).nth(3)).to_contain_text("两家都在气头上")
    expect(phone.locator("#f-words")).to_have_value("")
    if AXE.exists():
        assert violations(phone) == []
    picture(phone, "offline")
    phone.locator("#f-outcome").select_option(index=1)
    phone.locator("#f-answer").fill("水闸的事说好了")
    phone.get_by_role("button", name="办结").click()
    expect(kept(phone)).to_have_count(5)
    expect(phone.locator(".offline-strip")).to_contain_text("已存 5 条，有网自动传")
    expect(phone.locator("#f-outcome")).to_be_hidden()
    picture(phone, "offline-closed")
    assert lines_of(story, number) == []

    phone.context.set_offline(False)
    expect(phone.locator("#incident header")).to_contain_text("办结")
    expect(phone.locator(".offline-strip")).to_have_count(0)
    expect(kept(phone)).to_have_count(0)
    expect(phone.locator("#incident")).to_contain_text("两家都在气头上")
    acts = [act for act in lines_of(story, number) if act != "done"]
    assert acts == ["accept", "depart", "arrive", "note", "close"], acts


def test_a_weak_signal_ends_in_no_error_page(story: StorySite) -> None:
    number = quarrel(story)
    phone = opened(story, number)
    phone.route("**/field/**", lambda route: route.abort())
    big(phone).click()
    expect(kept(phone)).to_contain_text("已签收")
    expect(big(phone)).to_have_text(re.compile("出发"))
    big(phone).click()
    expect(big(phone)).to_have_text(re.compile("到场"))
    expect(phone.locator(".offline-strip")).to_contain_text("已存 2 条")
    phone.locator('.bottom-bar a[href$="/map/"]').click()
    expect(phone.locator("#toasts")).to_contain_text("没信号，那一页打不开")
    phone.locator("#f-photo").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}
    )
    phone.get_by_role("button", name="添加照片").click()
    expect(phone.locator(".offline-strip")).to_contain_text("已存 3 条")
    expect(kept(phone).last).to_contain_text("照片")
    assert phone.url.endswith(f"/incidents/{number}/")
    picture(phone, "weak")

    phone.unroute("**/field/**")
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator(".offline-strip")).to_have_count(0)
    expect(phone.locator("#incident header")).to_contain_text("已出发")
    assert lines_of(story, number) == ["accept", "depart", "photo"]


def a_photo() -> bytes:
    """Return a picture larger than is sent, as a phone's camera makes it."""
    out = io.BytesIO()
    Image.effect_noise((3_000, 2_000), 40).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_a_refusal_says_which_and_why_and_the_page_shows_the_truth(story: StorySite) -> None:
    from tongxin.domain.dispatch.models import Assignment

    number = quarrel(story)
    phone = opened(story, number)
    phone.context.set_offline(True)
    big(phone).click()
    expect(big(phone)).to_have_text(re.compile("出发"))
    big(phone).click()
    expect(kept(phone)).to_have_count(2)
    Assignment.objects.filter(incident__number=number).update(state="lapsed")
    phone.context.set_offline(False)
    told = phone.locator("#toasts .toast.is-broken")
    expect(told).to_have_count(1)
    expect(told).to_contain_text(re.compile("没办成：已签收 · 已出发（.+）。这件已经过去了"))
    expect(big(phone)).to_have_count(0)
    expect(kept(phone)).to_have_count(0)
    picture(phone, "refused")


def test_logging_out_asks_and_sends_first(story: StorySite) -> None:
    number = quarrel(story)
    phone = opened(story, number)
    phone.route("**/field/tasks/**", lambda route: route.abort())
    big(phone).click()
    expect(kept(phone)).to_have_count(1)
    phone.goto(f"{story.url}/field/me/")
    expect(phone.locator(".offline-strip")).to_contain_text("已存 1 条")
    asked: list[str] = []

    def say_yes(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    phone.on("dialog", say_yes)
    phone.unroute("**/field/tasks/**")
    phone.get_by_role("button", name="退出").click()
    phone.wait_for_url(lambda url: "/field/" not in url)
    assert asked == ["还有 1 条没传出去。先传完再退出吗？"]
    assert lines_of(story, number) == ["accept"]


def test_another_reason_asks_for_words_on_the_spot(story: StorySite) -> None:
    number = quarrel(story)
    phone = opened(story, number)
    phone.get_by_text("我去不了").first.click()
    words = phone.locator("#f-decline-words")
    label = phone.locator('label[for="f-decline-words"]')
    expect(label).to_contain_text("可不填")
    phone.locator("#f-reason").select_option("other")
    expect(label).to_contain_text("必填")
    phone.get_by_role("button", name="去不了").click()
    assert words.evaluate("field => field.validity.valueMissing")
    picture(phone, "decline")
    words.fill("路被水淹了")
    phone.get_by_role("button", name="去不了").click()
    phone.wait_for_url("**/field/")
    assert lines_of(story, number) == ["decline"]


def test_who_has_no_duty_can_log_out_and_is_asked_for_none(story: StorySite) -> None:
    phone = story.log_in("partner", "/field/me/")
    expect(phone.locator("main")).to_contain_text("您可以做的")
    expect(phone.get_by_text("上岗", exact=True)).to_have_count(0)
    picture(phone, "partner-me")
    phone.get_by_role("button", name="退出").click()
    phone.wait_for_url(lambda url: "/field/" not in url)
    for who, path, name in (
        ("officer", "/field/me/", "officer-me"),
        ("officer", "/field/", "officer-today"),
        ("partner", "/field/", "partner-today"),
    ):
        seen = story.log_in(who, path)
        if AXE.exists():
            assert violations(seen) == [], name
        picture(seen, name)
