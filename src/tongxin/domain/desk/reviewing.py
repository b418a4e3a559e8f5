"""The clock of reviews: an owner is reminded two weeks before an answer's time ends, and then told.

Rows are the clocks; a worker that was away takes up where it stopped.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tongxin.domain.desk import telling
from tongxin.domain.desk.models import Answer
from tongxin.kernel import clock

EVERY_SECONDS = 300.0
REMIND_DAYS = 14
_BATCH = 100


def tick() -> None:
    """Remind and tell of what is due; any number of workers may do so at once."""
    today = timezone.localdate(clock.now())
    soon = Q(review_by__lte=today + dt.timedelta(days=REMIND_DAYS), reminded_at__isnull=True)
    over = Q(review_by__lte=today, expired_at__isnull=True)
    with transaction.atomic():
        rows = Answer.objects.select_for_update(skip_locked=True).filter(retired_at__isnull=True)
        for row in rows.filter(soon | over).order_by("review_by")[:_BATCH]:
            _tell(row, today)


def _tell(row: Answer, today: dt.date) -> None:
    due = row.is_due(today)
    telling.tell_owner(row, "desk.review_due" if due else "desk.review_soon")
    row.reminded_at = row.reminded_at or clock.now()
    row.expired_at = clock.now() if due else None
    row.save(update_fields=["reminded_at", "expired_at"])
