"""Makes HTTP load from one process: as fast as it goes, or so many a second whatever comes back."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import uvloop

CONNECTIONS = 32
OPEN_CONNECTIONS = 64


@dataclass
class Result:
    """Times in ms of the accepted requests, how many were refused, and for how long it ran."""

    times: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def closed_loop(port: int, path: str, token: str, seconds: float) -> Result:
    """Keep 32 connections busy for ``seconds``; return what was accepted."""
    return uvloop.run(_closed(port, request_maker(port, path, token), seconds))


def open_loop(port: int, path: str, token: str, seconds: float, rate: float) -> Result:
    """Send ``rate`` requests a second, due on time whatever is still under way."""
    return uvloop.run(_open(port, request_maker(port, path, token), seconds, rate))


def request_maker(port: int, path: str, token: str) -> Callable[[], bytes]:
    """Return a function that makes the next report as bytes, each with a key of its own."""
    chance = random.Random(7)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {size}\r\n\r\n"
    )

    def make() -> bytes:
        body = json.dumps(
            {
                "kind": "help",
                "lon": 114.20 + chance.random() * 0.079,
                "lat": 30.50 + chance.random() * 0.079,
                "what": "3号楼2单元门口有位老人摔倒了，需要人来扶一下。",
                "contact_phone": f"138{chance.randrange(10**8):08d}",
            },
            ensure_ascii=False,
        ).encode()
        key = os.urandom(12).hex()
        return head.replace("{key}", key).replace("{size}", str(len(body))).encode() + body

    return make


class _Line(asyncio.Protocol):
    """One kept connection that has one request under way at most."""

    def __init__(self) -> None:
        self.buffer = b""
        self.answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def ask(self, request: bytes) -> asyncio.Future[int]:
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)  # type: ignore[attr-defined]
        return self.answer

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found or self.answer is None:
            return
        if len(body) >= _length(head):
            self.buffer = b""
            self.answer.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self.answer and not self.answer.done():
            self.answer.set_exception(error or ConnectionError("closed"))


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


async def _closed(port: int, make: Callable[[], bytes], seconds: float) -> Result:
    result, loop = Result(), asyncio.get_running_loop()
    end = time.perf_counter() + seconds

    async def keep_busy() -> None:
        _transport, line = await loop.create_connection(_Line, "127.0.0.1", port)
        while (begin := time.perf_counter()) < end:
            _note(result, await line.ask(make()), begin)
        line.transport.close()

    begin = time.perf_counter()
    await asyncio.gather(*(keep_busy() for _ in range(CONNECTIONS)))
    result.seconds = time.perf_counter() - begin
    return result


async def _open(port: int, make: Callable[[], bytes], seconds: float, rate: float) -> Result:
    result, loop = Result(), asyncio.get_running_loop()
    free: asyncio.Queue[_Line] = asyncio.Queue()
    for _ in range(OPEN_CONNECTIONS):
        free.put_nowait((await loop.create_connection(_Line, "127.0.0.1", port))[1])

    async def send(due: float) -> None:
        line = await free.get()
        _note(result, await line.ask(make()), due)
        free.put_nowait(line)

    begin, tasks = time.perf_counter(), []
    for number in range(int(seconds * rate)):
        due = begin + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(send(due)))
    await asyncio.gather(*tasks)
    result.seconds = time.perf_counter() - begin
    return result


def _note(result: Result, status: int, begin: float) -> None:
    if status in (200, 201):
        result.times.append((time.perf_counter() - begin) * 1_000)
    else:
        result.refused += 1
