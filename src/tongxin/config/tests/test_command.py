"""The command line as a person uses it: real processes, real exit codes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tongxin.config import command
from tongxin.config.words import gettext


def _tongxin(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    source = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    source["PYTHONPATH"] = str(Path(command.__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-m", "tongxin", *arguments],
        env={**source, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_help_lists_all_commands_and_is_quick() -> None:
    best = min(_timed_help() for _ in range(3))
    assert best < 0.5
    said = _tongxin("--help").stdout
    for name in ("serve", "worker", "doctor", "map", "token", "migrate"):
        assert name in said
    assert "import" in _tongxin("map", "--help").stdout


def test_an_unknown_command_is_one_sentence_and_code_2() -> None:
    done = _tongxin("fly")
    assert done.returncode == 2
    assert "No such command" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("language", "words"), [("en_GB.UTF-8", "is taken"), ("zh_CN.UTF-8", "已被占用")]
)
def test_a_taken_port_is_told_in_the_terminals_language(
    language: str, words: str, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = _tongxin("serve", PORT=port, TONGXIN_DATA=str(tmp_path), LANG=language)
    assert done.returncode == 2
    assert words in done.stderr
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nowhere"
    done = _tongxin("migrate", DATABASE_URL=url, TONGXIN_DATA=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("The database does not answer")
    assert done.stderr.count("\n") == 1


def test_an_unknown_word_stays_english() -> None:
    assert gettext("never translated") == "never translated"


def _timed_help() -> float:
    began = time.perf_counter()
    assert _tongxin("--help").returncode == 0
    return time.perf_counter() - began
