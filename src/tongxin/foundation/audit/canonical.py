"""How an entry is written down for its hash. Pure; a change here would break every chain.

``hash(seal) = SHA-256(hash(seal before) ‖ seal number ‖ canonical entry)``, the first one on 32
zero bytes. The canonical entry is JSON in UTF-8 with sorted keys and no spaces.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = bytes(32)


@dataclass(frozen=True)
class Entry:
    """An audit entry as the database holds it."""

    id: int
    at: dt.datetime
    actor: str
    act: str
    subject: str
    purpose: str
    detail: Mapping[str, Any]
    allowed: bool

    def canonical(self) -> bytes:
        """Return the bytes that are hashed."""
        at = self.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
        said = [self.id, at, self.actor, self.act, self.subject, self.purpose, self.allowed]
        return json.dumps(
            [*said, self.detail], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()


def chain(before: bytes, seal_id: int, entry: Entry) -> bytes:
    """Return the hash of seal ``seal_id`` over the one before it and the entry."""
    return hashlib.sha256(before + seal_id.to_bytes(8, "big") + entry.canonical()).digest()


def head_message(seal_id: int, head: bytes, signed_at: dt.datetime) -> bytes:
    """Return what an anchor signs."""
    at = signed_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return b"tongxin audit head " + f"{seal_id} {head.hex()} {at}".encode()
