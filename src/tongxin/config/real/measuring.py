"""What a replay achieved, beside what the city recorded; plain figures, computed from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection

from tongxin.config.demo.kinds import CallUrgency
from tongxin.config.real.responses import ResponseRow
from tongxin.config.real.rows import Refused
from tongxin.foundation.access.scope import acting_as

ACTOR = "demo"


@dataclass(frozen=True)
class Spread:
    """Median and ninth decile of some seconds; ``count`` of them. NaN where there are none."""

    count: int
    p50_s: float
    p90_s: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Spread:
        """Compute the spread of some values."""
        values = np.fromiter(seconds, dtype=float)
        if not len(values):
            return cls(0, float("nan"), float("nan"))
        p50, p90 = np.percentile(values, [50, 90])
        return cls(len(values), float(p50), float(p90))


@dataclass(frozen=True)
class Way:
    """A replayed call to which a promise of minutes was given; seconds, None where nobody came."""

    urgency: int
    planned: bool
    on_scene_s: float | None
    driving_s: float | None
    answering_s: float | None
    kept: bool


@dataclass(frozen=True)
class SourceFigures:
    """One line of the table."""

    source: str
    read: int
    located: int
    refused: Counter[str]
    replayed: int
    planned: int
    ways: Sequence[Way] = ()
    taken_over: int = 0

    @property
    def on_scene(self) -> Spread:
        """Return the seconds from report to the first on scene."""
        return Spread.of(w.on_scene_s for w in self.ways if w.on_scene_s is not None)

    @property
    def driving(self) -> Spread:
        """Return the seconds on the road of the first on scene."""
        return Spread.of(w.driving_s for w in self.ways if w.driving_s is not None)

    @property
    def answering(self) -> Spread:
        """Return the seconds from being asked to leaving, of the first on scene."""
        return Spread.of(w.answering_s for w in self.ways if w.answering_s is not None)

    @property
    def kept(self) -> float:
        """Return the share of promises kept; NaN where none was given."""
        return sum(w.kept for w in self.ways) / len(self.ways) if self.ways else float("nan")


@dataclass(frozen=True)
class Recorded:
    """What the city recorded: seconds waiting, driving and both, of all and of urgent calls."""

    read: int
    refused: Counter[str]
    queue: Spread
    travel: Spread
    response: Spread
    urgent_travel: Spread
    urgent_response: Spread
    urgent_share: float
    by_urgency: dict[str, Spread] = field(default_factory=dict)


def reasons(refused: Iterable[Refused]) -> Counter[str]:
    """Count refusals by reason."""
    return Counter(row.reason.value for row in refused)


def recorded(rows: Iterable[ResponseRow | Refused]) -> Recorded:
    """Sum up the city's own record."""
    good: list[ResponseRow] = []
    bad: list[Refused] = []
    for row in rows:
        (good if isinstance(row, ResponseRow) else bad).append(row)  # type: ignore[arg-type]
    urgent = [row for row in good if row.urgency is CallUrgency.HIGH]
    return Recorded(
        read=len(good) + len(bad),
        refused=reasons(bad),
        queue=Spread.of(row.queue_s for row in good),
        travel=Spread.of(row.travel_s for row in good),
        response=Spread.of(row.response_s for row in good),
        urgent_travel=Spread.of(row.travel_s for row in urgent),
        urgent_response=Spread.of(row.response_s for row in urgent),
        urgent_share=len(urgent) / len(good) if good else 0.0,
        by_urgency={
            level.value: Spread.of(r.response_s for r in good if r.urgency is level)
            for level in CallUrgency
        },
    )


_WAYS = """
    SELECT i.urgency,
           EXISTS (SELECT 1 FROM dispatch_assignment a WHERE a.incident_id = i.id),
           extract(epoch FROM i.arrived_at - i.opened_at)::float8,
           extract(epoch FROM first.arrived_at - first.departed_at)::float8,
           extract(epoch FROM first.departed_at - first.asked_at)::float8,
           i.arrived_at <= i.promise_due_at, i.promise_minutes
    FROM incidents_incident i
    LEFT JOIN LATERAL (
        SELECT a.asked_at, a.departed_at, a.arrived_at FROM dispatch_assignment a
        WHERE a.incident_id = i.id AND a.arrived_at IS NOT NULL
        ORDER BY a.arrived_at LIMIT 1) first ON true
    WHERE i.id = ANY(%s)
"""


def ways(incident_ids: Collection[int]) -> tuple[list[Way], int]:
    """Return the ways to calls with a promise of minutes, and how many of all calls had a plan."""
    with acting_as(ACTOR), connection.cursor() as cursor:
        cursor.execute(_WAYS, [list(incident_ids)])
        rows = cursor.fetchall()
    known = [_way(row) for row in rows if row[6] is not None]
    return known, sum(bool(row[1]) for row in rows)


def _way(row: tuple[Any, ...]) -> Way:
    urgency, planned, on_scene, driving, answering, kept, _minutes = row
    return Way(urgency, planned, on_scene, driving, answering, bool(kept))


_BUSIEST = """
    WITH change AS (
        SELECT departed_at AS at, 1 AS step FROM dispatch_assignment WHERE departed_at IS NOT NULL
        UNION ALL
        SELECT ended_at, -1 FROM dispatch_assignment
        WHERE departed_at IS NOT NULL AND ended_at IS NOT NULL)
    SELECT max(busy) FROM (SELECT sum(step) OVER (ORDER BY at, step) AS busy FROM change) AS run
"""


def most_at_once() -> int:
    """Return how many members were on the way or at a scene at the busiest moment."""
    with acting_as(ACTOR), connection.cursor() as cursor:
        cursor.execute(_BUSIEST)
        row = cursor.fetchone()
    return int(row[0] or 0) if row else 0
