"""Open streams as a page has them, in processes of their own: one event, many arrivals.

Each process keeps its share of the connections on one loop and tells, for every probe that it was
asked to watch, when the first and the last of its streams had it. Times are of the machine's
monotonic clock, which all processes share.
"""

from __future__ import annotations

import asyncio
import multiprocessing as mp
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

CONNECT_AT_ONCE = 200
CONNECT_SECONDS = 30.0


class _Page(asyncio.Protocol):
    """One open stream: counts its share of every probe."""

    def __init__(self, request: bytes, watch: _Watch) -> None:
        self.request = request
        self.watch = watch
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self.ready.done():
            self.seen += data
            if b" 200 " in self.seen[:20] and b"\r\n\r\n" in self.seen:
                self.ready.set_result(None)
        if self.watch.mark and self.watch.mark in data:
            self.watch.arrived()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(repr(self.seen[:200])))


class _Watch:
    """What this process waits for: the mark of one probe on all its streams."""

    def __init__(self, streams: int) -> None:
        self.streams = streams
        self.mark = b""
        self.left = 0
        self.last = 0
        self.done = asyncio.Event()

    def set(self, mark: bytes) -> None:
        self.mark, self.left = mark, self.streams
        self.done.clear()

    def arrived(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.last = time.perf_counter_ns()
            self.done.set()


async def _serve(pipe: Connection, url: str, streams: int) -> None:
    watch, parts = _Watch(streams), urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/event-stream\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    kept = []
    for begin in range(0, streams, CONNECT_AT_ONCE):
        batch = await asyncio.gather(
            *(
                loop.create_connection(lambda: _Page(request, watch), parts.hostname, parts.port)
                for _ in range(min(CONNECT_AT_ONCE, streams - begin))
            )
        )
        kept += batch
        await asyncio.wait_for(
            asyncio.gather(*(page.ready for _transport, page in batch)), CONNECT_SECONDS
        )
    pipe.send("open")
    while (mark := await loop.run_in_executor(None, pipe.recv)) is not None:
        watch.set(mark)
        pipe.send("watching")
        try:
            await asyncio.wait_for(watch.done.wait(), 10)
            pipe.send(watch.last)
        except TimeoutError:
            pipe.send(None)
    for transport, _page in kept:
        transport.abort()


def _process(pipe: Connection, url: str, streams: int) -> None:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(pipe, url, streams))


@dataclass
class Pages:
    """``streams`` open pages on ``url``, in one other process (the machine has two cores)."""

    url: str
    streams: int

    def __enter__(self) -> Pages:
        context = mp.get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(
            target=_process, args=(far, self.url, self.streams), daemon=True
        )
        self._process.start()
        if not self._pipe.poll(CONNECT_SECONDS + self.streams / 100) or self._pipe.recv() != "open":
            raise RuntimeError(f"the streams on {self.url} did not open")
        return self

    def __exit__(self, *_exc: object) -> None:
        self._pipe.send(None)
        self._process.join(10)
        if self._process.is_alive():
            self._process.terminate()

    def watch(self, mark: str) -> None:
        """Wait from now on for an event that contains ``mark``."""
        self._pipe.send(mark.encode())
        self._pipe.recv()

    def last(self) -> int:
        """Return when the last stream had it, in nanoseconds of the monotonic clock."""
        moment = self._pipe.recv()
        if moment is None:
            raise RuntimeError("an event did not reach all streams within 10 s")
        return int(moment)
