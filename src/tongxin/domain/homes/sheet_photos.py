"""Photographs of paper sheets: in the vault beside the flats that are filled from them, until done.

A sheet is about a unit. It is done when its flats are filled in: then its photo is erased, key and
all, and nothing but who added it and when is left.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import addresses, policy
from tongxin.domain.homes.models import Sheet, Unit
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, acting_as
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import files
from tongxin.plumbing.vault.purposes import Purpose

CATEGORY = "home_sheet"
MOST_OPEN = 12
"""So many sheets of one unit may wait at once: a sheet has two sides, and a copy."""
MOST = 1_000


@dataclass(frozen=True, slots=True)
class SheetCard:
    """A sheet that waits to be filled in: of which unit, added when and by whom."""

    id: int
    unit_id: int
    unit_number: str
    building_id: int
    label: str
    added_by: int
    added_at: datetime


def add_sheet(unit_id: int, data: bytes, *, actor: Actor) -> Sheet:
    """Keep the photograph of a unit's sheet: an officer's, on his own ground.

    It is drawn anew without place, device and time. Raises ``BadInput`` for what is no photo or one
    too many, ``NotFound`` and ``Forbidden`` as everywhere.
    """
    with policy.at_unit(unit_id, actor) as (unit, _seen):
        policy.require_officer(actor, unit.area_ids)
        if Sheet.objects.filter(unit=unit, done_at__isnull=True).count() >= MOST_OPEN:
            said = _("So many sheets of this unit wait already: finish one first.")
            raise BadInput("homes.many_sheets", said, field="photos")
        stored = files.store_photo(
            data,
            actor=str(actor),
            category=CATEGORY,
            legal_basis="duty",
            basis_rule="police_law_21",
        )
        made = Sheet.objects.create(
            unit=unit,
            photo_token=stored.token,
            subject_id=stored.subject_id,
            added_by=actor.member.pk if isinstance(actor, MemberActor) else 0,
            added_at=clock.now(),
            area_ids=unit.area_ids,
        )
        _note(actor, "homes.sheet_added", made)
    return made


def move_sheet(sheet_id: int, unit_id: int, *, actor: Actor) -> None:
    """Put a sheet to another unit of the same building, where it was added to the wrong one."""
    with acting_as(actor):
        sheet = _open_one(sheet_id, actor)
        unit = Unit.objects.filter(pk=unit_id, building_id=sheet.unit.building_id).first()
        if unit is None:
            raise policy.absent()
        sheet.unit, sheet.area_ids = unit, unit.area_ids
        sheet.save(update_fields=["unit", "area_ids"])
        _note(actor, "homes.sheet_moved", sheet)


def open_sheet(sheet_id: int, *, actor: Actor) -> bytes:
    """Return the photograph as JPEG, to fill the plan from it; the look is in the trail first.

    Raises ``NotFound`` off the ground, and for a sheet that is done.
    """
    member = policy.member_of(actor)
    with acting_as(actor):
        sheet = _open_one(sheet_id, actor)
    return files.open_photo(sheet.photo_token, actor=member, purpose=Purpose.KEEP_REGISTER)


def finish_sheet(sheet_id: int, *, actor: Actor) -> None:
    """Say that the flats are filled in: the photo is erased, and nothing brings it back."""
    with acting_as(actor):
        sheet = _open_one(sheet_id, actor)
        _note(actor, "homes.sheet_done", sheet)
        vault.erase(sheet.subject_id, actor=actor, reason="sheet_done")


def waiting_sheets(member: Member, building_id: int | None = None) -> list[SheetCard]:
    """Return the sheets that wait on an officer's ground, the oldest first; or of one building."""
    ground = scope_of(member, Permission.SEE_REGISTER)
    if not ground:
        return []
    with policy.as_member(member):
        rows = _waiting().filter(ground.filter("area_ids"))
        if building_id is not None:
            rows = rows.filter(unit__building_id=building_id)
        return [_card(row) for row in rows.order_by("added_at", "id")[:MOST]]


def forget_sheets(subject_ids: Collection[int]) -> None:
    """Take note that photos are about to be erased: done, run out, or asked for."""
    with acting_as("homes.eraser"):
        gone = Sheet.objects.filter(subject_id__in=list(subject_ids), done_at__isnull=True)
        gone.update(done_at=clock.now())


def _waiting() -> QuerySet[Sheet]:
    rows = Sheet.objects.filter(done_at__isnull=True)
    return rows.select_related("unit__building").defer("unit__building__grams")


def _open_one(sheet_id: int, actor: Actor) -> Sheet:
    sheet = _waiting().select_for_update(of=("self",)).filter(pk=sheet_id).first()
    if sheet is None:
        raise policy.absent()
    policy.require_officer(actor, sheet.area_ids)
    return sheet


def _card(row: Sheet) -> SheetCard:
    unit = row.unit
    return SheetCard(
        id=row.pk,
        unit_id=unit.pk,
        unit_number=unit.number,
        building_id=unit.building_id,
        label=unit.building.label + addresses.inside(unit.number, ""),
        added_by=row.added_by,
        added_at=row.added_at,
    )


def _note(actor: Actor, act: str, sheet: Sheet) -> None:
    subject = f"unit:{sheet.unit_id}"
    audit.record(actor=str(actor), act=act, subject=subject, detail={"sheet": sheet.pk})
