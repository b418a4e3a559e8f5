"""Phones that send at the same moment, and an officer at his desk: once, in order, nothing lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.at_once import at_once
from tongxin.domain.homes import actions, conflicts, devices, syncing
from tongxin.domain.homes.models import Flat, SyncConflict, SyncOp, Visit
from tongxin.domain.homes.tests.making import Homes, by, enter, standing_homes
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def homes() -> Iterator[Homes]:
    yield from standing_homes()


def taken(homes: Homes, who: Any) -> Any:
    return devices.take_along(uuid.uuid4(), "", [homes.here.pk], actor=by(who))


def op(do: str, flat: Flat, **more: Any) -> syncing.Op:
    return syncing.Op(uuid.uuid4(), 1, clock.now(), do, flat.pk, **more)


def sent(device: Any, who: Any, *ops: syncing.Op) -> Callable[[], Any]:
    return lambda: syncing.take_in(device, ops, actor=by(who), notice_version="1")


def test_the_same_acts_sent_six_times_at_once_are_done_once(homes: Homes) -> None:
    flat, device = homes.flat("501"), taken(homes, homes.officer)
    new = op(
        "add_person", flat, person="new:1",
        value={"name": "甘露", "part": "owner", "legal_basis": "consent", "consented": True},
    )  # fmt: skip
    visit = op("visit", flat, value={"outcome": "refused", "note": "没开门"})
    wrong = op("set", flat, field="state", value="haunted", stamp=0)
    answers = at_once(*[sent(device, homes.officer, new, visit, wrong)] * 6)
    assert {tuple(each.applied) for each in answers} == {(new.id, visit.id)}
    assert {each.refused[0].id for each in answers} == {wrong.id}
    assert len({each.made["new:1"] for each in answers}) == 1
    with acting_as("test"):
        assert (Visit.objects.count(), SyncOp.objects.count()) == (1, 3)


def test_of_five_hands_on_one_field_one_stands_and_four_are_kept(homes: Homes) -> None:
    flat = homes.flat("501")
    person = enter(flat, homes.officer)
    who = [homes.officer, homes.chief, homes.officer, homes.chief, homes.officer]
    change = {"person": f"resident:{person.pk}", "field": "phone", "stamp": 0}
    at_once(
        *[
            sent(taken(homes, each), each, op("set", flat, value=f"1390000000{n}", **change))
            for n, each in enumerate(who)
        ]
    )
    with acting_as("test"):
        assert SyncConflict.objects.count() == 4
    cards = conflicts.open_conflicts(by(homes.officer))
    said = {card.theirs.value for card in cards} | {cards[0].now.value}
    assert said == {f"1390000000{n}" for n in range(5)}


def test_desk_and_phones_at_once_never_wait_for_each_other_for_ever(homes: Homes) -> None:
    flats = [homes.flat(number) for number in ("301", "401", "501")]
    people = [enter(flat, homes.officer, name=f"甘露{n}") for n, flat in enumerate(flats)]
    acts: list[Callable[[], Any]] = []
    for order in (flats, flats[::-1]):
        ops = [op("set", flat, field="has_dog", value=True, stamp=0) for flat in order]
        ops += [op("confirm", flat) for flat in order]
        acts.append(sent(taken(homes, homes.officer), homes.officer, *ops))
    me = by(homes.chief)
    for person in people:
        acts += [
            lambda person=person: actions.amend_resident(person.pk, actor=me, name="单雄信"),
            lambda person=person: actions.move_out(person.pk, actor=me),
        ]
    results = at_once(*acts)
    assert all(not isinstance(each, TongxinError) for each in results)
    assert all(not each.refused for each in results[:2])
    with acting_as("test"):
        assert Flat.objects.filter(has_dog=True).count() == 3
