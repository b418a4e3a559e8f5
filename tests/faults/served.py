"""The real site for the fault test: ``tongxin serve`` on its own data folder, and its killing.

PostgreSQL is the embedded one with the settings of service (fsync on). Only processes whose parent
chain leads to our own supervisor are ever killed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
import yaml

from faults import prepare
from tongxin.config.postgres import urls_of

SIGNS = {
    "database": "/postgres -D",
    "web": "config.wsgi",
    "live": "live.asgi",
    "worker": "tongxin worker",
}
SECRET = "a secret of the stand-in gateway"
START_SECONDS = 120.0


class Served:
    """A running ``tongxin serve``; ``lines`` is what it printed."""

    def __init__(self, data: Path, port: int, gateway_url: str) -> None:
        self.data, self.port = data, port
        self.url, self.live_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
        data.mkdir(parents=True)
        (data / "kinds.yaml").write_text(hasty_kinds(), encoding="utf-8")
        gateway = {"sms": {"url": gateway_url, "secret": SECRET, "timeout_seconds": 4}}
        (data / "channels.yaml").write_text(yaml.safe_dump(gateway), encoding="utf-8")
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "LC_"))},
            "PYTHONPATH": str(prepare.ROOT / "src"),
            "TONGXIN_DATA": str(data),
            "TONGXIN_DEMO": "1",
            "PORT": str(port),
            "TONGXIN_WEB_WORKERS": "2",
            "LANG": "en",
        }
        self.lines: list[str] = []
        self.struck: set[str] = set()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tongxin", "serve"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(line.rstrip() for line in self.process.stdout)

    def wait_until(self, true: Callable[[], bool], seconds: float) -> bool:
        deadline, pause = time.monotonic() + seconds, threading.Event()
        while not true():
            if time.monotonic() > deadline:
                return False
            assert self.process.poll() is None, "\n".join(["it ended:", *self.lines[-30:]])
            pause.wait(0.1)
        return True

    def is_up(self) -> bool:
        """Tell whether it has said that it is ready, and every process stands and answers."""
        said = any(line.startswith("ready http") for line in self.lines)
        return said and set(self.children()) == set(SIGNS) and self._answers() and self._works()

    def _answers(self) -> bool:
        pages = (f"{self.url}/readyz", f"{self.live_url}/live/healthz")
        try:
            for page in pages:
                with urllib.request.urlopen(page, timeout=3) as got:
                    if got.status != 200:
                        return False
        except OSError:
            return False
        return True

    def _works(self) -> bool:
        breathing = (
            "SELECT count(*) FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - interval '3 s'"
        )
        try:
            return bool(self.rows(breathing)[0][0])
        except psycopg.Error:
            return False

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows as the schema's owner sees them, on a connection of their own."""
        owner = urls_of(self.data).owner
        with psycopg.connect(owner, connect_timeout=3, autocommit=True) as connection:
            return connection.execute(query, values or None).fetchall()

    def fill(self, reporters: int, responders: int) -> dict[str, Any]:
        """Write the ground and the people; return their tokens."""
        done = subprocess.run(
            [sys.executable, prepare.__file__, str(reporters), str(responders)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        cast: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return cast

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ``tongxin`` beside the site."""
        return subprocess.run(
            [sys.executable, "-m", "tongxin", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def children(self) -> dict[str, int]:
        """Return the supervisor's own processes by what they are."""
        found = {}
        for pid, words in _children_of(self.process.pid):
            for name, sign in SIGNS.items():
                if sign in words:
                    found[name] = pid
        return found

    def kill(self, name: str, rng: random.Random) -> str:
        """Kill a process without warning; return what was hit, or an empty string.

        The first time it is the whole of it; later, of the pages the process group or one of its
        workers, of the database the server or the process of one session, as ``rng`` falls.
        """
        pid = self.children().get(name)
        if pid is None:
            return ""
        inner = [child for child, words in _children_of(pid) if _worth_killing(name, words)]
        part = rng.choice(inner) if inner and name in ("web", "database") else 0
        try:
            if part and rng.random() < 0.5 and name in self.struck:
                os.kill(part, signal.SIGKILL)
                return f"{name}'s part {part}"
            if name == "database":
                os.kill(pid, signal.SIGKILL)
            else:
                os.killpg(pid, signal.SIGKILL)
            self.struck.add(name)
        except ProcessLookupError:
            return ""
        return f"{name} {pid}"

    def end(self) -> None:
        """End it in good order, by force if need be."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


def hasty_kinds() -> str:
    """Return a district's table in which promises last seconds, so that many break in the test."""
    whole = files("tongxin.domain.incidents.kinds").joinpath("kinds.yaml").read_text("utf-8")
    kinds = yaml.safe_load(whole)["kinds"]
    hasty = {name: kinds[name] for name in ("emergency", "help", "accident")}
    for number, kind in enumerate(hasty.values()):
        kind["clocks"] |= {"accept": f"{3 + number}s", "arrive": f"{7 + number}s"}
        for rung, after in zip(kind["escalation"], ("0s", "2s", "4s", "6s"), strict=True):
            rung["after"] = after
    return yaml.safe_dump({"kinds": hasty}, allow_unicode=True)


def _children_of(parent: int) -> list[tuple[int, str]]:
    """Return the processes that ``parent`` has started, with their command lines."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, own = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            if int(own) == parent and state != "Z":
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found.append((int(entry.name), words))
        except (OSError, IndexError):
            continue
    return found


def _worth_killing(name: str, words: str) -> bool:
    if name == "database":
        return "tongxin_app" in words
    return "config.wsgi" in words or "spawn" in words or "granian" in words
