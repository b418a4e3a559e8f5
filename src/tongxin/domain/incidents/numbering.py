"""Numbers of incidents: ``YYYYMMDD-NNNNNN`` by the district's own day.

An incident's number of the day is its id minus the day's base, which the first report of the day
fixes. So numbers need no counter that every intake would have to lock; gaps are allowed, and the
number widens beyond 999,999.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils import timezone

NUMBER_SQL = "to_char({day}, 'YYYYMMDD-') || lpad({n}::text, greatest(6, length({n}::text)), '0')"
"""How a number is written, in SQL: format with expressions for ``day`` and ``n``."""

_FIX = """
INSERT INTO incidents_daycounter (day, base)
VALUES (%s, nextval(pg_get_serial_sequence('incidents_incident', 'id')))
ON CONFLICT (day) DO NOTHING
"""


def district_day(moment: dt.datetime) -> dt.date:
    """Return the district's calendar day of an aware ``moment``."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()


def open_day(day: dt.date) -> None:
    """Fix where the numbers of ``day`` begin, unless somebody has.

    Two first reports of a day at once wait for each other, this one time.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIX, [day])
