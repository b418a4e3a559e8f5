from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tongxin.domain import incidents
from tongxin.domain.incidents import actions, selectors
from tongxin.domain.incidents.actions import Ended
from tongxin.domain.incidents.models import Clock, DayCounter, Incident
from tongxin.domain.incidents.tests.making import HERE, THERE, Cast, acts, by, lines, reported, said
from tongxin.foundation.access.scope import MemberActor, ReporterActor
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, Forbidden
from tongxin.kernel.geometry import Spot
from tongxin.plumbing.live.models import Change


def test_a_report_is_there_with_number_areas_promise_and_first_line(cast: Cast) -> None:
    incident = reported(contact_phone="13800138000", contact_name="张三")
    kept = Incident.objects.get(pk=incident.pk)
    assert kept.number == "20260615-000001"
    assert kept.state == "reported"
    assert kept.needs_person
    assert cast.ground.beats[0].pk in kept.area_ids
    assert cast.ground.grids[0].pk in kept.area_ids
    assert cast.ground.branch.pk in kept.area_ids
    assert kept.leaf_areas["police"] == cast.ground.beats[0].pk
    assert kept.owner_area_id == cast.ground.beats[0].pk
    assert kept.promise_minutes == 5
    assert acts(kept) == ["report"]
    due = dict(Clock.objects.filter(incident=kept).values_list("kind", "due_at"))
    assert due["accept"] == clock.now() + dt.timedelta(seconds=60)
    assert due["arrive"] == clock.now() + dt.timedelta(minutes=5)
    assert kept.next_due_at == due["accept"]


def test_the_object_that_comes_back_is_what_was_written(cast: Cast) -> None:
    incident = reported(contact_phone="13800138000")
    kept = Incident.objects.get(pk=incident.pk)
    for column in Incident._meta.concrete_fields:
        assert getattr(incident, column.attname) == getattr(kept, column.attname), column.attname


def test_numbers_follow_each_other_and_begin_anew_each_district_day(
    cast: Cast, held_clock: Any
) -> None:
    first, second = reported(), reported()
    held_clock.set(dt.datetime(2026, 6, 15, 16, 0, tzinfo=dt.UTC))  # midnight in Shanghai
    third = reported()
    assert [i.number for i in (first, second, third)] == [
        "20260615-000001", "20260615-000002", "20260616-000001",
    ]  # fmt: skip


def test_numbers_widen_beyond_a_million(cast: Cast) -> None:
    reported()
    DayCounter.objects.update(base=-1_200_000)
    number = reported().number
    assert number.startswith("20260615-1200")
    assert len(number) == len("20260615-") + 7


def test_the_reporters_words_are_in_no_row_outside_the_vault(cast: Cast) -> None:
    reported(
        what="钥匙在门垫下",
        contact_phone="13800138000",
        contact_name="张三丰",
        place_said="三单元502",
    )
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text = "\n".join(row[0] for row in cursor.fetchall())
            for word in ("门垫", "13800138000", "张三丰", "单元502"):
                assert word not in text, table


def test_open_pages_hear_of_it_once_for_branch_and_areas(cast: Cast) -> None:
    incident = reported()
    change = Change.objects.get(ref=f"incident:{incident.pk}")
    assert (change.topic, change.version) == ("branch", 1)
    assert set(change.areas) == set(incident.area_ids)


def test_the_same_key_gives_the_same_incident_and_another_body_a_conflict(cast: Cast) -> None:
    key = "portal-0001"
    first = actions.report(said(), actor=ReporterActor(), idempotency_key=key)
    again = actions.report(said(), actor=ReporterActor(), idempotency_key=key)
    assert not first.replayed
    assert again.replayed
    assert again.incident.pk == first.incident.pk
    with pytest.raises(Conflict) as caught:
        actions.report(said(what="别的事"), actor=ReporterActor(), idempotency_key=key)
    assert caught.value.code == "intake.key_reused"
    assert Incident.objects.count() == 1


def test_two_members_may_choose_the_same_key(cast: Cast) -> None:
    key = "12345678"
    one = actions.report(said(), actor=by(cast.officer), idempotency_key=key)
    other = actions.report(said(), actor=by(cast.outsider), idempotency_key=key)
    assert one.incident.pk != other.incident.pk


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "earthquake"}, "kind"),
        ({"kind": "case_count"}, "kind"),
        ({"spot": Spot(200, 30)}, "spot"),
        ({"spot": Spot(float("nan"), 30)}, "spot"),
        ({"what": "很" * 4001}, "what"),
        ({"what": "a\x00b"}, "what"),
        ({"urgency": 7}, "urgency"),
        ({"source": "pigeon"}, "source"),
        ({"occurred_at": dt.datetime(2099, 1, 1, tzinfo=dt.UTC)}, "occurred_at"),
        ({"occurred_at": dt.datetime(2020, 1, 1)}, "occurred_at"),  # noqa: DTZ001
    ],
)
def test_a_wrong_report_names_the_field(cast: Cast, change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        actions.report(replace(said(), **change), actor=ReporterActor())
    assert caught.value.field == field
    assert not Incident.objects.exists()


def test_a_key_that_is_too_short_is_refused(cast: Cast) -> None:
    with pytest.raises(BadInput):
        actions.report(said(), actor=ReporterActor(), idempotency_key="short")


def test_a_member_without_the_right_cannot_report(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        actions.report(said(), actor=by(cast.nobody))


def test_handlers_run_inside_the_transaction_and_their_failure_undoes_the_report(
    cast: Cast,
) -> None:
    def fails(event: incidents.Event) -> None:
        assert event.incident.pk
        raise RuntimeError("no")

    incidents.on("incident.reported")(fails)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            reported()
    finally:
        incidents.events.off("incident.reported", fails)
    assert not Incident.objects.exists()
    assert not Change.objects.exists()


def test_a_report_from_an_older_log_is_closed_and_calls_nobody(cast: Cast) -> None:
    opened = dt.datetime(2026, 5, 1, 3, 0, tzinfo=dt.UTC)
    incident = reported(ended=Ended(opened, "settled"))
    assert incident.number.startswith("20260501-")
    assert not incident.is_open
    assert incident.outcome == "settled"
    assert not Clock.objects.filter(incident=incident).exists()


def test_a_spot_outside_all_areas_is_still_taken(cast: Cast) -> None:
    assert reported(spot=Spot(120.0, 40.0)).pk


def test_a_report_takes_one_statement_of_its_own(cast: Cast) -> None:
    reported(contact_phone="13800138000")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        reported(contact_phone="13800138001")
    mine = [q["sql"] for q in queries if "procrastinate" not in q["sql"]]
    assert len(mine) == 2, mine  # the label of the place asks the gazetteer


def test_likely_duplicates_are_near_recent_open_and_in_sight(cast: Cast, held_clock: Any) -> None:
    near = reported("hazard")
    reported("hazard", spot=THERE)
    found = selectors.near_duplicates(
        Spot(HERE.lon + 0.001, HERE.lat), "hazard", member=cast.officer
    )
    assert [(row.id, 90 < metres < 100) for row, metres in found] == [(near.pk, True)]
    assert selectors.near_duplicates(HERE, "dispute", member=cast.officer) == []
    assert selectors.near_duplicates(HERE, "hazard", member=cast.outsider) == []
    held_clock.advance(3 * 3600)
    assert selectors.near_duplicates(HERE, "hazard", member=cast.officer) == []


def test_lines_of_a_report_say_who_and_what(cast: Cast) -> None:
    incident = actions.report(said(), actor=MemberActor(cast.officer)).incident
    (line,) = lines(incident)
    assert line.actor == f"member:{cast.officer.pk}"
    assert line.payload == {"kind": "emergency", "source": "portal", "urgency": 3}
