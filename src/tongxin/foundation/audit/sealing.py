"""The sealer: chains what has been committed since the last second, and signs the head.

It takes entries from the queue of pending ones, where it sees committed rows only. So an entry
whose transaction takes long is sealed when it commits, however low its id; order in the chain is
order of sealing. One sealer works at a time, in any number of workers (advisory lock).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction

from tongxin.foundation.audit.canonical import COLUMNS, GENESIS, chain, entry_of, head_message
from tongxin.foundation.audit.models import AuditAnchor
from tongxin.foundation.audit.signing import anchor_key
from tongxin.kernel import clock

EVERY_SECONDS = 1.0
ANCHOR_EVERY = dt.timedelta(minutes=1)
PARTITIONS_EVERY_SECONDS = 3_600.0
_BATCH = 5_000
_MONTHS_AHEAD = 3
_LOCK = 7_203_114
_TAKE = f"""
    WITH taken AS (
        DELETE FROM audit_auditpending WHERE entry_id IN (
            SELECT entry_id FROM audit_auditpending ORDER BY entry_id LIMIT %s)
        RETURNING entry_id, at)
    SELECT entry.at, {COLUMNS}
    FROM taken JOIN audit_auditentry entry ON entry.id = taken.entry_id AND entry.at = taken.at
    ORDER BY entry.id
"""  # noqa: S608 - a constant
_SEAL = """
    INSERT INTO audit_auditseal (id, entry_id, entry_at, hash)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::bytea[])
"""


def seal_all() -> int:
    """Seal all that is committed, in batches; return how many entries were sealed."""
    sealed = 0
    while True:
        count = _seal_batch()
        sealed += count
        if count < _BATCH:
            return sealed


def tick() -> None:
    """Seal, and sign the head when the last anchor is a minute old."""
    seal_all()
    anchor(at_least_every=ANCHOR_EVERY)


def anchor(*, at_least_every: dt.timedelta = dt.timedelta()) -> AuditAnchor | None:
    """Sign the chain's head, unless it was signed already or so lately; return the anchor."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not _lock(cursor):
            return None
        seal_id, head = _head(cursor)
        last = AuditAnchor.objects.order_by("-pk").first()
        now = clock.now()
        if not seal_id or (last and last.seal_id >= seal_id):
            return None
        if last and now - last.signed_at < at_least_every:
            return None
        key = anchor_key()
        return AuditAnchor.objects.create(
            seal_id=seal_id,
            hash=head,
            signed_at=now,
            key_id=key.key_id,
            signature=key.sign(head_message(seal_id, head, now)),
        )


def make_partitions() -> None:
    """Have the partitions of this month and the next three ready."""
    today = clock.now().date()
    for ahead in range(_MONTHS_AHEAD + 1):
        months = today.year * 12 + today.month - 1 + ahead
        with transaction.atomic(), connection.cursor() as cursor:
            day = dt.date(months // 12, months % 12 + 1, 1)
            cursor.execute("SELECT audit_make_partition(%s)", [day])


def _seal_batch() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        if not _lock(cursor):
            return 0
        cursor.execute(_TAKE, [_BATCH])
        rows = cursor.fetchall()
        if not rows:
            return 0
        seal_id, head = _head(cursor)
        numbers, hashes = [], []
        for row in rows:
            seal_id += 1
            head = chain(head, seal_id, entry_of(row[1:]))
            numbers.append(seal_id)
            hashes.append(head)
        moments, ids = [row[0] for row in rows], [row[1] for row in rows]
        cursor.execute(_SEAL, [numbers, ids, moments, hashes])
        return len(rows)


def _head(cursor: Any) -> tuple[int, bytes]:
    cursor.execute("SELECT id, hash FROM audit_auditseal ORDER BY id DESC LIMIT 1")
    row = cursor.fetchone()
    return (row[0], bytes(row[1])) if row else (0, GENESIS)


def _lock(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
    return bool(cursor.fetchone()[0])
