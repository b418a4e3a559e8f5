"""Putting personal data in, opening it for a purpose, erasing it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access import policy
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import ciphers, clock
from tongxin.kernel.errors import Conflict, Forbidden, NotFound
from tongxin.plumbing.vault import blind
from tongxin.plumbing.vault.keyring import keyring
from tongxin.plumbing.vault.preparing import (
    INSERT_CTE,
    Prepared,
    Stored,
    field_aad,
    insert_cte,
    number,
    prepare,
    seal,
    subject_aad,
)
from tongxin.plumbing.vault.purposes import Purpose, parse

__all__ = [
    "INSERT_CTE",
    "Prepared",
    "Stored",
    "actor_name",
    "data_key_of",
    "erase",
    "field_aad",
    "insert_cte",
    "note_look",
    "opened",
    "prepare",
    "put",
    "reveal",
    "reveal_many",
    "reveal_subject",
]

_INSERT = f"WITH {INSERT_CTE} SELECT 1"
_ADD = "WITH vault_put_entries AS" + INSERT_CTE.split("vault_put_entries AS")[1] + " SELECT 1"
_LOOKERS = (Permission.REVEAL, Permission.RESPOND, Permission.BREAK_GLASS)
_ENTRIES = """
    SELECT entry.id, entry.subject_id, entry.field, entry.ciphertext, subject.wrapped_key
    FROM vault_entry entry JOIN vault_subject subject ON subject.id = entry.subject_id
    WHERE subject.wrapped_key IS NOT NULL AND """


@dataclass(frozen=True)
class _Row:
    ref: int
    subject_id: int
    field: str
    ciphertext: bytes
    wrapped_key: bytes


def put(
    *,
    category: str,
    fields: Mapping[str, str | bytes],
    actor: object,
    legal_basis: str,
    notice_version: str = "",
    subject_id: int | None = None,
    using: str = "default",
) -> Stored:
    """Seal and write ``fields`` within the caller's transaction: one statement.

    With ``subject_id`` the fields join that subject; raises ``NotFound`` when there is none, and
    ``Conflict`` when it was erased.
    """
    if subject_id is not None:
        return _put_more(
            subject_id=subject_id,
            category=category,
            fields=fields,
            legal_basis=legal_basis,
            notice_version=notice_version,
            using=using,
        )
    prepared = prepare(
        category=category,
        fields=fields,
        legal_basis=legal_basis,
        notice_version=notice_version,
        using=using,
    )
    with connections[using].cursor() as cursor:
        cursor.execute(_INSERT, prepared.parameters())
    return prepared.stored


def reveal(ref: int, *, actor: object, purpose: Purpose | str, because: str = "") -> str:
    """Open one entry; see ``reveal_many``. Raises ``NotFound`` when there is none (any more)."""
    found = reveal_many([ref], actor=actor, purpose=purpose, because=because)
    if ref not in found:
        raise NotFound("vault.gone", _("This is not kept (any more)."))
    return found[ref]


def reveal_many(
    refs: Iterable[int], *, actor: object, purpose: Purpose | str, because: str = ""
) -> dict[int, str]:
    """Open entries; those absent or erased are left out.

    The look is committed to the trail *before* anything is opened. Without a listed purpose
    ``Forbidden`` is raised, and the attempt is in the trail. ``because`` is kept in the vault.
    """
    wanted = sorted(set(refs))
    subjects = [f"vault:{ref}" for ref in wanted]
    _note_look(subjects, actor, purpose, because)
    rows = _rows("entry.id = ANY(%s)", wanted)
    return dict(zip((row.ref for row in rows), _open(rows), strict=True))


def reveal_subject(
    subject_id: int,
    *,
    actor: object,
    purpose: Purpose | str,
    because: str = "",
    fields: Collection[str] | None = None,
) -> dict[str, str]:
    """Open a subject's fields, all or those named (the latest of each name).

    Empty when erased or absent; the trail and the refusal are as with ``reveal_many``.
    """
    _note_look([f"vault-subject:{subject_id}"], actor, purpose, because)
    rows = _rows("entry.subject_id = ANY(%s) ORDER BY entry.id", [subject_id])
    rows = [row for row in rows if fields is None or row.field in fields]
    return dict(zip((row.field for row in rows), _open(rows), strict=True))


def erase(subject_id: int, *, actor: object, reason: str) -> None:
    """Destroy a subject's key, ciphertexts, blind index and files; nothing brings them back.

    ``reason`` is a code (``retention``, ``rights_request``, ``all_clear``). Erasing twice is the
    same as once. Raises ``NotFound`` when there is no such subject.
    """
    from tongxin.plumbing.vault import files

    with opened() as cursor:
        cursor.execute(
            "UPDATE vault_subject SET wrapped_key = NULL, erased_at = coalesce(erased_at, %s)"
            " WHERE id = %s",
            [clock.now(), subject_id],
        )
        if not cursor.rowcount:
            raise NotFound("vault.no_subject", _("There is no such record."))
        cursor.execute(
            "UPDATE vault_entry SET ciphertext = '', blind_index = NULL WHERE subject_id = %s",
            [subject_id],
        )
        files.forget_files_of(subject_id, cursor)
        audit.record(
            actor=actor_name(actor),
            act="vault.erase",
            subject=f"vault-subject:{subject_id}",
            detail={"reason": reason},
        )


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


def note_look(subjects: Sequence[str], actor: object, purpose: object, because: str) -> None:
    """Commit a look to the trail, or refuse it; for the other modules of the vault."""
    _note_look(subjects, actor, purpose, because)


def _put_more(
    *,
    subject_id: int,
    category: str,
    fields: Mapping[str, str | bytes],
    legal_basis: str,
    notice_version: str,
    using: str,
) -> Stored:
    with opened(using) as cursor:
        cursor.execute("SELECT 1 FROM vault_subject WHERE id = %s FOR SHARE", [subject_id])
        if cursor.fetchone() is None:
            raise NotFound("vault.no_subject", _("There is no such record."))
        data_key = data_key_of(subject_id, cursor)
        if data_key is None:
            raise Conflict("vault.erased", _("This record was erased."))
        added = Prepared(
            stored=Stored(subject_id, number(fields, using)),
            category=category,
            wrapped_key=b"",
            key_id="",
            ciphertexts=seal(data_key, subject_id, fields),
            blinds=tuple(blind.of_field(name, value) for name, value in fields.items()),
            legal_basis=legal_basis,
            notice_version=notice_version,
        )
        cursor.execute(_ADD, added.parameters())
    return added.stored


def _note_look(subjects: Sequence[str], actor: object, purpose: object, because: str) -> None:
    """Commit the look to the trail, allowed or not; then refuse it when it is not."""
    refusal = _refusal(actor, purpose)
    detail: dict[str, object] = {"because": _keep_reason(because)} if because else {}
    audit.record_many(
        [
            audit.Line(
                actor=actor_name(actor),
                act="vault.reveal",
                subject=subject,
                purpose=parse(purpose) or "",
                detail=detail,
                allowed=refusal is None,
            )
            for subject in subjects
        ],
        durable=True,
    )
    if refusal:
        raise refusal


def _refusal(actor: object, purpose: object) -> Forbidden | None:
    """Say why this actor may not look at all; whether at *this* record, the caller has decided.

    A second net: members without any work on cases, the administrators above all, open nothing.
    """
    if parse(purpose) is None:
        sentence = _("Say for what you need it: choose a purpose.")
        return Forbidden("vault.no_purpose", sentence, field="purpose")
    member = getattr(actor, "member", actor)
    if isinstance(actor, str) and actor.startswith("member:"):
        raise TypeError("a look needs the member, not only a name")
    if isinstance(member, Member) and not any(policy.holds(member, right) for right in _LOOKERS):
        return Forbidden("vault.no_right", _("Your role does not open personal data."))
    return None


def _keep_reason(because: str) -> int:
    """Keep the words in the vault, for they may name somebody; return the reference."""
    stored = put(
        category="reveal_reason",
        fields={"because": because},
        actor="system:vault",
        legal_basis="legal_duty",
        using="audit",
    )
    return stored.refs["because"]


def _rows(condition: str, wanted: list[int]) -> list[_Row]:
    with opened() as cursor:
        cursor.execute(_ENTRIES + condition, [wanted])
        return [
            _Row(ref, subject_id, field, bytes(ciphertext), bytes(wrapped))
            for ref, subject_id, field, ciphertext, wrapped in cursor.fetchall()
        ]


def _open(rows: list[_Row]) -> list[str]:
    ring, keys = keyring(), dict[int, bytes]()
    texts = []
    for row in rows:
        if row.subject_id not in keys:
            keys[row.subject_id] = ring.unwrap(row.wrapped_key, subject_aad(row.subject_id))
        aad = field_aad(row.subject_id, row.field)
        texts.append(ciphers.unseal(keys[row.subject_id], row.ciphertext, aad).decode())
    return texts
