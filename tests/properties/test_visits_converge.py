"""Three phones without signal and one register: they converge, and nothing anybody said is lost.

In full (``make prove``) ten thousand histories run on the merging itself and three hundred through
the real acts on PostgreSQL; both are judged by the same judge (`harness.three_phones`).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.three_phones import STEPS, Act, Clash, Slot, State, Story, Value
from tongxin.domain.homes import merging

PROVE = os.environ.get("TONGXIN_PROVE") == "1"
HISTORIES = 10_000 if PROVE else 200
REAL_HISTORIES = 300 if PROVE else 12
START = dt.datetime(2026, 6, 15, 2, 0, tzinfo=dt.UTC)


class MemoryServer:
    """The merging alone, in memory."""

    def __init__(self, many: bool) -> None:
        self.many = many
        self.book = merging.MemoryBook()
        self.slots = [("flat:1", "state"), ("flat:1", "no_visit"), ("resident:1", "phone")]
        for slot in self.slots:
            self.book.stand(merging.Slot(*slot))

    def values(self, slot: Slot) -> list[Value]:
        if slot[1] == "no_visit":
            return [True, False]
        return [f"{slot[1]}{n}" for n in range(8 if self.many else 2)]

    def read(self, _phone: int) -> State:
        fields = {
            (slot.owner, slot.name): (held.value, held.stamp)
            for slot, held in self.book.fields.items()
        }
        clashes = {}
        for kept in self.book.open_clashes():
            slot = (kept.clash.slot.owner, kept.clash.slot.name)
            now, stamp = fields[slot]
            clashes[kept.clash.id] = Clash(kept.clash.id, slot, now, stamp, kept.value)
        return State(fields, clashes)

    def take_in(self, act: Act) -> None:
        edit = merging.Edit(
            id=str(act.id),
            slot=merging.Slot(*act.slot),
            value=act.value,
            by=act.phone,
            at=START,
            base=act.stamp,
            after=str(act.after) if act.after else None,
        )
        assert self.book.merge(edit, act.settles) is not None


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, many=st.booleans())
def test_any_history_of_three_phones_converges_with_nothing_lost(
    steps: list[tuple[int, str, int, int, bool]], many: bool
) -> None:
    story = Story(MemoryServer(many))
    for step in steps:
        story.step(*step)
    story.finish()


@pytest.fixture
def homes(db: None, held_clock: Any) -> Iterator[Any]:
    from tongxin.domain.homes.tests.making import Homes
    from tongxin.foundation.territory import locating

    yield Homes()
    locating.forget()


class RealServer:
    """The register itself, through the acts that the phones' interface calls."""

    def __init__(self, homes: Any, held_clock: Any) -> None:
        import uuid

        from tongxin.domain.homes import devices
        from tongxin.domain.homes.tests.making import by, enter

        self.clock = held_clock
        self.actors = [by(homes.officer), by(homes.chief), by(homes.officer)]
        self.flat = homes.flat("501")
        self.person = enter(self.flat, homes.officer)
        self.building = homes.here.pk
        self.devices = [
            devices.take_along(uuid.uuid4(), "", [self.building], actor=actor)
            for actor in self.actors
        ]
        who, flat = f"resident:{self.person.pk}", f"flat:{self.flat.pk}"
        self.slots = [(flat, "state"), (flat, "no_visit"), (who, "phone"), (who, "lives_here")]

    def values(self, slot: Slot) -> list[Value]:
        return {
            "state": ["lived_in", "let", "empty", "unknown"],
            "phone": [f"1390000000{n}" for n in range(4)],
        }.get(slot[1], [True, False])  # type: ignore[return-value]

    def read(self, phone: int) -> State:
        from tongxin.domain.homes import carrying, conflicts

        actor = self.actors[phone]
        flats = carrying.carried([self.building], actor=actor)
        flat = next(each for each in flats if each.id == self.flat.pk)
        said = {f"flat:{flat.id}": flat.fields, f"resident:{self.person.pk}": flat.people[0].fields}
        fields = {(o, n): (said[o][n].value, said[o][n].stamp) for o, n in self.slots}
        clashes = {}
        for card in conflicts.open_conflicts(actor, [self.building]):
            owner = f"resident:{card.resident_id}" if card.resident_id else f"flat:{card.flat_id}"
            clashes[card.id] = Clash(
                card.id, (owner, card.field), card.now.value, card.now.stamp or 0,
                card.theirs.value,
            )  # fmt: skip
        return State(fields, clashes)  # type: ignore[arg-type]

    def take_in(self, act: Act) -> None:
        from tongxin.domain.homes import syncing

        owner, name = act.slot
        op = syncing.Op(
            id=act.id,
            seq=act.seq,
            at=self.clock.now(),
            do="set" if act.settles is None else "settle",
            flat=self.flat.pk,
            person=owner if owner.startswith("resident") else "",
            field=name,
            value=act.value,
            stamp=act.stamp,
            after=act.after,
            conflict=act.settles,
        )
        device, actor = self.devices[act.phone], self.actors[act.phone]
        said = syncing.take_in(device, [op], actor=actor, notice_version="1")
        assert not said.refused, said.refused


@settings(
    max_examples=REAL_HISTORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_the_register_itself_converges_with_nothing_lost(
    homes: Any, held_clock: Any, steps: list[tuple[int, str, int, int, bool]]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        story = Story(RealServer(homes, held_clock))
        for step in steps:
            held_clock.advance(1)
            story.step(*step)
        story.finish()
        transaction.set_rollback(True)
