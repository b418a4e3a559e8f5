"""The 15 days: the desk is reminded 3 days before, the supervisor told when they are over.

Rows are the clocks; a worker that was killed, or away for days, takes up where it stopped.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from tongxin.domain.rights import telling
from tongxin.domain.rights.lifecycle import OPEN, REMIND_DAYS
from tongxin.domain.rights.models import RightsRequest
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock

EVERY_SECONDS = 30.0
_BATCH = 100


def tick() -> None:
    """Remind and alert of what is due; any number of workers may do so at once."""
    now = clock.now()
    soon = Q(due_at__lte=now + timedelta(days=REMIND_DAYS), reminded_at__isnull=True)
    over = Q(due_at__lte=now, expired_at__isnull=True)
    with acting_as("rights"):
        rows = RightsRequest.objects.select_for_update(skip_locked=True)
        for row in rows.filter(soon | over, state__in=OPEN).order_by("due_at")[:_BATCH]:
            _tell(row)


def _tell(row: RightsRequest) -> None:
    """Tell of one; one that was found late is not reminded of as well."""
    now = clock.now()
    if row.due_at <= now:
        members = telling.desk_of(row.area_ids, telling.WATCHERS)
        members = members or telling.desk_of(row.area_ids)
        telling.tell_members(row, "rights.expired", members, urgent=True)
        row.expired_at = now
    elif row.reminded_at is None:
        telling.tell_members(row, "rights.remind", telling.desk_of(row.area_ids))
    row.reminded_at = row.reminded_at or now
    row.save(update_fields=["expired_at", "reminded_at"])
