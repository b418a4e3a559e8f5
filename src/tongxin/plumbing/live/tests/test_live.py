from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import mock

import pytest
from django.db import connection, connections, transaction

from tongxin.kernel import clock
from tongxin.kernel.errors import Forbidden
from tongxin.plumbing.live import actions, asgi, tickets
from tongxin.plumbing.live.models import Change

REAL = pytest.mark.django_db(transaction=True)
SECONDS = 10


class Page:
    """A page's side of one stream."""

    def __init__(self, app: asgi.Live, query: str, **scope: Any) -> None:
        self.heard = b""
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.news = asyncio.Event()
        self.left = asyncio.Event()
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": "/live/",
            "query_string": query.encode(),
            "headers": [],
            **scope,
        }
        self.task = asyncio.create_task(app(self.scope, self.receive, self.send))

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        self.heard += message.get("body", b"")
        self.news.set()

    async def until(self, words: str) -> None:
        async with asyncio.timeout(SECONDS):
            while words.encode() not in self.heard:
                self.news.clear()
                await self.news.wait()

    @property
    def last_id(self) -> str:
        return self.heard.rsplit(b"id: ", 1)[1].split(b"\n")[0].decode()


def play(story: Callable[[asgi.Live], Awaitable[None]]) -> None:
    async def whole() -> None:
        app = asgi.Live()
        await app.start()
        async with asyncio.timeout(SECONDS):
            while not app.listener or not app.listener.listens:
                await asyncio.sleep(0.005)
        try:
            await story(app)
        finally:
            await app.stop()
            connections.close_all()  # Django keeps those of a loop apart from the thread's

    asyncio.run(whole())


def ticket(member_id: int = 7, topics: tuple[str, ...] = ("branch",), session: str = "") -> str:
    return "ticket=" + tickets.issue(member_id, topics, session=session)


def publish(ref: str, version: int = 1, **more: Any) -> None:
    actions.publish(topic=more.pop("topic", "branch"), ref=ref, version=version, **more)


@REAL
def test_a_page_hears_of_a_change_on_commit_and_never_without() -> None:
    async def story(app: asgi.Live) -> None:
        page = Page(app, ticket())
        await page.until("retry:")
        with transaction.atomic():
            publish("incident:1")
            transaction.set_rollback(True)
        with transaction.atomic():
            publish("incident:2", 5)
            await asyncio.sleep(0)
            assert b"incident:2" not in page.heard
        await page.until('{"topic":"branch","ref":"incident:2","version":5}')
        assert b"incident:1" not in page.heard
        assert page.headers[b"content-type"].startswith(b"text/event-stream")

    play(story)


@REAL
def test_nothing_is_missed_between_drawing_a_page_and_listening() -> None:
    async def story(app: asgi.Live) -> None:
        drawn = ticket()
        publish("incident:3")
        page = Page(app, drawn)
        await page.until("incident:3")

    play(story)


@REAL
def test_one_that_comes_back_gets_what_it_missed_even_what_committed_late() -> None:
    import psycopg

    async def story(app: asgi.Live) -> None:
        page = Page(app, ticket())
        with psycopg.connect(asgi.conninfo()) as late:
            # Begun before the page's last event, committed after the page was gone.
            late.execute(
                "INSERT INTO live_change (topic, ref, version, at)"
                " VALUES ('branch', 'incident:late', 1, now())"
            )
            publish("incident:4")
            await page.until("incident:4")
            page.left.set()
            await page.task
            publish("incident:5")
        again = Page(app, f"{ticket()}&last={page.last_id}")
        await again.until("incident:5")
        await again.until("incident:late")
        header = Page(app, ticket(), headers=[(b"last-event-id", page.last_id.encode())])
        await header.until("incident:late")

    play(story)


@REAL
def test_an_unknown_place_in_the_feed_has_the_page_load_afresh() -> None:
    async def story(app: asgi.Live) -> None:
        for last in ("", "12", "abc", "5.1", "9999999999999999999.7"):
            page = Page(app, f"{ticket()}&last={last}")
            await page.until("id: ")
            assert (b"event: reload" in page.heard) == bool(last)

    play(story)


@REAL
def test_one_that_was_away_for_too_long_loads_afresh() -> None:
    async def story(app: asgi.Live) -> None:
        page = Page(app, ticket())
        await page.until("id: ")
        before = page.last_id
        hours_ago = clock.now() - dt.timedelta(hours=2)
        with clock.held(clock.HeldClock(hours_ago)):
            for number in range(5):
                publish(f"incident:{number}")
        actions.sweep()
        assert Change.objects.count() == 1  # the mark of how far back the feed goes
        again = Page(app, f"{ticket()}&last={before}")
        await again.until("event: reload")
        fresh = Page(app, ticket())
        await fresh.until("id: ")
        assert b"reload" not in fresh.heard

    play(story)


@REAL
def test_areas_of_all_networks_are_reached_by_one_row() -> None:
    async def story(app: asgi.Live) -> None:
        grid, elsewhere = (
            Page(app, ticket(topics=("area:31",))),
            Page(app, ticket(topics=("area:9",))),
        )
        await grid.until("retry:")
        await elsewhere.until("retry:")
        publish("incident:6", area_ids=[1, 12, 31])
        await grid.until("incident:6")
        assert b"incident:6" not in elsewhere.heard
        drawn_before = tickets.write(tickets.Ticket(7, ("area:12",), time.time(), 3))
        assert Change.objects.count() == 1
        late = Page(app, f"ticket={drawn_before}")
        await late.until("incident:6")

    play(story)


@REAL
def test_a_revocation_closes_streams_and_refuses_their_tickets() -> None:
    async def story(app: asgi.Live) -> None:
        drawn = ticket(7, session="s1")
        page, other = Page(app, drawn), Page(app, ticket(8))
        await page.until("retry:")
        await other.until("retry:")
        actions.revoke("member:7")
        await page.until("data: revoked")
        await asyncio.wait_for(page.task, SECONDS)
        again = Page(app, drawn)
        await asyncio.wait_for(again.task, SECONDS)
        assert again.status == 403
        assert not other.task.done()

    play(story)


@REAL
def test_after_a_loss_of_the_database_pages_come_back_with_new_tickets_and_miss_nothing() -> None:
    async def story(app: asgi.Live) -> None:
        old = ticket()
        page = Page(app, old)
        await page.until("id: ")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'tongxin-live'"
            )
        publish("incident:while-away")
        await page.until("data: renew")
        async with asyncio.timeout(SECONDS):
            while not app.listener or not app.listener.listens:
                await asyncio.sleep(0.01)
        refused = Page(app, old)
        await asyncio.wait_for(refused.task, SECONDS)
        assert refused.status == 403
        again = Page(app, f"{ticket()}&last={page.last_id}")
        await again.until("incident:while-away")
        publish("incident:after")
        await again.until("incident:after")

    play(story)


@REAL
def test_without_a_good_ticket_there_is_no_stream() -> None:
    async def story(app: asgi.Live) -> None:
        for bad in ("", "ticket=", "ticket=abc", "ticket=" + "A" * 500, "ticket=%00", "ticket=é"):
            page = Page(app, bad)
            await asyncio.wait_for(page.task, SECONDS)
            assert page.status == 403

    play(story)


@pytest.mark.django_db
def test_a_ticket_is_good_for_a_minute_and_cannot_be_changed() -> None:
    text = tickets.issue(7, ["branch", "area:3"])
    said = tickets.read(text, clock.now().timestamp())
    assert (said.member_id, said.topics) == (7, ("branch", "area:3"))
    with pytest.raises(Forbidden):
        tickets.read(text, clock.now().timestamp() + 61)
    for place in range(0, len(text), 3):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(Forbidden):
            tickets.read(changed, clock.now().timestamp())


@pytest.mark.django_db
def test_five_thousand_areas_fit_into_a_ticket() -> None:
    topics = [f"area:{number * 7}" for number in range(5_000)]
    text = tickets.issue(1, topics)
    assert len(text) < 30_000
    assert len(tickets.read(text, clock.now().timestamp()).topics) == 5_000


@pytest.mark.parametrize("topic", ["two words", "", "a\nb", "{}", 'a"b', "x" * 65])
def test_only_single_words_enter_the_feed(topic: str) -> None:
    with pytest.raises(ValueError, match="live feed"):
        publish("incident:1", topic=topic)


def test_only_our_own_pages_may_read_the_stream(settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert dict(asgi.cors_headers("http://127.0.0.1:8000"))[b"access-control-allow-origin"]
    for origin in ("", "http://127.0.0.1:8001", "http://evil.example", "null"):
        assert b"access-control-allow-origin" not in dict(asgi.cors_headers(origin))


@REAL
def test_other_paths_and_methods_are_refused_and_health_is_told() -> None:
    async def story(app: asgi.Live) -> None:
        asked = [
            ({"path": "/other"}, 404),
            ({"method": "POST"}, 405),
            ({"method": "OPTIONS"}, 204),
            ({"path": "/live/healthz"}, 200),
        ]
        for scope, status in asked:
            page = Page(app, "", **scope)
            await asyncio.wait_for(page.task, SECONDS)
            assert page.status == status

    play(story)


@REAL
def test_a_sign_of_life_carries_the_place_in_the_feed() -> None:
    async def story(app: asgi.Live) -> None:
        with mock.patch.object(asgi, "BEAT_SECONDS", 0.01):
            other = asgi.Live()
            await other.start()
            async with asyncio.timeout(SECONDS):
                while not other.listener or not other.listener.listens:
                    await asyncio.sleep(0.005)
            page = Page(other, ticket())
            await page.until(": alive\nid: ")
            await other.stop()

    play(story)
