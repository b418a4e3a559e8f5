"""Row numbers taken from the sequences in advance, for they are part of what is sealed.

The block belongs to one database connection: a new connection, and so another database or another
process, starts a new one. Numbers left over are never used.
"""

from __future__ import annotations

from collections import deque
from weakref import WeakKeyDictionary

from django.db import connections

_BLOCK = 64
_SEQUENCES = {"subject": "vault_subject_id_seq", "entry": "vault_entry_id_seq"}
_blocks: WeakKeyDictionary[object, dict[str, deque[int]]] = WeakKeyDictionary()


def take(what: str, count: int, *, using: str = "default") -> list[int]:
    """Return ``count`` fresh numbers for ``subject`` or ``entry`` rows."""
    wrapper = connections[using]
    wrapper.ensure_connection()
    block = _blocks.setdefault(wrapper.connection, {}).setdefault(what, deque())
    if len(block) < count:
        with wrapper.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                [_SEQUENCES[what], max(_BLOCK, count)],
            )
            block.extend(row[0] for row in cursor.fetchall())
    return [block.popleft() for _ in range(count)]
