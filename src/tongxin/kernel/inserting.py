"""Rows written in one plain statement: ``bulk_create`` without its work on every single value.

For the few places where milliseconds count: a plan is written while somebody waits for help.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model
from psycopg.types.json import Jsonb

from tongxin.kernel import prepared

Adapt = Callable[[Any], Any]


def insert(rows: Sequence[Model]) -> None:
    """Insert new rows of one model in the caller's transaction and give them their keys.

    Values must be of the columns' own types already (no auto-now, no expressions); constraints
    are the database's. Raises ``IntegrityError`` as ``bulk_create`` does.
    """
    if not rows:
        return
    head, holders, columns = _statement(type(rows[0]))
    values = [adapt(getattr(row, name)) for row in rows for name, adapt in columns]
    sql = f"{head} VALUES {', '.join([holders] * len(rows))} RETURNING id"
    for row, (key,) in zip(rows, prepared.rows(sql, values), strict=True):
        row.pk = key
        row._state.adding = False
        row._state.db = connection.alias


@lru_cache
def _statement(model: type[Model]) -> tuple[str, str, list[tuple[str, Adapt]]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    head = f'INSERT INTO "{model._meta.db_table}" ({names})'
    holders = f"({', '.join(_holder(field) for field in fields)})"
    return head, holders, [(str(field.attname), _adapter(field)) for field in fields]


def _holder(field: Field[Any, Any]) -> str:
    kind = field.db_type(connection) or ""
    return f"%s::{kind}" if kind.endswith("[]") else "%s"  # an empty list has no type of its own


def _adapter(field: Field[Any, Any]) -> Adapt:
    return Jsonb if isinstance(field, JSONField) else _as_is


def _as_is(value: Any) -> Any:
    return value
