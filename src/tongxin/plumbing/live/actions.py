"""Writing the feed of changes; everything here belongs into the act's own transaction."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from django.db import connection

from tongxin.kernel import clock

KEEP = dt.timedelta(hours=1)
"""How long a change can be caught up with; after that a page is told to load afresh."""

_SWEEP_ROWS = 5_000
_WORD = re.compile(r"[\w:.\-]{1,64}", re.ASCII)
_INSERT = "INSERT INTO live_change (topic, ref, version, areas, at) VALUES (%s, %s, %s, %s, %s)"
_INSERT_MANY = """
    INSERT INTO live_change (topic, ref, version, areas, at)
    SELECT topic, ref, %s, '{}', %s FROM unnest(%s::varchar[], %s::varchar[]) AS row (topic, ref)
"""
# The newest row that is past its time stays, as the mark of how far back the feed goes.
_SWEEP = """
    DELETE FROM live_change WHERE id IN (
        SELECT id FROM live_change
        WHERE at < %s AND xid < (SELECT max(xid) FROM live_change WHERE at < %s)
        LIMIT %s FOR UPDATE SKIP LOCKED)
"""


def publish(*, topic: str, ref: str, version: int, area_ids: Sequence[int] = ()) -> None:
    """Tell the open pages that ``ref`` changed and is now at ``version``.

    Inside the caller's transaction: pages hear of it on commit, never before and never without.
    ``topic`` and ``ref`` are single words such as ``branch``, ``member:7``, ``incident:44``; with
    ``area_ids`` the same change also reaches the topics ``area:ID`` of each (one row, one notice).
    Raises ``ValueError`` for words that are none.
    """
    for word in (topic, ref):
        if not _WORD.fullmatch(word):
            raise ValueError(f"{word!r} is no topic or reference of the live feed")
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [topic, ref, version, list(area_ids), clock.now()])


def publish_many(topics_and_refs: Sequence[tuple[str, str]], *, version: int = 1) -> None:
    """Publish several changes in one statement; see ``publish``."""
    words = {word for pair in topics_and_refs for word in pair}
    if bad := next((word for word in words if not _WORD.fullmatch(word)), None):
        raise ValueError(f"{bad!r} is no topic or reference of the live feed")
    if not topics_and_refs:
        return
    topics, refs = (list(column) for column in zip(*topics_and_refs, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_MANY, [version, clock.now(), topics, refs])


def revoke(who: str) -> None:
    """Close the open streams of ``member:ID`` or ``session:DIGEST`` and refuse their tickets."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('tongxin_revoked', %s)", [who])


def sweep() -> None:
    """Delete what is older than ``KEEP``, in batches that hold no lock for long."""
    oldest, deleted = clock.now() - KEEP, _SWEEP_ROWS
    while deleted == _SWEEP_ROWS:
        with connection.cursor() as cursor:
            cursor.execute(_SWEEP, [oldest, oldest, _SWEEP_ROWS])
            deleted = cursor.rowcount
