"""The register as `merging` sees it: stamped fields, clashes, and what became of earlier acts."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import conflicts, drawing, keeping, people, policy, stamping
from tongxin.domain.homes.merging import Clash, Done, Edit, Ended, Scalar, Slot, Stand
from tongxin.domain.homes.models import Flat, FlatState, Part, Resident, SyncConflict, SyncOp
from tongxin.foundation.access.scope import MemberActor
from tongxin.kernel.errors import BadInput
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault.purposes import Purpose

FLAT, RESIDENT = "flat", "resident"
_LONGEST = {"name": keeping.LONGEST_NAME, "note": keeping.LONGEST_NOTE, "phone": 26}


class RegisterBook:
    """A `merging.Book` on the database, for one act of one member, in his transaction.

    The act's flat is locked by the caller. Raises what the acts of `drawing` and `people` raise.
    """

    def __init__(self, flat: Flat, actor: MemberActor) -> None:
        self.flat = flat
        self.actor = actor

    def stand(self, slot: Slot) -> Stand:
        """Return how a field stands."""
        stamp = stamping.stamp_of(self._row(slot), slot.name)
        return Stand(stamp.number, stamp.at)

    def same(self, slot: Slot, value: Scalar) -> bool:
        """Tell whether the field's value is this one; a person's is opened, with a trail."""
        row = self._row(slot)
        if slot.name == stamping.HERE:
            return (row.left_at is None) is value  # type: ignore[union-attr]
        if slot.name not in stamping.SEALED_FIELDS:
            return bool(getattr(row, slot.name) == value)
        ref = getattr(row, f"{slot.name}_ref")
        if ref is None or not value:
            return ref is None and not value
        found = vault.reveal_many([ref], actor=self.actor, purpose=Purpose.VISIT)
        return found.get(ref) == value

    def put(self, edit: Edit) -> int:
        """Let a value stand, by the same acts as online."""
        kind, number = _owner(edit.slot)
        name, value, at = edit.slot.name, edit.value, edit.at
        given: dict[str, Any] = {name: value}
        if kind == FLAT:
            drawing.set_flat(number, actor=self.actor, at=at, **given)
        elif name == stamping.HERE:
            move = people.move_back if value else people.move_out
            move(number, actor=self.actor, at=at)
        else:
            people.amend_resident(number, actor=self.actor, at=at, **given)
        return stamping.stamp_of(self._row(edit.slot), name).number

    def keep(self, edit: Edit, stand: Stand) -> int:
        """Keep a value beside the one that stands; both hands are told."""
        row = self._row(edit.slot)
        flat, resident = (row, None) if isinstance(row, Flat) else (self.flat, row)
        kept = conflicts.keep(
            flat,
            resident,
            edit.slot.name,
            edit.value,
            actor=self.actor,
            at=edit.at,
            stamp=stand.stamp,
        )
        return kept.pk

    def clash(self, clash_id: int) -> Clash | None:
        """Return a clash, open or not."""
        row = SyncConflict.objects.filter(pk=clash_id).first()
        if row is None:
            return None
        return Clash(row.pk, slot_of(row), row.stamp, row.said_by, row.settled_at is None)

    def agreeing(self, slot: Slot, value: Scalar) -> list[int]:
        """Return the open clashes on a field in which this value was kept."""
        kind, number = _owner(slot)
        rows = SyncConflict.objects.filter(field=slot.name, settled_at__isnull=True)
        if kind == FLAT:
            rows = rows.filter(flat_id=number, resident__isnull=True)
        else:
            rows = rows.filter(resident_id=number)
        return [row.pk for row in rows if conflicts.kept_value(row, self.actor) == value]

    def end(self, clash_id: int, by: int, how: Ended) -> None:
        """End an open clash."""
        conflicts.end(SyncConflict.objects.get(pk=clash_id), by, how.value)

    def done(self, edit_id: str) -> Done | None:
        """Return what became of an earlier act of the same member."""
        member_id = self.actor.member.pk
        row = SyncOp.objects.filter(member_id=member_id, op_id=uuid.UUID(edit_id)).first()
        return None if row is None or row.code else Done(row.stamp, row.conflict_id)

    def _row(self, slot: Slot) -> Flat | Resident:
        kind, number = _owner(slot)
        if kind == FLAT:
            return Flat.objects.get(pk=number)
        row = Resident.objects.filter(pk=number, is_protected=False).first()
        if row is None:
            raise policy.absent()
        return row


def slot_of(row: SyncConflict) -> Slot:
    """Return the field that a clash is about."""
    if row.resident_id is not None:
        return Slot(f"{RESIDENT}:{row.resident_id}", row.field)
    return Slot(f"{FLAT}:{row.flat_id}", row.field)


def checked(slot: Slot, value: object) -> Scalar:
    """Return a proposal's value in its form; raises ``BadInput`` for what cannot be so.

    Before it is kept or put: what clashes must be able to stand when a person chooses it.
    """
    name = slot.name
    if slot.owner.startswith(FLAT):
        good = _flat_value(name, value)
    elif name in stamping.SEALED_FIELDS:
        good = _sealed_value(name, value)
    else:
        good = _plain_value(name, value)
    if good is None:
        raise BadInput("homes.value", _("This cannot be so."), field=name)
    return good


def _flat_value(name: str, value: object) -> Scalar:
    if name == "state":
        return str(value) if value in FlatState.values else None
    if name in stamping.FLAT_FIELDS:
        return value if isinstance(value, bool) else None
    raise BadInput("homes.field", _("A flat has no such thing."), field="field")


def _sealed_value(name: str, value: object) -> Scalar:
    if not isinstance(value, str):
        return None
    text = value.strip()
    if len(text) > _LONGEST[name]:
        return None
    if name == "phone" and text and not keeping.is_phone(text):
        raise BadInput("homes.phone", _("This is no telephone number."), field="phone")
    return text


def _plain_value(name: str, value: object) -> Scalar:
    if name in ("lives_here", stamping.HERE):
        return value if isinstance(value, bool) else None
    if name == "part":
        return str(value) if value in Part.values else None
    if name == "ring_order":
        is_order = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 99
        return value if is_order else None  # type: ignore[return-value]
    raise BadInput("homes.field", _("A person has no such thing."), field="field")


def _owner(slot: Slot) -> tuple[str, int]:
    kind, _colon, number = slot.owner.partition(":")
    return kind, int(number)
