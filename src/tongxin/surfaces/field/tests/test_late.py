"""What a phone sends late: in its own order and time, once, and refused in one sentence."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tongxin.domain.dispatch.tests.making import reported
from tongxin.domain.incidents import selectors
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.foundation.territory.tests.making import spot
from tongxin.kernel import clock
from tongxin.surfaces.field.late import keeping_of
from tongxin.surfaces.field.tests.phones import page_of

if TYPE_CHECKING:
    from tongxin.foundation.access.models import Member
    from tongxin.surfaces.field.tests.phones import Phones


def ago(minutes: int) -> str:
    return (clock.now() - dt.timedelta(minutes=minutes)).isoformat()


def notes(incident: Incident, who: Member) -> list[str]:
    lines = selectors.timeline(incident, who, purpose="handle_incident")
    return [line.text or "" for line in lines if line.act == "note"]


def test_steps_without_signal_arrive_in_order_each_with_its_own_time(phones: Phones) -> None:
    row = phones.task(phones.officer)
    for minutes, act in ((9, "accept"), (7, "depart"), (3, "arrive")):
        said = {"occurred_at": ago(minutes), "idempotency_key": f"key-{act}"}
        assert phones.press(phones.officer, f"/field/tasks/{row.pk}/{act}/", **said)[0] == 200
    close = f"{page_of(row.incident)}close/"
    closing = {"outcome": "helped", "words": "送回家了", "occurred_at": ago(2)}
    assert phones.press(phones.officer, close, **closing)[0] == 200
    row.incident.refresh_from_db()
    assert not row.incident.is_open
    assert notes(row.incident, phones.officer) == [
        "“已签收”是 09:51 按的，当时没信号，后来才传到。",
        "“已出发”是 09:53 按的，当时没信号，后来才传到。",
        "“已到场”是 09:57 按的，当时没信号，后来才传到。",
        "“已办结”是 09:58 按的，当时没信号，后来才传到。",
    ]


def test_what_comes_twice_counts_once(phones: Phones) -> None:
    row = phones.task(phones.officer)
    assert phones.press(phones.officer, f"/field/tasks/{row.pk}/accept/")[0] == 200
    for _twice in range(2):
        accept = f"/field/tasks/{row.pk}/accept/"
        assert phones.press(phones.officer, accept, occurred_at=ago(5))[0] == 200
        assert phones.press(phones.officer, f"/field/tasks/{row.pk}/help/", calls="0")[0] == 200
        note = {"words": "门锁着", "idempotency_key": "one-note", "occurred_at": ago(4)}
        assert phones.press(phones.officer, f"{page_of(row.incident)}note/", **note)[0] == 200
    calls = TimelineEntry.objects.filter(incident_id=row.incident_id, act="need_help")
    assert calls.count() == 1
    assert notes(row.incident, phones.officer) == ["门锁着（09:56 写的，当时没信号）"]
    for _twice in range(2):
        closing = {"outcome": "helped", "version": "1"} if _twice else {"outcome": "helped"}
        assert phones.press(phones.officer, f"{page_of(row.incident)}close/", **closing)[0] == 200
    assert TimelineEntry.objects.filter(incident_id=row.incident_id, act="close").count() == 1


def test_what_is_over_is_refused_in_one_sentence(phones: Phones) -> None:
    row = phones.task(phones.officer)
    type(row).objects.filter(pk=row.pk).update(state="lapsed")
    status, said = phones.press(phones.officer, f"/field/tasks/{row.pk}/accept/")
    assert status == 409
    assert said["detail"] == "这件已经过去了：已由别人接手，或已结束。"
    incident = reported(spot(1, 1), "enquiry")
    status, said = phones.press(phones.officer, f"{page_of(incident)}close/", outcome="answered")
    assert status == 422
    assert said["detail"]


def test_a_phones_local_time_is_taken_as_the_districts(phones: Phones) -> None:
    row = phones.task(phones.officer, "hazard", "asked")
    for act in ("accept", "arrive"):
        phones.press(phones.officer, f"/field/tasks/{row.pk}/{act}/")
    order = f"{page_of(row.incident)}steps/order/"
    said = {"deadline": "2026-06-20T18:00", "idempotency_key": "k" * 10, "occurred_at": ago(0)}
    assert phones.press(phones.officer, order, **said) == (200, {"next": page_of(row.incident)})
    line = TimelineEntry.objects.get(incident_id=row.incident_id, act="order")
    assert line.payload["deadline"] == "2026-06-20T18:00:00+08:00"
    assert set(line.payload) == {"from", "deadline"}


def test_the_seal_is_ones_own(phones: Phones) -> None:
    one, other = keeping_of(phones.officer), keeping_of(phones.other)
    assert one["key"] != other["key"]
    assert one["key"] in phones.read(phones.officer, "/field/")
    assert one["key"] not in phones.read(phones.other, "/field/")
