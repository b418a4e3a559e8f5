"""One's phones and values written differently, as people see them: axe, pictures, taps."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from harness.district import DESK, PHONE, StorySite
from harness.homes import AGREED, NOTICE, building_of, lay_out, member_actor
from harness.seeing import AXE, take_picture, violations
from tongxin.surfaces.kit import assets

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/"),
]
UNIT = "5"


@pytest.fixture
def clashes(story: StorySite) -> Any:
    """A flat of which two hands wrote differently, and the phone that brought it."""
    from tongxin.domain.homes import actions, devices, syncing
    from tongxin.domain.homes.models import Unit
    from tongxin.foundation.access.scope import acting_as
    from tongxin.kernel import clock

    building, me = building_of(story, story.district.story.beat), member_actor("officer")
    with acting_as("test"):
        if Unit.objects.filter(building=building, number=UNIT).exists():
            return building
    chief = member_actor("chief")
    flat = lay_out(building, UNIT, me)["401"]
    person = actions.add_resident(
        flat.pk, actor=me, part="owner", name="孙国强", phone="13900001122", **AGREED, **NOTICE
    )
    device = devices.take_along(uuid.uuid4(), "小米 14", [building.pk], actor=me)
    actions.set_flat(flat.pk, actor=chief, state="let")
    actions.amend_resident(person.pk, actor=chief, phone="13900005566")
    for name, value, key in (
        ("state", "empty", ""),
        ("phone", "13900007788", f"resident:{person.pk}"),
    ):
        op = syncing.Op(
            uuid.uuid4(), 1, clock.now(), "set", flat.pk, key, field=name, value=value, stamp=0
        )
        syncing.take_in(device, [op], actor=me, notice_version="1")
    return building


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_seen_without_a_violation(story: StorySite, clashes: Any, language: str) -> None:
    page = story.log_in("officer", locale=language)
    page.set_viewport_size(PHONE)
    faults = []
    for name, path in (
        ("conflicts", "/field/visits/conflicts/"),
        ("devices", "/field/visits/devices/"),
    ):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.goto(story.url + path)
            found = violations(page)
            faults += [(name, theme, each) for each in found]
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            faults += [(name, theme, "wider than the phone")] if wide else []
            if language == "zh-CN" and theme == "light":
                take_picture(page, f"visits-{name}")
    assert not faults


def test_a_clash_is_settled_by_one_tap_and_a_phone_revoked(story: StorySite, clashes: Any) -> None:
    page = story.log_in("officer", "/field/visits/conflicts/")
    page.set_viewport_size(PHONE)
    before = page.locator("section.card").count()
    assert before >= 1
    card = page.locator("section.card").last
    chosen = card.locator("button[value=theirs]").first
    words = chosen.inner_text().splitlines()[0]
    assert words in ("空置", "139 0000 7788", "13900007788")
    chosen.click()
    page.wait_for_function(f"document.querySelectorAll('section.card').length < {before}")
    page.goto(story.url + "/field/visits/devices/")
    card = page.locator("section.card", has_text="小米 14")
    card.get_by_role("button", name="清除这部手机").click()
    page.wait_for_selector("text=下次联网时清除")


def test_the_office_wipes_the_phones_of_a_member(story: StorySite, clashes: Any) -> None:
    from tongxin.domain.homes import devices
    from tongxin.foundation.access.models import Member

    chief = Member.objects.get(account__username="chief")
    devices.take_along(uuid.uuid4(), "华为", [clashes.pk], actor=member_actor("chief"))
    page = story.log_in("secadmin", f"/office/members/{chief.pk}/")
    page.set_viewport_size(DESK)
    assert not violations(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="全部清除").click()
    page.wait_for_function("!document.body.innerText.includes('全部清除')")
    assert devices.carrying(chief.pk) == 0
