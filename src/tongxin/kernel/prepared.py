"""Statements that are asked with every request, planned once a connection.

Django's own cursors put the values into the text, so that the server plans each anew; for a short
statement that is most of its cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import JSONField, Model, Value

Row = TypeVar("Row", bound=Model)
_WHOLE = Value(None)
"""A document is read as a whole, not by one of its keys."""

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


def locked(model: type[Row], key: int) -> Row | None:
    """Return the row of ``model`` with that key, locked until the transaction ends, or ``None``."""
    statement, names, documents = _locking(model)
    found = row(statement, [key])
    if found is None:
        return None
    values = list(found)
    for index, field in documents:
        values[index] = field.from_db_value(values[index], _WHOLE, connections[DEFAULT_DB_ALIAS])
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


@lru_cache
def _locking(model: type[Model]) -> tuple[str, list[str], list[tuple[int, JSONField[Any, Any]]]]:
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    statement = f'SELECT {columns} FROM "{model._meta.db_table}" WHERE id = %s FOR UPDATE'  # noqa: S608 - our own columns
    documents = [(n, field) for n, field in enumerate(fields) if isinstance(field, JSONField)]
    return statement, [field.attname for field in fields], documents
