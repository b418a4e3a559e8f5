"""What the play knows: open incidents and their tasks, as the database has them now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.roads.network import Mode
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

RATED_WITHIN = dt.timedelta(minutes=30)
ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class Task:
    """An assignment as the play sees it; times are None until the step was done."""

    pk: int
    incident_id: int
    member_id: int
    crew_id: int | None
    role: str
    leads_too: bool
    state: str
    mode: Mode
    eta_s: float
    asked_at: dt.datetime
    accepted_at: dt.datetime | None
    departed_at: dt.datetime | None
    arrived_at: dt.datetime | None
    ended_at: dt.datetime | None

    @property
    def is_active(self) -> bool:
        """Tell whether the member is still on it."""
        return self.ended_at is None

    @property
    def leads(self) -> bool:
        """Tell whether the member leads."""
        return self.role == "lead" or self.leads_too


@dataclass(slots=True)
class Case:
    """An incident with all its tasks; ``stage_at`` is when its present step was taken.

    ``handed_to`` is the area asked to take it, ``taken_by`` the one that did.
    """

    pk: int
    kind: str
    state: str
    urgency: int
    is_open: bool
    spot: Spot
    source: str
    token: str
    version: int
    satisfied: bool | None
    opened_at: dt.datetime
    accepted_at: dt.datetime | None
    arrived_at: dt.datetime | None
    closed_at: dt.datetime | None
    stage_at: dt.datetime | None
    urban_area: int | None
    handed_to: int | None
    taken_by: int | None
    tasks: list[Task] = field(default_factory=list)


_CASES = """
    SELECT i.id, i.kind, i.state, i.urgency, i.is_open, i.lon, i.lat, i.source, i.public_token,
           i.version, i.satisfied, i.opened_at, i.accepted_at, i.arrived_at, i.closed_at,
           (SELECT max(t.at) FROM incidents_timelineentry t
            WHERE t.incident_id = i.id AND t.at >= i.opened_at
              AND t.act = ANY(%(stages)s)),
           (i.leaf_areas->>'urban')::bigint,
           (SELECT h.to_area_id FROM incidents_handover h
            WHERE h.incident_id = i.id AND h.answered_at IS NULL),
           (SELECT h.to_area_id FROM incidents_handover h
            WHERE h.incident_id = i.id AND h.accepted ORDER BY h.id DESC LIMIT 1)
    FROM incidents_incident i
    WHERE {which}
"""
_OPEN = (
    "i.is_open OR (i.closed_at > %(since)s AND i.satisfied IS NULL AND i.merged_into_id IS NULL)"
)
_SOME = "i.id = ANY(%(ids)s)"
_TASKS = """
    SELECT id, incident_id, member_id, crew_id, role, leads_too, state, mode,
           coalesce(eta_seconds, 300), asked_at, accepted_at, departed_at, arrived_at, ended_at
    FROM dispatch_assignment WHERE incident_id = ANY(%s) ORDER BY id
"""
_STAGES = ["search", "quick", "mediate", "order", "mended", "follow", "publish", "hand_over",
           "take", "refuse", "reopen"]  # fmt: skip


def read_cases(ids: Collection[int] | None = None) -> dict[int, Case]:
    """Read the cases that are open or may still be rated, or those with the given ids."""
    if ids is not None and not ids:
        return {}
    values: dict[str, Any] = {
        "stages": _STAGES,
        "ids": sorted(ids or ()),
        "since": clock.now() - RATED_WITHIN,
    }
    sql = _CASES.format(which=_OPEN if ids is None else _SOME)
    with acting_as(ACTOR), connection.cursor() as cursor:
        cursor.execute(sql, values)
        cases = {row[0]: _case(row) for row in cursor.fetchall()}
        cursor.execute(_TASKS, [list(cases)])
        for row in cursor.fetchall():
            task = _task(row)
            cases[task.incident_id].tasks.append(task)
    return cases


def _case(row: tuple[Any, ...]) -> Case:
    pk, kind, state, urgency, is_open, lon, lat, *rest = row
    return Case(pk, kind, state, urgency, is_open, Spot(lon, lat), *rest)


def _task(row: tuple[Any, ...]) -> Task:
    *head, mode, eta, asked, accepted, departed, arrived, ended = row
    pk, incident_id, member_id, crew_id, role, leads_too, state = head
    return Task(
        pk, incident_id, member_id, crew_id, role, leads_too, state, Mode(mode), float(eta),
        asked, accepted, departed, arrived, ended,
    )  # fmt: skip


def travelling(cases: Iterable[Case]) -> dict[int, Task]:
    """Return who is on the way or at a scene, by member."""
    busy = ("departed", "arrived")
    return {t.member_id: t for case in cases for t in case.tasks if t.state in busy}
