"""One real PostgreSQL for a test run, a template with the whole schema, a clone for each worker.

The schema belongs to ``tongxin_owner`` and tests connect as ``tongxin_app``, so that row security
holds in tests as it does in service. Crash safety is off. ``TONGXIN_TEST_SERVER`` (the address of a
role that may create databases and roles) uses a server that runs already, and
``TONGXIN_POSTGRES_BIN`` runs another version than the embedded one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tongxin.config.database import lay_schema, prepare, with_database
from tongxin.config.environment import database_settings
from tongxin.config.postgres import EmbeddedPostgres, Urls

RUN = f"tongxin_test_{os.environ.get('TONGXIN_TEST_RUN', os.getpid())}"
TEMPLATE = f"{RUN}_template"
_TEST_PASSWORD = "only-for-tests"  # on a server of one's own, to roles that only tests use


class Server:
    """The server of a run: where it is, and how to make databases on it."""

    def __init__(self, urls: Urls, folder: Path) -> None:
        self.urls = urls
        self.folder = folder

    def of(self, database: str) -> Urls:
        """Return both addresses of ``database``."""
        return Urls(
            app=with_database(self.urls.app, database),
            owner=with_database(self.urls.owner, database),
        )

    def clone(self, database: str, template: str = TEMPLATE) -> None:
        """Make ``database`` afresh as a copy of the template (about 0.1 s), or of another."""
        with psycopg.connect(self.of("postgres").owner, autocommit=True) as connection:
            self._drop(connection, database)
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(database), sql.Identifier(template)
                )
            )

    def drop(self, *databases: str) -> None:
        """Remove databases, whoever is connected."""
        with psycopg.connect(self.of("postgres").owner, autocommit=True) as connection:
            for database in databases:
                self._drop(connection, database)

    def make_template(self) -> None:
        """Lay the whole schema once a run, whichever worker comes first."""
        with (self.folder / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.folder / "template.done"
            if not done.exists():
                prepare(self.of(TEMPLATE))
                with _django_connects_to(self.of(TEMPLATE).owner):
                    lay_schema()
                done.touch()

    def _drop(self, connection: psycopg.Connection, database: str) -> None:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )


@contextmanager
def running() -> Iterator[Server]:
    """Run a server for the length of the block, or use the one that is named."""
    folder = Path(tempfile.mkdtemp(prefix="tongxin-tests-"))
    folder.chmod(0o755)
    given = os.environ.get("TONGXIN_TEST_SERVER")
    try:
        if given:
            server = Server(_test_roles(given), folder)
            yield server
            server.drop(TEMPLATE)
        else:
            with EmbeddedPostgres(folder, durable=False) as postgres:
                yield Server(postgres.urls("postgres"), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def use(database_url: str) -> None:
    """Point Django's connections of this process at ``database_url``."""
    from django.db import connections

    for alias, application in (("default", "tongxin"), ("audit", "tongxin-audit")):
        connections[alias].close()
        fresh = database_settings(database_url, application=application)
        connections[alias].settings_dict.update(fresh)


@contextmanager
def _django_connects_to(url: str) -> Iterator[None]:
    from django.db import connections

    before = dict(connections["default"].settings_dict)
    use(url)
    try:
        yield
    finally:
        connections.close_all()
        connections["default"].settings_dict.update(before)


def _test_roles(admin_url: str) -> Urls:
    """Make the two roles of tests on a server of one's own; they never touch real ones."""
    owner, app = "tongxin_test_owner", "tongxin_test_app"
    wanted = {owner: "LOGIN CREATEDB", app: "LOGIN NOSUPERUSER NOBYPASSRLS"}
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role, options in wanted.items():
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if known.fetchone() else "CREATE"
            connection.execute(f"{verb} ROLE {role} {options} PASSWORD '{_TEST_PASSWORD}'")
        connection.execute(f"GRANT pg_signal_backend TO {owner}")
    return Urls(app=_as(admin_url, app), owner=_as(admin_url, owner))


def _as(url: str, role: str) -> str:
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    host, port = str(parts.get("host") or "127.0.0.1"), parts.get("port") or 5432
    return f"postgresql://{role}:{_TEST_PASSWORD}@/postgres?host={quote(host, safe='')}&port={port}"
