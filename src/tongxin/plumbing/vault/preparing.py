"""Sealing fields into rows that are ready to be written; no row is written here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongxin.kernel import ciphers, clock
from tongxin.plumbing.vault import blind, ids, legal, retention
from tongxin.plumbing.vault.keyring import keyring


def insert_cte(gate: str = "(SELECT 1) AS always") -> str:
    """Return two named parts of a WITH clause that write a ``Prepared``.

    The parameters are those of ``Prepared.parameters()``. ``gate`` names an earlier part of the
    clause with one row: without that row nothing is written.
    """
    return f"""
    vault_put_subject AS (
        INSERT INTO vault_subject (id, category, wrapped_key, key_id, created_at, keep_until)
        SELECT %(vault_subject)s::bigint, %(vault_category)s::varchar, %(vault_wrapped)s::bytea,
               %(vault_key_id)s::varchar, %(vault_at)s::timestamptz, %(vault_keep)s::date
        FROM {gate}),
    vault_put_entries AS (
        INSERT INTO vault_entry
            (id, subject_id, field, ciphertext, blind_index, blind_pinyin, legal_basis, basis_rule,
             notice_version, notice_shown_at, consented_at, created_at)
        SELECT row.id, %(vault_subject)s::bigint, row.field, row.ciphertext, row.blind_index,
               row.blind_pinyin, %(vault_basis)s::varchar, %(vault_rule)s::varchar,
               %(vault_notice)s::varchar, %(vault_shown)s::timestamptz,
               %(vault_consented)s::timestamptz, %(vault_at)s::timestamptz
        FROM {gate}, unnest(%(vault_ids)s::bigint[], %(vault_fields)s::varchar[],
                            %(vault_ciphertexts)s::bytea[], %(vault_blinds)s::bytea[],
                            %(vault_pinyins)s::bytea[])
            AS row (id, field, ciphertext, blind_index, blind_pinyin))
    """  # noqa: S608 - the gate is a name in the caller's own statement


INSERT_CTE = insert_cte()
"""The same without a gate."""


@dataclass(frozen=True)
class Stored:
    """What was put in: the subject, and the reference (entry id) of each field."""

    subject_id: int
    refs: Mapping[str, int]


@dataclass(frozen=True)
class Prepared:
    """Sealed rows, not yet written: for callers that write them in a statement of their own."""

    stored: Stored
    category: str
    wrapped_key: bytes
    key_id: str
    ciphertexts: tuple[bytes, ...]
    blinds: tuple[blind.Digests, ...]
    ground: legal.Ground
    keep_until: dt.date | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of ``INSERT_CTE``."""
        return {
            "vault_subject": self.stored.subject_id,
            "vault_category": self.category,
            "vault_wrapped": self.wrapped_key,
            "vault_key_id": self.key_id,
            "vault_at": clock.now(),
            "vault_keep": self.keep_until,
            "vault_ids": list(self.stored.refs.values()),
            "vault_fields": list(self.stored.refs),
            "vault_ciphertexts": list(self.ciphertexts),
            "vault_blinds": [digests.exact for digests in self.blinds],
            "vault_pinyins": [digests.pinyin for digests in self.blinds],
            **self.ground.parameters(),
        }


def prepare(
    *,
    category: str,
    fields: Mapping[str, str | bytes],
    legal_basis: str,
    basis_rule: str = "",
    notice_version: str = "",
    notice_shown_at: dt.datetime | None = None,
    consented_at: dt.datetime | None = None,
    using: str = "default",
) -> Prepared:
    """Seal ``fields`` for a new subject without writing (no query, but every 64th time one).

    Write the result with ``INSERT_CTE`` and ``parameters()``, on the same connection ``using``.
    ``category`` must be registered (``retention.register``). The legal ground is one of the closed
    list of ``legal.LegalBasis`` (PIPL 13); see ``legal.stated`` for what goes with it.
    """
    ground = legal.stated(
        legal_basis,
        basis_rule=basis_rule,
        notice_version=notice_version,
        notice_shown_at=notice_shown_at,
        consented_at=consented_at,
    )
    return prepare_on(ground, category=category, fields=fields, using=using)


def prepare_on(
    ground: legal.Ground,
    *,
    category: str,
    fields: Mapping[str, str | bytes],
    using: str = "default",
) -> Prepared:
    """Seal ``fields`` on a ground that was stated already; see ``prepare``."""
    keep_until = retention.kept_from_put(category)
    subject_id = ids.take("subject", 1, using=using)[0]
    data_key, ring = ciphers.new_key(), keyring()
    return Prepared(
        stored=Stored(subject_id, number(fields, using)),
        category=category,
        wrapped_key=ring.wrap(data_key, subject_aad(subject_id)),
        key_id=ciphers.key_id(ring.current).hex(),
        ciphertexts=seal(data_key, subject_id, fields),
        blinds=tuple(blind.of_field(name, value) for name, value in fields.items()),
        ground=ground,
        keep_until=keep_until,
    )


def number(fields: Mapping[str, str | bytes], using: str) -> dict[str, int]:
    """Give each field a fresh entry id."""
    return dict(zip(fields, ids.take("entry", len(fields), using=using), strict=True))


def seal(data_key: bytes, subject_id: int, fields: Mapping[str, str | bytes]) -> tuple[bytes, ...]:
    """Encrypt each field with the data key, bound to its subject and name."""
    suite = keyring().suite
    return tuple(
        ciphers.seal(
            data_key,
            value.encode() if isinstance(value, str) else value,
            field_aad(subject_id, name),
            suite,
        )
        for name, value in fields.items()
    )


def field_aad(subject_id: int, field: str) -> bytes:
    """Return what a field's ciphertext is bound to."""
    return f"tongxin vault {subject_id} {field}".encode()


def subject_aad(subject_id: int) -> bytes:
    """Return what a wrapped data key is bound to."""
    return f"tongxin vault subject {subject_id}".encode()
