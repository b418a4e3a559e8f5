"""The key of the blind index: a row of its own, wrapped by the master key.

Installations from before derived it from their oldest master key; the first use writes that very
key down, so that what is indexed stays found and the master key may go.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections

from tongxin.kernel import ciphers, clock
from tongxin.plumbing.vault.keyring import Keyring, keyring

AAD = b"tongxin vault blind index key"
_ROW = "SELECT wrapped_key FROM vault_blindkey WHERE id = 1"
_MAKE = """
    INSERT INTO vault_blindkey (id, wrapped_key, made_at) VALUES (1, %s, %s) ON CONFLICT DO NOTHING
"""


@dataclass
class _Held:
    key: bytes = b""
    of: frozenset[bytes] = frozenset()


_held = _Held()


def blind_key() -> bytes:
    """Return the 32 bytes of the index's key; one query a process, and after a change of keys.

    On the connection ``audit``, so that it is kept whatever becomes of the caller's transaction.
    """
    ring = keyring()
    known = frozenset(ring.keys)
    if not _held.key or not _held.of & known:
        _held.key, _held.of = _load(ring), known
    return _held.key


def forget() -> None:
    """Have the key read anew when it is asked for next."""
    _held.key = b""


def _load(ring: Keyring) -> bytes:
    with connections["audit"].cursor() as cursor:
        cursor.execute(_ROW)
        row = cursor.fetchone()
        if row is None:
            derived = ciphers.derive(ring.blind_from, "tongxin blind index")
            cursor.execute(_MAKE, [ring.wrap(derived, AAD), clock.now()])
            cursor.execute(_ROW)
            row = cursor.fetchone()
    return ring.unwrap(bytes(row[0]), AAD)
