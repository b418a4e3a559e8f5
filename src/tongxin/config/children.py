"""Child processes that are kept running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tongxin.config.identity import end_with_parent
from tongxin.config.words import gettext as _

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 30.0
_OLD_LOG_BYTES = 10 * 1024 * 1024

Say = Callable[[str], None]


@dataclass
class Child:
    """One process that is started again whenever it ends, later and later if it keeps failing.

    ``log`` is the file its output goes to; ``None`` lets it speak where the supervisor does.
    """

    name: str
    command: list[str]
    say: Say
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    _pause: float = SHORTEST_PAUSE
    _started_at: float = 0.0
    _due_at: float = field(default=0.0)

    def start(self) -> None:
        """Start the process in a session of its own, so that its whole group can be ended."""
        parent = os.getpid()
        with _opened(self.log) as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                # The supervisor has one thread, so nothing can be locked in between.
                preexec_fn=lambda: end_with_parent(parent, signal.SIGTERM),  # noqa: PLW1509
            )
        self._started_at = time.monotonic()

    def keep_running(self) -> None:
        """Start the process again if it has ended and its pause is over; call this often."""
        if self.process is None:
            if time.monotonic() >= self._due_at:
                self.start()
        elif self.process.poll() is not None:
            self._plan_restart(self.process.returncode)

    def restart_soon(self) -> None:
        """Ask the process to end; ``keep_running`` starts it again."""
        self._signal(signal.SIGTERM)
        self._pause = SHORTEST_PAUSE

    def ask_to_end(self) -> None:
        """Ask the process to end in good order."""
        self._signal(signal.SIGTERM)

    def wait_or_kill(self, deadline: float) -> None:
        """Wait for the end until ``deadline`` (monotonic), then end the whole group by force."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.say(_("{name} does not end and is killed").format(name=self.name))
        self._kill_group()
        self.process.wait(5)

    def _plan_restart(self, code: int) -> None:
        if time.monotonic() - self._started_at > STEADY_SECONDS:
            self._pause = SHORTEST_PAUSE
        sentence = _("{name} ended ({how}); starting it again in {pause:g} s")
        self.say(sentence.format(name=self.name, how=_how(code), pause=self._pause))
        self._kill_group()  # what it started itself must not keep its port
        self.process = None
        self._due_at = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def _kill_group(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def end_all(children: list[Child], seconds: float) -> None:
    """End all children in good order within ``seconds``, then by force."""
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + seconds
    for child in children:
        child.wait_or_kill(deadline)


@contextlib.contextmanager
def _opened(log: Path | None) -> Iterator[IO[bytes] | None]:
    if log is None:
        yield None
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _OLD_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        yield output


def _how(code: int) -> str:
    if code < 0:
        return _("signal {name}").format(name=signal.Signals(-code).name)
    return _("exit code {code}").format(code=code)
