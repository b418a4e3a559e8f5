"""Modest limits for reports from the public: enough for a neighbourhood, too little for a flood.

Many phones share one address behind a carrier, so an address may do more than one browser. What is
kept is a keyed hash that changes every day: it counts, and names nobody.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError

WINDOW = dt.timedelta(minutes=10)
PER_ADDRESS = 30
PER_BROWSER = 6
KEEP = dt.timedelta(hours=1)

_COUNT = """
    INSERT INTO incidents_intakewindow AS w (origin, starts_at, count)
    SELECT origin, %s, 1 FROM unnest(%s::bytea[]) AS origin ORDER BY origin
    ON CONFLICT (origin, starts_at) DO UPDATE SET count = w.count + 1
    RETURNING origin, count
"""


class TooMany(TongxinError):
    """More than this origin may do for now; emergencies are rung in, which is said."""

    status = 429


def admit(*, address: str = "", browser: str = "") -> None:
    """Count a public report from an IP ``address`` and a ``browser`` token; raise ``TooMany``.

    Both may be empty, which counts nothing. In the caller's transaction or, better, before it.
    """
    allowed = {
        _origin(what, value): limit
        for what, value, limit in (
            ("address", address, PER_ADDRESS),
            ("browser", browser, PER_BROWSER),
        )
        if value
    }
    if not allowed:
        return
    now = clock.now()
    seconds = int(WINDOW.total_seconds())
    starts_at = dt.datetime.fromtimestamp(now.timestamp() // seconds * seconds, dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [starts_at, list(allowed)])
        counted = {bytes(origin): count for origin, count in cursor.fetchall()}
    if any(counted[origin] > limit for origin, limit in allowed.items()):
        raise TooMany(
            "intake.too_many",
            _("That is a lot of reports at once. Wait ten minutes; in danger call 110 now."),
        )


def sweep() -> None:
    """Forget windows that are over (a ticker calls this)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM incidents_intakewindow WHERE starts_at < %s", [clock.now() - KEEP]
        )


def _origin(what: str, value: str) -> bytes:
    day = clock.now().date().isoformat()
    key = settings.SECRET_KEY.encode()
    return hmac.digest(key, f"intake:{day}:{what}:{value}".encode(), hashlib.sha256)
