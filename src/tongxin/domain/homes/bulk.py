"""Many residents at once: imports, the demo, benchmarks. Who may, the caller has asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import psycopg
from django.db import connection

from tongxin.domain.homes import keeping
from tongxin.domain.homes.keeping import Ground
from tongxin.domain.homes.models import Flat, Resident
from tongxin.kernel import clock
from tongxin.plumbing.vault import actions as vault

_BATCH = 500
MANY = 500
"""From so many people on the database looks at the register anew, see `refresh_statistics`."""
_PUT = f"WITH {vault.INSERT_CTE} SELECT 1"


@dataclass(frozen=True, slots=True)
class NewResident:
    """Somebody to be entered: the flat (written already), and what is kept."""

    flat: Flat
    fields: dict[str, str]
    part: str
    lives_here: bool = True
    ring_order: int = 1
    is_minor: bool = False


def enter_many(people: Sequence[NewResident], ground: Ground, *, entered_by: int) -> list[Resident]:
    """Seal and write residents in the caller's transaction; return their rows, in order."""
    made: list[Resident] = []
    todo = iter(people)
    while batch := list(islice(todo, _BATCH)):
        sealed = [_sealed(person, ground) for person in batch]
        with psycopg.Cursor(connection.connection) as cursor:  # sent in one go, planned once
            cursor.executemany(_PUT, [each.parameters() for each in sealed])
        rows = [
            _row(person, each.stored, ground, entered_by)
            for person, each in zip(batch, sealed, strict=True)
        ]
        made += Resident.objects.bulk_create(rows)
    return made


def refresh_statistics() -> None:
    """Let the database look at the register anew (``homes_analyze``, migration 0008).

    Its own look comes a minute later, and until then it may choose a way that takes minutes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT homes_analyze()")


def _sealed(person: NewResident, ground: Ground) -> vault.Prepared:
    return vault.prepare(
        category=keeping.CATEGORY,
        fields=person.fields,
        **keeping.facts_of(ground),
    )


def _row(person: NewResident, stored: vault.Stored, ground: Ground, entered_by: int) -> Resident:
    now = clock.now()
    return Resident(
        flat=person.flat,
        subject_id=stored.subject_id,
        **{f"{name}_ref": ref for name, ref in stored.refs.items()},
        part=person.part,
        lives_here=person.lives_here,
        ring_order=person.ring_order,
        is_minor=person.is_minor,
        **keeping.facts_of(ground),
        entered_by=entered_by,
        entered_at=now,
        confirmed_at=now,
        area_ids=person.flat.area_ids,
    )
