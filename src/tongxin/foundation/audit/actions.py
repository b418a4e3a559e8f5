"""Writing the trail."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from tongxin.kernel import clock

_INSERT = """
    INSERT INTO audit_auditentry (at, actor, act, subject, purpose, detail, allowed)
    SELECT * FROM unnest(
        %s::timestamptz[], %s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[],
        %s::jsonb[], %s::boolean[])
"""


@dataclass(frozen=True)
class Line:
    """One line of the trail; ``detail`` holds codes and references, never words about a person."""

    actor: str
    act: str
    subject: str
    purpose: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    allowed: bool = True


def record(
    *,
    actor: str,
    act: str,
    subject: str,
    purpose: str = "",
    detail: Mapping[str, Any] | None = None,
    allowed: bool = True,
    durable: bool = False,
) -> None:
    """Add one line to the trail.

    ``actor`` is ``member:ID``, ``system:NAME`` or ``reporter``; ``subject`` a reference such as
    ``incident:44``. Within the caller's transaction, unless ``durable``: then on the connection
    ``audit``, committed before this returns, whatever becomes of the caller.
    """
    line = Line(actor, act, subject, purpose, detail or {}, allowed)
    record_many([line], durable=durable)


def record_many(lines: Iterable[Line], *, durable: bool = False) -> None:
    """Add several lines in one statement; see ``record``."""
    rows = list(lines)
    if not rows:
        return
    moment = clock.now()
    with connections["audit" if durable else "default"].cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                [moment] * len(rows),
                [line.actor for line in rows],
                [line.act for line in rows],
                [line.subject for line in rows],
                [line.purpose for line in rows],
                [json.dumps(dict(line.detail), ensure_ascii=False) for line in rows],
                [line.allowed for line in rows],
            ],
        )
