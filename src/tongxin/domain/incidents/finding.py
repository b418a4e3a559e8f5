"""Finding an incident again by its number or by the words of its place."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, QuerySet, TextField

from tongxin.domain.incidents import policy
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.selectors import QueueRow, row_fields
from tongxin.foundation.access.models import Member

LONGEST = 80
_PAIRS = Func(F("place"), function="incidents_pairs", output_field=ArrayField(TextField()), arity=1)
"""The expression of the index ``incident_place_pairs``."""


def find(
    member: Member, words: str, limit: int = 10, *, also: Iterable[str] = ()
) -> list[QueueRow]:
    """Return the incidents in the member's sight with that number, or with ``words`` in the place.

    The open ones first, the newest first. ``words`` are two characters or more; several, parted by
    spaces, must all be in the place. ``also`` are further names for it, such as those that were
    meant by pinyin.
    """
    said = words.strip()[:LONGEST]
    meant = Q(number=said)
    for name in (said, *also):
        if (named := _named(name)) is not None:
            meant |= named
    seen = Incident.objects.annotate(pairs=_PAIRS).filter(policy.visible_to(member), meant)
    found = _rows(seen.filter(is_open=True), limit)
    return found + _rows(seen.filter(is_open=False), limit - len(found))


def _rows(rows: QuerySet[Incident], limit: int) -> list[QueueRow]:
    if limit <= 0:
        return []
    newest = rows.order_by("-opened_at", "-id").values_list(*row_fields())
    return [QueueRow(*row) for row in newest[:limit]]


def _named(words: str) -> Q | None:
    """Return the condition for all of ``words`` in the place, ``None`` for too few characters."""
    parts = [part for part in words.lower().split() if len(part) > 1]
    if not parts:
        return None
    pairs = [part[at : at + 2] for part in parts for at in range(len(part) - 1)]
    condition = Q(pairs__contains=pairs)
    for part in parts:
        condition &= Q(place__icontains=part)
    return condition
