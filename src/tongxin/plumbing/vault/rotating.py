"""Changing master keys and ciphers while everything runs.

Data keys are wrapped anew in short transactions over pages of subjects, ``SKIP LOCKED``: whoever
puts, reveals or erases is never waited for. What is done is told by the wrapped keys themselves, so
a run that was killed is taken up by the next one (NIST SP 800-57 part 1, 5.3: cryptoperiods).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connections, transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.audit import actions as audit
from tongxin.kernel import ciphers
from tongxin.kernel.errors import Conflict
from tongxin.plumbing.vault import blind, blindkey, files, keyring
from tongxin.plumbing.vault.opening import opened
from tongxin.plumbing.vault.preparing import field_aad, subject_aad

Report = Callable[[int], None]
BATCH = 500
_RETIRE_TRIES = 5
_MOST_TURNS = 60
_LOCK, _LOCK_TRIES = 7_203_115, 20
_COUNTS = """
    SELECT encode(substr(wrapped_key, 2, 4), 'hex'), count(*) FROM vault_subject
    WHERE wrapped_key IS NOT NULL GROUP BY 1
"""
_OTHERS = """
    SELECT count(*) FROM vault_subject
    WHERE wrapped_key IS NOT NULL AND substr(wrapped_key, 1, 5) <> %s
"""
_PAGE = """
    SELECT id, wrapped_key FROM vault_subject
    WHERE id > %s AND wrapped_key IS NOT NULL AND substr(wrapped_key, 1, 5) <> %s
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_WRAP = """
    UPDATE vault_subject SET wrapped_key = given.wrapped, key_id = %s
    FROM unnest(%s::bigint[], %s::bytea[]) AS given (id, wrapped)
    WHERE vault_subject.id = given.id
"""
_STALE_COUNT = """
    SELECT count(*) FROM vault_entry entry
    WHERE entry.ciphertext <> '' AND (get_byte(entry.ciphertext, 0) <> %(suite)s
        OR entry.blind_index IS NOT NULL AND entry.blind_pinyin IS NULL
            AND (entry.field = 'name' OR entry.field LIKE '%%\\_name'))
"""
_STALE_PAGE = """
    SELECT entry.id, entry.subject_id, entry.field, entry.ciphertext, subject.wrapped_key
    FROM vault_entry entry JOIN vault_subject subject ON subject.id = entry.subject_id
    WHERE entry.id > %(after)s AND subject.wrapped_key IS NOT NULL
        AND entry.ciphertext <> '' AND (get_byte(entry.ciphertext, 0) <> %(suite)s
            OR entry.blind_index IS NOT NULL AND entry.blind_pinyin IS NULL
                AND (entry.field = 'name' OR entry.field LIKE '%%\\_name'))
    ORDER BY entry.id LIMIT %(limit)s FOR UPDATE OF entry SKIP LOCKED
"""
_SEAL = """
    UPDATE vault_entry SET ciphertext = given.ciphertext, blind_index = given.exact,
        blind_pinyin = given.pinyin
    FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[])
        AS given (id, ciphertext, exact, pinyin)
    WHERE vault_entry.id = given.id
"""


@dataclass(frozen=True)
class Outcome:
    """What a run did: data keys wrapped anew, entries and photos sealed anew."""

    wrapped: int = 0
    entries: int = 0
    photos: int = 0


@contextmanager
def alone() -> Iterator[None]:
    """Let one change of keys run at a time; raises ``Conflict`` when another one runs.

    The lock belongs to the session, so a killed run gives it back.
    """
    with connections["default"].cursor() as cursor:
        for _turn in range(_LOCK_TRIES):
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            if cursor.fetchone()[0]:
                break
            time.sleep(0.5)
        else:
            raise Conflict("keys.running", _("Another change of keys is running."))
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def subjects_by_key() -> dict[str, int]:
    """Return how many subjects each master key (8 hexadecimal digits) wraps now."""
    with opened() as cursor:
        cursor.execute(_COUNTS)
        return dict(cursor.fetchall())


def waiting() -> int:
    """Return how many subjects are not wrapped by the present key with the present cipher."""
    with opened() as cursor:
        cursor.execute(_OTHERS, [keyring.keyring().head()])
        return int(cursor.fetchone()[0])


def wrap_all(*, report: Report = lambda _done: None, pause: float = 0.0) -> int:
    """Wrap every data key, and the blind index's, with the present master key.

    ``report`` is told how many are done, after each page of 500; ``pause`` seconds are left between
    pages. Returns how many were wrapped anew. Rows that others hold are come back to; raises
    ``Conflict`` when some process goes on wrapping with another key.
    """
    _wrap_blind_key()
    done = 0
    for turn in range(_MOST_TURNS):
        last = 0
        while page := _wrap_page(last):
            last, count = page
            done += count
            report(done)
            time.sleep(pause)
        if not waiting():
            return done
        time.sleep(min(0.2 * (turn + 1), 2.0))
    sentence = _(
        "Some process still uses another master key: restart them all, then run this again."
    )
    raise Conflict("keys.still_used", sentence)


def reseal_all(*, report: Report = lambda _done: None, pause: float = 0.0) -> Outcome:
    """Encrypt entries and photos of another cipher anew, and index names by their reading.

    The subjects' data keys stay. ``report`` is told how many entries and photos are done.
    """
    entries, last = 0, 0
    while stale_entries():
        last = 0
        while page := _seal_page(last):
            last, count = page
            entries += count
            report(entries)
            time.sleep(pause)
    photos = 0
    for _token in files.reseal_all():
        photos += 1
        report(entries + photos)
    return Outcome(entries=entries, photos=photos)


def stale_entries() -> int:
    """Return how many entries are of another cipher, or names not yet indexed by reading."""
    with opened() as cursor:
        cursor.execute(_STALE_COUNT, {"suite": int(keyring.keyring().suite)})
        return int(cursor.fetchone()[0])


def make_sure_unneeded(key_id: bytes) -> None:
    """Raise ``Conflict`` while any subject, or the blind index, needs this master key.

    Waits for the transactions that write now, so that none can still bring a row of that key.
    """
    for turn in range(_RETIRE_TRIES):
        try:
            needed = _needed(key_id)
        except OperationalError:  # the lock was not to be had in two seconds
            time.sleep(1.0 + turn)
            continue
        if needed:
            raise Conflict("keys.needed", _("This key is still needed: run the change first."))
        return
    raise Conflict("keys.busy", _("The vault is too busy just now: try again."))


def note(act: str, **detail: object) -> None:
    """Put a change of keys into the trail, by key id, never by key."""
    audit.record(actor="system:command-line", act=act, subject="vault:keys", detail=detail)


def _needed(key_id: bytes) -> int:
    with opened() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute("LOCK TABLE vault_subject IN SHARE MODE")
        cursor.execute(
            "SELECT count(*) FROM vault_subject"
            " WHERE wrapped_key IS NOT NULL AND substr(wrapped_key, 2, 4) = %s",
            [key_id],
        )
        count = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT count(*) FROM vault_blindkey WHERE substr(wrapped_key, 2, 4) = %s", [key_id]
        )
        return count + int(cursor.fetchone()[0])


def _wrap_page(last: int) -> tuple[int, int] | None:
    ring = keyring.keyring()
    with opened() as cursor:
        cursor.execute(_PAGE, [last, ring.head(), BATCH])
        rows = cursor.fetchall()
        if not rows:
            return None
        wrapped = [
            ring.wrap(ring.unwrap(bytes(old), subject_aad(subject_id)), subject_aad(subject_id))
            for subject_id, old in rows
        ]
        ids = [row[0] for row in rows]
        cursor.execute(_WRAP, [ciphers.key_id(ring.current).hex(), ids, wrapped])
    return ids[-1], len(ids)


def _wrap_blind_key() -> None:
    ring = keyring.keyring()
    blindkey.blind_key()  # makes the row where there is none yet
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT wrapped_key FROM vault_blindkey WHERE id = 1 FOR UPDATE")
        row = cursor.fetchone()
        if row is not None and not bytes(row[0]).startswith(ring.head()):
            key = ring.unwrap(bytes(row[0]), blindkey.AAD)
            wrapped = ring.wrap(key, blindkey.AAD)
            cursor.execute("UPDATE vault_blindkey SET wrapped_key = %s WHERE id = 1", [wrapped])


def _seal_page(last: int) -> tuple[int, int] | None:
    ring = keyring.keyring()
    with opened() as cursor:
        given = {"after": last, "limit": BATCH, "suite": int(ring.suite)}
        cursor.execute(_STALE_PAGE, given)
        rows = cursor.fetchall()
        if not rows:
            return None
        sealed, digests = [], []
        for row in rows:
            ciphertext, found = _sealed_anew(row, ring)
            sealed.append(ciphertext)
            digests.append(found)
        ids = [row[0] for row in rows]
        exact, pinyin = [one.exact for one in digests], [one.pinyin for one in digests]
        cursor.execute(_SEAL, [ids, sealed, exact, pinyin])
    return ids[-1], len(ids)


def _sealed_anew(row: tuple[Any, ...], ring: keyring.Keyring) -> tuple[bytes, blind.Digests]:
    _ref, subject_id, field, ciphertext, wrapped = row
    key = ring.unwrap(bytes(wrapped), subject_aad(subject_id))
    aad = field_aad(subject_id, field)
    plain = ciphers.unseal(key, bytes(ciphertext), aad)
    return ciphers.seal(key, plain, aad, ring.suite), _digests(field, plain)


def _digests(field: str, plain: bytes) -> blind.Digests:
    try:
        return blind.of_field(field, plain.decode())
    except UnicodeDecodeError:  # bytes are never indexed
        return blind.Digests()
