"""A field's stamp: how often it has changed, who changed it last and when.

Pages and phones merge alike by it: who proposes a value says which stamp he saw.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from tongxin.domain.homes.models import Flat, Resident
from tongxin.foundation.access.grants import acting
from tongxin.kernel import clock

FLAT_FIELDS = ("state", "has_dog", "charging_hazard", "no_visit")
SEALED_FIELDS = ("name", "phone", "note")
PLAIN_FIELDS = ("part", "lives_here", "ring_order")
HERE = "here"
"""Whether somebody belongs to the flat (still): a field like the others, false after moving out."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The number of changes, the member who made the last one (``None``: nobody known), when."""

    number: int
    by: int | None
    at: dt.datetime | None


def stamp_of(row: Flat | Resident, name: str) -> Stamp:
    """Return a field's stamp; one that never changed has the number 0 and its row's own maker."""
    kept = row.stamps.get(name)
    if kept is not None:
        number, by, at = kept
        return Stamp(number, by, dt.datetime.fromisoformat(at))
    if isinstance(row, Flat):
        return Stamp(0, row.confirmed_by, row.confirmed_at)
    return Stamp(0, row.entered_by or None, row.entered_at)


def bump(row: Flat | Resident, names: Collection[str], at: dt.datetime | None = None) -> None:
    """Count one change more of these fields, by who acts now; the row is not saved.

    ``at`` is the change's own time where it comes late from a phone.
    """
    here = acting.get()
    member_id = here.member_id if here is not None else None
    moment = (at or clock.now()).isoformat()
    more = {name: [stamp_of(row, name).number + 1, member_id, moment] for name in names}
    row.stamps = {**row.stamps, **more}


def touch(flat_ids: Collection[int]) -> None:
    """Note that something at these flats has changed, for the phones that carry them along.

    Also the lock under which all that belongs to a flat changes: before any of its residents.
    """
    Flat.objects.filter(pk__in=list(flat_ids)).update(changed_at=clock.now())
