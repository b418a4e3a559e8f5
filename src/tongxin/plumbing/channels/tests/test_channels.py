from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import connections, transaction

from tongxin.foundation.access.models import Member
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Forbidden
from tongxin.plumbing.channels import (
    actions,
    alerting,
    registry,
    results,
    selectors,
    sending,
    signing,
    templates,
)
from tongxin.plumbing.channels.call import inbound
from tongxin.plumbing.channels.call.gateway import CallState, HttpCallGateway
from tongxin.plumbing.channels.models import Delivery
from tongxin.plumbing.channels.protocol import Outcome
from tongxin.plumbing.channels.tests.standin import StandIn, running
from tongxin.plumbing.live.models import Change
from tongxin.plumbing.vault import actions as vault

SECRET = "a secret of the tests only"
VALUES = {"number": "20260615-000044", "link": "/field/incidents/20260615-000044/"}

REAL = pytest.mark.django_db(transaction=True)
DATABASE = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[results.DeliveryResult]:
    heard: list[results.DeliveryResult] = []
    monkeypatch.setattr(results, "_handlers", [heard.append])
    return heard


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with running(SECRET) as one:
        yield one


@pytest.fixture
def configured(standin: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> StandIn:
    configure(monkeypatch, tmp_path, call=standin.url, sms=standin.url)
    return standin


@pytest.fixture(autouse=True)
def _no_other_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("TONGXIN_CHANNELS", str(tmp_path / "none.yaml"))
    registry.forget()
    yield
    registry.forget()


def configure(
    monkeypatch: pytest.MonkeyPatch, folder: Path, secret: str = SECRET, **urls: str
) -> None:
    path = folder / "channels.yaml"
    path.write_text(
        json.dumps(
            {n: {"url": u, "secret": secret, "timeout_seconds": 0.3} for n, u in urls.items()}
        )
    )
    monkeypatch.setenv("TONGXIN_CHANNELS", str(path))
    registry.forget()


def member(phone: str = "13800000001") -> Member:
    return Member.objects.create(
        code=phone or "none", kind="auxiliary", name="王强", surname="王", phone=phone
    )


def alert(who: Member, key: str = "k1", **more: Any) -> dict[str, int]:
    return alerting.alert(
        member_id=who.pk,
        template="assignment.asked",
        values=VALUES,
        subject="incident:44",
        once_key=key,
        **more,
    )


def work(held: Any, rounds: int = 12) -> None:
    """What the worker's tickers do, with the clock moved on between."""
    for _ in range(rounds):
        for name in ("call", "sms"):
            sending.work(name)
        sending.show_due_pages()
        held.advance(2)


def in_one_step(name: str) -> None:
    """One ticker's act; calls that ring are asked for again in the next step."""
    sending.work(name)


def states() -> dict[str, str]:
    return dict(Delivery.objects.order_by("pk").values_list("channel", "result"))


@DATABASE
def test_an_alert_is_on_the_page_and_rings(
    configured: StandIn, told: list, held_clock: Any
) -> None:
    who = member()
    ids = alert(who)
    assert list(ids) == ["page", "call"]
    waiting = selectors.pending_alerts(who.pk)
    assert [(each.id, each.number) for each in waiting] == [(ids["page"], VALUES["number"])]
    assert Change.objects.filter(topic=f"member:{who.pk}", ref=f"alert:{ids['page']}").exists()
    work(held_clock)
    assert [(each.channel, each.outcome) for each in told] == [("call", Outcome.ANSWERED)]
    assert configured.calls["k1:call"]["to"] == "13800000001"
    assert configured.calls["k1:call"]["message"] == "assignment.asked"
    assert not configured.texts


@pytest.mark.parametrize(
    ("phone", "outcome"),
    [
        ("13800000002", Outcome.BUSY),
        ("13800000003", Outcome.NO_ANSWER),
        ("13800000005", Outcome.UNREACHABLE),
        ("13800000006", Outcome.UNREACHABLE),
        ("13800000007", Outcome.REJECTED),
    ],
)
@DATABASE
def test_a_call_that_fails_is_followed_by_a_text(
    configured: StandIn, told: list, held_clock: Any, phone: str, outcome: Outcome
) -> None:
    alert(member(phone))
    work(held_clock)
    first = told[0]
    assert (first.channel, first.outcome, first.falls_back_to) == ("call", outcome, "sms")
    assert told[1].channel == "sms"
    if phone[-1] in "23":
        [text] = configured.texts.values()
        assert VALUES["number"] in text["text"]
        assert text["text"].endswith(f"/field/incidents/{VALUES['number']}/")


@DATABASE
def test_a_throttled_gateway_is_asked_again_when_it_says(
    configured: StandIn, told: list, held_clock: Any
) -> None:
    alert(member("13800000004"))
    sending.work("call")
    row = Delivery.objects.get(channel="call")
    assert (row.state, (row.due_at - clock.now()).total_seconds()) == ("retry", 3.0)
    work(held_clock)
    assert told[0].outcome == Outcome.ANSWERED


@DATABASE
def test_the_same_alert_twice_alerts_once(configured: StandIn, told: list, held_clock: Any) -> None:
    who = member()
    assert alert(who) == alert(who)
    work(held_clock)
    assert len(selectors.pending_alerts(who.pk)) == 1
    assert len(configured.calls) == len(told) == 1


@DATABASE
def test_an_alert_of_a_failed_transaction_never_goes_out(
    configured: StandIn, held_clock: Any
) -> None:
    who = member()
    with transaction.atomic():
        alert(who)
        transaction.set_rollback(True)
    work(held_clock)
    assert not configured.requests
    assert not Change.objects.exists()


@DATABASE
def test_of_two_tabs_one_shows_it() -> None:
    who, other = member(), member("13800000002")
    page = alert(who)["page"]
    assert not actions.mark_shown(page, other.pk)
    assert [actions.mark_shown(page, who.pk) for _ in range(3)] == [True, False, False]
    assert not selectors.pending_alerts(who.pk)


@DATABASE
def test_without_a_gateway_there_is_the_page(told: list, held_clock: Any) -> None:
    assert list(alert(member())) == ["page"]


@DATABASE
def test_what_is_not_urgent_goes_by_text(configured: StandIn, held_clock: Any) -> None:
    assert list(alert(member(), urgent=False)) == ["page", "sms"]
    work(held_clock)
    assert configured.texts
    assert not configured.calls


@DATABASE
def test_a_member_without_a_number_is_told_as_such(
    configured: StandIn, told: list, held_clock: Any
) -> None:
    alert(member(""))
    work(held_clock)
    assert [each.outcome for each in told] == [Outcome.NO_ADDRESS, Outcome.NO_ADDRESS]


@REAL
def test_a_gateway_that_hangs_delays_no_other_channel(
    configured: StandIn, held_clock: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with running(SECRET) as texts:
        configure(monkeypatch, tmp_path, call=configured.url, sms=texts.url)
        alert(member("13800000005"), "hangs")
        alert(member("13800000001"), "text", urgent=False)
        asked = threading.Event()
        answer = configured.answer

        def note(*args: Any) -> Any:
            asked.set()
            return answer(*args)

        with mock.patch.object(configured, "answer", note):
            calls = threading.Thread(target=_work_and_close, args=("call",))
            calls.start()
            assert asked.wait(5)
            sending.work("sms")
            assert "text:sms" in texts.texts
            calls.join(10)


def _work_and_close(name: str) -> None:
    sending.work(name)
    connections.close_all()


@DATABASE
def test_a_reporters_number_is_opened_for_the_text_only(
    configured: StandIn, told: list, held_clock: Any
) -> None:
    sealed = vault.put(
        category="incident",
        fields={"contact_phone": "13900000001"},
        actor="reporter",
        legal_basis="public_duty",
    )
    with transaction.atomic():
        actions.queue(
            once_key="r1",
            channel="sms",
            recipient=f"vault:{sealed.refs['contact_phone']}",
            template="report.received",
            values={"number": "20260615-000044", "link": "/s/abc"},
        )
    assert "13900000001" not in str(Delivery.objects.values().get())
    work(held_clock)
    assert configured.texts["r1"]["to"] == "13900000001"
    from tongxin.foundation.audit.models import AuditEntry

    line = AuditEntry.objects.get(act="vault.reveal")
    assert (line.actor, line.purpose) == ("system:channels", "notify_reporter")


@DATABASE
def test_a_lost_worker_gives_back_and_a_call_under_way_is_not_dialled_twice(
    configured: StandIn, told: list, held_clock: Any
) -> None:
    configured.rings = 99
    alert(member())
    [row] = sending.claim("call", 5, 0.3)
    assert not sending.claim("call", 5, 0.3)
    held_clock.advance(60)
    killed = mock.patch.object(sending, "_settle_some", side_effect=KeyboardInterrupt)
    with killed, pytest.raises(KeyboardInterrupt):
        sending.work("call")  # dialled, then killed before the answer was written down
    held_clock.advance(60)
    configured.rings = 0
    work(held_clock, 3)
    assert len(configured.calls) == 1
    assert [each.outcome for each in told] == [Outcome.ANSWERED]
    assert row.once_key == "k1:call"


@DATABASE
def test_a_webhook_may_be_quicker_than_asking(
    configured: StandIn, told: list, held_clock: Any
) -> None:
    configured.rings = 99
    alert(member())
    sending.work("call")
    call = configured.calls["k1:call"]["call"]
    assert actions.note_call_state(call=call, state=CallState.BUSY)
    assert actions.note_call_state(call=call, state=CallState.BUSY)
    assert not actions.note_call_state(call="of another", state=CallState.BUSY)
    assert not actions.note_call_state(call="", state=CallState.BUSY)
    assert [each.outcome for each in told] == [Outcome.BUSY]


@DATABASE
def test_what_a_handler_refuses_is_not_written(
    configured: StandIn, held_clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_result: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(results, "_handlers", [refuse])
    configured.rings = 0
    alert(member())
    with pytest.raises(ZeroDivisionError):
        sending.work("call")
    assert Delivery.objects.get(channel="call").state == "leased"


@DATABASE
def test_a_recalled_alert_goes_no_further(configured: StandIn, told: list, held_clock: Any) -> None:
    who, reached = member(), member("13800000011")
    alert(reached, "k2")
    work(held_clock, 2)
    alert(who)
    with transaction.atomic():
        sent = actions.recall(subject="incident:44", values={"number": VALUES["number"]})
    assert len(sent) == 1
    assert not selectors.pending_alerts(who.pk)
    work(held_clock)
    assert "k1:call" not in configured.calls
    [text] = configured.texts.values()
    assert text["to"] == reached.phone
    assert "作废" in text["text"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "telegraph"},
        {"recipient": "13800000001"},
        {"recipient": "member:x"},
        {"template": "free text"},
        {"values": {"number": "王小明"}},
        {"values": {**VALUES, "what": "楼上漏水"}},
        {"values": {"number": "1"}},
        {"once_key": ""},
        {"channel": "page", "recipient": "vault:3"},
    ],
    ids=str,
)
@DATABASE
def test_only_numbers_and_links_go_out(wrong: dict[str, Any]) -> None:
    good = {
        "once_key": "k",
        "channel": "sms",
        "recipient": "member:1",
        "template": "assignment.asked",
        "values": VALUES,
    }
    with pytest.raises(BadInput):
        actions.queue(**{**good, **wrong})
    assert not Delivery.objects.exists()


def test_every_template_can_be_written() -> None:
    values = {"number": "20260615-000044", "link": "/s/abc", "minutes": 3, "code": "x"}
    values["sealed"] = "1"
    for code in templates.known():
        assert "{" not in templates.render(code, values)
    with pytest.raises(ValueError, match="uses"):
        templates.register("bad", "{name} 报警了")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fax: {}", "fax"),
        ("call: 3", "call"),
        ("call: {url: 'ftp://x', secret: 0123456789abcdef}", "call.url"),
        ("call: {url: 'http://x', secret: short}", "call.secret"),
        ("sms: {url: 'http://x', secret_file: /nowhere}", "sms.secret_file"),
        ("sms: {url: 'http://x', secret: 0123456789abcdef, colour: red}", "sms.colour"),
        (
            "call: {url: 'http://x', secret: 0123456789abcdef, ring_seconds: 500}",
            "call.ring_seconds",
        ),
        ("a: [", "line"),
        ("- x", "sections"),
    ],
)
def test_a_wrong_configuration_is_told_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(BadInput) as refusal:
        registry.parse(text)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


@DATABASE
def test_a_wrong_secret_is_told_by_the_gateway(
    standin: StandIn, told: list, held_clock: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, tmp_path, secret="another secret altogether", call=standin.url)
    alert(member())
    work(held_clock)
    assert told[0].outcome == Outcome.REJECTED
    assert "403" in told[0].note


def test_a_call_is_passed_on(standin: StandIn) -> None:
    gateway = HttpCallGateway(standin.url, SECRET)
    assert gateway.transfer("c9", "13800000001", 20).outcome == Outcome.PENDING
    assert standin.transfers == [{"call": "c9", "to": "13800000001", "ring_seconds": 20}]


def webhook(said: object, secret: str = SECRET, at: float = 1_000.0) -> inbound.CallEvent:
    body = json.dumps(said).encode()
    return inbound.parse(signing.headers(secret, body, at), body, secret=SECRET, now=1_000.0)


def test_a_residents_call_comes_in() -> None:
    event = webhook(
        {"event": "incoming", "call": "c1", "from": "+8613900000001", "dialled": "02712345"}
    )
    assert (event.kind, event.caller, event.dialled) == ("incoming", "+8613900000001", "02712345")
    ended = webhook({"event": "state", "call": "c1", "to": "13800000001", "state": "no_answer"})
    assert ended.state == CallState.NO_ANSWER


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"event": "party", "call": "c1"}, "event"),
        ({"event": "incoming", "call": "c 1", "dialled": "1234"}, "call"),
        ({"event": "incoming", "call": "c1", "dialled": "<script>"}, "dialled"),
        ({"event": "incoming", "call": "c1"}, "dialled"),
        ({"event": "state", "call": "c1", "state": "dancing"}, "state"),
        ({"event": "state", "call": ["x"], "state": "busy"}, "call"),
        ([1], None),
        ("x" * 20_000, None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_malformed_webhook_is_refused_by_field(said: object, field: str | None) -> None:
    with pytest.raises(BadInput) as refusal:
        webhook(said)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("secret", "at"), [("another secret", 1_000.0), (SECRET, 600.0), (SECRET, 1_400.0)]
)
def test_a_webhook_that_is_forged_or_old_is_refused(secret: str, at: float) -> None:
    with pytest.raises(Forbidden):
        webhook({"event": "incoming", "call": "c1", "dialled": "1234"}, secret, at)
