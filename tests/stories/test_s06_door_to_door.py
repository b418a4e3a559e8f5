"""S06 Door to door: from flat to flat in a stairwell without signal; the phone loses nothing."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from harness.district import PHONE, StorySite, until
from harness.homes import AGREED, NOTICE, building_of, lay_out, member_actor
from harness.seeing import violations
from harness.visits import PIN, door, everything_kept, log_out, open_with_pin, take_along
from tongxin.surfaces.kit import assets

if TYPE_CHECKING:
    from tongxin.domain.homes.models import Flat
    from tongxin.foundation.territory.models import Building

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
]
UNIT = "6"
OLD, OLD_PHONE = "孙阿婆", "13900001122"
MOVED, MOVED_PHONE, NEW_PHONE, OTHER_PHONE = "钱远行", "13900007788", "13911110000", "13922220000"
IN_THE_STAIRWELL = dt.timedelta(minutes=10)


@dataclass
class Stairs:
    """The stairwell of the story."""

    building: Building
    flats: dict[str, Flat]
    people: dict[str, int] = field(default_factory=dict)


@pytest.fixture
def stairs(story: StorySite) -> Stairs:
    """Twelve flats on the officer's beat that nobody has confirmed yet, two with people."""
    from tongxin.domain.homes import actions

    building, officer = building_of(story, story.district.story.beat), member_actor("officer")
    made = Stairs(building, lay_out(building, UNIT, officer))
    for number, name, phone in (("501", OLD, OLD_PHONE), ("401", MOVED, MOVED_PHONE)):
        person = actions.add_resident(
            made.flats[number].pk, actor=officer, part="occupant", name=name, phone=phone,
            **AGREED, **NOTICE,
        )  # fmt: skip
        made.people[number] = person.pk
    return made


def test_four_doors_without_signal(story: StorySite, stairs: Stairs) -> None:
    # where there is signal, the building is taken along; the way there is one tap from the plans
    phone = story.log_in("officer", "/field/homes/")
    phone.get_by_role("link", name=re.compile("走访")).click()
    take_along(phone, stairs.building)
    expect(phone.locator(".home-list")).to_contain_text(stairs.building.label)
    assert_seen(phone, "taken")
    nothing_lies_open(phone)

    # no signal from here on; even the page itself comes from the phone
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.locator("main")).to_contain_text("已锁定")
    expect(phone.locator("main")).not_to_contain_text(stairs.building.label)
    assert_seen(phone, "locked")
    open_with_pin(phone)
    expect(phone.locator(".offline-strip")).to_contain_text("没信号")
    phone.get_by_role("link", name=re.compile(stairs.building.label)).click()
    expect(phone.locator("ol.home-list")).to_contain_text(f"{UNIT}单元")
    assert_seen(phone, "doors")

    visits_in_the_dark(phone, stairs)
    expect(phone.locator(".offline-strip")).to_contain_text("没信号，已存 6 条，有网自动传")
    expect(phone.locator("main")).to_contain_text("今天走完的")
    assert_seen(phone, "done")
    nothing_lies_open(phone)
    assert visits_of(stairs) == {}

    # meanwhile another phone has another number for the same person
    elsewhere = a_second_phone(story, stairs)
    story.clock.advance(IN_THE_STAIRWELL.total_seconds())

    # signal: everything goes by itself, with its own time and the time it came
    phone.context.set_offline(False)
    expect(phone.locator(".offline-strip")).to_have_count(0)
    assert_all_is_told(stairs)
    the_clash_is_settled(phone, stairs)
    log_out_forgets_everything(story, phone, stairs)
    a_revoked_phone_forgets_everything(elsewhere)


def visits_in_the_dark(phone: Page, stairs: Stairs) -> None:
    """Confirm, change a number with a need besides, a door that stays shut, and 不用来."""
    door(phone, stairs.flats["501"])
    expect(phone.locator("main")).to_contain_text(OLD)
    expect(phone.locator(".dial")).to_have_attribute("href", f"tel:{OLD_PHONE}")
    box = phone.locator("[data-confirm-door]").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE["height"], "a thumb away"
    assert_seen(phone, "door")
    phone.get_by_role("button", name="都没变，确认").click()
    expect(phone.locator("main")).to_contain_text("今天走完的")

    door(phone, stairs.flats["401"])
    phone.get_by_role("link", name=re.compile("改动")).click()
    phone.locator("#v-phone").fill(NEW_PHONE)
    phone.get_by_role("button", name="保存").first.click()
    expect(phone.locator(".dial")).to_have_attribute("href", f"tel:{NEW_PHONE}")
    phone.get_by_role("link", name=re.compile("改动")).click()
    phone.get_by_text("添加照顾需要").click()
    phone.locator("#v-code").select_option("oxygen")
    phone.get_by_label("已出示告知书，对方同意").check()
    assert_seen(phone, "person")
    phone.locator("details").get_by_role("button", name="保存").click()
    expect(phone.locator("main ul.plain")).to_contain_text("家用氧气")
    phone.get_by_role("link", name="回这一户").click()
    phone.get_by_role("button", name="改好了，这户走完").click()

    door(phone, stairs.flats["301"])
    phone.get_by_role("button", name=re.compile("不方便，下次")).click()
    expect(phone.locator("main")).to_contain_text("今天走完的")
    door(phone, stairs.flats["302"])
    phone.locator('[data-outcome="not_wanted"]').click()
    expect(phone.locator("main")).to_contain_text("今天走完的")


def nothing_lies_open(phone: Page) -> None:
    """What lies in the browser's storage has no name and no number in clear, nor any answer."""
    kept = everything_kept(phone, cached=False)
    assert "tongxin-visits" in kept
    for word in (OLD, OLD_PHONE, MOVED, MOVED_PHONE, NEW_PHONE, "oxygen", "not_wanted", PIN):
        assert word not in kept, word
    whole = everything_kept(phone, cached=True)
    assert "/static/dist/assets/visits-" in whole
    for word in (OLD, OLD_PHONE, MOVED, MOVED_PHONE, NEW_PHONE, "李响"):
        assert word not in whole, word


def a_second_phone(story: StorySite, stairs: Stairs) -> Page:
    """The same building on another phone, where somebody writes another number."""
    other = story.log_in("officer", "/field/visits/")
    take_along(other, stairs.building)
    other.get_by_role("link", name=re.compile(stairs.building.label)).click()
    door(other, stairs.flats["401"])
    other.get_by_role("link", name=re.compile("改动")).click()
    other.locator("#v-phone").fill(OTHER_PHONE)
    other.get_by_role("button", name="保存").first.click()
    until(lambda: number_of(stairs, "401") == OTHER_PHONE)
    return other


def number_of(stairs: Stairs, flat: str) -> str:
    """Return the number that the register has of the person of a flat."""
    from tongxin.domain.homes.models import Resident
    from tongxin.foundation.access.scope import SystemActor, acting_as
    from tongxin.plumbing.vault import actions as vault

    with acting_as("story"):
        row = Resident.objects.get(pk=stairs.people[flat])
        actor = str(SystemActor("story"))
        return str(vault.reveal(row.phone_ref, actor=actor, purpose="find_owner"))


def visits_of(stairs: Stairs) -> dict[str, Any]:
    from tongxin.domain.homes.models import Visit
    from tongxin.foundation.access.scope import acting_as

    with acting_as("story"):
        rows = Visit.objects.filter(flat__unit__building=stairs.building).select_related("flat")
        return {row.flat.number: row for row in rows}


def assert_all_is_told(stairs: Stairs) -> None:
    """The register has all four visits, a need more, and the flat that asks for none."""
    from tongxin.domain.homes.models import CareMark
    from tongxin.foundation.access.scope import acting_as

    told = visits_of(stairs)
    outcomes = {number: visit.outcome for number, visit in told.items()}
    assert outcomes == {
        "501": "confirmed",
        "401": "changed",
        "301": "refused",
        "302": "not_wanted",
    }
    for visit in told.values():
        assert visit.received_at - visit.visited_at >= IN_THE_STAIRWELL
    with acting_as("story"):
        stairs.flats["302"].refresh_from_db()
        care = CareMark.objects.filter(resident_id=stairs.people["401"], ended_at__isnull=True)
        assert list(care.values_list("code", flat=True)) == ["oxygen"]
    assert stairs.flats["302"].no_visit
    assert number_of(stairs, "401") == OTHER_PHONE, "nothing is overwritten"


def the_clash_is_settled(phone: Page, stairs: Stairs) -> None:
    """Both numbers are shown, with a button each."""
    phone.get_by_role("link", name="带出来的楼").click()
    phone.get_by_role("link", name=re.compile("写得不一样")).click()
    card = phone.locator("[data-conflict]")
    expect(card).to_contain_text("139 2222 0000")
    expect(card).to_contain_text("139 1111 0000")
    assert_seen(phone, "conflict")
    card.get_by_role("button", name=re.compile("139 1111 0000")).click()
    expect(phone.locator("main")).to_contain_text("都已选定")
    until(lambda: number_of(stairs, "401") == NEW_PHONE)


def log_out_forgets_everything(story: StorySite, phone: Page, stairs: Stairs) -> None:
    """After the log-out nothing lies on the phone, and the server has been told."""
    from tongxin.domain.homes.models import OfflineDevice
    from tongxin.foundation.access.scope import acting_as

    log_out(phone)
    phone.goto(f"{story.url}/")
    nothing_is_left(phone)
    with acting_as("story"):
        assert OfflineDevice.objects.filter(why="logout", wiped_at__isnull=False).count() == 1


def nothing_is_left(phone: Page) -> None:
    """No visits lie on the phone any more; the queue of other pages' steps is empty."""
    assert phone.evaluate("indexedDB.databases().then(all => all.map(each => each.name))") in (
        [],
        ["tongxin-acts"],
    )
    kept = everything_kept(phone, cached=False)
    assert "tongxin-visits" not in kept
    assert "iv=" not in kept, "nothing sealed either"


def a_revoked_phone_forgets_everything(phone: Page) -> None:
    """The office revokes the other phone: at its next contact it has nothing."""
    from tongxin.domain.homes import devices
    from tongxin.domain.homes.models import OfflineDevice
    from tongxin.foundation.access.scope import acting_as

    with acting_as("story"):
        row = OfflineDevice.objects.get(wiped_at__isnull=True, revoked_at__isnull=True)
    devices.revoke(row.pk, actor=member_actor("officer"))
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("#toasts")).to_contain_text("这部手机已被停用")
    expect(phone.locator("main")).not_to_contain_text(MOVED)
    nothing_is_left(phone)


def assert_seen(page: Page, name: str) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.screenshot(path=f"test-artifacts/s06-{name}.png")
