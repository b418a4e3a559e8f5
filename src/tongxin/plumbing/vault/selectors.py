"""Finding in the vault without opening it."""

from __future__ import annotations

from dataclasses import dataclass

from tongxin.plumbing.vault import actions


@dataclass(frozen=True)
class Match:
    """An entry that holds the value that was looked for."""

    ref: int
    subject_id: int
    field: str
    category: str


def find(digest: bytes, *, limit: int = 200) -> list[Match]:
    """Return the entries whose value has this digest (``blind.phone`` or ``blind.name``)."""
    with actions.opened() as cursor:
        cursor.execute(
            "SELECT entry.id, entry.subject_id, entry.field, subject.category"
            " FROM vault_entry entry JOIN vault_subject subject ON subject.id = entry.subject_id"
            " WHERE entry.blind_index = %s ORDER BY entry.id DESC LIMIT %s",
            [digest, limit],
        )
        return [Match(*row) for row in cursor.fetchall()]


def is_erased(subject_id: int) -> bool:
    """Return whether a subject was erased, or never was."""
    with actions.opened() as cursor:
        cursor.execute(
            "SELECT 1 FROM vault_subject WHERE id = %s AND wrapped_key IS NOT NULL", [subject_id]
        )
        return cursor.fetchone() is None
