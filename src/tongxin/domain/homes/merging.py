"""Merging what phones bring, field by field; pure: no database, no clock, no Django.

One rule: a proposal stands when its author knew the value that it replaces, or says the same as it.
Else nothing is overwritten: the two values clash, and a person who saw both settles it.

The algorithm works on a ``Book``: `MemoryBook` here, the register itself in `syncing`. So what ten
thousand random histories prove (tests/properties) is proved of the very code that is at work.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

Scalar = str | bool | int | None
UNKNOWN = -1
"""The base of a proposal whose author cannot have known what stands."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of one thing: ``flat:5`` its ``state``, ``resident:12`` its ``phone``."""

    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class Stand:
    """How a field stands: its stamp (count of changes) and when it was changed last."""

    stamp: int
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Edit:
    """A proposal for a field, by a member, of its own time.

    ``base`` is the stamp that its author saw; ``after`` an earlier proposal of his own on the same
    field that it follows on. With neither, it is taken to have known what is older than itself.
    """

    id: str
    slot: Slot
    value: Scalar
    by: int
    at: dt.datetime
    base: int | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a proposal: the field's stamp, or the clash that it met."""

    stamp: int | None = None
    clash: int | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Two values for one field: the one that stands, and this one. ``stamp`` is as they met."""

    id: int
    slot: Slot
    stamp: int
    by: int
    is_open: bool


class Ended(StrEnum):
    """How a clash ended."""

    SETTLED = "settled"
    REPLACED = "replaced"
    AGREED = "agreed"


class Book(Protocol):
    """What the algorithm asks for and writes."""

    def stand(self, slot: Slot) -> Stand:
        """Return how a field stands."""

    def same(self, slot: Slot, value: Scalar) -> bool:
        """Tell whether the field's value is this one."""

    def put(self, edit: Edit) -> int:
        """Let a proposal's value stand; return the field's new stamp."""

    def keep(self, edit: Edit, stand: Stand) -> int:
        """Keep a proposal beside the value that stands; return the clash's id."""

    def clash(self, clash_id: int) -> Clash | None:
        """Return a clash, open or not, ``None`` when there is none."""

    def agreeing(self, slot: Slot, value: Scalar) -> list[int]:
        """Return the open clashes on a field in which this value was kept."""

    def end(self, clash_id: int, by: int, how: Ended) -> None:
        """End an open clash."""

    def done(self, edit_id: str) -> Done | None:
        """Return what became of an earlier proposal."""


def propose(edit: Edit, book: Book) -> Done:
    """Take in a proposal; return what became of it."""
    stand = book.stand(edit.slot)
    base = _base(edit, stand, book)
    if base == stand.stamp:
        done = Done(stamp=book.put(edit))
    elif book.same(edit.slot, edit.value):
        done = Done(stamp=stand.stamp)
    else:
        return Done(clash=book.keep(edit, stand))
    for clash_id in book.agreeing(edit.slot, edit.value):
        book.end(clash_id, edit.by, Ended.AGREED)
    return done


def settle(edit: Edit, clash_id: int, book: Book) -> Done | None:
    """Settle a clash with the value that a person chose who saw both; ``None``: no such clash.

    He decides about the value that was kept, and proposes what he chose: knowing the field as it
    stood when the two met, or as ``edit.base`` says. If it has changed since, that is a new clash.
    """
    found = book.clash(clash_id)
    if found is None:
        return None
    if found.is_open:
        book.end(clash_id, edit.by, Ended.SETTLED)
    if edit.base is None:
        base = found.stamp if found.is_open else UNKNOWN
        edit = dataclasses.replace(edit, base=base)
    return propose(dataclasses.replace(edit, slot=found.slot, after=None), book)


def _base(edit: Edit, stand: Stand, book: Book) -> int:
    """Return the stamp that the author knew."""
    if edit.after is not None:
        return _base_after(edit, edit.after, book)
    if edit.base is not None:
        return edit.base
    is_older = stand.at is None or stand.at <= edit.at
    return stand.stamp if is_older else UNKNOWN


def _base_after(edit: Edit, after: str, book: Book) -> int:
    """Follow on one's own earlier proposal; if that one clashed, this one takes its place."""
    before = book.done(after)
    if before is not None and before.stamp is not None:
        return before.stamp
    if before is not None and before.clash is not None:
        found = book.clash(before.clash)
        if found is not None and found.is_open and found.by == edit.by:
            book.end(found.id, edit.by, Ended.REPLACED)
    return UNKNOWN if edit.base is None else edit.base


@dataclass
class _Field:
    value: Scalar = None
    stamp: int = 0
    at: dt.datetime | None = None
    by: int | None = None


@dataclass
class _Kept:
    clash: Clash
    value: Scalar


@dataclass
class MemoryBook:
    """A register in memory: state and clashes, for proofs and for showing what would happen."""

    fields: dict[Slot, _Field] = field(default_factory=dict)
    clashes: dict[int, _Kept] = field(default_factory=dict)
    known: dict[str, Done] = field(default_factory=dict)

    def merge(self, edit: Edit, settles: int | None = None) -> Done | None:
        """Take in a proposal once, however often it is sent; ``settles`` names a clash."""
        if edit.id not in self.known:
            done = propose(edit, self) if settles is None else settle(edit, settles, self)
            if done is None:
                return None
            self.known[edit.id] = done
        return self.known[edit.id]

    def open_clashes(self) -> list[_Kept]:
        """Return the clashes that nobody has settled yet."""
        return [kept for kept in self.clashes.values() if kept.clash.is_open]

    def stand(self, slot: Slot) -> Stand:  # noqa: D102 - as in Book
        found = self.fields.setdefault(slot, _Field())
        return Stand(found.stamp, found.at)

    def same(self, slot: Slot, value: Scalar) -> bool:  # noqa: D102
        return self.fields[slot].value == value

    def put(self, edit: Edit) -> int:  # noqa: D102
        stamp = self.fields[edit.slot].stamp + 1
        self.fields[edit.slot] = _Field(edit.value, stamp, edit.at, edit.by)
        return stamp

    def keep(self, edit: Edit, stand: Stand) -> int:  # noqa: D102
        made = Clash(len(self.clashes) + 1, edit.slot, stand.stamp, edit.by, is_open=True)
        self.clashes[made.id] = _Kept(made, edit.value)
        return made.id

    def clash(self, clash_id: int) -> Clash | None:  # noqa: D102
        kept = self.clashes.get(clash_id)
        return kept.clash if kept else None

    def agreeing(self, slot: Slot, value: Scalar) -> list[int]:  # noqa: D102
        return [
            kept.clash.id
            for kept in self.open_clashes()
            if kept.clash.slot == slot and kept.value == value
        ]

    def end(self, clash_id: int, by: int, how: Ended) -> None:  # noqa: D102
        kept = self.clashes[clash_id]
        kept.clash = dataclasses.replace(kept.clash, is_open=False)

    def done(self, edit_id: str) -> Done | None:  # noqa: D102
        return self.known.get(edit_id)
