"""The drawn demo district as a whole site in this process, by a clock that a story may move.

Pages, live streams, jobs and tickers are the real ones. They run as threads here, and not as
processes of their own, for one reason: they must all see the same injected clock, so that a story
can be set at four in the morning and twenty seconds can pass without anybody waiting for them.
The district is drawn and loaded once a run; each module gets a copy of that database.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from harness.server import RUN, Server, use

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from tongxin.config.demo.drawn import District, DrawnMember

PASSWORD = "the-word-of-the-demo"
ZONE = ZoneInfo("Asia/Shanghai")
BEGINS = dt.datetime(2026, 6, 15, 4, 0, tzinfo=ZONE)
"""A Monday, 4 a.m.: when the district's people go on duty."""
BUILDINGS = 300
PATIENCE_MS = 60_000
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}

_SHIFTED = """(() => {
  const Real = Date, began = %d, at = %d, pace = %s;
  const present = () => at + (Real.now() - began) * pace;
  class Shifted extends Real {
    constructor(...given) { given.length ? super(...given) : super(present()); }
    static now() { return present(); }
  }
  window.Date = Shifted;
})()"""


class StoryClock:
    """Flows from a moment on, or stands still; may be moved forward.

    It flows at a tenth of the real pace: on a busy machine a browser needs longer than a person,
    and nobody in a story shall be late for that.
    """

    PACE = 0.1

    def __init__(self, start: dt.datetime, *, flows: bool = True) -> None:
        self._flows = flows
        self._began = dt.datetime.now(dt.UTC)
        self._start = start.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        passed = dt.datetime.now(dt.UTC) - self._began
        return self._start + passed * (self.PACE if self._flows else 0)

    def advance(self, seconds: float) -> None:
        self._start += dt.timedelta(seconds=seconds)

    def for_browsers(self) -> str:
        """Return the script that puts a page's own clock at this one."""
        began, at = self._began.timestamp(), self._start.timestamp()
        return _SHIFTED % (began * 1000, at * 1000, self.PACE if self._flows else 0)


@dataclass
class Drawn:
    """The district, its database to copy, and the folder with its roads."""

    district: District
    template: str
    data: Path


@dataclass
class StorySite:
    """The site: where its pages are, its clock, its ground, and how a person sits down at it."""

    url: str
    clock: StoryClock
    district: District
    new_context: Callable[..., BrowserContext]
    tokens: dict[str, str] = field(default_factory=dict)

    def visit(self, path: str = "/", **options: Any) -> Page:
        """Open a page as anybody, in a browser of one's own."""
        context = self.new_context(**({"viewport": PHONE} | options))
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(self.clock.for_browsers())
        page = context.new_page()
        page.goto(self.url + path)
        return page

    def log_in(self, name: str, path: str = "", **options: Any) -> Page:
        """Log in by the log-in page; ``path`` is opened afterwards, else the day begins."""
        page = self.visit("/accounts/login/", **options)
        page.locator("#id_login").fill(name)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("#id_password").press("Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        if path:
            page.goto(self.url + path)
        return page

    def api(self, name: str) -> httpx.Client:
        """Return the interface as a member's program sees it; ``name`` is a log-in or a code."""
        if name not in self.tokens:
            self.tokens[name] = _token_of(name)
        bearer = {"Authorization": f"Bearer {self.tokens[name]}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=bearer, timeout=30)

    def tick(self, name: str) -> None:
        """Let one of the worker's tickers run once more, here and now."""
        from tongxin.kernel import ticking

        assert ticking.tick(next(each for each in ticking.registered() if each.name == name))

    def who(self, login: str) -> DrawnMember:
        """Return the drawn member behind a log-in."""
        return next(member for member in self.district.members if member.login == login)

    def spot_of(self, place: str) -> tuple[float, float]:
        """Return lon and lat of a landmark by its drawn name."""
        mark = next(m for m in self.district.landmarks if m.name == place)
        return mark.lon, mark.lat


@pytest.fixture(scope="session")
def drawn_district(
    server: Server,
    fresh_database: Callable[[], None],
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Iterator[Drawn]:
    """Draw the default district with some of its buildings, load it, and build its roads, once."""
    from dataclasses import replace

    from tongxin.config.demo.drawing import draw_district
    from tongxin.config.demo.drawn import SIZES
    from tongxin.config.demo.load import load_district, load_roads
    from tongxin.config.demo.streets import generated_streets
    from tongxin.kernel import clock

    whole = draw_district(generated_streets("Streets of a test."), SIZES["default"])
    homes = sorted(whole.buildings, key=lambda b: b.beat_code != whole.story.beat)[:BUILDINGS]
    size = replace(whole.size, buildings=len(homes))
    district = replace(whole, size=size, buildings=tuple(homes))
    data = tmp_path_factory.mktemp("district")
    template = f"{RUN}_district_{worker_id}"
    load_roads(district, data)
    server.clone(template)
    still = clock.held(StoryClock(BEGINS, flows=False))
    with django_db_blocker.unblock(), _connected(server, template), still:
        load_district(district, password=PASSWORD)
    yield Drawn(district, template, data)
    server.drop(template)
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="module")
def story_starts() -> StoryClock:
    """The clock of a module's site; a module overrides it to begin elsewhere or to stand still."""
    return StoryClock(BEGINS + dt.timedelta(hours=6))


@pytest.fixture(scope="module")
def story_channels() -> str:
    """The text of ``channels.yaml``: no gateway, unless a module has one."""
    return ""


@pytest.fixture(scope="module")
def _running_site(
    drawn_district: Drawn,
    story_starts: StoryClock,
    story_channels: str,
    server: Server,
    django_db_blocker: Any,
) -> Iterator[str]:
    database = f"{drawn_district.template}_site"
    server.clone(database, drawn_district.template)
    with ExitStack() as stack:
        stack.callback(server.drop, database)
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(_connected(server, database))
        stack.enter_context(_installed(drawn_district.data, story_starts, story_channels))
        live = stack.enter_context(_live_streams())
        stack.enter_context(_worker())
        yield stack.enter_context(_pages(live))


@pytest.fixture
def story(
    _running_site: str,
    story_starts: StoryClock,
    drawn_district: Drawn,
    new_context: Callable[..., BrowserContext],
) -> StorySite:
    """The site of this module with its cast on duty."""
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MS)
    return StorySite(_running_site, story_starts, drawn_district.district, new_context)


def _token_of(name: str) -> str:
    """Have the office hand out a token, as ``tongxin token create`` does."""
    from tongxin.foundation.access.actions import issue_token
    from tongxin.foundation.access.models import Member
    from tongxin.foundation.access.scope import SystemActor, acting_as

    with acting_as("story"):
        member = Member.objects.filter(account__username=name).first()
        member = member or Member.objects.get(code=name)
        return issue_token(member=member, actor=SystemActor("story"), name="phone")[0]


@contextmanager
def _connected(server: Server, database: str) -> Iterator[None]:
    """Let this process work on ``database`` for a while, and forget all that it remembers of it."""
    from django.db import connections

    before = {alias: dict(connections[alias].settings_dict) for alias in ("default", "audit")}
    use(server.of(database).app)
    _forget()
    try:
        yield
    finally:
        connections.close_all()
        for alias, settings in before.items():
            connections[alias].settings_dict.clear()
            connections[alias].settings_dict.update(settings)
        _forget()


def _forget() -> None:
    from tongxin.domain.dispatch.duty_board import board
    from tongxin.foundation.territory import locating, lookup
    from tongxin.plumbing.channels import registry

    locating.forget()
    lookup.forget()
    board().forget()
    registry.forget()


@contextmanager
def _installed(data: Path, moment: StoryClock, channels: str) -> Iterator[None]:
    """Put the district's folder, the clock and the channels in force."""
    from django.conf import settings
    from django.test import override_settings

    from tongxin.config.demo.load_people import refresh_positions
    from tongxin.kernel import clock
    from tongxin.plumbing.channels import registry

    (data / "channels.yaml").write_text(channels, encoding="utf-8")
    for name in ("keys", "files"):
        (data / name).mkdir(exist_ok=True)
    shutil.copytree(Path(settings.TONGXIN_DATA) / "keys", data / "keys", dirs_exist_ok=True)
    demo: dict[str, Any] = {"DEMO": True, "SECOND_FACTOR_REQUIRED": False}
    settled = override_settings(TONGXIN_DATA=data, DISTRICT_NAME="同心区", **demo)
    with settled, clock.held(moment):
        registry.forget()
        refresh_positions()  # nobody has moved since the district was loaded
        yield
    registry.forget()


@contextmanager
def _live_streams() -> Iterator[str]:
    """Serve the live streams in a thread; yields their address."""
    import uvicorn

    from tongxin.plumbing.live.asgi import Live

    config = uvicorn.Config(Live(), host="127.0.0.1", port=0, log_level="error", lifespan="on")
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run, daemon=True, name="story-live")
    thread.start()
    until(lambda: serving.started)
    port = serving.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/live/"
    finally:
        serving.force_exit = serving.should_exit = True
        thread.join(15)


@contextmanager
def _worker() -> Iterator[None]:
    """Run tickers and jobs as the worker does."""
    from tongxin.config import worker
    from tongxin.kernel import ticking

    stop = threading.Event()
    threads = ticking.start_all(stop, worker.own_connections)
    jobs = threading.Thread(target=lambda: asyncio.run(_jobs(stop)), daemon=True)
    jobs.start()
    try:
        yield
    finally:
        stop.set()
        for thread in (*threads, jobs):
            thread.join(20)


async def _jobs(stop: threading.Event) -> None:
    from tongxin.config import worker

    jobs = worker._jobs_on_own_connections()
    async with jobs.open_async():
        working = asyncio.create_task(worker._run_jobs(jobs))
        await asyncio.to_thread(stop.wait)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


@contextmanager
def _pages(live: str) -> Iterator[str]:
    """Serve the pages with their static files, as in service, a thread for each request."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.test import override_settings

    from tongxin.config.wsgi import with_static_files

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            return

    with override_settings(LIVE_URL=live):
        application = with_static_files(get_wsgi_application())
        served = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
        served.set_app(application)
        served.daemon_threads = True
        url = f"http://127.0.0.1:{served.server_port}"
        with override_settings(PUBLIC_URL=url, CSRF_TRUSTED_ORIGINS=[url]):
            threading.Thread(target=served.serve_forever, daemon=True, name="pages").start()
            try:
                yield url
            finally:
                served.shutdown()
                socketserver.TCPServer.server_close(served)


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something has come to be; the pause between two looks is no part of any story."""
    pause = threading.Event()
    for _ in range(int(seconds * 20)):
        if true():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come to be in time")
