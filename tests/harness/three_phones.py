"""Three phones that edit one register without signal, and a judge who misses nothing.

The phones follow the contract of visits: each keeps what the server said last, lays its own unsent
acts over it, sends them in order under their ids until an answer arrives, and settles clashes. The
judge looks at the server before and after each act and asks one thing: did whoever took a value
away know it when he acted? He keeps his own book of who has seen what, apart from stamps.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Protocol

from hypothesis import strategies as st

PHONES = 3
Value = str | bool | int | None
Slot = tuple[str, str]

STEPS = st.lists(
    st.tuples(
        st.integers(0, PHONES - 1),
        st.sampled_from(["online", "edit", "settle", "sync", "lost", "torn"]),
        st.sampled_from([0, 0, 0, 1, 2, 3]),
        st.integers(0, 7),
        st.booleans(),
    ),
    min_size=10,
    max_size=30,
)
"""Phone, what it does, where, which value, and whether it says the stamp when it settles."""


@dataclass(frozen=True)
class Act:
    """An act as it goes over the wire, and what its author had seen of the field by then."""

    id: uuid.UUID
    slot: Slot
    value: Value
    phone: int
    seq: int
    stamp: int | None
    after: uuid.UUID | None
    settles: int | None
    knew: frozenset[Value]


@dataclass(frozen=True)
class Clash:
    """An open clash as a phone is told of it."""

    id: int
    slot: Slot
    now: Value
    stamp: int
    kept: Value


@dataclass(frozen=True)
class State:
    """All that the server shows: fields with stamps, and open clashes."""

    fields: dict[Slot, tuple[Value, int]]
    clashes: dict[int, Clash]


class Server(Protocol):
    """A register with its interface for phones."""

    def read(self, phone: int) -> State:
        """Return what a phone is shown."""

    def take_in(self, act: Act) -> None:
        """Take in one act; one that was taken in before changes nothing."""

    def values(self, slot: Slot) -> list[Value]:
        """Return what may be proposed for a field."""


@dataclass
class Phone:
    """A phone: what it was told last, and its acts that it does not know to have arrived."""

    number: int
    told: State
    waiting: list[Act] = field(default_factory=list)
    settled: set[int] = field(default_factory=set)
    seq: int = 0

    def shown(self, slot: Slot) -> Value:
        """Return what the phone shows: its own last word, else what it was told."""
        own = [act.value for act in self.waiting if act.slot == slot and act.settles is None]
        return own[-1] if own else self.told.fields[slot][0]

    def open_clashes(self) -> list[Clash]:
        """Return the clashes that it was told of and has not settled itself."""
        return [c for c in self.told.clashes.values() if c.id not in self.settled]


class Story:
    """One history: the phones, the server, the judge."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.seen: dict[tuple[int, Slot], set[Value]] = defaultdict(set)
        self.arrived: set[uuid.UUID] = set()
        self.state = server.read(0)
        self.phones = [Phone(number, self.state) for number in range(PHONES)]
        for phone in self.phones:
            self._sees(phone)
        self.slots = sorted(self.phones[0].told.fields)

    def step(self, which: int, what: str, where: int, value: int, flag: bool) -> None:
        """Let one thing happen."""
        phone = self.phones[which]
        found = phone.open_clashes()
        if what == "settle" and found:
            clash = found[where % len(found)]
            options = [clash.kept, clash.now, *self.server.values(clash.slot)[:1]]
            self.settle(phone, clash, options[value % len(options)], says_stamp=flag)
        elif what in ("edit", "settle", "online"):
            if what == "online":  # has signal: knows all, is heard at once
                self.sync(phone, arrives=True, most=len(phone.waiting))
            slot = self.slots[where % len(self.slots)]
            choice = [v for v in self.server.values(slot) if v != phone.shown(slot)]
            self.edit(phone, slot, choice[value % len(choice)])
            if what == "online":
                self.sync(phone, arrives=True, most=len(phone.waiting))
        else:
            most = 1 + where if what == "torn" else len(phone.waiting)
            self.sync(phone, arrives=what == "sync", most=most)

    def edit(self, phone: Phone, slot: Slot, value: Value) -> None:
        """Change a field on a phone."""
        own = [act.id for act in phone.waiting if act.slot == slot and act.settles is None]
        self._act(phone, slot, value, phone.told.fields[slot][1], own[-1] if own else None, None)

    def settle(self, phone: Phone, clash: Clash, value: Value, *, says_stamp: bool) -> None:
        """Settle a clash on a phone."""
        phone.settled.add(clash.id)
        stamp = clash.stamp if says_stamp else None
        self._act(phone, clash.slot, value, stamp, None, clash.id)

    def sync(self, phone: Phone, *, arrives: bool, most: int) -> None:
        """Send what waits; the answer may be lost, or the way torn after some acts."""
        sent = phone.waiting[:most]
        for act in sent:
            self._judged(act)
        if arrives:
            gone = {act.id for act in sent}
            phone.waiting = [act for act in phone.waiting if act.id not in gone]
            phone.told = self.state
            self._sees(phone)

    def finish(self) -> None:
        """Let everybody sync and settle until nothing is left to do; it must come to an end."""
        for _round in range(12):
            for phone in self.phones:
                self.sync(phone, arrives=True, most=len(phone.waiting))
                for clash in phone.open_clashes():
                    value = clash.kept if clash.id % 2 else clash.now
                    self.settle(phone, clash, value, says_stamp=True)
                    self.sync(phone, arrives=True, most=len(phone.waiting))
            if not self.state.clashes and not any(phone.waiting for phone in self.phones):
                break
        for phone in self.phones:
            self.sync(phone, arrives=True, most=0)
        first = self.server.read(0)
        assert not first.clashes, "a clash never ended"
        assert all(phone.told == first for phone in self.phones), "the phones differ"
        assert all(not phone.waiting for phone in self.phones)

    def _act(  # noqa: PLR0917
        self,
        phone: Phone,
        slot: Slot,
        value: Value,
        stamp: int | None,
        after: uuid.UUID | None,
        settles: int | None,
    ) -> None:
        phone.seq += 1
        seen = self.seen[phone.number, slot]
        seen.add(value)
        phone.waiting.append(
            Act(uuid.uuid4(), slot, value, phone.number, phone.seq, stamp, after, settles,
                frozenset(seen))
        )  # fmt: skip

    def _sees(self, phone: Phone) -> None:
        for slot, (value, _stamp) in phone.told.fields.items():
            self.seen[phone.number, slot].add(value)
        for clash in phone.told.clashes.values():
            self.seen[phone.number, clash.slot] |= {clash.now, clash.kept}

    def _judged(self, act: Act) -> None:
        """Take an act in, and find every value that went without its taker knowing it."""
        before = self.state
        self.server.take_in(act)
        after = self.state = self.server.read(act.phone)
        if act.id not in self.arrived:
            self.arrived.add(act.id)
            kept = {c.kept for c in after.clashes.values() if c.slot == act.slot}
            stands = after.fields[act.slot][0] == act.value
            assert stands or act.value in kept, f"{act.value!r} arrived and is nowhere"
        for slot, (value, _stamp) in before.fields.items():
            now = after.fields[slot][0]
            if now != value:
                assert slot == act.slot, f"{slot} changed by an act on {act.slot}"
                assert now == act.value
                assert value in act.knew, f"{value!r} was overwritten by one who never saw it"
        for gone in before.clashes.keys() - after.clashes.keys():
            kept = before.clashes[gone].kept
            stands = after.fields[before.clashes[gone].slot][0] == kept
            assert stands or kept in act.knew, f"{kept!r} was dropped by one who never saw it"
        if act.seq % 3 == 0:
            self.server.take_in(act)
            assert self.server.read(act.phone) == after, "sent twice, done twice"
