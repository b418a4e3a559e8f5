"""What all modules of the vault stand on: the open door, the names of actors, a subject's key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from tongxin.plumbing.vault.keyring import keyring
from tongxin.plumbing.vault.preparing import subject_aad


@contextmanager
def opened(using: str = "default") -> Iterator[Any]:
    """Yield a cursor in a transaction in which the vault's rows show (row security)."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('tongxin.vault', true),"
            " set_config('tongxin.vault', 'open', true)"
        )
        before = cursor.fetchone()[0] or ""
        yield cursor
        cursor.execute("SELECT set_config('tongxin.vault', %s, true)", [before])


def actor_name(actor: object) -> str:
    """Return how the trail names an actor: ``member:ID``, ``system:NAME`` or ``reporter``.

    Takes such a name itself, a ``Member``, or one of the actors of ``access.scope``.
    """
    if isinstance(actor, str):
        return actor
    member = getattr(actor, "member", actor)
    if (member_id := getattr(member, "pk", None)) is not None:
        return f"member:{member_id}"
    name = getattr(actor, "name", None)
    return f"system:{name}" if name else "reporter"


def data_key_of(subject_id: int, cursor: Any) -> bytes | None:
    """Return a subject's data key, ``None`` when erased or absent; needs an ``opened`` cursor."""
    cursor.execute("SELECT wrapped_key FROM vault_subject WHERE id = %s", [subject_id])
    row = cursor.fetchone()
    if row is None or row[0] is None:
        return None
    return keyring().unwrap(bytes(row[0]), subject_aad(subject_id))
