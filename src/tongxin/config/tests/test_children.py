from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tongxin.config import children
from tongxin.config.children import Child, end_all

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def said() -> list[str]:
    return []


def test_one_that_ends_is_started_again_later_and_later(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "SHORTEST_PAUSE", 0.01)
    child = Child("web", [sys.executable, "-c", "raise SystemExit(3)"], said.append, _pause=0.01)
    child.start()
    _watch(child, lambda: len(said) == 3)
    end_all([child], 5)
    assert "exit code 3" in said[0]
    assert [sentence.split(" in ")[-1] for sentence in said] == ["0.01 s", "0.02 s", "0.04 s"]


def test_one_that_is_killed_takes_what_it_started_with_it(said: list[str], tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c',"
        " 'import time; time.sleep(60)']); print(p.pid, flush=True); time.sleep(60)"
    )
    log = tmp_path / "logs" / "web.log"
    child = Child("web", [sys.executable, "-c", code], said.append, log)
    child.start()
    _until(lambda: log.exists() and log.read_text().strip().isdigit())
    grandchild = int(log.read_text())
    assert child.process
    os.kill(child.process.pid, signal.SIGKILL)
    _watch(child, lambda: bool(said))
    _until(lambda: not _lives(grandchild))
    assert "SIGKILL" in said[0]
    end_all([child], 5)


def test_one_that_does_not_listen_is_ended_by_force(said: list[str], tmp_path: Path) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        " print('deaf', flush=True); time.sleep(60)"
    )
    log = tmp_path / "live.log"
    child = Child("live", [sys.executable, "-c", code], said.append, log)
    child.start()
    _until(lambda: "deaf" in log.read_text())
    end_all([child], 0.2)
    assert child.process
    assert child.process.returncode == -signal.SIGKILL
    assert "live" in said[0]


def test_one_in_good_order_is_ended_without_a_word(said: list[str]) -> None:
    child = Child("worker", SLEEPS, said.append)
    child.start()
    end_all([child], 10)
    assert child.process
    assert child.process.returncode == -signal.SIGTERM
    assert said == []


def _watch(child: Child, done: Callable[[], bool]) -> None:
    def step() -> bool:
        child.keep_running()
        return done()

    _until(step)


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        os.sched_yield()


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
