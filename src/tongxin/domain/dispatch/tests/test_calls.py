"""The 4 a.m. call: rung, passed on within 20 s, and every ring on a timeline (S05)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongxin.domain.dispatch import actions, callplan, selectors
from tongxin.domain.dispatch.models import InboundCall
from tongxin.domain.dispatch.tests.making import Station, as_, run_jobs, spot
from tongxin.domain.incidents.models import TimelineEntry
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory.models import Post, PostKind
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Forbidden, NotFound
from tongxin.plumbing.channels import registry, signing
from tongxin.plumbing.channels.tests import standin
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault.purposes import Purpose

pytestmark = pytest.mark.django_db
SECRET = "a secret of the gateway"
CALLER = "13811112222"


@pytest.fixture
def station(held_clock: clock.HeldClock) -> Station:
    return Station()


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[standin.StandIn]:
    with standin.running(SECRET) as gateway:
        path = tmp_path / "channels.yaml"
        path.write_text(json.dumps({"call": {"url": gateway.url, "secret": SECRET}}))
        monkeypatch.setenv("TONGXIN_CHANNELS", str(path))
        registry.forget()
        yield gateway
    registry.forget()


@pytest.fixture
def beat(station: Station) -> dict[str, Member]:
    """An officer at home in the night, an auxiliary on duty, the station's chief, its room."""
    people = {
        "officer": member("李响", Role.COMMUNITY_OFFICER, station.beats[0], phone="13900010001"),
        "auxiliary": member("王强", Role.AUXILIARY, station.beats[0], phone="13900010002"),
    }
    station.on_duty(people["auxiliary"], spot(1, 1))
    Post.objects.create(
        kind=PostKind.STATION,
        code="S1",
        name="东湖派出所",
        lon=114.31,
        lat=30.51,
        phone="02788880001",
        area=station.station,
    )
    return people


def hook(event: str, **fields: object) -> InboundCall | None:
    body = json.dumps({"event": event, "call": "c-77", **fields}).encode()
    headers = signing.headers(SECRET, body, clock.now().timestamp())
    call = callplan.take_webhook(headers, body)
    run_jobs()
    return call


def rings() -> InboundCall:
    call = hook("incoming", **{"from": CALLER, "dialled": "+86 13900010001".replace(" ", "")})
    assert call is not None
    return call


def wait(held: clock.HeldClock, seconds: int) -> None:
    for _tick in range(seconds * 2):
        held.advance(0.5)
        callplan.pass_on_due()
        run_jobs()


def test_the_officer_rings_first_and_the_number_lies_in_the_vault(
    gateway: standin.StandIn, beat: dict[str, Member]
) -> None:
    call = rings()
    assert [(t["to"], t["ring_seconds"]) for t in gateway.transfers] == [("13900010001", 20)]
    assert CALLER not in str(list(InboundCall.objects.values()))
    assert call.caller_ref is not None
    number = vault.reveal(call.caller_ref, actor=as_(beat["officer"]), purpose=Purpose.CALL_BACK)
    assert number == CALLER
    assert rings().pk == call.pk  # said twice, taken once
    assert len(gateway.transfers) == 1


def test_unanswered_it_is_passed_on_within_twenty_seconds(
    gateway: standin.StandIn, beat: dict[str, Member], held_clock: clock.HeldClock
) -> None:
    began = clock.now()
    rings()
    wait(held_clock, 18)
    assert len(gateway.transfers) == 1
    wait(held_clock, 2)
    assert [t["to"] for t in gateway.transfers] == ["13900010001", "13900010002"]
    assert (clock.now() - began).total_seconds() <= 20
    hook("state", state="answered", to="13900010002")
    wait(held_clock, 60)
    assert len(gateway.transfers) == 2
    view = selectors.calls(beat["auxiliary"])[0]
    assert view.state == "answered"
    assert [line.act for line in view.lines] == ["ring", "no_answer", "ring", "answered"]
    assert all(line.who and line.says for line in view.lines)


def test_busy_or_refused_the_next_rings_at_once(
    gateway: standin.StandIn, beat: dict[str, Member]
) -> None:
    Member.objects.filter(pk=beat["auxiliary"].pk).update(phone="13900010007")  # refused: 422
    rings()
    hook("state", state="busy", to="13900010001")
    assert [t["to"] for t in gateway.transfers] == ["13900010001", "02788880001"]
    view = selectors.calls(beat["officer"])[0]
    assert [line.act for line in view.lines] == ["ring", "busy", "ring", "failed", "ring"]


def test_nobody_answers_and_it_becomes_an_incident_with_every_ring(
    gateway: standin.StandIn, beat: dict[str, Member], held_clock: clock.HeldClock
) -> None:
    call = rings()
    wait(held_clock, 70)
    assert [t["to"] for t in gateway.transfers] == ["13900010001", "13900010002", "02788880001"]
    call.refresh_from_db()
    assert call.outcome == "missed"
    assert call.incident is not None
    assert call.incident.kind == "help"
    assert call.incident.contact_ref == call.caller_ref
    assert not call.incident.place_exact
    lines = TimelineEntry.objects.filter(incident_id=call.incident.pk, act="ring")
    assert [line.payload["result"] for line in lines.order_by("seq")] == ["no_answer"] * 3


def test_the_caller_who_hangs_up_is_called_back(
    gateway: standin.StandIn, beat: dict[str, Member], held_clock: clock.HeldClock
) -> None:
    call = rings()
    hook("state", state="failed")
    call.refresh_from_db()
    assert (call.outcome, call.incident is not None) == ("caller_gone", True)
    wait(held_clock, 30)
    assert len(gateway.transfers) == 1


def test_whoever_answers_makes_an_incident_of_it_once(
    gateway: standin.StandIn, beat: dict[str, Member]
) -> None:
    call = rings()
    hook("state", state="answered", to="13900010001")
    officer = as_(beat["officer"])
    incident = callplan.make_incident(call.pk, actor=officer, spot=spot(1, 1), what="父亲心跳停了")
    assert callplan.make_incident(call.pk, actor=officer).pk == incident.pk
    lines = TimelineEntry.objects.filter(incident_id=incident.pk, act="ring")
    assert [line.payload["result"] for line in lines] == ["answered"]
    stranger = member("钱进", Role.PARTNER, None)
    with pytest.raises(NotFound):
        callplan.make_incident(call.pk, actor=as_(stranger))


def test_a_wrong_signature_is_refused(gateway: standin.StandIn, beat: dict[str, Member]) -> None:
    body = json.dumps({"event": "incoming", "call": "c-1", "dialled": "13900010001"}).encode()
    headers = signing.headers("another secret 123", body, clock.now().timestamp())
    with pytest.raises(Forbidden):
        callplan.take_webhook(headers, body)
    assert not InboundCall.objects.exists()


def test_a_stored_plan_rings_as_stored_and_is_changed_by_who_may(
    gateway: standin.StandIn, beat: dict[str, Member], station: Station, held_clock: clock.HeldClock
) -> None:
    auxiliary = beat["auxiliary"]
    steps = [actions.Step("", 10, member_id=auxiliary.pk)]
    with pytest.raises(Forbidden):
        actions.set_plan(station.beats[0].pk, steps, actor=as_(auxiliary))
    bad = [actions.Step("", 10)]
    with pytest.raises(BadInput):
        actions.set_plan(station.beats[0].pk, bad, actor=as_(beat["officer"]))
    actions.set_plan(station.beats[0].pk, steps, actor=as_(beat["officer"]))
    [step] = selectors.call_plan(station.beats[0].pk)
    assert (step.phone, step.seconds, step.stored) == ("13900010002", 10, True)
    rings()  # the officer's own number: the officer first all the same
    wait(held_clock, 20)
    assert [(t["to"], t["ring_seconds"]) for t in gateway.transfers] == [
        ("13900010001", 20),
        ("13900010002", 10),
    ]


def test_a_number_of_nobodys_is_answered_by_the_branch(
    gateway: standin.StandIn, beat: dict[str, Member], station: Station
) -> None:
    hook("incoming", **{"from": CALLER, "dialled": "13999999999"})
    assert [t["to"] for t in gateway.transfers] == [station.dispatcher.phone]
