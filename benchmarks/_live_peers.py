"""The two servers that the live process is held against; each is a program of its own.

``floor``: a bare loop that writes the same bytes to raw sockets, told by the same LISTEN.
``peer``: django-eventstream under uvicorn, which is how its own documentation runs it. It keeps its
events in the process that sends them, so its ``/fire/`` commits the same row and then sends.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n"


class _Hearer(asyncio.Protocol):
    open_ones: set[asyncio.Transport] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(HEAD)  # type: ignore[attr-defined]
        self.open_ones.add(self.transport)  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        self.open_ones.discard(self.transport)  # type: ignore[arg-type]


async def _floor(port: int, conninfo: str) -> None:
    import psycopg

    loop = asyncio.get_running_loop()
    await loop.create_server(_Hearer, "127.0.0.1", port, backlog=4_096)
    listening = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
    await listening.execute("LISTEN tongxin_live")
    async for notify in listening.notifies():
        if " floor " not in notify.payload:
            continue
        chunk = f"data: {notify.payload}\n\n".encode()
        for transport in _Hearer.open_ones:
            transport.write(chunk)


def floor(port: int, conninfo: str) -> None:
    """Run the bare loop until killed."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_floor(port, conninfo))


def peer(port: int, conninfo: str) -> None:
    """Run django-eventstream until killed."""
    import uvicorn
    from django.conf import settings

    settings.configure(
        SECRET_KEY="only for this benchmark",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="_live_peers",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_eventstream"],
        MIDDLEWARE=["django_grip.GripMiddleware"],
        USE_TZ=True,
    )
    os.environ["LIVE_BENCH_CONNINFO"] = conninfo
    sys.modules["_live_peers"] = sys.modules["__main__"]
    from django.core.asgi import get_asgi_application

    application = get_asgi_application()
    global urlpatterns  # noqa: PLW0603 - Django looks for it in this module
    urlpatterns = _peer_urls()
    uvicorn.run(
        application, host="127.0.0.1", port=port, loop="uvloop", log_level="warning", backlog=4_096
    )


urlpatterns: list[object] = []


def _peer_urls() -> list[object]:
    import django_eventstream
    from django.http import HttpRequest, HttpResponse
    from django.urls import include, path

    def fire(request: HttpRequest) -> HttpResponse:
        mark = request.GET["mark"]
        begin = commit_row(os.environ["LIVE_BENCH_CONNINFO"], "peer", mark)
        django_eventstream.send_event(
            "branch", "message", {"topic": "branch", "ref": mark, "version": 1}
        )
        return HttpResponse(str(begin))

    return [
        path("fire/", fire),
        path("events/", include(django_eventstream.urls), {"channels": ["branch"]}),
    ]


def commit_row(conninfo: str, topic: str, mark: str) -> int:
    """Write one change and commit it; return the moment just before the commit, in nanoseconds."""
    global _connection  # noqa: PLW0603 - one connection for the whole run
    import psycopg

    if _connection is None:
        _connection = psycopg.connect(conninfo)
    _connection.execute(
        "INSERT INTO live_change (topic, ref, version, at) VALUES (%s, %s, 1, now())", [topic, mark]
    )
    begin = time.perf_counter_ns()
    _connection.commit()
    return begin


_connection = None

if __name__ == "__main__":
    {"floor": floor, "peer": peer}[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
