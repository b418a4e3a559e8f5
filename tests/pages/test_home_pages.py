"""The floor plans' pages as people see them: by axe, on two sizes, in both themes and languages."""

from __future__ import annotations

from typing import Any

import pytest

from harness.district import DESK, PHONE, StorySite, until
from harness.seeing import AXE, take_picture, violations, weigh
from tongxin.surfaces.kit import assets

LIGHT_ENOUGH = 100_000
KEYS_A_SECOND = 5  # of a practised hand
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/"),
]
PAGES = {
    "field-homes": "/field/homes/",
    "field-building": "/field/homes/{building}/",
    "field-flat": "/field/homes/flats/{flat}/?incident={number}",
    "field-residents": "/field/homes/flats/{flat}/residents/",
    "field-questions": "/field/homes/questions/",
    "field-ask-home": "/field/incidents/{number}/ask-home/?place={place}",
    "field-looks": "/field/homes/looks/",
    "field-glass": "/field/homes/glass/?place={place}",
    "office-register-grants": "/office/register-grants/",
    "office-sheets": "/office/homes/sheets/",
    "office-homes": "/office/homes/",
    "office-home": "/office/homes/{building}/",
    "office-homes-import": "/office/homes/import/",
}
OF_THE_CHIEF = {"office-looks": "/office/looks/"}
LOOKS = {"zh-CN": [(PHONE, "light"), (DESK, "light"), (PHONE, "dark"), (DESK, "dark")],
         "en": [(PHONE, "light"), (DESK, "light"), (PHONE, "dark"), (DESK, "dark")]}  # fmt: skip


@pytest.fixture
def kept(story: StorySite) -> dict[str, Any]:
    """A building with three units, people in it, a question and an incident, made once."""
    from tongxin.domain.homes.models import Flat, Unit
    from tongxin.foundation.access.scope import acting_as
    from tongxin.foundation.territory.models import Building

    drawn = next(b for b in story.district.buildings if b.beat_code == story.district.story.beat)
    building = Building.objects.get(code=drawn.code)
    with acting_as("test"):
        if not Unit.objects.filter(building=building, number="9").exists():
            fill(building)
        flat = Flat.objects.get(unit__building=building, unit__number="9", number="402")
    return {"building": building.pk, "flat": flat.pk, "place": building.label} | incident(building)


def fill(building: Any) -> None:
    from tongxin.domain.homes import actions
    from tongxin.domain.homes.models import Flat
    from tongxin.foundation.access.models import Member
    from tongxin.foundation.access.scope import MemberActor, acting_as

    officer = MemberActor(Member.objects.get(account__username="officer"))
    states = ("lived_in", "lived_in", "let", "lived_in", "empty")
    shown = {"legal_basis": "consent", "consented": True}
    for number, columns in (("7", 2), ("8", 3), ("9", 2)):
        unit = actions.lay_out_unit(building.pk, number, 1, 7, columns, actor=officer)
        with acting_as("test"):
            flats = list(Flat.objects.filter(unit=unit).order_by("floor", "column"))
        for at, flat in enumerate(flats):
            more = {
                "has_dog": at % 7 == 0,
                "charging_hazard": at % 9 == 4,
                "no_visit": at % 11 == 5,
            }
            if at % 6:
                actions.set_flat(flat.pk, actor=officer, state=states[at % 5], **more)
        for at, code in ((1, "oxygen"), (4, "wheelchair"), (7, "lives_alone"), (9, "infant")):
            person = actions.add_resident(
                flats[at].pk, actor=officer, part="occupant", name="甘露", phone="13900001122",
                notice_version="1", **shown,
            )  # fmt: skip
            actions.add_care(person.pk, code, actor=officer, **shown)
        actions.add_resident(
            flats[-1].pk, actor=officer, part="owner", name="钱远行", phone="13900007788",
            lives_here=False, notice_version="1", **shown,
        )  # fmt: skip
    actions.merge_flats([flats[4].pk, flats[5].pk], actor=officer)
    ask_for_looks(flats[8].pk, unit, officer)


def ask_for_looks(flat_id: int, unit: Any, officer: Any) -> None:
    """A child whose record is asked for, broken glass elsewhere, a sheet that waits."""
    import io

    from PIL import Image

    from tongxin.domain.homes import actions
    from tongxin.foundation.territory.models import Building

    guarded = {"legal_basis": "guardian", "guardian_consented": True, "notice_version": "1"}
    child = actions.add_resident(
        flat_id, actor=officer, part="occupant", name="甘小满", is_minor=True, **guarded
    )
    actions.ask_look(child.pk, "safeguard", "孩子走失，核对监护人", actor=officer)
    far = Building.objects.order_by("-id")[0]
    actions.break_glass(far.pk, "煤气泄漏，三楼无人开门", actor=officer)
    paper = io.BytesIO()
    Image.new("RGB", (900, 1200), "#f4f1e6").save(paper, "JPEG")
    actions.add_sheet(unit.pk, paper.getvalue(), actor=officer)


def incident(building: Any) -> dict[str, Any]:
    from tongxin.domain.homes import actions
    from tongxin.domain.homes.models import HomeQuestion
    from tongxin.domain.incidents.actions import Report, report
    from tongxin.domain.incidents.models import Incident, Source
    from tongxin.foundation.access.models import Member
    from tongxin.foundation.access.scope import MemberActor, SystemActor, acting_as
    from tongxin.kernel.geometry import Spot

    with acting_as("test"):
        found = Incident.objects.order_by("id").first()
        if found is None:
            given = Report(kind="help", spot=Spot(building.lon, building.lat), source=Source.PHONE,
                           what="老人说家在这里，儿子叫强子")  # fmt: skip
            found = report(given, actor=SystemActor("test")).incident
        asked = HomeQuestion.objects.exists()
    officer = Member.objects.get(account__username="officer")
    if not asked:
        beat = officer.grants.get().area_id
        actions.ask_home_beat(
            found.pk, beat, "他的儿子叫强子，请查电话", actor=MemberActor(officer)
        )
    return {"number": found.number}


@pytest.mark.parametrize("language", ["zh-CN", pytest.param("en", marks=pytest.mark.prove)])
def test_seen_without_a_violation(story: StorySite, kept: dict[str, Any], language: str) -> None:
    faults = looked_at(story, "officer", PAGES, kept, language)
    faults += looked_at(story, "chief", OF_THE_CHIEF, kept, language)
    assert faults == []


def looked_at(
    story: StorySite, login: str, pages: dict[str, str], kept: dict[str, Any], language: str
) -> list[Any]:
    """Look at pages on both sizes, in both themes; return what is wrong with them."""
    page = story.log_in(login, locale=language)
    faults: list[Any] = []
    for name, path in pages.items():
        for size, theme in LOOKS[language]:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.goto(story.url + path.format(**kept))
            if page.locator("tx-plan").count():
                page.wait_for_selector(".plan-table", state="attached")
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            page.screenshot(path=f"test-artifacts/{name}-{language}-{theme}-{size['width']}.png")
            faults += [(name, theme, size["width"], each) for each in violations(page)]
            faults += [(name, theme, size["width"], "too wide", wide)] if wide > 0 else []
            if theme == "light" and (size is DESK) == name.startswith("office"):
                take_picture(page, name if language == "zh-CN" else f"en-{name}")
    page.context.close()
    return faults


def test_a_sheet_is_filled_within_forty_seconds(story: StorySite, kept: dict[str, Any]) -> None:
    from tongxin.domain.homes.models import Flat
    from tongxin.foundation.access.scope import acting_as

    page = story.log_in("officer", f"/office/homes/{kept['building']}/", viewport=DESK)
    page.wait_for_selector(".plan-table", state="attached")
    page.locator("[data-cell][tabindex='0']").focus()
    sheet = "zkzcbzzkczzzzk"  # a unit of seven floors, two flats each, as its paper says it
    page.keyboard.type("7-701", delay=5)
    page.keyboard.type(sheet, delay=5)
    assert len("7-701" + sheet) / KEYS_A_SECOND <= 40
    words = {"z": "lived_in", "k": "empty", "c": "let", "b": "unknown"}

    def states() -> list[str]:
        with acting_as("test"):
            flats = Flat.objects.filter(unit__building=kept["building"], unit__number="7")
            return list(flats.order_by("-floor", "column").values_list("state", flat=True))

    until(lambda: states() == [words[key] for key in sheet])

    # and a block from Excel, from the chosen flat down
    page.evaluate("document.querySelector('tx-plan').hear('701 空')")
    page.evaluate("document.querySelector('tx-plan').paste('出租\\t自住\\n空置\\t不详')")
    until(lambda: states()[:4] == ["let", "lived_in", "empty", "unknown"])


def test_it_prints_numbers_and_lines_only(story: StorySite, kept: dict[str, Any]) -> None:
    page = story.log_in("officer", f"/field/homes/{kept['building']}/")
    page.wait_for_selector(".plan-table", state="attached")
    page.emulate_media(media="print")
    page.wait_for_selector(".plan-paper")
    seen = page.evaluate("document.querySelector('main').innerText")
    assert "702" in page.locator(".plan-paper").inner_text()
    for word in ("空置", "出租", "家用氧气", "独居", "坐轮椅"):
        assert word not in seen


def test_a_phone_page_is_light(story: StorySite, kept: dict[str, Any]) -> None:
    if not list((assets.MANIFEST.parent / "assets").glob("*.gz")):
        pytest.skip("the build is not compressed: make setup does it")
    page = story.log_in("officer")
    for name in ("field-homes", "field-building", "field-flat"):
        parts = weigh(page, story.url + PAGES[name].format(**kept))
        assert sum(parts.values()) <= LIGHT_ENOUGH, sorted(parts.items(), key=lambda p: -p[1])
