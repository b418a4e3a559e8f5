"""Two consoles side by side stay alike: what comes in, what one does, after a broken stream."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from harness.site import LiveSite

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

    NewContext = Callable[..., BrowserContext]

PLACE = "村西北排灌站"
SOON_MS = 2_000  # the queue also asks by itself every 20 s: what is there sooner came by the stream


@dataclass
class Console:
    """One dispatcher's page in a browser of its own."""

    page: Page

    @property
    def queue(self) -> Locator:
        return self.page.locator("#queue")

    def row(self, number: str) -> Locator:
        return self.page.locator(f'#queue [data-pane="{number}"]')

    def wait_until_live(self) -> None:
        expect(self.page.locator("tx-live .state")).to_have_class(
            "state is-there small", timeout=30_000
        )

    def open(self, number: str) -> None:
        self.row(number).click()
        expect(self.page.locator("#incident")).to_have_attribute("data-incident", number)

    def write_down(self, words: str) -> None:
        form = self.page.locator('form[hx-post$="/acts/note/"]')
        form.locator("textarea").fill(words)
        form.locator("button[type=submit]").click()


@pytest.fixture
def consoles(live_site: LiveSite, new_context: NewContext) -> list[Console]:
    _ground()
    opened = []
    for name in ("dispatcher-a", "dispatcher-b"):
        context = new_context()
        context.add_cookies([_log_in(name, live_site.url)])
        console = Console(context.new_page())
        console.page.goto(f"{live_site.url}/console/")
        console.wait_until_live()
        opened.append(console)
    return opened


def _ground() -> None:
    from tongxin.domain.dispatch.tests.making import Station
    from tongxin.foundation.access.models import Account, Role
    from tongxin.foundation.access.tests.making import member
    from tongxin.foundation.territory.models import Landmark
    from tongxin.foundation.territory.tests.making import spot

    station = Station()
    at = spot(2, 2)
    Landmark.objects.create(name=PLACE, lon=at.lon, lat=at.lat)
    station.officer("李响", spot(3, 2))
    for name in ("dispatcher-a", "dispatcher-b"):
        who = member("周平", Role.DISPATCHER, station.branch)
        who.account = Account.objects.create_account(name, "a word of their own")
        who.save(update_fields=["account"])


def _log_in(name: str, url: str) -> dict[str, str]:
    from django.test import Client

    from tongxin.foundation.access.models import Account

    client = Client()
    client.force_login(Account.objects.get(username=name))
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}


def _report(site: LiveSite, new_context: NewContext, what: str) -> str:
    """A resident reports, with a browser that runs no scripts; return the number."""
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{site.url}/report/where/?kind=help")
    page.locator("noscript input[name=place], input#f-place").first.fill(PLACE)
    page.locator("main button[type=submit]").click()
    page.locator("textarea[name=what]").fill(what)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/status/*/")
    return _newest()


def _newest() -> str:
    from tongxin.domain.incidents.models import Incident

    number: str = Incident.objects.order_by("-pk").values_list("number", flat=True)[0]
    return number


def test_both_show_what_comes_in_and_what_one_of_them_does(
    live_site: LiveSite, new_context: NewContext, consoles: list[Console]
) -> None:
    number = _report(live_site, new_context, "闸门下有人喊救命")
    for console in consoles:
        expect(console.row(number)).to_be_visible(timeout=SOON_MS)
    first, second = consoles
    for console in consoles:
        console.open(number)
        expect(console.page.locator("#incident")).to_contain_text("李警官")  # the plan is there
    first.write_down("已打电话，人在闸门东侧")
    expect(second.page.locator("#timeline")).to_contain_text("人在闸门东侧", timeout=SOON_MS)
    expect(first.queue).to_have_text(second.queue.inner_text(), use_inner_text=True)


def test_both_catch_up_when_the_stream_was_gone(
    live_site: LiveSite, new_context: NewContext, consoles: list[Console]
) -> None:
    before = _report(live_site, new_context, "先来的一件")
    for console in consoles:
        expect(console.row(before)).to_be_visible(timeout=SOON_MS)
    live_site.kill("live")
    for console in consoles:
        expect(console.page.locator("tx-live .state")).not_to_have_class("state is-there small")
    meanwhile = _report(live_site, new_context, "断线时来的一件")
    _start_live_again(live_site)
    for console in consoles:
        console.wait_until_live()
        expect(console.row(meanwhile)).to_be_visible(timeout=SOON_MS)
    after = _report(live_site, new_context, "恢复后来的一件")
    for console in consoles:
        expect(console.row(after)).to_be_visible(timeout=SOON_MS)
        assert console.page.locator("#queue [data-pane]").count() == 3


def _start_live_again(site: LiveSite) -> None:
    """As the supervisor does."""
    from tongxin.config.processes import live_command

    port = int(site.live_url.rsplit(":", 1)[1])
    with (site.logs / "live.log").open("ab") as log:
        site.processes["live"] = subprocess.Popen(
            live_command(port),
            env=site.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
