from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from tongxin.domain.incidents import actions, partitions
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.domain.incidents.tests.making import Cast, acts, by, lines, reported
from tongxin.domain.incidents.timeline import Line, append
from tongxin.foundation.access.scope import SystemActor
from tongxin.kernel import clock, prepared
from tongxin.kernel.errors import Conflict

STATEMENTS = [
    "UPDATE incidents_timelineentry SET actor = 'member:99'",
    "DELETE FROM incidents_timelineentry",
]


@pytest.fixture
def owner(server: Any, database_name: str, db: None) -> Iterator[psycopg.Connection]:
    """A connection of the role that owns the tables."""
    with psycopg.connect(server.of(database_name).owner) as own:
        yield own
        own.rollback()


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_apps_role_can_neither_change_nor_delete_a_line(cast: Cast, statement: str) -> None:
    incident = reported()
    with (
        pytest.raises((ProgrammingError, InternalError), match="append-only"),
        transaction.atomic(),
    ):
        connection.cursor().execute(statement)
    assert acts(incident) == ["report"]


@pytest.mark.parametrize("statement", [*STATEMENTS, "TRUNCATE incidents_timelineentry"])
def test_nor_can_the_owner_of_the_tables(owner: psycopg.Connection, statement: str) -> None:
    owner.execute(
        "INSERT INTO incidents_timelineentry (incident_id, seq, at, act, actor, payload, public)"
        " VALUES (1, 1, now(), 'note', 'reporter', '{}', false)"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner.execute(statement)


def test_a_month_has_its_own_partition_and_three_more_are_kept_ahead(
    cast: Cast, held_clock: Any
) -> None:
    held_clock.set(dt.datetime(2031, 3, 31, 23, 30, tzinfo=dt.UTC))
    assert partitions.keep_ahead() == 4
    assert partitions.keep_ahead() == 0
    incident = reported()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM incidents_timelineentry WHERE incident_id = %s",
            [incident.pk],
        )
        assert cursor.fetchone() == ("incidents_timelineentry_203103",)


def test_a_month_that_has_rows_already_stays_in_the_default_partition(
    cast: Cast, held_clock: Any
) -> None:
    held_clock.set(dt.datetime(2032, 5, 10, tzinfo=dt.UTC))
    incident = reported()
    assert partitions.keep_ahead() == 3
    assert acts(incident) == ["report"]


def test_lines_stay_immutable_in_new_partitions(cast: Cast, held_clock: Any) -> None:
    held_clock.set(dt.datetime(2033, 1, 1, tzinfo=dt.UTC))
    partitions.keep_ahead()
    reported()
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        connection.cursor().execute("DELETE FROM incidents_timelineentry_203301")


def test_record_is_for_other_apps_and_raises_the_version(cast: Cast) -> None:
    incident = reported()
    seq = actions.record(incident, "call_result", actor=by(cast.officer), payload={"rang": 20})
    assert (seq, incident.version) == (2, 2)
    last = lines(incident)[-1]
    assert (last.act, last.payload, last.at) == ("call_result", {"rang": 20}, clock.now())
    assert TimelineEntry.objects.filter(incident_id=incident.pk).count() == 2


def test_an_incident_locked_for_a_plan_is_the_same_as_the_orms(cast: Cast) -> None:
    pk = reported().pk
    with transaction.atomic():
        locked, plain = prepared.locked(Incident, pk), Incident.objects.get(pk=pk)
        assert locked is not None
        names = [field.attname for field in Incident._meta.concrete_fields]
        assert [getattr(locked, n) for n in names] == [getattr(plain, n) for n in names]
        assert prepared.locked(Incident, pk + 1_000) is None
    locked.place = "changed"
    locked.save(update_fields=["place"])
    assert Incident.objects.get(pk=pk).place == "changed"


def test_a_refused_line_leaves_the_callers_transaction_in_order(cast: Cast) -> None:
    incident = reported()
    with transaction.atomic():
        with pytest.raises(Conflict):
            append(incident, Line("note"), actor=SystemActor("tests"), version=99)
        append(incident, Line("note"), actor=SystemActor("tests"))
    assert acts(incident) == ["report", "note"]
