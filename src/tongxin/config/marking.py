"""Knows, without starting Django, that a database already has this version's schema.

After a migration the names of all migrations of this version and what the database says it has
applied are noted in ``TONGXIN_DATA``. Where both are still the same, there is nothing to migrate.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psycopg

PACKAGE = Path(__file__).resolve().parent.parent
# Their migrations come with their releases.
OTHERS = ("django", "django-allauth", "procrastinate")
_APPLIED = "SELECT count(*), max(id), max(applied) FROM django_migrations"


def mark_schema(url: str, data: Path) -> None:
    """Note that the database at ``url`` has this version's schema."""
    mark = _mark_of(url)
    if mark:
        data.mkdir(parents=True, exist_ok=True)
        _place(data).write_text(mark)


def schema_is_marked(url: str, data: Path) -> bool:
    """Return whether the database at ``url`` was brought to this version and left so."""
    try:
        kept = _place(data).read_text()
    except OSError:
        return False
    return kept == _mark_of(url)


def _place(data: Path) -> Path:
    return data / "schema.mark"


def _mark_of(url: str) -> str:
    """Return what identifies version and database; empty when there is no schema or no answer."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute(_APPLIED).fetchone()
            database = connection.execute(
                "SELECT oid, datname FROM pg_database WHERE datname = current_database()"
            ).fetchone()
    except psycopg.Error:
        return ""
    digest = hashlib.sha256(repr((row, database)).encode())
    for path in sorted(PACKAGE.glob("*/*/migrations/[0-9]*.py")):
        digest.update(f"{path.relative_to(PACKAGE)}".encode() + path.read_bytes())
    for name in OTHERS:
        digest.update(f"{name} {_version(name)}".encode())
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
