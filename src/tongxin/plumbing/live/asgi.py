"""The live process: server-sent events for open pages, one raw ASGI application.

Started by ``tongxin serve`` under Granian, one worker, ``uvloop``; Django's settings are read, its
machinery is not set up. ``GET /live/?ticket=…[&last=ID]`` answers ``text/event-stream``:

- ``id: N`` / ``data: {"topic", "ref", "version"}``: ``ref`` changed; fetch what shows it
- ``event: reload``: too much was missed, load the page's lists afresh
- ``event: bye`` / ``data: renew | behind | revoked``: the stream ends; ask for a new ticket (after
  ``revoked`` the web process decides whether there is one) and come back with ``last``
- a comment and an ``id`` every 15 s as a sign of life

``GET /live/healthz`` answers 200 while the feed is listened to. Doubles are possible, gaps are not:
a page ignores a ``version`` it has already.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")

from django.conf import settings
from psycopg.conninfo import make_conninfo

from tongxin.kernel import clock
from tongxin.kernel.errors import Forbidden
from tongxin.plumbing.live import tickets
from tongxin.plumbing.live.listening import Listener
from tongxin.plumbing.live.streams import Hub, Send, Stream, body_of, event_bytes

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

BEAT_SECONDS = 15.0
LONGEST_SECONDS = 15 * 60.0
"""A stream asks for a new ticket after this, so that a right that has ended is not outlived."""

GOODBYE_SECONDS = 2.0
_OF_THE_DRIVER = frozenset({"prepare_threshold"})
"""Options that Django hands to psycopg and that libpq does not know."""


class Line(NamedTuple):
    """The two ends of one HTTP connection, and the headers that let its page read it."""

    receive: Receive
    send: Send
    cors: list[tuple[bytes, bytes]]


class Live:
    """The application with its hub and listener; made once a process."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.listener: Listener | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def start(self) -> None:
        """Begin to listen; once, in the loop that serves."""
        if self.listener is None:
            self.listener = Listener(conninfo(), self.hub)
            self._tasks = [
                asyncio.create_task(self.listener.run()),
                asyncio.create_task(self._beat()),
            ]

    async def stop(self) -> None:
        """End all streams and the listener."""
        self.hub.close("renew")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.listener is not None:
            await self.listener.close()
        self.listener = None

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                self._end_streams_on_sigterm()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.start()
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        cors = cors_headers(headers.get(b"origin", ""))
        if scope["path"].rstrip("/") == "/live/healthz":
            listens = self.listener is not None and self.listener.listens
            await _plain(
                send, 200 if listens else 503, b"listening\n" if listens else b"lost\n", cors
            )
        elif scope["path"].rstrip("/") != "/live":
            await _plain(send, 404, b"not found\n", cors)
        elif scope["method"] == "OPTIONS":
            await _plain(send, 204, b"", cors)
        elif scope["method"] != "GET":
            await _plain(send, 405, b"GET only\n", cors)
        else:
            await self._open(scope, headers, Line(receive, send, cors))

    async def _open(self, scope: Scope, headers: dict[bytes, str], line: Line) -> None:
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        listener = self.listener
        try:
            ticket = tickets.read(asked.get("ticket", [""])[0], clock.now().timestamp())
        except Forbidden:
            await _plain(line.send, 403, b"ticket\n", line.cors)
            return
        if listener is None or not listener.listens:
            await _plain(line.send, 503, b"lost\n", [*line.cors, (b"retry-after", b"1")])
            return
        if listener.is_revoked(ticket.member_id, ticket.session, ticket.issued):
            await _plain(line.send, 403, b"ticket\n", line.cors)
            return
        last = headers.get(b"last-event-id") or asked.get("last", [""])[0]
        since = listener.place(last) if last else ticket.since
        await self._stream(Stream(ticket, line.send), since, listener, line, fresh=not last)

    async def _stream(
        self, stream: Stream, since: int | None, listener: Listener, line: Line, *, fresh: bool
    ) -> None:
        """Join first, read what was missed second: between the two nothing can fall through."""
        self.hub.join(stream)
        loop = asyncio.get_running_loop()
        gone = asyncio.create_task(_closed_by_far_side(line.receive, stream))
        renewal = loop.call_later(LONGEST_SECONDS * random.uniform(0.9, 1), stream.close, "renew")  # noqa: S311
        try:
            begin = {"type": "http.response.start", "status": 200, "headers": STREAM + line.cors}
            await line.send(begin)
            await line.send(body_of(await _opening(listener, stream, since, fresh=fresh)))
            if (reason := await stream.flow()) != "gone":
                await line.send(body_of(_goodbye(reason), more=False))
        except (OSError, psycopg.Error) as error:
            logger.info("a stream ended: %s", type(error).__name__)
        finally:
            renewal.cancel()
            gone.cancel()
            self.hub.leave(stream)

    def _end_streams_on_sigterm(self) -> None:
        """Say goodbye before the server stops: it would wait for streams that never end.

        The server is then stopped by its other signal, SIGINT.
        """
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(
                signal.SIGTERM, lambda: self._tasks.append(loop.create_task(self._say_goodbye()))
            )

    async def _say_goodbye(self) -> None:
        self.hub.close("renew")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                while self.hub.streams:
                    await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self.hub.beat()


STREAM = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def cors_headers(origin: str) -> list[tuple[bytes, bytes]]:
    """Let the pages of our own public address read the stream, and no others."""
    public = urlsplit(settings.PUBLIC_URL)
    if not origin or origin != f"{public.scheme}://{public.netloc}":
        return [(b"vary", b"Origin")]
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-headers", b"Last-Event-ID"),
        (b"vary", b"Origin"),
    ]


def conninfo() -> str:
    """Return libpq's words for Django's default database."""
    database = settings.DATABASES["default"]
    options = {k: v for k, v in database["OPTIONS"].items() if k not in _OF_THE_DRIVER}
    return make_conninfo(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        port=database["PORT"] or None,
        **{**options, "application_name": "tongxin-live"},
    )


async def _opening(listener: Listener, stream: Stream, since: int | None, *, fresh: bool) -> bytes:
    """Return the first words: how soon to come back, what was missed, where the feed stands."""
    retry = random.randint(500, 2_000)  # noqa: S311 - spreads those who come back together
    missed = await listener.missed(since, stream.ticket.topics, fresh=fresh)
    from_here = listener.hub.event_id(since or 0)  # a page that is cut off here begins again here
    told = b"".join(event_bytes(notice, from_here) for notice in missed.notices)
    afresh = b"event: reload\ndata: feed\n\n" if missed.lost else b""
    return f"retry: {retry}\n\n".encode() + told + afresh + f"id: {missed.now_at}\n\n".encode()


def _goodbye(reason: str) -> bytes:
    return f"event: bye\ndata: {reason}\n\n".encode()


async def _plain(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    own = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": own + headers})
    await send(body_of(body, more=False))


async def _closed_by_far_side(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.close("gone")


application = Live()
