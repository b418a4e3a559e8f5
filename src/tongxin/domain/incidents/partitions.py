"""Keeps the timeline's months ahead of the calendar."""

from __future__ import annotations

from django.db import connection, transaction

from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock

MONTHS_AHEAD = 3


def keep_ahead() -> int:
    """Make the timeline's partitions of this month and the next three; return how many were new.

    The database's own function does it (the app's role may not create tables); a month that rows
    of the default partition already belong to is left there.
    """
    with acting_as("partitions"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT incidents_timeline_ahead(%s::date, %s)", [clock.now().date(), MONTHS_AHEAD]
        )
        return int(cursor.fetchone()[0])
