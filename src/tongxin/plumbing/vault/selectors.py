"""Finding in the vault without opening it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tongxin.kernel.errors import BadInput
from tongxin.plumbing.vault import blind
from tongxin.plumbing.vault.models import Tally
from tongxin.plumbing.vault.opening import opened

_FIND = """
    SELECT entry.subject_id FROM vault_entry entry
    JOIN vault_subject subject ON subject.id = entry.subject_id
    WHERE entry.{column} = %s AND entry.withdrawn_at IS NULL AND subject.wrapped_key IS NOT NULL
        AND (%s::varchar[] IS NULL OR subject.category = ANY(%s))
    GROUP BY entry.subject_id ORDER BY max(entry.id) DESC LIMIT %s
"""


@dataclass(frozen=True)
class Match:
    """An entry that holds the value that was looked for."""

    ref: int
    subject_id: int
    field: str
    category: str


def find(
    *,
    phone: str | None = None,
    name: str | None = None,
    pinyin: str | None = None,
    categories: Collection[str] | None = None,
    limit: int = 200,
) -> list[int]:
    """Return the ids of subjects with this phone number, full name or reading, the latest first.

    Exactly one of the three is given: a number however written, a name as it is written, a reading
    as typed ("shan xiongxin" finds 单雄信). Only ids: whoever asks scopes them before anything is
    shown. ``categories`` narrows; withdrawn and erased ones are not found. Raises ``BadInput`` when
    none or more than one is given, or it is empty.
    """
    wanted = {"phone": phone, "name": name, "pinyin": pinyin}
    given = {what: text for what, text in wanted.items() if text is not None}
    if len(given) != 1 or not all(text.strip() for text in given.values()):
        sentence = _("Give a phone number, a name or a reading.")
        raise BadInput("vault.find", sentence, field="find")
    what, text = given.popitem()
    digest = {"phone": blind.phone, "name": blind.name, "pinyin": blind.pinyin}[what](text)
    column = "blind_pinyin" if what == "pinyin" else "blind_index"
    chosen = sorted(categories) if categories is not None else None
    with opened() as cursor:
        cursor.execute(_FIND.format(column=column), [digest, chosen, chosen, limit])
        return [row[0] for row in cursor.fetchall()]


def matches(digest: bytes, *, limit: int = 200) -> list[Match]:
    """Return the entries whose value has this digest (``blind.phone`` or ``blind.name``)."""
    with opened() as cursor:
        cursor.execute(
            "SELECT entry.id, entry.subject_id, entry.field, subject.category"
            " FROM vault_entry entry JOIN vault_subject subject ON subject.id = entry.subject_id"
            " WHERE entry.blind_index = %s AND entry.withdrawn_at IS NULL"
            " ORDER BY entry.id DESC LIMIT %s",
            [digest, limit],
        )
        return [Match(*row) for row in cursor.fetchall()]


def is_erased(subject_id: int) -> bool:
    """Return whether a subject was erased, or never was."""
    with opened() as cursor:
        cursor.execute(
            "SELECT 1 FROM vault_subject WHERE id = %s AND wrapped_key IS NOT NULL", [subject_id]
        )
        return cursor.fetchone() is None


def tallies() -> dict[str, Tally]:
    """Return by category what was counted last (``erasing.tally``)."""
    return {row.category: row for row in Tally.objects.order_by("category")}
