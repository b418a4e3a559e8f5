"""Visits: what is due, what rests, what a phone may carry, and what never leaves."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongxin.domain.homes import (
    actions,
    carrying,
    conflicts,
    devices,
    keeping,
    stamping,
    syncing,
    visit_plan,
)
from tongxin.domain.homes.models import (
    Flat,
    OfflineDevice,
    Resident,
    SyncConflict,
    SyncOp,
    Visit,
)
from tongxin.domain.homes.tests.making import by, enter
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import Conflict, Forbidden, NotFound
from tongxin.plumbing.vault import actions as vault

pytestmark = pytest.mark.django_db
DAY = 86_400


def take(homes: Any, who: Any, *buildings: int) -> OfflineDevice:
    chosen = buildings or (homes.here.pk,)
    return devices.take_along(uuid.uuid4(), "手机", chosen, actor=by(who))


def send(device: OfflineDevice, who: Any, do: str, flat: Flat, **more: Any) -> SyncOp:
    op = syncing.Op(uuid.uuid4(), 1, more.pop("at", clock.now()), do, flat.pk, **more)
    syncing.take_in(device, [op], actor=by(who), notice_version="1")
    with acting_as("test"):
        return SyncOp.objects.get(op_id=op.id)


def visit(device: OfflineDevice, who: Any, flat: Flat, outcome: str, **more: Any) -> SyncOp:
    note = more.pop("note", "")
    return send(device, who, "visit", flat, value={"outcome": outcome, "note": note}, **more)


def due(homes: Any, flat: Flat) -> visit_plan.Due:
    found = visit_plan.doors(homes.officer, [homes.here.pk])
    return visit_plan.plan_of(found)[flat.pk]


def carried(homes: Any, flat: Flat, who: Any = None) -> carrying.CarriedFlat:
    flats = carrying.carried([homes.here.pk], actor=by(who or homes.officer))
    return next(each for each in flats if each.id == flat.pk)


def open_clashes(who: Any) -> list[conflicts.ConflictCard]:
    return conflicts.open_conflicts(by(who))


# --- the plan of the day ------------------------------------------------------------------------


def test_needs_come_first_then_never_confirmed_then_old(homes: Any, held_clock: Any) -> None:
    old, never, care = (homes.flat(number) for number in ("101", "201", "301"))
    actions.confirm_flat(old.pk, actor=by(homes.officer))
    held_clock.advance(200 * DAY)
    person = enter(care, homes.officer)
    actions.add_care(
        person.pk, "oxygen", actor=by(homes.officer), legal_basis="consent", consented=True
    )
    assert due(homes, care).why == ("care", "never")
    assert due(homes, never).why == ("never",)
    assert due(homes, old).why == ("old",)
    turns = [due(homes, flat).turn for flat in (care, never, old)]
    assert turns[0] == 1
    assert turns == sorted(t or 0 for t in turns)


def test_what_was_confirmed_rests_and_needs_rest_shorter(homes: Any, held_clock: Any) -> None:
    plain, care = homes.flat("101"), homes.flat("301")
    person = enter(care, homes.officer)
    actions.add_care(
        person.pk, "infant", actor=by(homes.officer), legal_basis="consent", consented=True
    )
    for flat in (plain, care):
        actions.confirm_flat(flat.pk, actor=by(homes.officer))
        assert due(homes, flat).turn is None
    held_clock.advance(31 * DAY)
    assert due(homes, care).why == ("care",)
    assert due(homes, plain).turn is None


@pytest.mark.parametrize(
    ("outcome", "back_after"), [("nobody_home", 4), ("other", 15), ("refused", 181)]
)
def test_every_answer_buys_a_rest(
    homes: Any, held_clock: Any, outcome: str, back_after: int
) -> None:
    flat = homes.flat("501")
    visit(take(homes, homes.officer), homes.officer, flat, outcome)
    held_clock.advance((back_after - 2) * DAY)
    assert due(homes, flat).turn is None
    assert due(homes, flat).rest_until is not None
    held_clock.advance(2 * DAY)
    assert due(homes, flat).turn is not None


def test_a_refused_door_is_a_finished_visit(homes: Any) -> None:
    """Refusal 11: it counts as done, and nobody is sent back for it."""
    flat = homes.flat("501")
    visit(take(homes, homes.officer), homes.officer, flat, "refused")
    assert due(homes, flat) == visit_plan.Due((), None, due(homes, flat).rest_until)
    assert carried(homes, flat).visits[0].outcome == "refused"
    with acting_as("test"):
        assert Flat.objects.get(pk=flat.pk).confirmed_at is None


def test_not_wanted_is_honoured_for_good(homes: Any, held_clock: Any) -> None:
    flat = homes.flat("501")
    visit(take(homes, homes.officer), homes.officer, flat, "not_wanted")
    with acting_as("test"):
        assert Flat.objects.get(pk=flat.pk).no_visit is True
    held_clock.advance(2_000 * DAY)
    assert due(homes, flat).why == ()


def test_not_wanted_is_honoured_while_two_hands_differ(homes: Any, held_clock: Any) -> None:
    flat, at_the_door = homes.flat("501"), clock.now()
    device = take(homes, homes.officer)
    held_clock.advance(60)
    actions.set_flat(flat.pk, actor=by(homes.chief), no_visit=True)
    held_clock.advance(60)
    actions.set_flat(flat.pk, actor=by(homes.chief), no_visit=False)
    done = visit(device, homes.officer, flat, "not_wanted", at=at_the_door)
    assert done.conflict_id is not None
    assert due(homes, flat).why == ()


def test_the_day_tells_counts_only_in_few_queries(homes: Any) -> None:
    visit_plan.day(homes.officer)
    with CaptureQueriesContext(connection) as asked:
        (row,) = visit_plan.day(homes.officer)
    assert (row.flats, row.due) == (24, 24)
    assert len(asked) <= 12
    assert {"id", "label", "flats", "due"} == set(visit_plan.DayBuilding.__dataclass_fields__)


# --- the visit ----------------------------------------------------------------------------------


def test_a_visit_keeps_its_own_time_and_its_arrival(homes: Any, held_clock: Any) -> None:
    flat, at = homes.flat("501"), clock.now()
    device = take(homes, homes.officer)
    held_clock.advance(3 * 3_600)
    visit(device, homes.officer, flat, "confirmed", at=at)
    with acting_as("test"):
        row = Visit.objects.get()
        assert (row.visited_at, row.received_at) == (at, clock.now())
        assert Flat.objects.get(pk=flat.pk).confirmed_at == at


def test_a_note_is_read_at_the_next_visit_by_who_may_see_the_home(homes: Any) -> None:
    flat = homes.flat("501")
    visit(take(homes, homes.officer), homes.officer, flat, "other", note="周三下午再来")
    assert carried(homes, flat, homes.chief).visits[0].note == "周三下午再来"
    assert carried(homes, flat, homes.grid_worker).visits[0].note == ""
    visit(take(homes, homes.grid_worker), homes.grid_worker, flat, "other", note="按门铃没响")
    notes = [each.note for each in carried(homes, flat, homes.grid_worker).visits]
    assert notes == ["按门铃没响", ""]


def test_a_phones_clock_is_not_believed_ahead_of_ours(homes: Any) -> None:
    flat = homes.flat("501")
    ahead = clock.now() + dt.timedelta(days=3)
    visit(take(homes, homes.officer), homes.officer, flat, "confirmed", at=ahead)
    with acting_as("test"):
        assert Visit.objects.get().visited_at == clock.now()


def test_a_visit_holds_no_place_and_no_check_in() -> None:
    """Refusal 9: no position, no distance, no count of anybody's visits."""
    held = {field.name for field in Visit._meta.get_fields()}
    assert held == {
        *("id", "flat", "member_id", "outcome", "note_ref", "note_subject", "visited_at"),
        *("received_at", "op_id", "area_ids"),
    }
    shown = {*visit_plan.DayBuilding.__dataclass_fields__, *visit_plan.Due.__dataclass_fields__}
    assert not shown & {"lon", "lat", "member", "member_id", "visits", "done", "by"}


def test_merged_flats_keep_their_visits(homes: Any) -> None:
    one, two = homes.flat("501"), homes.flat("502")
    visit(take(homes, homes.officer), homes.officer, two, "confirmed")
    actions.merge_flats([one.pk, two.pk], actor=by(homes.officer))
    with acting_as("test"):
        assert Visit.objects.get().flat_id == one.pk


# --- merging with what is done online -----------------------------------------------------------


def stamps(row: Flat | Resident) -> dict[str, int]:
    with acting_as("test"):
        fresh = type(row).objects.get(pk=row.pk)
    return {name: stamping.stamp_of(fresh, name).number for name in fresh.stamps}


def test_every_act_online_counts_in_the_stamps(homes: Any) -> None:
    flat, me = homes.flat("501"), by(homes.officer)
    person = enter(flat, homes.officer)
    actions.set_flat(flat.pk, actor=me, state="let", has_dog=True)
    actions.set_flat(flat.pk, actor=me, state="let", charging_hazard=True, no_visit=True)
    assert stamps(flat) == {"state": 1, "has_dog": 1, "charging_hazard": 1, "no_visit": 1}
    actions.amend_resident(person.pk, actor=me, name="甘露", phone="13900001122", note="三楼")
    actions.amend_resident(person.pk, actor=me, part="owner", lives_here=False, ring_order=5)
    actions.move_out(person.pk, actor=me)
    fields = (*stamping.SEALED_FIELDS, *stamping.PLAIN_FIELDS, stamping.HERE)
    assert stamps(person) == dict.fromkeys(fields, 1)


def test_a_change_online_meets_one_without_signal(homes: Any) -> None:
    flat = homes.flat("501")
    device = take(homes, homes.officer)
    actions.set_flat(flat.pk, actor=by(homes.chief), state="let")
    done = send(device, homes.officer, "set", flat, field="state", value="empty", stamp=0)
    assert done.conflict_id is not None
    (card,) = open_clashes(homes.officer)
    assert (card.now.value, card.theirs.value) == ("let", "empty")
    other = send(device, homes.officer, "set", flat, field="has_dog", value=True, stamp=0)
    assert (other.stamp, other.conflict_id) == (1, None)


@pytest.mark.parametrize(
    "act", ["set_flat", "confirm", "amend", "add", "move_out", "care", "end_care", "protect"]
)
def test_whatever_is_done_online_is_sent_to_the_phones(
    homes: Any, held_clock: Any, act: str
) -> None:
    flat, me = homes.flat("501"), by(homes.officer)
    person = enter(flat, homes.officer)
    agreed = {"legal_basis": "consent", "consented": True}
    mark = actions.add_care(person.pk, "infant", actor=me, **agreed)
    held_clock.advance(600)
    since = clock.now()
    held_clock.advance(60)
    {
        "set_flat": lambda: actions.set_flat(flat.pk, actor=me, has_dog=True),
        "confirm": lambda: actions.confirm_flat(flat.pk, actor=me),
        "amend": lambda: actions.amend_resident(person.pk, actor=me, name="甘露"),
        "add": lambda: enter(flat, homes.officer, name="甘露"),
        "move_out": lambda: actions.move_out(person.pk, actor=me),
        "care": lambda: actions.add_care(person.pk, "oxygen", actor=me, **agreed),
        "end_care": lambda: actions.end_care(mark.pk, actor=me),
        "protect": lambda: actions.protect(person.pk, True, actor=me),
    }[act]()
    changed = carrying.carried([homes.here.pk], actor=me, since=since)
    assert [each.id for each in changed] == [flat.pk]


def test_what_is_said_of_somebody_moved_out_meanwhile_is_asked(homes: Any) -> None:
    flat = homes.flat("501")
    person = enter(flat, homes.officer)
    device = take(homes, homes.officer)
    actions.move_out(person.pk, actor=by(homes.chief))
    key = f"resident:{person.pk}"
    send(device, homes.officer, "set", flat, person=key, field="phone", value="119", stamp=0)
    (card,) = open_clashes(homes.officer)
    assert (card.field, card.now.value, card.theirs.value) == ("here", False, True)
    syncing.settle_online(card.id, True, card.now.stamp or 0, actor=by(homes.officer))
    assert carried(homes, flat).people[0].fields["phone"].value == "119"


def test_both_hands_are_told_of_a_clash(homes: Any) -> None:
    from tongxin.plumbing.channels.models import Delivery

    flat = homes.flat("501")
    device = take(homes, homes.officer)
    actions.set_flat(flat.pk, actor=by(homes.chief), state="let")
    send(device, homes.officer, "set", flat, field="state", value="empty", stamp=0)
    told = Delivery.objects.filter(template="homes.clash").values_list("recipient", flat=True)
    assert set(told) == {f"member:{homes.officer.pk}", f"member:{homes.chief.pk}"}


def test_on_the_page_nothing_is_settled_that_has_changed(homes: Any) -> None:
    flat = homes.flat("501")
    device = take(homes, homes.officer)
    actions.set_flat(flat.pk, actor=by(homes.chief), state="let")
    send(device, homes.officer, "set", flat, field="state", value="empty", stamp=0)
    (card,) = open_clashes(homes.officer)
    actions.set_flat(flat.pk, actor=by(homes.chief), state="lived_in")
    with pytest.raises(Conflict):
        syncing.settle_online(card.id, True, card.now.stamp or 0, actor=by(homes.officer))
    (card,) = open_clashes(homes.officer)
    syncing.settle_online(card.id, True, card.now.stamp or 0, actor=by(homes.officer))
    assert open_clashes(homes.officer) == []
    assert carried(homes, flat).fields["state"].value == "empty"


# --- who sees what ------------------------------------------------------------------------------


def clash_about(homes: Any, person: Resident, flat: Flat) -> SyncConflict:
    device = take(homes, homes.officer)
    key = f"resident:{person.pk}"
    actions.amend_resident(person.pk, actor=by(homes.chief), phone="13900000001")
    send(
        device, homes.officer, "set", flat, person=key, field="phone", value="13900000002", stamp=0
    )
    with acting_as("test"):
        return SyncConflict.objects.get()


def test_a_clashing_number_lies_in_the_vault_and_is_found_by_nobody(homes: Any) -> None:
    flat = homes.flat("501")
    row = clash_about(homes, enter(flat, homes.officer), flat)
    assert (row.value, row.value_ref is None) == (None, False)
    assert vault.find(phone="13900000002") == []
    with pytest.raises(NotFound):
        conflicts.find(row.pk, by(homes.outsider))
    assert open_clashes(homes.outsider) == []
    assert open_clashes(homes.grid_worker) == []


def test_a_grid_worker_settles_what_is_his_only(homes: Any) -> None:
    flat = homes.flat("501")
    row = clash_about(homes, enter(flat, homes.officer), flat)
    with pytest.raises(NotFound):
        syncing.settle_online(row.pk, True, 1, actor=by(homes.grid_worker))


def test_erasing_somebody_erases_clashes_and_notes_of_visits(homes: Any) -> None:
    flat = homes.flat("501")
    person = enter(flat, homes.officer)
    row = clash_about(homes, person, flat)
    visit(take(homes, homes.officer), homes.officer, flat, "other", note="单雄信说周三来")
    with acting_as("test"):
        note = Visit.objects.get().note_ref
    actions.withdraw_consent(person.pk, actor=by(homes.officer))
    with acting_as("test"):
        assert not SyncConflict.objects.exists()
        assert Visit.objects.get().note_ref is None
    for ref in (row.value_ref, note):
        with pytest.raises(NotFound):
            vault.reveal(ref or 0, actor=homes.officer, purpose="visit")


def test_protected_people_and_minors_without_a_yes_stay_at_home(homes: Any) -> None:
    flat = homes.flat("501")
    child = enter(
        flat, homes.officer, name="单小宝", is_minor=True, legal_basis="guardian",
        guardian_consented=True,
    )  # fmt: skip
    hidden = enter(flat, homes.officer, name="秘密人")
    actions.protect(hidden.pk, True, actor=by(homes.officer))
    (kept,) = carried(homes, flat).people
    assert (kept.id, kept.withheld) == (child.pk, True)
    assert {kept.fields[name].value for name in keeping.FIELDS} == {None}
    look = actions.ask_look(child.pk, "visit", "上门看孩子", actor=by(homes.officer))
    actions.grant_look(look.pk, actor=by(homes.supervisor))
    (kept,) = carried(homes, flat).people
    assert kept.fields["name"].value == "单小宝"
    assert kept.until is not None


def test_a_grid_worker_carries_only_whom_he_entered(homes: Any) -> None:
    flat = homes.flat("501")
    enter(flat, homes.officer, name="警官录入")
    mine = enter(flat, homes.grid_worker, name="网格录入")
    assert [each.id for each in carried(homes, flat, homes.grid_worker).people] == [mine.pk]


def test_phones_are_ones_own_in_the_database_too(homes: Any) -> None:
    take(homes, homes.officer)
    for who, count in ((homes.officer, 1), (homes.chief, 0)):
        with acting_as(who):
            assert OfflineDevice.objects.count() == count


# --- phones -------------------------------------------------------------------------------------


def test_a_password_given_anew_has_all_phones_wiped(homes: Any) -> None:
    from tongxin.foundation.access.actions import tell_revoked

    device = take(homes, homes.officer)
    tell_revoked(homes.officer.pk)
    with pytest.raises(devices.Wipe):
        devices.find(device.device, by(homes.officer))


def test_a_phone_over_its_day_is_over_and_its_acts_are_kept(homes: Any, held_clock: Any) -> None:
    device = take(homes, homes.officer)
    held_clock.advance(25 * 3_600)
    assert devices.is_over(devices.find(device.device, by(homes.officer)))
    devices.wiped(device.device, "expired", actor=by(homes.officer))
    assert devices.is_over(devices.find(device.device, by(homes.officer)))


def test_nobody_revokes_anothers_phone_but_who_manages_members(homes: Any) -> None:
    device = take(homes, homes.officer)
    with pytest.raises(NotFound):
        devices.revoke(device.pk, actor=by(homes.chief))
    devices.revoke(device.pk, actor=by(homes.administrators[1]))
    (card,) = devices.devices_of(homes.officer)
    assert card.state == "revoked"


def test_a_lost_phone_is_wiped_from_the_office(homes: Any) -> None:
    take(homes, homes.officer)
    device = take(homes, homes.officer)
    with pytest.raises(Forbidden):
        devices.revoke_of(homes.officer.pk, actor=by(homes.chief))
    assert devices.revoke_of(homes.officer.pk, actor=by(homes.administrators[1])) == 2
    assert devices.carrying(homes.officer.pk) == 0
    with pytest.raises(devices.Wipe):
        devices.find(device.device, by(homes.officer))


def test_what_is_past_its_time_is_forgotten(homes: Any, held_clock: Any) -> None:
    flat = homes.flat("501")
    row = clash_about(homes, enter(flat, homes.officer), flat)
    visit(take(homes, homes.officer), homes.officer, flat, "other", note="再来")
    stamp = open_clashes(homes.officer)[0].now.stamp or 0
    syncing.settle_online(row.pk, False, stamp, actor=by(homes.officer))
    held_clock.advance(40 * DAY)
    devices.sweep()
    with acting_as("test"):
        assert not SyncOp.objects.exists()
        assert not SyncConflict.objects.exists()
        assert not OfflineDevice.objects.exists()
        assert Visit.objects.count() == 1
    held_clock.advance(1_100 * DAY)
    devices.sweep()
    with acting_as("test"):
        assert not Visit.objects.exists()
