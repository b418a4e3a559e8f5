"""The processes of an installation: how each is started, and how one sees that it is up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

from tongxin.config.words import gettext as _
from tongxin.kernel.errors import TongxinError

# Streams stay open, so the live process takes far more connections than one request at a time.
LIVE_CONNECTIONS = 16_384
WEB_BACKLOG = 2_048


def web_command(port: int, *, workers: int | None = None) -> list[str]:
    """Return the command that serves pages and API on ``port``."""
    threads = os.environ.get("TONGXIN_WEB_THREADS", "8")
    count = str(workers or int(os.environ.get("TONGXIN_WEB_WORKERS", "2")))
    return [
        *_granian("wsgi", port),
        *("--workers", count, "--blocking-threads", threads),
        # A thread keeps its database connection; threads that come and go would open new ones.
        *("--blocking-threads-idle-timeout", "600"),
        *("--backlog", str(WEB_BACKLOG), "--backpressure", str(WEB_BACKLOG // 2)),
        *("--respawn-failed-workers", "--respawn-interval", "0.5"),
        "tongxin.config.wsgi:application",
    ]


def live_command(port: int) -> list[str]:
    """Return the command that serves the live streams on ``port``."""
    return [
        *_granian("asgi", port),
        *("--workers", "1", "--loop", "uvloop", "--no-ws"),
        *("--backlog", str(LIVE_CONNECTIONS), "--backpressure", str(LIVE_CONNECTIONS)),
        "tongxin.plumbing.live.asgi:application",
    ]


def worker_command() -> list[str]:
    """Return the command that runs jobs and tickers."""
    return tongxin("worker")


def tongxin(*arguments: str) -> list[str]:
    """Return the command line of ``tongxin`` in this Python."""
    return [sys.executable, "-m", "tongxin", *arguments]


def wait_for_page(url: str, process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Wait until ``url`` answers; raises ``TongxinError`` when its process ends or time is up."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        if page_answers(url):
            return
        time.sleep(0.05)
    ended = process.poll()
    if ended is None:
        sentence = _("{url} does not answer within {seconds:.0f} s.")
    else:
        sentence = _("{url} does not answer: its process ended with code {ended}.")
    said = sentence.format(url=url, seconds=seconds, ended=ended)
    raise TongxinError("page.silent", said)


def page_answers(url: str) -> bool:
    """Return whether ``url`` answers below 400 within 5 s."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own address
            return bool(response.status < 400)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _granian(interface: str, port: int) -> list[str]:
    host = os.environ.get("TONGXIN_HOST", "127.0.0.1")
    return [
        *(sys.executable, "-m", "granian", "--interface", interface, "--http", "1"),
        *("--host", host, "--port", str(port), "--log-level", "error"),
        *("--workers-kill-timeout", "10"),
    ]
