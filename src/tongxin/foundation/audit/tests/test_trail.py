from __future__ import annotations

import datetime as dt
import json
import threading

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DatabaseError, connection, connections, transaction

from tongxin.foundation.audit import actions, sealing, verifying
from tongxin.foundation.audit.models import AuditEntry, AuditSeal
from tongxin.foundation.audit.signing import anchor_key
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput


def note(subject: str = "incident:1", **more: object) -> None:
    actions.record(actor="member:7", act="look", subject=subject, **more)  # type: ignore[arg-type]


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditseal", "audit_auditanchor"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET id = id + 1000"])
def test_the_trail_only_grows(table: str, statement: str) -> None:
    note()
    sealing.seal_all()
    sealing.anchor()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
def test_the_chain_holds_and_the_anchor_is_signed(held_clock: clock.HeldClock) -> None:
    for number in range(20):
        note(f"vault:{number}", purpose="call_back", detail={"因": "é", "n": 1.5})
    assert sealing.seal_all() == 20
    assert sealing.anchor() is not None
    assert sealing.anchor() is None
    verdict = verifying.verify()
    assert (verdict.ok, verdict.entries, verdict.anchors) == (True, 20, 1)


@pytest.fixture
def owner(server, database_name: str, transactional_db: None):
    """The tables' owner, who alone can get past the triggers."""
    with psycopg.connect(server.of(database_name).owner, autocommit=True) as own:
        own.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
        own.execute("ALTER TABLE audit_auditseal DISABLE TRIGGER USER")
        yield own


def fill(owner: psycopg.Connection) -> list[int]:
    owner.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER audit_to_seal")
    for number in range(9):
        note(f"vault:{number}")
    sealing.seal_all()
    sealing.anchor()
    return list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


def test_one_changed_row_is_found_and_named(owner: psycopg.Connection) -> None:
    ids = fill(owner)
    owner.execute("UPDATE audit_auditentry SET actor = 'member:8' WHERE id = %s", [ids[4]])
    bad = verifying.verify().bad
    assert bad is not None
    assert (bad.what, bad.entry_id) == ("changed", ids[4])


def test_one_deleted_row_is_found_and_named(owner: psycopg.Connection) -> None:
    ids = fill(owner)
    owner.execute("DELETE FROM audit_auditentry WHERE id = %s", [ids[2]])
    bad = verifying.verify().bad
    assert bad is not None
    assert (bad.what, bad.entry_id) == ("missing", ids[2])


def test_a_row_slipped_past_the_sealer_is_found(owner: psycopg.Connection) -> None:
    fill(owner)
    owner.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER audit_to_seal")
    with clock.held(clock.HeldClock(clock.now() - dt.timedelta(hours=1))):
        note("vault:slipped")
    bad = verifying.verify().bad
    assert bad is not None
    assert bad.what == "never_sealed"


def test_a_chain_cut_at_its_end_is_found_by_the_anchor(owner: psycopg.Connection) -> None:
    ids = fill(owner)
    owner.execute("DELETE FROM audit_auditentry WHERE id = %s", [ids[-1]])
    owner.execute("DELETE FROM audit_auditseal WHERE entry_id = %s", [ids[-1]])
    bad = verifying.verify().bad
    assert bad is not None
    assert (bad.what, bad.seal_id) == ("seal_missing", 9)


def test_a_chain_rewritten_as_a_whole_is_found_by_an_anchor_kept_outside(
    owner: psycopg.Connection,
) -> None:
    ids = fill(owner)
    kept = list(verifying.export_anchors())
    owner.execute("ALTER TABLE audit_auditanchor DISABLE TRIGGER USER")
    owner.execute("UPDATE audit_auditentry SET purpose = 'none' WHERE id = %s", [ids[3]])
    owner.execute("DELETE FROM audit_auditseal")
    owner.execute("DELETE FROM audit_auditanchor")
    owner.execute("INSERT INTO audit_auditpending SELECT id, at FROM audit_auditentry")
    sealing.seal_all()
    sealing.anchor()
    assert verifying.verify().ok  # within itself the forged chain is whole
    bad = verifying.verify(outside=verifying.read_anchors(kept)).bad
    assert bad is not None
    assert bad.what == "chain_rewritten"


@pytest.mark.django_db(transaction=True)
def test_a_durable_line_outlives_the_callers_transaction() -> None:
    with transaction.atomic():
        note("incident:1")
        note("vault:1", durable=True)
        transaction.set_rollback(True)
    assert list(AuditEntry.objects.values_list("subject", flat=True)) == ["vault:1"]


@pytest.mark.django_db(transaction=True)
def test_ids_that_commit_out_of_order_are_all_sealed() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            note("slow")
            begun.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(10)
    note("quick")
    assert sealing.seal_all() == 1
    go_on.set()
    thread.join(10)
    assert sealing.seal_all() == 1
    assert AuditSeal.objects.count() == 2
    slow_id, quick_id = AuditEntry.objects.order_by("id").values_list("id", flat=True)
    assert list(AuditSeal.objects.order_by("id").values_list("entry_id", flat=True)) == [
        quick_id,
        slow_id,
    ]
    assert verifying.verify().ok


@pytest.mark.django_db
def test_entries_of_any_time_find_a_place_and_partitions_are_made_ahead() -> None:
    with clock.held(clock.HeldClock(dt.datetime(2041, 5, 3, tzinfo=dt.UTC))) as held:
        note("far")
        sealing.make_partitions()  # May already lies in the default partition and stays there
        held.set(dt.datetime(2041, 6, 3, tzinfo=dt.UTC))  # type: ignore[attr-defined]
        note("june")
        sealing.make_partitions()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit_auditentry ORDER BY at")
        places = [row[0] for row in cursor.fetchall()]
    assert places == ["audit_auditentry_default", "audit_auditentry_204106"]
    assert sealing.seal_all() == 2
    assert verifying.verify().ok


@pytest.mark.django_db
def test_anchors_bear_a_signature_that_anybody_can_check_with_the_public_key() -> None:
    for number in range(5):
        note(f"vault:{number}")
    sealing.seal_all()
    sealing.anchor()
    (line,) = verifying.export_anchors()
    said = json.loads(line)
    message = f"tongxin audit head {said['seal']} {said['hash']} {said['at']}".encode()
    public = Ed25519PublicKey.from_public_bytes(anchor_key().public_bytes)
    public.verify(bytes.fromhex(said["signature"]), message)
    assert said["key"] == anchor_key().key_id
    forged = json.dumps(said | {"seal": 4})
    bad = verifying.verify(outside=verifying.read_anchors([forged])).bad
    assert bad is not None
    assert (bad.what, bad.seal_id) == ("anchor_forged", 4)


@pytest.mark.parametrize("line", ["no json", "{}", '{"seal": 1, "hash": "zz"}', "[]"])
def test_a_line_that_is_no_anchor_is_named(line: str) -> None:
    with pytest.raises(BadInput, match="2"):
        verifying.read_anchors(["", line])
