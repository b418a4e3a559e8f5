"""Visits over the wire: take along, bring back, once and only once, and forget when told."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from tongxin.domain.homes import actions
from tongxin.domain.homes.models import Flat, OfflineDevice, Resident, SyncConflict, Visit
from tongxin.domain.homes.tests.conftest import homes as homes  # noqa: PLC0414 - the fixture
from tongxin.domain.homes.tests.making import by, enter
from tongxin.foundation.access.models import Account, Member
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_factor_is_enough(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


class Phone:
    """A phone of a member, as the page's script speaks to the server."""

    def __init__(self, who: Member) -> None:
        if who.account is None:
            who.account = Account.objects.create(username=f"u{who.pk}")
            who.save(update_fields=["account"])
        self.who = who
        self.log_in()
        self.uuid = str(uuid.uuid4())
        self.seq = 0

    def log_in(self) -> None:
        self.client = Client()
        self.client.force_login(self.who.account)

    def post(self, what: str, body: Any) -> Any:
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.client.post(
            f"/field/visits/{what}/", text, content_type="application/json",
            headers={"Accept": "application/json"},
        )  # fmt: skip

    def take(self, *buildings: int) -> dict[str, Any]:
        said = {"device": self.uuid, "label": "小米", "buildings": list(buildings)}
        answer = self.post("take", said)
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def op(self, do: str, flat: int, **more: Any) -> dict[str, Any]:
        self.seq += 1
        made = {"id": str(uuid.uuid4()), "seq": self.seq, "at": "2026-06-15T02:00:00Z"}
        return made | {"do": do, "flat": flat, **more}

    def sync(self, *ops: dict[str, Any], **more: Any) -> Any:
        return self.post("sync", {"device": self.uuid, "ops": list(ops), **more})

    def synced(self, *ops: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = self.sync(*ops, **more)
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found


def flat_in(said: dict[str, Any], flat_id: int) -> dict[str, Any]:
    flats = said.get("flats") or [f for b in said["buildings"] for f in b["flats"]]
    found: dict[str, Any] = next(each for each in flats if each["id"] == flat_id)
    return found


def test_what_is_taken_along_has_names_with_stamps_and_a_trail(homes: Any) -> None:
    flat = homes.flat("501")
    person = enter(flat, homes.officer)
    actions.add_care(
        person.pk, "oxygen", actor=by(homes.officer), legal_basis="consent", consented=True
    )
    said = Phone(homes.officer).take(homes.here.pk)
    kept = flat_in(said, flat.pk)
    assert kept["people"][0]["fields"]["name"] == {"value": "单雄信", "stamp": 0}
    assert kept["people"][0]["care"][0]["code"] == "oxygen"
    assert kept["fields"]["state"] == {"value": "unknown", "stamp": 0}
    assert kept["why"]
    assert kept["rank"] == 1
    assert said["notice_version"]
    assert said["outcomes"]
    assert said["grounds"]
    assert said["buildings"][0]["plan"]["units"]
    looks = AuditEntry.objects.filter(act="vault.reveal", purpose="visit")
    assert looks.count() == 2


def test_an_act_sent_twice_is_done_once_with_the_same_answer(homes: Any) -> None:
    flat = homes.flat("501")
    phone = Phone(homes.officer)
    phone.take(homes.here.pk)
    visit = phone.op("visit", flat.pk, value={"outcome": "refused", "note": "门没开"})
    first = phone.synced(visit)
    again = phone.synced(visit)
    assert first["applied"] == again["applied"] == [visit["id"]]
    with acting_as("test"):
        row = Visit.objects.get()
    assert row.note_ref is not None
    assert flat_in(first, flat.pk)["visits"][0]["outcome"] == "refused"
    assert flat_in(first, flat.pk)["rest_until"] is not None


def test_two_phones_that_differ_clash_and_a_person_settles_it(homes: Any) -> None:
    flat = homes.flat("501")
    person = enter(flat, homes.officer)
    one, two = Phone(homes.officer), Phone(homes.chief)
    one.take(homes.here.pk)
    two.take(homes.here.pk)
    key = f"resident:{person.pk}"
    change = {"person": key, "field": "phone", "stamp": 0}
    one.synced(one.op("set", flat.pk, value="13900000001", **change))
    said = two.synced(two.op("set", flat.pk, value="13900000002", **change))
    clash = said["conflicts"][0]
    assert clash["now"]["value"] == "13900000001"
    assert clash["theirs"]["value"] == "13900000002"
    assert clash["mine"] is True
    assert clash["field"] == "phone"
    assert clash["person"] == key
    assert one.synced()["conflicts"][0]["mine"] is False
    settled = one.synced(one.op("settle", flat.pk, conflict=clash["id"], value="13900000002"))
    assert settled["conflicts"] == []
    fields = flat_in(settled, flat.pk)["people"][0]["fields"]
    assert fields["phone"] == {"value": "13900000002", "stamp": 2}
    with acting_as("test"):
        assert SyncConflict.objects.get().value_ref is None


def test_somebody_entered_without_signal_is_amended_by_the_phones_own_key(homes: Any) -> None:
    flat = homes.flat("501")
    phone = Phone(homes.officer)
    phone.take(homes.here.pk)
    key, care = f"new:{uuid.uuid4()}", f"new:{uuid.uuid4()}"
    ground = {"legal_basis": "consent", "consented": True}
    new = phone.op(
        "add_person", flat.pk, person=key,
        value={"name": "甘露", "phone": "13900001122", "part": "occupant", **ground},
    )  # fmt: skip
    amended = phone.op(
        "set", flat.pk, person=key, field="phone", value="13900001133", after=new["id"]
    )
    marked = phone.op(
        "add_care", flat.pk, person=key, care=care, value={"code": "infant", **ground}
    )
    said = phone.synced(new, amended, marked)
    assert said["refused"] == []
    who = flat_in(said, flat.pk)["people"][0]
    assert said["made"][key] == who["key"]
    assert who["fields"]["phone"]["value"] == "13900001133"
    assert who["care"][0]["key"] == said["made"][care]
    later = phone.synced(
        phone.op("end_care", flat.pk, care=care), phone.op("move_out", flat.pk, person=key)
    )
    assert later["refused"] == []
    assert flat_in(later, flat.pk)["people"] == []


def test_not_wanted_is_honoured_and_leaves_the_plan(homes: Any) -> None:
    flat = homes.flat("501")
    phone = Phone(homes.officer)
    before = flat_in(phone.take(homes.here.pk), flat.pk)
    assert before["rank"] is not None
    said = phone.synced(phone.op("visit", flat.pk, value={"outcome": "not_wanted"}))
    after = flat_in(said, flat.pk)
    assert after["fields"]["no_visit"]["value"] is True
    assert (after["rank"], after["why"]) == (None, [])


def test_a_phone_that_is_revoked_or_lost_its_ground_is_told_to_forget(homes: Any) -> None:
    from tongxin.domain.homes import devices
    from tongxin.foundation.access.models import Grant

    phone = Phone(homes.officer)
    phone.take(homes.here.pk)
    with acting_as("test"):
        row = OfflineDevice.objects.get()
    devices.revoke(row.pk, actor=by(homes.officer))
    answer = phone.sync()
    assert answer.status_code == 410
    assert answer.json()["wipe"] is True
    phone.take(homes.here.pk)
    assert phone.sync().status_code == 200
    Grant.objects.filter(member=homes.officer).delete()
    phone2 = Phone(homes.chief)
    phone2.take(homes.here.pk)
    homes.officer.__dict__.pop("_tongxin_grants", None)
    assert phone.sync().status_code in (403, 410)


def test_what_is_brought_after_a_day_is_taken_in_before_the_phone_forgets(
    homes: Any, held_clock: Any
) -> None:
    flat = homes.flat("501")
    phone = Phone(homes.officer)
    phone.take(homes.here.pk)
    held_clock.advance(25 * 3_600)
    phone.log_in()
    visit = phone.op("visit", flat.pk, value={"outcome": "confirmed"})
    answer = phone.sync(visit)
    assert answer.status_code == 410
    assert answer.json()["code"] == "visits.expired"
    assert answer.json()["applied"] == [visit["id"]]
    with acting_as("test"):
        assert Visit.objects.count() == 1


def test_who_is_not_logged_in_is_told_so_in_json(homes: Any) -> None:
    phone = Phone(homes.officer)
    phone.client.logout()
    answer = phone.sync()
    assert answer.status_code == 401
    assert answer.json()["detail"]


GOOD = {"id": str(uuid.uuid4()), "seq": 1, "at": "2026-06-15T02:00:00Z", "do": "set", "flat": 1}
HOSTILE = [
    "", "{", "[]", "null", "1", '"x"', "[" * 100_000, b"\xff\xfe", "{}", '{"device": 5}',
    {"device": "x"}, {"device": "$", "ops": {}}, {"device": "$", "ops": [1]},
    {"device": "$", "ops": [{}]}, {"device": "$", "ops": [GOOD | {"flat": 10**30}]},
    {"device": "$", "ops": [GOOD | {"flat": True}]}, {"device": "$", "ops": [GOOD | {"at": "now"}]},
    {"device": "$", "ops": [GOOD | {"at": "2026-06-15T02:00:00"}]},
    {"device": "$", "ops": [GOOD | {"value": {"a": {"b": 1}}}]},
    {"device": "$", "ops": [GOOD | {"value": "a\x00b"}]},
    {"device": "$", "ops": [GOOD | {"value": "\ud800"}]},
    {"device": "$", "ops": [GOOD | {"value": float("nan")}]},
    {"device": "$", "ops": [GOOD | {"seq": -1}]}, {"device": "$", "ops": [GOOD] * 201},
    {"device": "$", "ops": [GOOD | {"after": "x"}]}, {"device": "$", "since": "yesterday"},
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_what_cannot_be_read_is_one_clear_sentence(homes: Any, body: Any) -> None:
    phone = Phone(homes.officer)
    phone.take(homes.here.pk)
    if isinstance(body, dict):
        body = json.dumps(body).replace('"$"', json.dumps(phone.uuid))
    for what in ("take", "sync", "wiped"):
        answer = phone.post(what, body)
        assert answer.status_code == 422, (what, answer.status_code)
        assert answer.json()["detail"]


ODD = [
    {"do": "fly"}, {"do": "set"}, {"do": "set", "field": "number", "value": "9"},
    {"do": "set", "field": "state", "value": "haunted"}, {"do": "set", "field": "state"},
    {"do": "set", "field": "no_visit", "value": "yes"},
    {"do": "set", "field": "stamps", "value": 1},
    {"do": "set", "person": "resident:999999999999999999", "field": "name", "value": "x"},
    {"do": "set", "person": "resident:²", "field": "name", "value": "x"},
    {"do": "set", "person": "care:1", "field": "name", "value": "x"},
    {"do": "set", "person": "new:x", "field": "name", "value": "x"},
    {"do": "add_person", "person": "resident:1", "value": {"name": "甘露"}},
    {"do": "add_person", "person": "new:1", "value": {"name": 5}},
    {"do": "add_person", "person": "new:1", "value": "甘露"},
    {"do": "add_person", "person": "new:1"},
    {"do": "add_person", "person": "new:1", "value": {"name": "甘露", "part": "occupant"}},
    {"do": "visit"}, {"do": "visit", "value": {"outcome": "fled"}},
    {"do": "visit", "value": {"outcome": "other", "note": "长" * 900}},
    {"do": "settle", "value": 1}, {"do": "settle", "conflict": 77, "value": True},
    {"do": "end_care", "care": "care:"}, {"do": "move_out"}, {"do": "withdraw", "person": ""},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_an_act_that_cannot_be_is_refused_and_the_rest_goes_on(homes: Any, odd: Any) -> None:
    flat = homes.flat("501")
    phone = Phone(homes.officer)
    phone.take(homes.here.pk)
    wrong = phone.op(flat=flat.pk, **odd)
    right = phone.op("confirm", flat.pk)
    said = phone.synced(wrong, right)
    assert [each["id"] for each in said["refused"]] == [wrong["id"]]
    assert said["refused"][0]["detail"]
    assert said["refused"][0]["code"]
    assert said["applied"] == [right["id"]]
    assert phone.synced(wrong)["refused"] == said["refused"]


def test_nothing_of_a_flat_elsewhere_is_reached(homes: Any) -> None:
    phone, stranger = Phone(homes.officer), Phone(homes.outsider)
    phone.take(homes.here.pk)
    far = homes.flat("501", homes.far_unit)
    other = homes.flat("501", homes.units[0])
    assert (
        phone.post("take", {"device": phone.uuid, "buildings": [homes.there.pk]}).status_code == 404
    )
    said = phone.synced(phone.op("set", far.pk, field="state", value="empty", stamp=0))
    assert said["refused"][0]["code"] == "homes.absent"
    assert all(each["id"] != far.pk for each in said["flats"])
    stranger.take(homes.there.pk)
    said = stranger.synced(stranger.op("confirm", other.pk))
    assert said["refused"]
    with acting_as("test"):
        assert Flat.objects.get(pk=far.pk).state == "unknown"
        assert not Resident.objects.exists()
