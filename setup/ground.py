"""What every step of the set-up stands on: where things are, what is said, when it is refused."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NEEDED_BYTES = 1_500_000_000
_NO_NETWORK = (
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Connection refused",
    "NewConnectionError",
    "Max retries exceeded",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
)


class Refused(Exception):
    """The set-up cannot go on; the text is one sentence that says why and what to do."""


def say(sentence: str) -> None:
    """Tell what is being done."""
    print(f"· {sentence}", flush=True)


def refuse_too_little_space() -> None:
    """Refuse when the first set-up would fill the disk."""
    if PYTHON.exists() and (ROOT / "frontend" / "node_modules").exists():
        return
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        raise Refused(
            f"The set-up needs {NEEDED_BYTES / 1e9:.1f} GB of free disk under {ROOT}, "
            f"but there are {free / 1e9:.1f} GB: make room and try again."
        )


def refuse_taken_ports() -> None:
    """Refuse at once, before the long set-up, when PORT or the next one is taken."""
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65_535:
        raise Refused(f"PORT must be a number from 1 to 65534, not {text!r}.")
    for port in (int(text), int(text) + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((os.environ.get("TONGXIN_HOST", "127.0.0.1"), port))
            except OSError as error:
                why = "is taken" if error.errno == errno.EADDRINUSE else "cannot be used"
                raise Refused(f"Port {port} {why}: stop what uses it, or set PORT.") from error


class Progress:
    """One line that changes on a terminal; a line every few seconds elsewhere."""

    def __init__(self, what: str, total: int | None = None) -> None:
        self.what = what
        self.total = total
        self.count = 0
        self._shown_at = 0.0
        self._on_terminal = sys.stdout.isatty()

    def step(self, name: str) -> None:
        """Show that ``name`` is being worked on."""
        self.count += 1
        of = f"/{self.total}" if self.total else ""
        text = f"· {self.what}: {self.count}{of} {name}"
        if self._on_terminal:
            print(f"\r{text[:78]:<78}", end="", flush=True)
        elif time.monotonic() - self._shown_at > 5:
            self._shown_at = time.monotonic()
            print(text, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._on_terminal and self.count:
            print()


def run(
    command: list[str | Path],
    *,
    failing: str,
    on_line: Callable[[str], None] | None = None,
    folder: Path = ROOT,
    environment: dict[str, str] | None = None,
) -> None:
    """Run ``command``, giving each output line to ``on_line``; raise ``Refused`` if it fails.

    ``failing`` begins the sentence, such as "The Python packages could not be installed".
    """
    said: list[str] = []
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            said.append(line.rstrip())
            if on_line:
                on_line(line.rstrip())
    if process.returncode:
        raise Refused(explain(failing, said))


def explain(failing: str, said: list[str]) -> str:
    """Turn the output of a failed command into one sentence, with its last lines below."""
    text = "\n".join(said)
    named = [line for line in said if "error" in line.lower()][:3]
    tail = "\n".join(f"    {line}" for line in dict.fromkeys([*named, *said[-6:]]) if line)
    if "No space left on device" in text:
        return f"{failing}: the disk is full."
    if any(sign in text for sign in _NO_NETWORK):
        return f"{failing}: the package index does not answer; check the network.\n{tail}"
    return f"{failing}:\n{tail}"
