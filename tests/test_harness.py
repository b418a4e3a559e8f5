"""The ground itself: the real site beside a test, seen through a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext

    from harness.site import LiveSite


def test_the_site_runs_on_the_tests_own_database(
    live_site: LiveSite, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    answer = page.goto(f"{live_site.url}/")
    assert answer
    assert answer.status == 200
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert "同心" in page.inner_text("body")


def test_the_next_test_finds_a_fresh_database(live_site: LiveSite) -> None:
    live_site.kill("worker")
    assert live_site.processes["worker"].returncode is not None
    assert live_site.processes["web"].poll() is None


@pytest.mark.django_db
def test_a_test_without_the_site_follows_one_with_it() -> None:
    from tongxin.foundation.access.models import Member

    assert not Member.objects.exists()
