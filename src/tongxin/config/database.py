"""What the database must be: its version, its two roles, its schema."""

from __future__ import annotations

import logging
import time

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tongxin.config.postgres import OLDEST_MAJOR, Urls
from tongxin.config.words import gettext as _
from tongxin.kernel.errors import TongxinError

logger = logging.getLogger(__name__)

LOCK_TIMEOUT = "2s"
_LOCK_ATTEMPTS = 5


def prepare(urls: Urls) -> None:
    """Check the server, make the database when absent, and let the app's role use what will come.

    Needs no Django. Raises ``TongxinError`` when the server cannot be reached or is too old.
    """
    _make_database(urls.owner)
    with _connect(urls.owner) as connection:
        check_version(connection)
        owner, app = user_of(urls.owner), user_of(urls.app)
        if owner != app:
            _grant(connection, app)


def check_version(connection: psycopg.Connection) -> None:
    """Raise ``TongxinError`` when the server is older than the oldest supported version."""
    version = connection.info.server_version
    if version < OLDEST_MAJOR * 10_000:
        raise TongxinError(
            "database.too_old",
            _("The database is PostgreSQL {version}; version {oldest} or later is needed.").format(
                version=version // 10_000, oldest=OLDEST_MAJOR
            ),
            field="DATABASE_URL",
        )


def lay_schema(*, quiet: bool = True) -> None:
    """Run all migrations on Django's connection ``default``, which must be the owner's.

    A migration that cannot get its lock within 2 s gives way to the running service and is tried
    again; after five attempts ``TongxinError`` is raised.
    """
    from django.core.management import call_command
    from django.db import OperationalError, connection

    for attempt in range(1, _LOCK_ATTEMPTS + 1):
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            call_command("migrate", interactive=False, verbosity=0 if quiet else 1)
            call_command("createcachetable", verbosity=0)
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
            logger.warning("a migration waits for a lock (attempt %d)", attempt)
            time.sleep(attempt)
        else:
            return
    raise TongxinError(
        "migrate.locked",
        _("Another session holds a lock that the migration needs: try again later."),
    )


def user_of(url: str) -> str:
    """Return the role that ``url`` logs in as (libpq's own rules where it is not given)."""
    return str(conninfo_to_dict(url).get("user") or "")


def with_database(url: str, name: str) -> str:
    """Return ``url`` with another database name."""
    return make_conninfo(url, dbname=name)


def _make_database(owner_url: str) -> None:
    name = str(conninfo_to_dict(owner_url).get("dbname") or "")
    try:
        psycopg.connect(owner_url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise _unreachable(error) from error
        with _connect(with_database(owner_url, "postgres")) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(
                    sql.Identifier(name)
                )
            )


def _connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, connect_timeout=5, autocommit=True)
    except psycopg.OperationalError as error:
        raise _unreachable(error) from error


def _unreachable(error: psycopg.OperationalError) -> TongxinError:
    return TongxinError(
        "database.unreachable",
        _("The database does not answer: {said}").format(said=str(error).strip().splitlines()[-1]),
        field="DATABASE_URL",
    )


def _grant(connection: psycopg.Connection, app: str) -> None:
    """Let ``app`` read and write rows of all tables to come, and nothing more.

    What a migration takes away from one table (an append-only one) is not given back here: tables
    that exist already are only granted to a role that never had them.
    """
    statements = [
        "GRANT USAGE ON SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
        " GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {app}",
    ]
    if _is_new_to_tables(connection, app):
        statements += [
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}",
            "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {app}",
        ]
    for statement in statements:
        connection.execute(sql.SQL(statement).format(app=sql.Identifier(app)))


def _is_new_to_tables(connection: psycopg.Connection, app: str) -> bool:
    row = connection.execute(
        "SELECT NOT has_table_privilege(%s, oid, 'SELECT') FROM pg_class"
        " WHERE oid = to_regclass('public.django_migrations')",
        [app],
    ).fetchone()
    return bool(row and row[0])
