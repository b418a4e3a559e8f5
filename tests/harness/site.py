"""The real processes, started for one test on ports of their own."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.server import Server


@dataclass
class LiveSite:
    """A running site: ``url`` of the pages, ``live_url`` of the streams, the processes by name."""

    url: str
    live_url: str
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]]
    logs: Path

    def kill(self, name: str) -> None:
        """End the process ``name`` (web, live, worker) without warning, with its children."""
        process = self.processes[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture
def live_site(
    transactional_db: None, server: Server, database_name: str, tmp_path: Path
) -> Iterator[LiveSite]:
    """Web, live and worker as they run in service, on this test's database."""
    from tongxin.config.processes import live_command, wait_for_page, web_command, worker_command

    port = two_free_ports()
    environment = _environment(server.of(database_name).as_environment(), port)
    commands = {
        "web": web_command(port, workers=1),
        "live": live_command(port + 1),
        "worker": worker_command(),
    }
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            with (tmp_path / f"{name}.log").open("wb") as log:
                processes[name] = subprocess.Popen(
                    command, env=environment, stdout=log, stderr=log, start_new_session=True
                )
        url = f"http://127.0.0.1:{port}"
        wait_for_page(f"{url}/healthz", processes["web"], seconds=60)
        _wait_for_port(port + 1, processes["live"], seconds=60)
        yield LiveSite(url, f"http://127.0.0.1:{port + 1}", environment, processes, tmp_path)
    finally:
        _end(processes.values())


def _environment(database: dict[str, str], port: int) -> dict[str, str]:
    source = {key: value for key, value in os.environ.items() if key != "TONGXIN_TEST_SERVER"}
    return {
        **source,
        **database,
        "PORT": str(port),
        "TONGXIN_DEMO": "1",
        "TONGXIN_SECRET_KEY": os.environ.get("TONGXIN_SECRET_KEY") or _same_key(),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).resolve().parents[2] / "src")]),
    }


def _same_key() -> str:
    """The test's own signing key, so that sessions made in the test hold in the site."""
    from django.conf import settings

    return settings.SECRET_KEY or secrets.token_urlsafe(32)


def _wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.05)
    raise AssertionError(f"nothing listens on port {port}")


def two_free_ports() -> int:
    """Return a port that is free together with the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def _end(processes: Iterator[subprocess.Popen[bytes]] | Callable[[], None]) -> None:
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
