"""With a telephone gateway an absent owner is rung masked: the page holds no number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from harness.district import PHONE, StorySite
from harness.homes import AGREED, NOTICE, building_of, lay_out, member_actor
from harness.seeing import AXE, violations
from tongxin.plumbing.channels.tests import standin
from tongxin.surfaces.kit import assets

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/"),
]
SECRET, OWNER, BROKEN = "a-secret-of-the-gateway", "13900007781", "13900007786"


@pytest.fixture(scope="module")
def gateway() -> Iterator[standin.StandIn]:
    """A call gateway on this machine."""
    with standin.running(SECRET) as running:
        yield running


@pytest.fixture(scope="module")
def story_channels(gateway: standin.StandIn) -> str:
    """The site knows this gateway."""
    return f"call:\n  url: {gateway.url}\n  secret: {SECRET}\n"


def test_the_owner_is_put_through_and_no_number_shows(
    story: StorySite, gateway: standin.StandIn
) -> None:
    from tongxin.domain.homes import actions

    officer = member_actor("officer")
    flats = lay_out(building_of(story, story.district.story.beat), "5", officer)
    for number, phone in (("601", OWNER), ("602", BROKEN)):
        actions.add_resident(
            flats[number].pk, actor=officer, part="owner", name="钱远行", phone=phone,
            lives_here=False, **AGREED, **NOTICE,
        )  # fmt: skip
    page = story.log_in("officer", f"/field/homes/flats/{flats['601'].pk}/", viewport=PHONE)
    page.locator("#why button[name=purpose]").first.click()
    expect(page.locator("main")).to_contain_text("钱远行")
    assert OWNER not in page.content().replace(" ", "")
    page.screenshot(path="test-artifacts/field-opened-masked.png")
    assert violations(page) == []
    page.get_by_role("button", name="拨打（隐藏号码）").click()
    expect(page.locator("main")).to_contain_text("您的电话正在响")
    assert [each["second"] for each in gateway.connections.values()] == [OWNER]
    assert OWNER not in page.content().replace(" ", "")
    page.screenshot(path="test-artifacts/field-ringing.png")
    assert violations(page) == []
    # where the gateway fails, the number opens by a step of its own
    page.goto(f"{story.url}/field/homes/flats/{flats['602'].pk}/")
    page.locator("#why button[name=purpose]").first.click()
    page.get_by_role("button", name="拨打（隐藏号码）").click()
    expect(page.locator("main")).to_contain_text("电话网关没有接通")
    assert violations(page) == []
    page.get_by_role("button", name="打开号码（留痕）").click()
    expect(page.locator("a[data-dial]")).to_have_attribute("href", f"tel:{BROKEN}")
