"""Promises with a due time: started and stopped by acts, fired by a ticker.

A clock is a row. It is open until it is stopped; one that fired and is still open is a broken
promise. Its handler recomputes the truth and does not trust the clock.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from tongxin.domain.incidents.models import Clock, Incident
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock as time

logger = logging.getLogger(__name__)

ESCALATE = "escalate"
"""The clock that climbs the levels; the only one of an incident's own that is no promise."""

_BATCH = 200


@dataclass(frozen=True)
class Fired:
    """A clock that came due: its incident (locked), kind, ``level``, ``ref`` and due time."""

    incident: Incident
    clock_id: int
    kind: str
    level: str
    ref: str
    due_at: dt.datetime


Handler = Callable[[Fired], None]

_handlers: dict[str, list[Handler]] = defaultdict(list)


def on(kind: str) -> Callable[[Handler], Handler]:
    """Register a handler for clocks of a kind: ``@clocks.on("accept")``.

    It runs in the transaction that marks the clock as fired, with the incident's row locked. Look
    at ``ref``: it is empty for the incident's own promises, and a clock of another app carries that
    app's reference. If the handler raises, the clock fires again with the next tick.
    """

    def register(handler: Handler) -> Handler:
        if handler not in _handlers[kind]:
            _handlers[kind].append(handler)
        return handler

    return register


def start(
    incident: Incident, kind: str, due_at: dt.datetime, level: str = "", ref: str = ""
) -> None:
    """Start a clock, in the caller's transaction; one that is open is set anew."""
    with connection.cursor() as cursor:
        cursor.execute(_START, [incident.pk, kind, level, due_at, ref])
    refresh_next_due(incident, kind, ref)


def stop(incident: Incident, kind: str, ref: str = "", *, at: dt.datetime | None = None) -> None:
    """Stop an open clock, in the caller's transaction; without one nothing happens.

    ``at`` is the moment of the act that stops it (now by default): undo finds it by that.
    """
    open_clocks = Clock.objects.filter(incident=incident, stopped_at__isnull=True)
    open_clocks.filter(kind=kind, ref=ref).update(stopped_at=at or time.now())
    refresh_next_due(incident, kind, ref)


def stop_all(incident: Incident, *, at: dt.datetime | None = None) -> None:
    """Stop every open clock of the incident, other apps' included."""
    open_clocks = Clock.objects.filter(incident=incident, stopped_at__isnull=True)
    open_clocks.update(stopped_at=at or time.now())
    _set_next_due(incident)


def refresh_next_due(incident: Incident, kind: str = "", ref: str = "") -> None:
    """Bring ``next_due_at`` up to date: the earliest open promise of the incident, kept or not."""
    if not ref and kind != ESCALATE:
        _set_next_due(incident)


def fire_due() -> int:
    """Fire every clock that is due and return how many; the ticker ``clocks`` calls it.

    Each in a transaction of its own, claimed with ``SKIP LOCKED``, so that any number of workers
    may do so at once and none fires twice. A handler that fails holds up no other clock.
    """
    fired, failed = 0, list[int]()
    while fired + len(failed) < _BATCH:
        claimed: list[int] = []
        try:
            with acting_as("clocks"), transaction.atomic():
                if not _fire_one(failed, claimed):
                    break
            fired += 1
        except Exception:
            if not claimed:
                raise
            logger.exception("clock %s failed and will fire again", claimed[0])
            failed += claimed
    return fired


def _fire_one(but: list[int], claimed: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [time.now(), but])
        row = cursor.fetchone()
        if row is None:
            return False
        claimed.append(row[0])
        cursor.execute(
            "UPDATE incidents_clock SET fired_at = %s WHERE id = %s", [time.now(), row[0]]
        )
    clock_id, incident_id, kind, level, ref, due_at = row
    incident = Incident.objects.get(pk=incident_id)
    for handler in (*_handlers.get(kind, ()), *_handlers.get("*", ())):
        handler(Fired(incident, clock_id, kind, level, ref, due_at))
    return True


def _set_next_due(incident: Incident) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_DUE, [incident.pk, ESCALATE, incident.pk])
        row = cursor.fetchone()
    incident.next_due_at = row[0] if row else None


_START = """
    INSERT INTO incidents_clock (incident_id, kind, level, due_at, ref)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (incident_id, kind, ref) WHERE stopped_at IS NULL
    DO UPDATE SET due_at = excluded.due_at, level = excluded.level, fired_at = NULL
"""
# The incident is locked with its clock and none is waited for: acts lock the incident first, so a
# ticker that waited for it while holding the clock could dead-lock with them.
_CLAIM = """
    SELECT c.id, c.incident_id, c.kind, c.level, c.ref, c.due_at
    FROM incidents_clock c JOIN incidents_incident i ON i.id = c.incident_id
    WHERE c.due_at <= %s AND c.fired_at IS NULL AND c.stopped_at IS NULL AND c.id <> ALL(%s)
    ORDER BY c.due_at LIMIT 1 FOR UPDATE OF i, c SKIP LOCKED
"""
_NEXT_DUE = """
    UPDATE incidents_incident SET next_due_at = (
        SELECT min(due_at) FROM incidents_clock
        WHERE incident_id = %s AND stopped_at IS NULL AND ref = '' AND kind <> %s)
    WHERE id = %s RETURNING next_due_at
"""
