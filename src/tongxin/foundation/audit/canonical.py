"""How an entry is written down for its hash. Pure; a change here would break every chain.

``hash(seal) = SHA-256(hash(seal before) ‖ seal number ‖ canonical entry)``, the first one on 32
zero bytes. The canonical entry is JSON in UTF-8 with sorted keys and no spaces.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

GENESIS = bytes(32)
COLUMNS = """
    entry.id, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
    entry.actor, entry.act, entry.subject, entry.purpose, entry.detail::text, entry.allowed
"""
"""What ``entry_of`` reads. The database writes the moment out (ISO 8601, UTC, microseconds)."""

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Entry(NamedTuple):
    """An audit entry as the database holds it; ``at`` is written out, see ``COLUMNS``."""

    id: int
    at: str
    actor: str
    act: str
    subject: str
    purpose: str
    detail: Mapping[str, Any]
    allowed: bool

    def canonical(self) -> bytes:
        """Return the bytes that are hashed."""
        said = [self.id, self.at, self.actor, self.act, self.subject, self.purpose, self.allowed]
        return _encode([*said, self.detail]).encode()


def entry_of(row: tuple[Any, ...]) -> Entry:
    """Make an entry of a row of ``COLUMNS``; the detail comes as text, so no driver rewrites it."""
    entry_id, at, actor, act, subject, purpose, detail, allowed = row
    said = json.loads(detail) if detail != "{}" else {}
    return Entry(entry_id, at, actor, act, subject, purpose, said, allowed)


def chain(before: bytes, seal_id: int, entry: Entry) -> bytes:
    """Return the hash of seal ``seal_id`` over the one before it and the entry."""
    return hashlib.sha256(before + seal_id.to_bytes(8, "big") + entry.canonical()).digest()


def head_message(seal_id: int, head: bytes, signed_at: dt.datetime) -> bytes:
    """Return what an anchor signs."""
    at = signed_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return b"tongxin audit head " + f"{seal_id} {head.hex()} {at}".encode()
