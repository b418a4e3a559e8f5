"""What the station chief sees of a day: how much came, what is open, what waits longest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from tongxin.domain.incidents import policy
from tongxin.domain.incidents.kinds import Kind, registry
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.selectors import QueueRow, row_fields
from tongxin.foundation.access.models import Member


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Counts of one area. ``reported`` and ``closed`` are of the day, the others of this moment.

    ``by_kind`` lists what was reported, most first.
    """

    reported: int
    closed: int
    open: int
    waiting: int
    by_kind: tuple[tuple[Kind, int], ...]


def day_figures(member: Member, area_id: int, start: dt.datetime, end: dt.datetime) -> DayFigures:
    """Return the figures of an area for ``start <= moment < end``; three queries.

    Only what the member may see is counted; an area out of sight counts nothing.
    """
    mine = Incident.objects.filter(policy.visible_to(member), area_ids__contains=[area_id])
    of_day = mine.filter(opened_at__gte=start, opened_at__lt=end, merged_into__isnull=True)
    kinds = of_day.values_list("kind").annotate(number=Count("id")).order_by("-number", "kind")
    by_kind = tuple((registry()[code], number) for code, number in kinds)
    now = mine.filter(is_open=True).aggregate(
        open=Count("id"), waiting=Count("id", filter=Q(needs_person=True))
    )
    closed = mine.filter(
        closed_at__gte=start, closed_at__lt=end, is_open=False, merged_into__isnull=True,
        opened_at__gte=start - dt.timedelta(days=90),
    )  # fmt: skip
    return DayFigures(
        reported=sum(number for _kind, number in by_kind),
        closed=closed.count(),
        open=now["open"],
        waiting=now["waiting"],
        by_kind=by_kind,
    )


def waits_longest(member: Member, area_id: int, limit: int = 10) -> list[QueueRow]:
    """Return the open incidents of an area that need a person now, the longest waiting first."""
    rows = Incident.objects.filter(
        policy.visible_to(member), is_open=True, needs_person=True, area_ids__contains=[area_id]
    )
    found = rows.order_by("opened_at", "id").values_list(*row_fields())[:limit]
    return [QueueRow(*row) for row in found]
