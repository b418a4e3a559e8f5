"""Calls that go out: each result is a line of the timeline, and silence turns into a message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongxin.domain.dispatch import actions
from tongxin.domain.dispatch.alert_results import note
from tongxin.domain.dispatch.tests.making import Station, as_, asked, planned, run_jobs, spot
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.foundation.access.models import Member
from tongxin.kernel import clock
from tongxin.plumbing.channels import registry, sending
from tongxin.plumbing.channels.models import Delivery
from tongxin.plumbing.channels.tests import standin

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a secret of the gateway"


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[standin.StandIn]:
    with standin.running(SECRET) as gateway:
        path = tmp_path / "channels.yaml"
        section = {"url": gateway.url, "secret": SECRET}
        path.write_text(json.dumps({"call": section, "sms": section}))
        monkeypatch.setenv("TONGXIN_CHANNELS", str(path))
        registry.forget()
        yield gateway
    registry.forget()


def results(incident: Incident) -> list[tuple[str, str, str]]:
    lines = TimelineEntry.objects.filter(incident_id=incident.pk, act="alert_result")
    return [
        (line.payload["channel"], line.payload["outcome"], line.payload["then"])
        for line in lines.order_by("seq")
    ]


def send_all(held: clock.HeldClock) -> None:
    for _round in range(4):
        sending.work("call")
        sending.work("sms")
        held.advance(1.5)
    run_jobs()


def officer(station: Station, phone: str) -> Member:
    return station.officer("李响", spot(1, 1), phone=phone)


def test_an_answered_call_is_a_line_and_no_message_follows(
    held_clock: clock.HeldClock, gateway: standin.StandIn
) -> None:
    officer(Station(), "13900000001")
    incident = planned(spot(1, 1))
    send_all(held_clock)
    assert results(incident) == [("call", "answered", "")]
    assert not gateway.texts
    [result] = Delivery.objects.filter(channel="call")
    note(asked(incident).pk, result.pk, "call", "answered", "")  # the job came twice
    assert len(results(incident)) == 1


def test_a_busy_line_is_followed_by_a_message_that_names_nobody(
    held_clock: clock.HeldClock, gateway: standin.StandIn
) -> None:
    officer(Station(), "13900000002")
    incident = planned(spot(1, 1))
    send_all(held_clock)
    assert results(incident) == [("call", "busy", "sms"), ("sms", "sent", "")]
    [text] = gateway.texts.values()
    assert incident.number in str(text)
    assert incident.place not in str(text)


def test_whoever_answers_on_the_page_is_not_rung_up_any_more(
    held_clock: clock.HeldClock, gateway: standin.StandIn
) -> None:
    who = officer(Station(), "13900000001")
    incident = planned(spot(1, 1))
    actions.accept(asked(incident).pk, actor=as_(who))
    send_all(held_clock)
    assert not gateway.calls
    assert results(incident) == []
