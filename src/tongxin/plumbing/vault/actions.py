"""Putting personal data in, opening it for a purpose, erasing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connections
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access import policy
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import ciphers
from tongxin.kernel.errors import Conflict, Forbidden, NotFound
from tongxin.plumbing.vault import blind, legal, retention
from tongxin.plumbing.vault.erasing import erase, withdraw
from tongxin.plumbing.vault.keyring import keyring
from tongxin.plumbing.vault.opening import actor_name, data_key_of, opened
from tongxin.plumbing.vault.preparing import (
    INSERT_CTE,
    Prepared,
    Stored,
    field_aad,
    insert_cte,
    number,
    prepare,
    prepare_on,
    seal,
    subject_aad,
)
from tongxin.plumbing.vault.purposes import Further, Purpose, parse
from tongxin.plumbing.vault.selectors import find

__all__ = [
    "INSERT_CTE",
    "Prepared",
    "Stored",
    "actor_name",
    "data_key_of",
    "erase",
    "field_aad",
    "find",
    "insert_cte",
    "note_look",
    "opened",
    "parse",
    "prepare",
    "put",
    "retention",
    "reveal",
    "reveal_many",
    "reveal_subject",
    "withdraw",
]

_INSERT = f"WITH {INSERT_CTE} SELECT 1"
_ADD = "WITH vault_put_entries AS" + INSERT_CTE.split("vault_put_entries AS")[1] + " SELECT 1"
_LOOKERS = (Permission.REVEAL, Permission.RESPOND, Permission.BREAK_GLASS)
_ENTRIES = """
    SELECT entry.id, entry.subject_id, entry.field, entry.ciphertext, subject.wrapped_key
    FROM vault_entry entry JOIN vault_subject subject ON subject.id = entry.subject_id
    WHERE subject.wrapped_key IS NOT NULL AND entry.withdrawn_at IS NULL AND """


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
    basis_rule: str = "",
    notice_version: str = "",
    notice_shown_at: dt.datetime | None = None,
    consented_at: dt.datetime | None = None,
    subject_id: int | None = None,
    using: str = "default",
) -> Stored:
    """Seal and write ``fields`` within the caller's transaction: one statement.

    The legal ground: ``legal_basis`` is one of ``legal.LegalBasis``, a ``duty`` with its
    ``basis_rule``, a consent with ``consented_at`` (now); the notice that was shown, and when
    (PIPL 13–17). With ``subject_id`` the fields join that subject; raises ``NotFound`` when there
    is none, and ``Conflict`` when it was erased.
    """
    ground = legal.stated(
        legal_basis,
        basis_rule=basis_rule,
        notice_version=notice_version,
        notice_shown_at=notice_shown_at,
        consented_at=consented_at,
    )
    if subject_id is not None:
        return _put_more(subject_id, category, fields, ground, using)
    prepared = prepare_on(ground, category=category, fields=fields, using=using)
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

    The look is committed to the trail *before* anything is opened. Without a purpose that holds, or
    without the words that it demands, ``Forbidden`` is raised, and the attempt is in the trail.
    ``because`` is kept in the vault.
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


def note_look(subjects: Sequence[str], actor: object, purpose: object, because: str) -> None:
    """Commit a look to the trail, or refuse it; for the other modules of the vault."""
    _note_look(subjects, actor, purpose, because)


def _put_more(
    subject_id: int,
    category: str,
    fields: Mapping[str, str | bytes],
    ground: legal.Ground,
    using: str,
) -> Stored:
    retention.kept_from_put(category)  # refuses a category that nobody registered
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
            ground=ground,
        )
        cursor.execute(_ADD, added.parameters())
    return added.stored


def _note_look(subjects: Sequence[str], actor: object, purpose: object, because: str) -> None:
    """Commit the look to the trail, allowed or not; then refuse it when it is not."""
    known = parse(purpose)
    refusal = _refusal(actor, known, because)
    detail: dict[str, object] = {"because": _keep_reason(because)} if because else {}
    audit.record_many(
        [
            audit.Line(
                actor=actor_name(actor),
                act="vault.reveal",
                subject=subject,
                purpose=str(known or ""),
                detail=detail,
                allowed=refusal is None,
            )
            for subject in subjects
        ],
        durable=True,
    )
    if refusal:
        raise refusal


def _refusal(actor: object, purpose: Purpose | Further | None, because: str) -> Forbidden | None:
    """Say why this actor may not look at all; whether at *this* record, the caller has decided.

    A second net: members without any work on cases, the administrators above all, open nothing.
    """
    if purpose is None:
        sentence = _("Say for what you need it: choose a purpose.")
        return Forbidden("vault.no_purpose", sentence, field="purpose")
    if purpose.demands_text and not because.strip():
        sentence = _("Say in your own words why you need it.")
        return Forbidden("vault.no_reason", sentence, field="because")
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
        legal_basis=legal.LegalBasis.DUTY,
        basis_rule="pipl_51",
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
