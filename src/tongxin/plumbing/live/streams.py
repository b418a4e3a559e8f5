"""Open streams and the fan-out to them. Knows asyncio only: no sockets, no database.

A change is turned into bytes once and the same bytes go to every stream that may hear of it. A
stream that does not keep up is told so and closed: it comes back with its last event id and catches
up from the feed, which costs less than keeping its backlog in memory.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

from tongxin.plumbing.live.tickets import Ticket

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

MOST_WAITING = 4_096
"""So many events may wait for one stream; beyond that it is behind."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A change as it is told: ``xmin`` is the event id (see migration 0002)."""

    xmin: int
    version: int
    topic: str
    ref: str
    areas: tuple[int, ...] = ()

    @classmethod
    def parse(cls, payload: str) -> Notice:
        """Read a notice's payload ``xmin version topic ref [area,area…]``."""
        xmin, version, topic, ref, *rest = payload.split(" ")
        areas = tuple(map(int, rest[0].split(","))) if rest else ()
        return cls(int(xmin), int(version), topic, ref, areas)

    def topics(self) -> tuple[str, ...]:
        """Return every topic under which the change is heard."""
        return (self.topic, *(f"area:{area}" for area in self.areas))


def event_bytes(notice: Notice, event_id: str) -> bytes:
    """Return the server-sent event; topics and references are single words, so need no escaping."""
    data = f'{{"topic":"{notice.topic}","ref":"{notice.ref}","version":{notice.version}}}'
    return f"id: {event_id}\ndata: {data}\n\n".encode()


def body_of(chunk: bytes, *, more: bool = True) -> Message:
    """Return the ASGI message that carries ``chunk``."""
    return {"type": "http.response.body", "body": chunk, "more_body": more}


def is_done(sent: Awaitable[None]) -> bool:
    """Return whether the server has taken a message already, so that nothing is left to await.

    Granian's awaitable for this is an iterator that ends at once, with nothing to ask it; one that
    still waits for room has ``done``. Coroutines of other servers are neither, and are awaited.
    """
    step = getattr(sent, "__next__", None)
    if step is None or hasattr(sent, "done"):
        return False
    try:
        step()
    except StopIteration:
        return True
    return False


class Stream:
    """One open page. The hub puts events in; its task runs ``flow``, which ends with the stream.

    While the task waits, an event goes straight to the server: most take it at once, and then
    nothing has to be woken. Otherwise events wait here, at most ``MOST_WAITING`` references to
    bytes that all streams share.
    """

    __slots__ = ("_rest", "_send", "_waiter", "closing", "ticket", "waiting")

    def __init__(self, ticket: Ticket, send: Send) -> None:
        self.ticket = ticket
        self.waiting: list[bytes] = []
        self.closing = ""
        self._send = send
        self._rest: Awaitable[None] | None = None
        self._waiter: asyncio.Future[None] | None = None

    def put(self, message: Message) -> None:
        """Let an event go out next."""
        if self.closing:
            return
        if self._waiter is None or self._waiter.done():
            self.waiting.append(message["body"])
            if len(self.waiting) > MOST_WAITING:
                self.close("behind")
            return
        rest = self._send(message)
        if not is_done(rest):
            self._rest = rest
            self._waiter.set_result(None)

    def close(self, reason: str) -> None:
        """Have the stream end: ``behind``, ``renew``, ``revoked``, or ``gone``."""
        self.closing = self.closing or reason
        self.waiting.clear()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def flow(self) -> str:
        """Send what comes until the stream is closed; return why it was."""
        while not self.closing or self._rest is not None:
            if self._rest is not None:
                rest, self._rest = self._rest, None
                await rest
            elif self.waiting:
                chunk = b"".join(self.waiting)
                self.waiting.clear()
                await self._send(body_of(chunk))  # waits while the far side does not read
            else:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
        return self.closing


class Hub:
    """Who hears what. All transactions before ``horizon`` have been told.

    ``epoch`` names the database server's start, for after a crash it may use numbers again.
    """

    def __init__(self) -> None:
        self.horizon = 0
        self.epoch = 0
        self.streams: set[Stream] = set()
        self._hearers: defaultdict[str, dict[Stream, None]] = defaultdict(dict)

    def join(self, stream: Stream) -> None:
        """Let a stream hear its ticket's topics from now on."""
        self.streams.add(stream)
        for topic in stream.ticket.topics:
            self._hearers[topic][stream] = None

    def leave(self, stream: Stream) -> None:
        """Forget a stream."""
        self.streams.discard(stream)
        for topic in stream.ticket.topics:
            hearers = self._hearers.get(topic)
            if hearers is not None:
                hearers.pop(stream, None)
                if not hearers:
                    del self._hearers[topic]

    def tell(self, notice: Notice) -> int:
        """Put a change to every stream that hears any of its topics; return how many do."""
        self.horizon = max(self.horizon, notice.xmin)
        found = [hearers for t in notice.topics() if (hearers := self._hearers.get(t))]
        if not found:
            return 0
        chunk = event_bytes(notice, self.event_id(self.horizon))
        hearers = found[0] if len(found) == 1 else dict.fromkeys(s for some in found for s in some)
        message = body_of(chunk)
        for stream in hearers:
            stream.put(message)
        return len(hearers)

    def event_id(self, xid: int) -> str:
        """Return how a place in the feed is written down for a page."""
        return f"{xid}.{self.epoch}"

    def beat(self) -> None:
        """Put a sign of life, and the event id up to which all was told, to every stream."""
        chunk = f": alive\nid: {self.event_id(self.horizon)}\n\n".encode()
        message = body_of(chunk)
        for stream in self.streams:
            stream.put(message)

    def close(self, reason: str, streams: Iterable[Stream] | None = None) -> None:
        """Close the given streams, or all."""
        for stream in list(self.streams if streams is None else streams):
            stream.close(reason)

    def close_those_of(self, who: str) -> int:
        """Close the streams of ``member:ID`` or ``session:DIGEST``; return how many there were."""
        kind, _colon, name = who.rpartition(":")
        meant = [
            stream
            for stream in self.streams
            if (kind == "session" and stream.ticket.session == name)
            or (kind in ("", "member") and str(stream.ticket.member_id) == name)
        ]
        self.close("revoked", meant)
        return len(meant)
