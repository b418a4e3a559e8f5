"""A real Chromium, driven through Playwright."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.marks import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Playwright

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"


class _Running:
    """The one Chromium of this process, for as long as tests in a row need it.

    Playwright leaves an event loop running in the thread, and Django keeps separate connections for
    code inside and outside of a loop. So it runs for whole tests only, fixtures included, and what
    was connected is let go on both sides of the change.
    """

    def __init__(self) -> None:
        self.playwright: Playwright | None = None
        self.browser: Browser | None = None

    def start(self) -> None:
        """Start it; its sandbox is off because containers forbid it."""
        if self.browser is not None:
            return
        from playwright.sync_api import sync_playwright

        _disconnect()
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)

    def stop(self) -> None:
        """Stop it, and its event loop with it."""
        if self.playwright is None:
            return
        _disconnect()
        if self.browser is not None:
            self.browser.close()
        self.playwright.stop()
        self.playwright = self.browser = None
        _disconnect()


_ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # maps draw with WebGL; without a graphics card it is computed
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
_running = _Running()


def _disconnect() -> None:
    from django.db import connections

    connections.close_all()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have the browser run for those who use it, and for nobody else."""
    if "browser" in getattr(item, "fixturenames", ()) and chromium() is not None:
        _running.start()
    else:
        _running.stop()


def pytest_sessionfinish() -> None:
    """Leave no browser behind."""
    _running.stop()


@pytest.fixture
def browser() -> Browser:
    """The running Chromium."""
    assert _running.browser is not None
    return _running.browser


@pytest.fixture
def new_context(
    browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that opens a separate browser session (zh-CN, Shanghai, 1440 × 900).

    Keyword arguments go to Playwright's ``new_context``. When the test fails, a picture of every
    open page is left in ``test-artifacts/``.
    """
    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        usual: dict[str, Any] = {
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "viewport": {"width": 1440, "height": 900},
        }
        context = browser.new_context(**(usual | options))
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield make
    failed = getattr(request.node, "failed_in_call", False)
    for number, context in enumerate(opened):
        if failed:
            _picture(context, f"{request.node.name}-{number}")
        context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[None]:
    """Remember on the test whether it failed, for the pictures."""
    report = yield
    if report.when == "call":
        item.failed_in_call = report.failed  # type: ignore[attr-defined]
    return report


def _picture(context: BrowserContext, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in name)
    for number, page in enumerate(context.pages):
        page.screenshot(path=os.fspath(ARTIFACTS / f"{safe}-{number}.png"))
