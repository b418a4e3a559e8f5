"""How often the promise of 1, 3 or 5 minutes was kept, zone by zone, and could have been (S21)."""

from __future__ import annotations

from typing import Any

from django.db import connection

from tongxin.domain.dispatch.views import Period, ZoneRow
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.territory import locating
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound

TOO_FEW = 30
"""Under so many incidents a share says little, and the page says so."""

_BY_ZONE = """
    SELECT zone, promise, count(*),
           avg((arrived_at IS NOT NULL AND arrived_at <= due)::int)::float8,
           avg(coalesce(could, false)::int)::float8,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY took) FILTER (WHERE took IS NOT NULL),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY took) FILTER (WHERE took IS NOT NULL),
           count(*) FILTER (WHERE arrived_at IS NULL)
    FROM (
        SELECT (i.leaf_areas->>'police')::bigint AS zone, i.promise_minutes AS promise,
               i.arrived_at, i.promise_due_at AS due,
               extract(epoch FROM i.arrived_at - i.opened_at)::float8 AS took,
               p.at + make_interval(secs => p.best_possible_seconds) <= i.promise_due_at AS could
        FROM incidents_incident i
        LEFT JOIN dispatch_responseplan p ON p.incident_id = i.id AND p.number = 1
        WHERE i.opened_at >= %(start)s AND i.opened_at < %(end)s
          AND i.promise_due_at IS NOT NULL AND i.merged_into_id IS NULL
          AND i.area_ids && %(areas)s::bigint[]
          AND (i.arrived_at IS NOT NULL OR i.promise_due_at < %(now)s)
    ) promised
    WHERE zone IS NOT NULL
    GROUP BY zone, promise
"""


def promise_by_zone(period: Period, member: Member) -> list[ZoneRow]:
    """Return, for each police zone of the ground on which ``member`` may see measures, how its
    promise was kept in a period.

    An incident counts when somebody arrived or the promise has run out; a merged one counts with
    the incident that it was merged into. One query; the worst zones first.
    """
    scope = scope_of(member, Permission.SEE_MEASURES)
    if not scope:
        return []
    values: dict[str, Any] = {
        "start": period.start,
        "end": period.end,
        "areas": sorted(scope.area_ids),
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_BY_ZONE, values)
        rows = [_zone(row) for row in cursor.fetchall()]
    return sorted(rows, key=lambda row: (row.kept if row.kept is not None else 1.0, -row.count))


def _zone(row: tuple[Any, ...]) -> ZoneRow:
    area_id, promise, count, kept, possible, p50, p90, never = row
    try:
        name = locating.area_info(area_id).name
    except NotFound:
        name = str(area_id)
    return ZoneRow(
        area_id=area_id,
        name=name,
        promise_minutes=promise,
        count=count,
        kept=kept,
        possible=possible,
        p50_s=p50,
        p90_s=p90,
        never_arrived=never,
        too_few=count < TOO_FEW,
    )
