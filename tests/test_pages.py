"""Every page of console, field and portal, as people see it: by axe on two sizes, in both themes
and both languages; light enough for a phone. Writes the pictures of the guide."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from harness.district import DESK, PHONE, StorySite, until
from harness.seeing import AXE, drawn, take_picture, violations, weigh
from tongxin.surfaces.kit import assets

LIGHT_ENOUGH = 100_000
"""Bytes over the wire of a phone page, without its map."""
LOOKS = {
    "zh-CN": [(PHONE, "light"), (DESK, "light"), (PHONE, "dark")],
    "en": [(PHONE, "dark"), (DESK, "dark"), (DESK, "light")],
}
"""Each pair of size, theme and language is seen on each page."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/"),
]

_opened: dict[str, str] = {}
"""What was reported once for the whole module: numbers and the reporter's page."""


@dataclass(frozen=True)
class Seen:
    """One page: who opens it, how one gets there, and the picture it gives for the guide."""

    name: str
    who: str
    go: Callable[[Page, StorySite], None]
    picture: bool = False
    whole: bool = False


def at(path: str) -> Callable[[Page, StorySite], None]:
    def go(page: Page, story: StorySite) -> None:
        page.goto(story.url + path.format(**_opened))

    return go


def _what(page: Page, story: StorySite) -> None:
    page.goto(f"{story.url}/report/where/?kind=hazard")
    page.get_by_role("combobox").fill(home_of(story))
    page.get_by_role("option").first.click()
    page.locator("main form .button.big").click()
    page.wait_for_selector("#f-what")


def _officer(page: Page, story: StorySite) -> None:
    page.goto(f"{story.url}/my-officer/")
    page.get_by_role("combobox").fill(home_of(story))
    page.get_by_role("option").first.click()
    page.locator("main form .button.big").click()
    page.wait_for_selector("#found")


def _new_call(page: Page, story: StorySite) -> None:
    page.goto(f"{story.url}/console/")
    page.wait_for_selector("tx-map[ready]")
    page.keyboard.press("n")
    page.locator("#f-place").press_sequentially("西北排灌站")
    expect(page.locator("#duplicates [data-set-spot]").first).to_be_visible()


def _found(page: Page, story: StorySite) -> None:
    page.goto(f"{story.url}/console/")
    page.locator("#search").fill(_opened["quarrel"])
    expect(page.locator("#results .queue-row").first).to_be_visible()


def _incident(page: Page, story: StorySite) -> None:
    page.goto(f"{story.url}/console/incidents/{_opened['quarrel']}/")
    page.wait_for_selector(".plan-entry")


def _wrong(page: Page, story: StorySite) -> None:
    page.goto(f"{story.url}/accounts/login/")
    page.locator("#id_login").fill("nobody")
    page.locator("#id_password").fill("wrong")
    page.locator("#id_password").press("Enter")
    page.wait_for_selector(".error")


PAGES = [
    Seen("portal-home", "", at("/"), picture=True),
    Seen("portal-report-kind", "", at("/report/")),
    Seen("portal-report-where", "", at("/report/where/?kind=hazard"), picture=True, whole=True),
    Seen("portal-report-what", "", _what, picture=True, whole=True),
    Seen("portal-status", "", at("/status/{token}/"), picture=True),
    Seen("portal-my-officer", "", _officer, picture=True),
    Seen("portal-follow", "", at("/follow/")),
    Seen("portal-ask", "", at("/ask/")),
    Seen("portal-services", "", at("/services/")),
    Seen("portal-privacy", "", at("/privacy/")),
    Seen("portal-absent", "", at("/nowhere/")),
    Seen("log-in", "", at("/accounts/login/")),
    Seen("log-in-refused", "", _wrong),
    Seen("field-today", "villageofficer", at("/field/"), picture=True),
    Seen("field-incident", "villageofficer", at("/field/incidents/{quarrel}/"), picture=True),
    Seen("field-map", "villageofficer", at("/field/map/")),
    Seen("field-messages", "villageofficer", at("/field/messages/"), picture=True),
    Seen("field-me", "villageofficer", at("/field/me/")),
    Seen("field-report", "villageofficer", at("/field/report/")),
    Seen("field-off-duty", "volunteer", at("/field/"), picture=True),
    Seen("console", "dispatcher", at("/console/")),
    Seen("console-new-call", "dispatcher", _new_call, picture=True),
    Seen("console-incident", "dispatcher", _incident, picture=True),
    Seen("console-closed", "dispatcher", at("/console/?closed=1")),
    Seen("console-search", "dispatcher", _found),
]


@pytest.fixture
def busy(story: StorySite) -> StorySite:
    """A morning on which two things have been reported; one of them has its plan."""
    if not _opened:
        spot = story.district.story.quarrel
        said = {"kind": "dispute", "lon": spot[0], "lat": spot[1], "what": "两家争水，要动手了",
                "contact_phone": "13811112222"}  # fmt: skip
        with story.api("dispatcher") as api:
            quarrel = api.post("/reports", json=said).json()
            until(lambda: bool(api.get(f"/incidents/{quarrel['number']}/plan").json()))
        _opened["quarrel"] = quarrel["number"]
        _opened["token"] = re.split("/", quarrel["status_url"].rstrip("/"))[-1]
    return story


SHORT = {"portal-home", "portal-my-officer", "field-today", "field-incident", "console-incident"}
"""Looked at in every run, in Chinese; the others and English in the long counts."""


def turns(languages: tuple[str, ...], *, desk: bool = True) -> list[Any]:
    return [
        pytest.param(
            seen,
            language,
            id=f"{seen.name}-{language}",
            marks=() if seen.name in SHORT and language == "zh-CN" else (pytest.mark.prove,),
        )
        for seen in PAGES
        for language in languages
        if desk or seen.who != "dispatcher"
    ]


@pytest.mark.parametrize(("seen", "language"), turns(("zh-CN", "en")))
def test_seen_without_a_violation(busy: StorySite, seen: Seen, language: str) -> None:
    page = opened(busy, seen.who, locale=language)
    for size, theme in LOOKS[language]:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        seen.go(page, busy)
        drawn(page)
        assert violations(page) == [], (seen.name, language, theme, size["width"])
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        if seen.picture and size == size_of(seen) and theme == theme_of(language, seen):
            name = seen.name if language == "zh-CN" else f"en-{seen.name}"
            take_picture(page, name, whole=seen.whole)


def size_of(seen: Seen) -> dict[str, int]:
    return DESK if seen.who == "dispatcher" else PHONE


def theme_of(language: str, seen: Seen) -> str:
    """Pictures show what each language is seen in on the surface's own size."""
    themes = [theme for size, theme in LOOKS[language] if size == size_of(seen)]
    return "light" if "light" in themes else themes[0]


@pytest.mark.parametrize(("seen", "language"), turns(("zh-CN",), desk=False))
def test_a_phone_page_is_light(busy: StorySite, seen: Seen, language: str) -> None:
    if not list((assets.MANIFEST.parent / "assets").glob("*.gz")):
        pytest.skip("the build is not compressed: make setup does it")
    page = opened(busy, seen.who, locale=language)
    seen.go(page, busy)
    if page.request.get(page.url).status >= 400 or not page.url.startswith(busy.url):
        page.goto(busy.url)
    parts = weigh(page, page.url)
    assert sum(parts.values()) <= LIGHT_ENOUGH, sorted(parts.items(), key=lambda part: -part[1])


def opened(story: StorySite, who: str, **options: Any) -> Page:
    return story.log_in(who, **options) if who else story.visit("/", **options)


def home_of(story: StorySite) -> str:
    beat = story.district.story.beat
    home = next(each for each in story.district.buildings if each.beat_code == beat)
    return f"{home.estate}{home.name.removeprefix(home.estate)}"
