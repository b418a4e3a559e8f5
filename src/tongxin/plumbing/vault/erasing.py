"""Taking away: erasing a subject, withdrawing a consent, what is due by its retention clock.

An erasure destroys the subject's key, its ciphertexts, index and files; nothing brings them back,
and the list outside the database (``erasures``) has it done again after a restore.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound
from tongxin.plumbing.vault import erasures, legal, retention
from tongxin.plumbing.vault.models import Tally, Unlisted
from tongxin.plumbing.vault.opening import actor_name, opened

RETENTION_EVERY_SECONDS = 600.0
TALLY_EVERY_SECONDS = 1_800.0
ACTOR = "system:retention"
AHEAD_DAYS = BACK_DAYS = 30
_BATCH = 200
_MOST_BATCHES = 250
_ERASE = """
    UPDATE vault_subject SET wrapped_key = NULL, erased_at = %s
    WHERE id = ANY(%s) AND wrapped_key IS NOT NULL RETURNING id, created_at
"""
_EMPTY = """
    UPDATE vault_entry SET ciphertext = '', blind_index = NULL, blind_pinyin = NULL
    WHERE subject_id = ANY(%s)
"""
_DUE = """
    SELECT id, category FROM vault_subject
    WHERE keep_until < %s AND wrapped_key IS NOT NULL
    ORDER BY keep_until LIMIT %s FOR UPDATE SKIP LOCKED
"""
_WITHDRAW = """
    UPDATE {table} SET withdrawn_at = %s
    WHERE subject_id = %s AND withdrawn_at IS NULL AND legal_basis = ANY(%s)
        AND created_at <= %s
"""
_WITHDRAWN = """
    SELECT entry.subject_id FROM vault_entry entry
    JOIN vault_subject subject ON subject.id = entry.subject_id
    WHERE entry.withdrawn_at IS NOT NULL AND entry.ciphertext <> ''
        AND subject.wrapped_key IS NOT NULL
    UNION
    SELECT file.subject_id FROM vault_storedfile file
    JOIN vault_subject subject ON subject.id = file.subject_id
    WHERE file.withdrawn_at IS NOT NULL AND subject.wrapped_key IS NOT NULL
    LIMIT %s
"""
_REMAINS = """
    SELECT subject_id FROM vault_entry WHERE subject_id = ANY(%(ids)s) AND withdrawn_at IS NULL
    UNION
    SELECT subject_id FROM vault_storedfile WHERE subject_id = ANY(%(ids)s) AND withdrawn_at IS NULL
"""
_TALLY = """
    SELECT category,
        count(*) FILTER (WHERE wrapped_key IS NOT NULL),
        min(created_at) FILTER (WHERE wrapped_key IS NOT NULL),
        count(*) FILTER (WHERE wrapped_key IS NOT NULL AND keep_until < %s),
        count(*) FILTER (WHERE erased_at >= %s)
    FROM vault_subject GROUP BY category
"""


def erase(subject_id: int, *, actor: object, reason: str) -> None:
    """Destroy a subject's key, ciphertexts, blind index and files; nothing brings them back.

    ``reason`` is a code (``retention``, ``rights_request``, ``all_clear``). Erasing twice is the
    same as once. Raises ``NotFound`` when there is no such subject.
    """
    with opened() as cursor:
        cursor.execute("SELECT category FROM vault_subject WHERE id = %s FOR UPDATE", [subject_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("vault.no_subject", _("There is no such record."))
        erase_many({subject_id: row[0]}, cursor, actor=actor, reason=reason)


def erase_many(subjects: dict[int, str], cursor: Any, *, actor: object, reason: str) -> None:
    """Erase subjects (id → category) within the caller's opened transaction, each in the trail.

    Their categories' own erasers run first, in the same transaction.
    """
    from tongxin.plumbing.vault import files

    ids, moment = sorted(subjects), clock.now()
    _run_erasers(subjects)
    cursor.execute(_ERASE, [moment, ids])
    gone = cursor.fetchall()
    cursor.execute(_EMPTY, [ids])
    files.forget_files_of(ids, cursor)
    _list(Unlisted.What.ERASED, gone)
    audit.record_many(_line(each, "vault.erase", actor, reason) for each in ids)


def withdraw(subject_id: int, actor: object) -> int:
    """Take back the consent, or the guardian's, on which entries of a subject are kept (PIPL 15).

    From now on they cannot be revealed or found; the retention job erases them, and the subject
    with its key when nothing else is left. What stands on a duty or a vital interest stays. Returns
    how many entries and photos were withdrawn; in the trail also when there was none. Raises
    ``NotFound`` when there is no such subject. Who may withdraw for whom, the caller has decided.
    """
    with opened() as cursor:
        cursor.execute("SELECT created_at FROM vault_subject WHERE id = %s", [subject_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("vault.no_subject", _("There is no such record."))
        count = withdraw_before(subject_id, clock.now(), cursor)
        _list(Unlisted.What.WITHDRAWN, [(subject_id, row[0])])
        line = audit.Line(
            actor_name(actor), "vault.withdraw", f"vault-subject:{subject_id}", "", {"count": count}
        )
        audit.record_many([line])
    return count


def withdraw_before(subject_id: int, moment: object, cursor: Any) -> int:
    """Mark as withdrawn what was put in by consent until ``moment``; return how much that is."""
    bases = [basis.value for basis in legal.CONSENTED]
    count = 0
    for table in ("vault_entry", "vault_storedfile"):
        statement = _WITHDRAW.format(table=table)
        cursor.execute(statement, [moment, subject_id, bases, moment])
        count += cursor.rowcount
    return count


def erase_due() -> int:
    """Erase, in short transactions, what is past its time and what was withdrawn; return how many.

    Several workers may do this at once. What one run leaves, the next one takes.
    """
    erased = 0
    for take in (_erase_batch_due, _erase_batch_withdrawn):
        for _batch in range(_MOST_BATCHES):
            count = take()
            erased += count
            if count < _BATCH:
                break
    return erased


def tally() -> None:
    """Count each category for the page: one pass over the subjects, by the worker."""
    moment = clock.now()
    horizon = retention.today() + dt.timedelta(days=AHEAD_DAYS)
    with opened() as cursor:
        cursor.execute(_TALLY, [horizon, moment - dt.timedelta(days=BACK_DAYS)])
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    codes = {one.code for one in retention.registered()} | set(found)
    rows = [
        Tally(code, *(found.get(code, (0, None, 0, 0))), counted_at=moment)
        for code in sorted(codes)
    ]
    with transaction.atomic():
        Tally.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["category"],
            update_fields=["kept", "oldest_at", "goes", "went", "counted_at"],
        )


def tick() -> None:
    """Erase what is due, and bring the list outside up to date."""
    erase_due()
    erasures.write_out()


def _erase_batch_due() -> int:
    with opened() as cursor:
        cursor.execute(_DUE, [retention.today(), _BATCH])
        due = dict(cursor.fetchall())
        if due:
            erase_many(due, cursor, actor=ACTOR, reason="retention")
    return len(due)


def _erase_batch_withdrawn() -> int:
    from tongxin.plumbing.vault import files

    with opened() as cursor:
        cursor.execute(_WITHDRAWN, [_BATCH])
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return 0
        cursor.execute(
            "SELECT id, category FROM vault_subject WHERE id = ANY(%s) FOR UPDATE", [ids]
        )
        categories = dict(cursor.fetchall())
        cursor.execute(_REMAINS, {"ids": ids})
        remaining = {row[0] for row in cursor.fetchall()}
        whole = {one: categories[one] for one in ids if one not in remaining}
        if whole:
            erase_many(whole, cursor, actor=ACTOR, reason="withdrawn")
        parts = sorted(remaining)
        cursor.execute(_EMPTY + " AND withdrawn_at IS NOT NULL", [parts])
        files.forget_files_of(parts, cursor, withdrawn_only=True)
        audit.record_many(
            _line(each, "vault.erase_withdrawn", ACTOR, "withdrawn") for each in parts
        )
    return len(ids)


def _run_erasers(subjects: dict[int, str]) -> None:
    by_category: dict[str, list[int]] = defaultdict(list)
    for subject_id, category in subjects.items():
        by_category[category].append(subject_id)
    for code, ids in by_category.items():
        known = retention.find(code)
        if known is not None and known.erase is not None:
            known.erase(ids)


def _list(what: Unlisted.What, rows: Sequence[tuple[int, Any]]) -> None:
    """Note for the list outside, in the act's transaction; written out once that is committed."""
    moment = clock.now()
    Unlisted.objects.bulk_create(
        Unlisted(what=what, subject_id=subject_id, born=born, at=moment)
        for subject_id, born in rows
    )
    transaction.on_commit(_write_out, robust=True)


def _write_out() -> None:
    erasures.write_out()


def _line(subject_id: int, act: str, actor: object, reason: str) -> audit.Line:
    subject = f"vault-subject:{subject_id}"
    return audit.Line(actor_name(actor), act, subject, "", {"reason": reason})
