"""How a process comes to its database: the one that is named, one that runs already, or its own.

Two locks keep embedded servers apart. ``postgres.lock`` is held by the process that runs the
server; ``postgres.use`` is shared by all commands that use it, so that a short command which runs
the server waits for the others before it stops it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tongxin.config.environment import Environment
from tongxin.config.words import gettext as _
from tongxin.kernel.errors import TongxinError

WAIT_SECONDS = 60.0


@contextmanager
def database() -> Iterator[None]:
    """Put the addresses of a database that answers into ``os.environ`` for the block's length.

    Raises ``TongxinError`` when there is none to be had.
    """
    environment = Environment.read()
    if environment.database_url:
        yield
        return
    with _embedded(environment.data) as urls:
        before = dict(os.environ)
        os.environ.update(urls)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def django(*, as_owner: bool = False) -> Iterator[None]:
    """Reach the database and set Django up; ``as_owner`` for what changes the schema."""
    with database():
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")
        if as_owner:
            os.environ["TONGXIN_DB_ROLE"] = "owner"
        import django as framework

        framework.setup()
        _speak_the_terminals_language()
        yield
        _close_connections()


@contextmanager
def holding(data: Path) -> Iterator[None]:
    """Hold the right to run the embedded server of ``data``; waits for short commands to end.

    Raises ``TongxinError`` naming the process that keeps it.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / "postgres.lock").open("a+") as lock:
        deadline = time.monotonic() + WAIT_SECONDS
        while not _try_lock(lock):
            if _holder_serves(lock) or time.monotonic() > deadline:
                raise TongxinError(
                    "data.in_use",
                    _(
                        "Tongxin already runs on {data} (process {holder}): stop it first, or set "
                        "TONGXIN_DATA to another folder."
                    ).format(data=data, holder=_holder(lock)),
                    field="TONGXIN_DATA",
                )
            time.sleep(0.2)
        yield


def note_holder(data: Path, *, serves: bool) -> None:
    """Write into the held lock who holds it, and whether for long."""
    kind = "serves" if serves else "command"
    (data / "postgres.lock").write_text(f"{os.getpid()} {kind}\n")


@contextmanager
def _embedded(data: Path) -> Iterator[dict[str, str]]:
    from tongxin.config.postgres import EmbeddedPostgres, answers, urls_of

    data.mkdir(parents=True, exist_ok=True)
    with (data / "postgres.use").open("a") as use:
        fcntl.flock(use, fcntl.LOCK_SH)
        if answers(urls_of(data).owner):
            yield urls_of(data).as_environment()
            return
        with holding(data):
            note_holder(data, serves=False)
            with EmbeddedPostgres(data) as server:
                _prepare(server.urls().owner, server.urls().app)
                yield server.urls().as_environment()
                fcntl.flock(use, fcntl.LOCK_EX)  # others that use the server finish first


def _prepare(owner: str, app: str) -> None:
    from tongxin.config.database import prepare
    from tongxin.config.postgres import Urls

    prepare(Urls(app=app, owner=owner))


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read().split(" ")[0].strip() or "unknown"


def _holder_serves(lock: IO[str]) -> bool:
    lock.seek(0)
    return "serves" in lock.read()


def _speak_the_terminals_language() -> None:
    from django.utils import translation

    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    translation.activate("zh-hans" if spoken.startswith("zh") else "en")


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
