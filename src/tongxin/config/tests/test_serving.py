"""``tongxin serve`` with everything real: it starts, survives kills, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from harness.site import two_free_ports
from tongxin.config import command
from tongxin.config.postgres import answers, urls_of

pytestmark = [pytest.mark.faults, pytest.mark.database]


class Served:
    """A running ``tongxin serve`` with what it printed."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, two_free_ports()
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "LC_"))},
            "PYTHONPATH": str(Path(command.__file__).parents[2]),
            "TONGXIN_DATA": str(data),
            "PORT": str(self.port),
            "TONGXIN_WEB_WORKERS": "1",
            "LANG": "en",
        }
        self.lines: list[str] = []
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tongxin", "serve"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(process,), daemon=True).start()
        return process

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        self.lines.extend(line.rstrip() for line in process.stdout)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tongxin", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )

    def children(self) -> dict[str, int]:
        """Return the process ids of what the supervisor started, by what they are."""
        found: dict[str, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _parent(entry) == self.process.pid:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                for name, sign in (
                    ("database", "/postgres -D"),
                    ("web", "config.wsgi"),
                    ("live", "live.asgi"),
                    ("worker", "tongxin worker"),
                ):
                    if sign in words:
                        found[name] = int(entry.name)
        return found

    def page(self) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as got:
                return int(got.status)
        except OSError:
            return 0

    def workers(self) -> int:
        try:
            with psycopg.connect(urls_of(self.data).app, connect_timeout=3) as connection:
                row = connection.execute(
                    "SELECT count(*) FROM procrastinate_workers"
                    " WHERE last_heartbeat > now() - interval '3 s'"
                ).fetchone()
        except psycopg.OperationalError:
            return 0
        return int(row[0]) if row else 0

    def says(self, words: str) -> bool:
        return any(words in line for line in self.lines)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("served") / "data")
    try:
        _until(lambda: running.says("ready http"), running, 90)
        yield running
    finally:
        running.process.terminate()
        try:
            running.process.wait(30)
        except subprocess.TimeoutExpired:
            running.process.kill()


def test_it_says_once_that_it_is_ready_and_answers(served: Served) -> None:
    ready = [line for line in served.lines if line.startswith("ready ")]
    assert ready == [f"ready http://127.0.0.1:{served.port}"]
    assert served.page() == 200
    assert set(served.children()) == {"database", "web", "live", "worker"}


def test_a_second_one_on_the_same_data_is_refused(served: Served) -> None:
    second = {**served.environment, "PORT": str(two_free_ports())}
    done = subprocess.run(
        [sys.executable, "-m", "tongxin", "serve"],
        env=second,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert f"process {served.process.pid}" in done.stderr


def test_commands_use_the_running_server(served: Served) -> None:
    before = served.children()["database"]
    done = served.run("doctor")
    assert "tongxin_app is a plain role" in done.stdout
    assert "workers running: 1" in done.stdout
    assert served.children()["database"] == before
    unknown = served.run("token", "create", "nobody")
    assert unknown.returncode == 2
    assert unknown.stderr == "There is no active member nobody.\n"


@pytest.mark.parametrize("name", ["worker", "live", "web"])
def test_a_killed_process_comes_back(served: Served, name: str) -> None:
    before = served.children()[name]
    os.killpg(before, signal.SIGKILL)
    _until(lambda: served.children().get(name, before) != before, served)
    _until(lambda: served.page() == 200 and served.workers() > 0, served)
    assert served.says(f"{name} ended (signal SIGKILL)")


def test_a_killed_database_comes_back_and_all_go_on(served: Served) -> None:
    before = served.children()
    os.kill(before["database"], signal.SIGKILL)
    _until(lambda: served.says("the database is back"), served)
    _until(lambda: served.children().get("worker", before["worker"]) != before["worker"], served)
    _until(lambda: served.page() == 200 and served.workers() > 0, served)
    assert served.children()["web"] == before["web"]


def test_at_the_end_nothing_is_left(served: Served) -> None:
    left = served.children()
    assert set(left) == {"database", "web", "live", "worker"}
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(30) == 0
    _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left.values()), served)
    assert not answers(urls_of(served.data).owner)
    for port in (served.port, served.port + 1):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def _until(true: Callable[[], bool], served: Served, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, "\n".join(served.lines[-20:])
        pause.wait(0.1)
