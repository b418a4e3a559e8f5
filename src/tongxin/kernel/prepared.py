"""Statements that are asked with every request, planned once a connection.

Django's own cursors put the values into the text, so that the server plans each anew; for a short
statement that is most of its cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

Parameters = Sequence[Any] | Mapping[str, Any]


def rows(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Run a prepared ``statement`` on Django's connection, in its transaction; return the rows.

    Errors are Django's. The statement's text must stay the same from call to call: what differs are
    the ``parameters``.
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors, psycopg.Cursor(wrapper.connection) as cursor:
        cursor.execute(statement, parameters, prepare=True)
        if wrapper.queries_logged:  # tests count it as they count Django's own
            wrapper.queries_log.append({"sql": statement, "time": "0"})
        return cursor.fetchall()


def row(statement: str, parameters: Parameters) -> tuple[Any, ...] | None:
    """Run a prepared ``statement`` and return its first row, or ``None``."""
    found = rows(statement, parameters)
    return found[0] if found else None
