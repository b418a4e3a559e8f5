"""The append-only timeline: every act adds one line, and the incident's version counts them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.scope import Actor
from tongxin.kernel import clock, prepared
from tongxin.kernel.errors import Conflict, NotFound
from tongxin.plumbing.vault import actions as vault

LEGAL_BASIS = "public_duty"

# The incident's row is locked first, so lines are numbered without gaps whoever writes at once.
_ADVANCE = """
    UPDATE incidents_incident SET version = version + 1{sets}
    WHERE id = %s{guard} RETURNING version
"""
_COLUMNS = {
    name: str(field.column)
    for field in Incident._meta.concrete_fields
    for name in (field.name, field.attname)
}
# The line and the pages' notice of it, in one go.
_LINE = """
    WITH line AS (
        INSERT INTO incidents_timelineentry
            (incident_id, seq, at, act, actor, payload, text_ref, public)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s))
    INSERT INTO live_change (topic, ref, version, areas, at)
    VALUES ('branch', %s, %s, %s::bigint[], %s) RETURNING id
"""


@dataclass(frozen=True)
class Line:
    """What an act writes: ``payload`` holds codes, ids and numbers; ``text`` goes to the vault.

    ``public`` lines show their text to the reporter.
    """

    act: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    text: str | None = None
    public: bool = False


def record(
    incident: Incident,
    act: str,
    *,
    actor: Actor,
    payload: Mapping[str, Any] | None = None,
    text: str | None = None,
    public: bool = False,
) -> int:
    """Add a line to the incident, raise its version, tell open pages; return the line's number.

    For other apps' acts, inside the caller's transaction; it changes no state. ``payload`` holds
    codes, ids and numbers only, ``text`` goes to the vault. ``incident.version`` is brought up to
    date. Raises ``NotFound`` when the incident is absent or out of sight.
    """
    return append(incident, Line(act, payload or {}, text, public), actor=actor)


def append(
    incident: Incident,
    line: Line,
    *,
    actor: Actor,
    changes: Mapping[str, Any] | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> int:
    """Change the incident's columns and add the line in one transaction.

    ``version`` is what the actor saw (compare-and-swap); ``None`` takes the newest. Returns the
    line's number, which is the new version. Raises ``Conflict`` (``incident.stale``) when somebody
    else was faster.
    """
    with _together():
        seq = _advance(incident, changes or {}, version)
        text_ref, now = _keep_text(incident, line, seq, actor), clock.now()
        values = [incident.pk, seq, at or now, line.act, str(actor)]
        values += [json.dumps(dict(line.payload)), text_ref, line.public]
        prepared.rows(_LINE, [*values, f"incident:{incident.pk}", seq, incident.area_ids, now])
    return seq


def _together() -> AbstractContextManager[None]:
    """Open a transaction where there is none; within the caller's no savepoint is needed."""
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


def _advance(incident: Incident, changes: Mapping[str, Any], version: int | None) -> int:
    sets = "".join(f", {_column(name)} = %s" for name in changes)
    guard = "" if version is None else " AND version = %s"
    values = [json.dumps(v) if isinstance(v, dict) else v for v in changes.values()]
    arguments = [*values, incident.pk, *([] if version is None else [version])]
    row = prepared.row(_ADVANCE.format(sets=sets, guard=guard), arguments)
    if row is None:
        _refuse(incident)
    for name, value in changes.items():
        setattr(incident, name, value)
    incident.version = int(row[0])
    return incident.version


def _column(name: str) -> str:
    return _COLUMNS[name]  # only our own columns reach the statement


def _refuse(incident: Incident) -> NoReturn:
    if not Incident.objects.filter(pk=incident.pk).exists():
        raise NotFound("incident.absent", _("There is no such incident."))
    raise Conflict(
        "incident.stale",
        _("Somebody was faster: this has changed since you opened it. Look again, then decide."),
        field="version",
    )


def _keep_text(incident: Incident, line: Line, seq: int, actor: Actor) -> int | None:
    if not line.text:
        return None
    name = f"{line.act}_{seq}"
    stored = vault.put(
        category="incident",
        fields={name: line.text},
        actor=str(actor),
        legal_basis=LEGAL_BASIS,
        subject_id=incident.report_ref,
    )
    if incident.report_ref is None:
        incident.report_ref = stored.subject_id
        Incident.objects.filter(pk=incident.pk).update(report_ref=stored.subject_id)
    return stored.refs[name]
