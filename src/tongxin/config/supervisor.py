"""``tongxin serve``: the embedded database, the web, live and worker processes, kept running."""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import FrameType

import click

from tongxin.config import reaching
from tongxin.config.children import Child, end_all
from tongxin.config.environment import Environment
from tongxin.config.marking import schema_is_marked
from tongxin.config.postgres import EmbeddedPostgres
from tongxin.config.processes import (
    live_command,
    page_answers,
    tongxin,
    web_command,
    worker_command,
)
from tongxin.config.words import gettext as _
from tongxin.kernel.errors import TongxinError

END_SECONDS = 12.0
WATCH_SECONDS = 0.1
FIRST_PAGE_SECONDS, FIRST_PAGE_PAUSE = 120.0, 0.3


@dataclass
class Plan:
    """What is served besides the usual.

    ``prepare`` are commands that run one after another once the schema is laid and before the first
    page, unless ``stands(DATABASE_URL)`` says that they have done their work already; ``extra`` are
    more processes to keep running; ``announce`` is called once, when the first page answers;
    ``quiet`` sends the output of the processes to ``TONGXIN_DATA/logs``.
    """

    prepare: list[list[str]] = field(default_factory=list)
    stands: Callable[[str], bool] = lambda _url: False
    extra: dict[str, list[str]] = field(default_factory=dict)
    announce: Callable[[], None] = lambda: None
    quiet: bool = False


def serve(plan: Plan) -> None:
    """Serve until SIGTERM or SIGINT; everything that was started is ended again.

    Raises ``TongxinError`` when a port is taken, the data folder is in use, or the start fails.
    """
    environment = Environment.read()
    check_ports(environment.port)
    _raise_open_files()
    with _asked_to_end() as asked, ExitStack() as stack:
        server = _database(environment, stack)
        _prepare(plan, environment, asked)
        if not asked:
            _Supervisor(environment, plan, server, asked).run()


def check_ports(port: int) -> None:
    """Raise ``TongxinError`` when ``port`` (pages) or the next one (live streams) is taken."""
    host = os.environ.get("TONGXIN_HOST", "127.0.0.1")
    for number, what in ((port, _("the pages")), (port + 1, _("the live streams"))):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, number))
            except OSError as error:
                raise _port_error(number, what, error) from error


def say(sentence: str) -> None:
    """Tell the person at the terminal, with the time."""
    click.echo(f"{time.strftime('%H:%M:%S')} {sentence}", err=True)


class _Supervisor:
    """Watches the processes; ``asked`` fills when it is asked to end."""

    def __init__(
        self,
        environment: Environment,
        plan: Plan,
        server: EmbeddedPostgres | None,
        asked: list[int],
    ) -> None:
        self.environment = environment
        self.plan = plan
        self.server = server
        self.asked = asked
        commands = {
            "web": web_command(environment.port),
            "live": live_command(environment.port + 1),
            "worker": worker_command(),
            **plan.extra,
        }
        self.children = {name: self._child(name, command) for name, command in commands.items()}

    def run(self) -> None:
        for child in self.children.values():
            child.start()
        try:
            self._await_first_page()
            while not self.asked:
                self._watch()
                time.sleep(WATCH_SECONDS)
        finally:
            end_all(list(self.children.values()), END_SECONDS)

    def _child(self, name: str, command: list[str]) -> Child:
        log = self.environment.data / "logs" / f"{name}.log" if self.plan.quiet else None
        return Child(name, command, say, log)

    def _await_first_page(self) -> None:
        url = f"http://127.0.0.1:{self.environment.port}"
        deadline = time.monotonic() + FIRST_PAGE_SECONDS
        while not self.asked:
            if page_answers(f"{url}/"):
                click.echo(f"ready {url}")
                self.plan.announce()
                sys.stdout.flush()
                return
            if time.monotonic() > deadline:
                raise TongxinError("serve.silent", self._silence(url))
            self._watch()
            time.sleep(FIRST_PAGE_PAUSE)

    def _watch(self) -> None:
        if self.server is not None and self.server.pid is None:
            self._bring_database_back(self.server)
        for child in self.children.values():
            child.keep_running()

    def _bring_database_back(self, server: EmbeddedPostgres) -> None:
        """Start the database again; what listens on it does not recover by itself."""
        say(_("the database ended; starting it again"))
        server.start()
        say(_("the database is back"))
        for name, child in self.children.items():
            if name != "web":  # pages test their connection at each request
                child.restart_soon()

    def _silence(self, url: str) -> str:
        if self.plan.quiet:
            logs = self.environment.data / "logs"
            return _("{url} did not answer; the logs are in {logs}.").format(url=url, logs=logs)
        return _("{url} did not answer.").format(url=url)


def _database(environment: Environment, stack: ExitStack) -> EmbeddedPostgres | None:
    """Start the embedded server, unless another is named, and hand it to all children."""
    if environment.database_url:
        return None
    stack.enter_context(reaching.holding(environment.data))
    reaching.note_holder(environment.data, serves=True)
    server = stack.enter_context(EmbeddedPostgres(environment.data))
    os.environ.update(server.urls().as_environment())
    return server


def _prepare(plan: Plan, environment: Environment, asked: list[int]) -> None:
    """Lay the schema and run the plan's steps; each costs seconds, so only if it has work to do."""
    present = Environment.read()
    if not schema_is_marked(present.owner_url or "", environment.data):
        _run_once(tongxin("migrate", "--quiet"), asked)
    if not plan.prepare or plan.stands(present.database_url or ""):
        return
    for command in plan.prepare:
        _run_once(command, asked)


def _run_once(command: list[str], asked: list[int]) -> None:
    if asked:
        return
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    if done.returncode and not asked:
        words = " ".join(command[2:])
        said = _("“{command}” failed, so nothing is served.").format(command=words)
        raise TongxinError("serve.prepare", said)


@contextmanager
def _asked_to_end() -> Iterator[list[int]]:
    """Gather the signals that ask for an end; the second one ends at once."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _port_error(number: int, what: str, error: OSError) -> TongxinError:
    if error.errno == errno.EADDRINUSE:
        sentence = _("Port {number} (for {what}) is taken: stop what uses it, or set PORT.")
    else:
        sentence = _("Port {number} (for {what}) cannot be used: {why}; set PORT.")
    said = sentence.format(number=number, what=what, why=error.strerror)
    return TongxinError("port.taken", said, field="PORT")


def _raise_open_files() -> None:
    """Each live stream is an open file: take what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
