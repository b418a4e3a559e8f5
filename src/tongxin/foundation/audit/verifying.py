"""Checking the trail: every entry is as it was sealed, none is missing, no anchor disagrees."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.audit.canonical import (
    COLUMNS,
    GENESIS,
    chain,
    entry_of,
    head_message,
)
from tongxin.foundation.audit.models import AuditAnchor
from tongxin.foundation.audit.signing import anchor_key, is_signed
from tongxin.kernel.errors import BadInput

_FETCH = 2_000
_CHAIN = f"""
    SELECT seal.id, seal.entry_id, seal.hash, {COLUMNS}
    FROM audit_auditseal seal
    LEFT JOIN audit_auditentry entry ON entry.id = seal.entry_id AND entry.at = seal.entry_at
    ORDER BY seal.id
"""  # noqa: S608 - a constant
_UNSEALED = """
    SELECT entry.id FROM audit_auditentry entry
    WHERE NOT EXISTS (SELECT 1 FROM audit_auditseal seal
                      WHERE seal.entry_id = entry.id AND seal.entry_at = entry.at)
        AND NOT EXISTS (SELECT 1 FROM audit_auditpending wait
                        WHERE wait.entry_id = entry.id AND wait.at = entry.at)
    ORDER BY entry.id LIMIT 1
"""


@dataclass(frozen=True)
class BadRow:
    """The first row that is not as it was: which entry, which seal, and what is wrong with it.

    ``what`` is ``changed``, ``missing``, ``seal_missing``, ``never_sealed``, ``anchor_forged`` or
    ``chain_rewritten``.
    """

    what: str
    entry_id: int | None
    seal_id: int | None

    def __str__(self) -> str:
        return str(_SENTENCES[self.what]).format(entry=self.entry_id, seal=self.seal_id)


@dataclass(frozen=True)
class Verdict:
    """How many entries were checked against how many anchors, and the first bad row, if any."""

    entries: int
    anchors: int
    bad: BadRow | None

    @property
    def ok(self) -> bool:
        """Return whether nothing is wrong."""
        return self.bad is None


@dataclass(frozen=True)
class Head:
    """An anchor kept outside the database: a line of ``export_anchors``."""

    seal_id: int
    hash: bytes
    signed_at: dt.datetime
    key_id: str
    signature: bytes


_SENTENCES = {
    "changed": _("Entry {entry} (seal {seal}) is not what was sealed."),
    "missing": _("Entry {entry} (seal {seal}) is missing."),
    "seal_missing": _("Seal {seal} is missing."),
    "never_sealed": _("Entry {entry} was never sealed."),
    "anchor_forged": _("The anchor on seal {seal} does not bear our signature."),
    "chain_rewritten": _("The chain was rewritten up to seal {seal} or before: an anchor differs."),
}


def verify(
    *, outside: Iterable[Head] = (), progress: Callable[[int], None] = lambda _count: None
) -> Verdict:
    """Walk the whole chain; ``outside`` are anchors that were kept elsewhere.

    Reads with a server-side cursor in one snapshot, so memory stays flat however long the chain.
    """
    heads, bad = _trusted_heads(outside)
    if bad:
        return Verdict(0, 0, bad)
    expected, entries, before = 1, 0, GENESIS
    with transaction.atomic():
        for row in _rows():
            bad = _check(row, expected, before, heads)
            if bad:
                return Verdict(entries, len(heads), bad)
            expected, entries, before = expected + 1, entries + 1, bytes(row[2])
            if entries % _FETCH == 0:
                progress(entries)
        return Verdict(entries, len(heads), _cut_off(expected - 1, heads) or _never_sealed())


def export_anchors() -> Iterator[str]:
    """Yield one JSON line an anchor, to be kept where the database's owner cannot change it."""
    for anchor in AuditAnchor.objects.order_by("pk"):
        yield json.dumps(
            {
                "seal": anchor.seal_id,
                "hash": bytes(anchor.hash).hex(),
                "at": anchor.signed_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
                "key": anchor.key_id,
                "signature": bytes(anchor.signature).hex(),
            }
        )


def read_anchors(lines: Iterable[str]) -> list[Head]:
    """Read what ``export_anchors`` wrote; raises ``BadInput`` naming the line that is none."""
    return [_read_anchor(line, number) for number, line in enumerate(lines, 1) if line.strip()]


def _read_anchor(line: str, number: int) -> Head:
    try:
        said = json.loads(line)
        return Head(
            int(said["seal"]),
            bytes.fromhex(said["hash"]),
            dt.datetime.fromisoformat(said["at"]),
            str(said["key"]),
            bytes.fromhex(said["signature"]),
        )
    except (ValueError, KeyError, TypeError):
        sentence = _("Line %(number)s is no anchor of the trail.") % {"number": number}
        raise BadInput("audit.bad_anchor", sentence, field="anchors") from None


def _trusted_heads(outside: Iterable[Head]) -> tuple[dict[int, bytes], BadRow | None]:
    """Return the signed hash for each anchored seal, or the first anchor that is forged."""
    inside = (
        Head(a.seal_id, bytes(a.hash), a.signed_at, a.key_id, bytes(a.signature))
        for a in AuditAnchor.objects.order_by("seal_id")
    )
    public, heads = anchor_key().public_bytes, dict[int, bytes]()
    for head in (*outside, *inside):
        message = head_message(head.seal_id, head.hash, head.signed_at)
        if not is_signed(public, message, head.signature):
            return {}, BadRow("anchor_forged", None, head.seal_id)
        if heads.setdefault(head.seal_id, head.hash) != head.hash:
            return {}, BadRow("chain_rewritten", None, head.seal_id)
    return heads, None


def _check(
    row: tuple[Any, ...], expected: int, before: bytes, heads: dict[int, bytes]
) -> BadRow | None:
    seal_id, entry_id, sealed = row[0], row[1], bytes(row[2])
    if seal_id != expected:
        return BadRow("seal_missing", None, expected)
    if row[3] is None:
        return BadRow("missing", entry_id, seal_id)
    if chain(before, seal_id, entry_of(row[3:])) != sealed:
        return BadRow("changed", entry_id, seal_id)
    if heads.get(seal_id, sealed) != sealed:
        return BadRow("chain_rewritten", entry_id, seal_id)
    return None


def _cut_off(last: int, heads: dict[int, bytes]) -> BadRow | None:
    beyond = [seal_id for seal_id in heads if seal_id > last]
    return BadRow("seal_missing", None, last + 1) if beyond else None


def _never_sealed() -> BadRow | None:
    with connection.cursor() as cursor:
        cursor.execute(_UNSEALED)
        row = cursor.fetchone()
    return BadRow("never_sealed", row[0], None) if row else None


def _rows() -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_CHAIN)
        while rows := cursor.fetchmany(_FETCH):
            yield from rows
