"""Taking in what a phone brings from its visits: each act once, merged field by field.

Each act is one transaction: what was taken in stays, whatever becomes of the way back. Sent twice
it is one act with one answer. `merging` decides, `register_book` is the register as it sees it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import conflicts, drawing, merging, people, policy, stamping, visits
from tongxin.domain.homes.merging import Done, Edit, Slot
from tongxin.domain.homes.models import (
    CareMark,
    Flat,
    OfflineDevice,
    Resident,
    SyncConflict,
    SyncOp,
    VisitOutcome,
)
from tongxin.domain.homes.register_book import RegisterBook, checked, slot_of
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, NotFound, TongxinError

MOST_OPS = 200


@dataclass(frozen=True, slots=True)
class Op:
    """An act of a phone; ``value`` is a scalar, or a small mapping where something is entered.

    ``at`` is its own time. ``person`` and ``care`` are keys: ``resident:12``, ``care:5``, or the
    phone's own ``new:…``. ``stamp`` is the one seen, ``after`` the own earlier act on the same
    field whose result it follows on; ``conflict`` the clash that it settles.
    """

    id: uuid.UUID
    seq: int
    at: dt.datetime
    do: str
    flat: int
    person: str = ""
    care: str = ""
    field: str = ""
    value: Any = None
    stamp: int | None = None
    after: uuid.UUID | None = None
    conflict: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that could not be taken in, and why."""

    id: uuid.UUID
    code: str
    detail: str


@dataclass
class Synced:
    """What became of a phone's acts; ``flats`` were touched, ``made`` maps its keys to ours."""

    applied: list[uuid.UUID] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    flats: set[int] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)


_NOTHING = Done()


@dataclass(frozen=True, slots=True)
class _Result:
    done: Done = _NOTHING
    made_key: str = ""
    made_id: int | None = None


def take_in(
    device: OfflineDevice, ops: Iterable[Op], *, actor: MemberActor, notice_version: str
) -> Synced:
    """Take in a phone's acts in order; what cannot be is refused by itself, the rest goes on.

    ``notice_version`` is the notice that was shown where a consent was asked for.
    """
    synced = Synced()
    for op in ops:
        row = _take_in_one(device, op, actor, notice_version)
        synced.flats.add(op.flat)
        if row.code:
            synced.refused.append(Refused(op.id, row.code, row.detail))
            continue
        synced.applied.append(op.id)
        if row.made_id is not None:
            kind = "care" if row.do == "add_care" else "resident"
            synced.made[row.made_key] = f"{kind}:{row.made_id}"
    return synced


def settle_online(conflict_id: int, theirs: bool, stamp: int, *, actor: MemberActor) -> None:
    """Settle a clash on the page: the value that stands, or the other one.

    ``stamp`` is the standing value's as the page showed it. Raises ``NotFound``, and ``Conflict``
    when the clash is settled or the field has changed meanwhile: nothing is overwritten unseen.
    """
    with acting_as(actor):
        row = conflicts.find(conflict_id, actor)
        flat = _locked(row.flat_id, actor)
        row = SyncConflict.objects.select_related("resident").get(pk=row.pk)
        standing = stamping.stamp_of(row.resident or flat, row.field)
        if row.settled_at is not None or standing.number != stamp:
            raise policy.stale()
        if not theirs:
            conflicts.end(row, actor.member.pk, SyncConflict.How.SETTLED)
            return
        value = checked(slot_of(row), conflicts.kept_value(row, actor))
        edit = Edit(str(uuid.uuid4()), slot_of(row), value, actor.member.pk, clock.now(), stamp)
        merging.settle(edit, row.pk, RegisterBook(flat, actor))


def _take_in_one(device: OfflineDevice, op: Op, actor: MemberActor, notice: str) -> SyncOp:
    """Do one act, unless it was done before; return what is remembered of it."""
    with acting_as(actor):
        # One act of a phone at a time: a second sending waits here, and finds it done.
        OfflineDevice.objects.select_for_update().filter(pk=device.pk).first()
        known = SyncOp.objects.filter(member_id=actor.member.pk, op_id=op.id).first()
        if known is not None:
            return known
        try:
            with transaction.atomic():
                result = _Act(device, op, actor, notice).do()
        except TongxinError as refusal:
            said = {"code": refusal.code[:48], "detail": str(refusal.message)}
            return _remember(device, op, actor, **said)
        return _remember(
            device,
            op,
            actor,
            stamp=result.done.stamp,
            conflict_id=result.done.clash,
            made_key=result.made_key,
            made_id=result.made_id,
        )


def _remember(device: OfflineDevice, op: Op, actor: MemberActor, **result: Any) -> SyncOp:
    return SyncOp.objects.create(
        device=device,
        member_id=actor.member.pk,
        op_id=op.id,
        seq=op.seq,
        do=op.do,
        received_at=clock.now(),
        **result,
    )


def _locked(flat_id: int, actor: MemberActor) -> Flat:
    with policy.at_flat(flat_id, actor, lock=True) as (flat, _seen):
        return flat


class _Act:
    """One act of a phone being done, in its transaction."""

    def __init__(self, device: OfflineDevice, op: Op, actor: MemberActor, notice: str) -> None:
        self.device, self.op, self.actor, self.notice = device, op, actor, notice
        self.at = visits.own_time(op.at)

    def do(self) -> _Result:
        """Do it; raises ``TongxinError`` for what cannot be done."""
        do = _DO.get(self.op.do)
        if do is None:
            raise BadInput("visits.do", _("There is no such act."), field="do")
        self.flat = _locked(self.op.flat, self.actor)
        if self.flat.unit.building_id not in self.device.buildings:
            said = _("This home was not taken along on this phone.")
            raise BadInput("visits.not_taken", said, field="flat")
        self.book = RegisterBook(self.flat, self.actor)
        return do(self)

    def set(self) -> _Result:
        """Propose a value for a field of the flat or of somebody."""
        if not self.op.person:
            return self._propose(Slot(f"flat:{self.flat.pk}", self.op.field), self.op.value)
        row = self._person()
        result = self._propose(Slot(f"resident:{row.pk}", self.op.field), self.op.value)
        self._still_here(row)
        return result

    def add_person(self) -> _Result:
        """Enter somebody, on the ground that is stated."""
        said = self._mapping()
        made = people.add_resident(
            self.flat.pk,
            actor=self.actor,
            part=_text(said, "part"),
            name=_text(said, "name"),
            phone=_text(said, "phone"),
            note=_text(said, "note"),
            lives_here=said.get("lives_here", True) is not False,
            is_minor=said.get("is_minor") is True,
            notice_version=self.notice,
            notice_shown_at=self.at,
            **_ground(said),
        )
        return _Result(Done(stamp=0), self._new_key(self.op.person), made.pk)

    def move_out(self) -> _Result:
        """Propose that somebody no longer belongs to the flat."""
        row = self._person()
        return self._propose(Slot(f"resident:{row.pk}", stamping.HERE), False)

    def withdraw(self) -> _Result:
        """Take a consent back: gone at once, with everything that waits or clashed about it."""
        people.withdraw_consent(self._person().pk, actor=self.actor)
        return _Result()

    def add_care(self) -> _Result:
        """Mark a need, by a consent of its own or a duty."""
        said = self._mapping()
        row = self._person()
        code = _text(said, "code")
        mark = people.add_care(row.pk, code, actor=self.actor, **_ground(said))
        self._still_here(row)
        return _Result(Done(), self._new_key(self.op.care), mark.pk)

    def end_care(self) -> _Result:
        """End a need; one that somebody else ended already is done."""
        care_id = self._key(self.op.care, "care")
        mark = CareMark.objects.filter(pk=care_id).select_related("resident").first()
        if mark is not None:
            if mark.resident.flat_id != self.flat.pk:
                raise policy.absent()
            people.end_care(mark.pk, actor=self.actor)
        return _Result()

    def confirm(self) -> _Result:
        """Everything is still so, as of then."""
        drawing.confirm_flat(self.flat.pk, actor=self.actor, at=self.at)
        return _Result()

    def visit(self) -> _Result:
        """Write the visit; "不用来" is honoured from now on."""
        said = self._mapping()
        outcome = _text(said, "outcome")
        note = _text(said, "note")
        visits.write_visit(self.flat, outcome, note, op_id=self.op.id, at=self.at, actor=self.actor)
        if outcome != VisitOutcome.NOT_WANTED:
            return _Result()
        return self._propose(Slot(f"flat:{self.flat.pk}", "no_visit"), True)

    def settle(self) -> _Result:
        """Settle a clash with the value that was chosen."""
        row = conflicts.find(self.op.conflict or 0, self.actor)
        if row.flat_id != self.flat.pk:
            raise policy.absent()
        slot = slot_of(row)
        done = merging.settle(self._edit(slot, self.op.value), row.pk, self.book)
        return _Result(done or _NOTHING)

    def _propose(self, slot: Slot, value: object) -> _Result:
        return _Result(merging.propose(self._edit(slot, value), self.book))

    def _edit(self, slot: Slot, value: object) -> Edit:
        op = self.op
        return Edit(
            id=str(op.id),
            slot=slot,
            value=checked(slot, value),
            by=self.actor.member.pk,
            at=self.at,
            base=op.stamp,
            after=str(op.after) if op.after else None,
        )

    def _still_here(self, row: Resident) -> None:
        """Something was said of somebody whom another hand moved out: a clash of its own."""
        slot = Slot(f"resident:{row.pk}", stamping.HERE)
        if row.left_at is None or self.book.agreeing(slot, True):
            return
        edit = Edit(str(self.op.id), slot, True, self.actor.member.pk, self.at, merging.UNKNOWN)
        merging.propose(edit, self.book)

    def _person(self) -> Resident:
        """Return whom the act is about, of this flat, in the actor's sight."""
        resident_id = self._key(self.op.person, "resident")
        with policy.at_resident(resident_id, self.actor) as (row, _seen):
            if row.flat_id != self.flat.pk:
                raise policy.absent()
            return row

    def _key(self, key: str, kind: str) -> int:
        """Return the id behind a key; raises ``NotFound`` for what this phone never entered."""
        before, _colon, rest = key.partition(":")
        if before == kind and rest.isdecimal() and len(rest) <= 18:
            return int(rest)
        made = SyncOp.objects.filter(device=self.device, made_key=key, made_id__isnull=False)
        found = made.order_by("-id").first() if before == "new" else None
        if found is None or found.made_id is None:
            raise NotFound("homes.absent", _("There is no such person or need here."))
        return int(found.made_id)

    def _new_key(self, key: str) -> str:
        if not key.startswith("new:") or not 5 <= len(key) <= 48:
            raise BadInput("visits.key", _("This key cannot be read."), field="person")
        return key

    def _mapping(self) -> Mapping[str, Any]:
        if not isinstance(self.op.value, Mapping):
            raise BadInput("visits.value", _("This act cannot be read."), field="value")
        return self.op.value


_DO: Mapping[str, Callable[[_Act], _Result]] = {
    "set": _Act.set,
    "add_person": _Act.add_person,
    "move_out": _Act.move_out,
    "withdraw": _Act.withdraw,
    "add_care": _Act.add_care,
    "end_care": _Act.end_care,
    "confirm": _Act.confirm,
    "visit": _Act.visit,
    "settle": _Act.settle,
}


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput("visits.value", _("This act cannot be read."), field=name)
    return value


def _ground(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return on what ground something is kept, as it was said at the door."""
    return {
        "legal_basis": _text(said, "legal_basis"),
        "basis_rule": _text(said, "basis_rule"),
        "consented": said.get("consented") is True,
        "guardian_consented": said.get("guardian_consented") is True,
    }
