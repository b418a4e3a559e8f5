"""Random edits, deletions, insertions, reorderings and truncations: every one is found.

The owner of the tables does them, with the triggers off; the app's role checks. What was there is
put back after each. The anchors of an hour ago were kept elsewhere, as the handbook asks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tongxin.foundation.audit import actions, sealing, verifying

ROWS, ANCHOR_EVERY = 60, 12
SEED = 20_261_124
TABLES = ("audit_auditentry", "audit_auditseal", "audit_auditanchor", "audit_auditpending")
Owner = psycopg.Connection
Act = Callable[[Owner, random.Random], None]


@pytest.fixture
def owner(server, database_name: str, transactional_db: None) -> Iterator[Owner]:
    """The tables' owner, past the triggers, with copies of all tables to go back to."""
    for number in range(ROWS):
        actions.record(
            actor=f"member:{number % 7}", act="vault.reveal", subject=f"vault:{number}",
            purpose="call_back" if number % 2 else "", detail={"n": number} if number % 3 else {},
        )  # fmt: skip
        if number % ANCHOR_EVERY == ANCHOR_EVERY - 1:
            sealing.seal_all()
            sealing.anchor()
    with psycopg.connect(server.of(database_name).owner) as own:
        for table in TABLES:
            own.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            own.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        own.execute("ALTER TABLE audit_auditentry_default DISABLE TRIGGER USER")
        own.commit()
        yield own
        for table in TABLES:
            own.execute(f"DROP TABLE kept_{table}")
        own.commit()


def put_back(owner: Owner) -> None:
    for table in TABLES:
        owner.execute(f"DELETE FROM {table}")
        owner.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    owner.commit()


def ids(owner: Owner) -> list[int]:
    found = owner.execute("SELECT id FROM audit_auditentry ORDER BY id").fetchall()
    return [row[0] for row in found]


def edit(owner: Owner, dice: random.Random) -> None:
    column, value = dice.choice(
        [
            ("actor", "'member:99'"), ("act", "'look'"), ("subject", "subject || '0'"),
            ("purpose", "purpose || 'x'"), ("detail", """detail || '{"x": 1}'"""),
            ("allowed", "NOT allowed"), ("at", "at + interval '1 microsecond'"),
            ("at", "'infinity'"), ("id", "id + 100000"), ("detail", "'{\"n\": 1.0}'"),
        ]
    )  # fmt: skip
    one = dice.choice(ids(owner))
    owner.execute(f"UPDATE audit_auditentry SET {column} = {value} WHERE id = %s", [one])


def edit_seal(owner: Owner, dice: random.Random) -> None:
    column, value = dice.choice(
        [
            ("hash", "set_byte(hash, 3, 255 - get_byte(hash, 3))"),
            ("entry_id", "entry_id + 100000"), ("entry_at", "entry_at - interval '1 second'"),
            ("id", "id + 100000"),
        ]
    )  # fmt: skip
    seal = dice.randint(1, ROWS)
    owner.execute(f"UPDATE audit_auditseal SET {column} = {value} WHERE id = %s", [seal])


def edit_anchor(owner: Owner, dice: random.Random) -> None:
    column, value = dice.choice(
        [
            ("hash", "set_byte(hash, 0, 255 - get_byte(hash, 0))"), ("seal_id", "seal_id + 1"),
            ("signed_at", "signed_at + interval '1 second'"),
            ("signature", "set_byte(signature, 9, 255 - get_byte(signature, 9))"),
        ]
    )  # fmt: skip
    owner.execute(
        f"UPDATE audit_auditanchor SET {column} = {value} WHERE id ="
        " (SELECT id FROM audit_auditanchor ORDER BY random() LIMIT 1)"
    )


def delete(owner: Owner, dice: random.Random) -> None:
    gone = dice.sample(ids(owner), dice.randint(1, 4))
    owner.execute("DELETE FROM audit_auditentry WHERE id = ANY(%s)", [gone])
    if dice.random() < 0.5:
        owner.execute("DELETE FROM audit_auditseal WHERE entry_id = ANY(%s)", [gone])


def insert(owner: Owner, dice: random.Random) -> None:
    like = dice.choice(ids(owner))
    number = dice.choice(["nextval('audit_auditentry_id_seq')", "id"])
    owner.execute(
        "INSERT INTO audit_auditentry (id, at, actor, act, subject)"
        f" SELECT {number}, at - interval '1 minute', 'member:99', 'look', 'vault:1'"
        " FROM audit_auditentry WHERE id = %s",
        [like],
    )


def insert_sealed(owner: Owner, dice: random.Random) -> None:
    """Push a line in between, with a seal of its own, and move the later seals on."""
    place = dice.randint(1, ROWS)
    insert(owner, dice)
    owner.execute("UPDATE audit_auditseal SET id = -id - 1 WHERE id >= %s", [place])
    owner.execute("UPDATE audit_auditseal SET id = -id WHERE id < 0")
    owner.execute(
        "INSERT INTO audit_auditseal (id, entry_id, entry_at, hash)"
        " SELECT %s, max(id) + 1000, now(), sha256('x') FROM audit_auditentry",
        [place],
    )


def reorder(owner: Owner, dice: random.Random) -> None:
    one, two = sorted(dice.sample(range(1, ROWS + 1), 2))
    owner.execute("SET CONSTRAINTS ALL DEFERRED")
    owner.execute(
        "WITH pair AS (DELETE FROM audit_auditseal WHERE id IN (%(one)s, %(two)s) RETURNING *)"
        " INSERT INTO audit_auditseal (id, entry_id, entry_at, hash)"
        " SELECT other.id, this.entry_id, this.entry_at, this.hash"
        " FROM pair this JOIN pair other ON other.id <> this.id",
        {"one": one, "two": two},
    )


def swap_contents(owner: Owner, dice: random.Random) -> None:
    one, two = dice.sample(ids(owner), 2)
    owner.execute(
        "UPDATE audit_auditentry this SET subject = other.subject, actor = other.actor,"
        " purpose = other.purpose, detail = other.detail FROM audit_auditentry other"
        " WHERE this.id IN (%(one)s, %(two)s) AND other.id IN (%(one)s, %(two)s)"
        " AND other.id <> this.id",
        {"one": one, "two": two},
    )


def truncate(owner: Owner, dice: random.Random) -> None:
    """Cut the end off: lines, seals, perhaps the anchors too, up to everything."""
    last = dice.randint(0, ROWS - 1)
    owner.execute(
        "DELETE FROM audit_auditentry WHERE id IN"
        " (SELECT entry_id FROM audit_auditseal WHERE id > %s)",
        [last],
    )
    owner.execute("DELETE FROM audit_auditseal WHERE id > %s", [last])
    if dice.random() < 0.5:
        owner.execute("DELETE FROM audit_auditanchor WHERE seal_id > %s", [last])


def forge(owner: Owner, dice: random.Random) -> None:
    """Edit, then have the whole chain sealed and anchored anew: within itself it is whole."""
    edit(owner, random.Random(dice.random() if dice else 0))
    owner.execute("UPDATE audit_auditentry SET at = now() WHERE NOT isfinite(at)")
    owner.execute("DELETE FROM audit_auditseal")
    owner.execute("DELETE FROM audit_auditanchor")
    owner.execute("INSERT INTO audit_auditpending SELECT id, at FROM audit_auditentry")
    owner.commit()
    sealing.seal_all()
    sealing.anchor()


ACTS: tuple[Act, ...] = (
    edit, edit, edit_seal, edit_anchor, delete, insert, insert_sealed, reorder, swap_contents,
    truncate, forge,
)  # fmt: skip


def not_found(owner: Owner, count: int) -> list[str]:
    """Tamper ``count`` times, each act as often as the others; return what was not found."""
    outside = verifying.read_anchors(verifying.export_anchors())
    assert verifying.verify(outside=outside).ok
    missed = []
    for number in range(count):
        act, dice = ACTS[number % len(ACTS)], random.Random(SEED + number)
        act(owner, dice)
        owner.commit()
        verdict = verifying.verify(outside=outside)
        if verdict.ok:
            missed.append(f"{act.__name__} {number}")
        elif not str(verdict.bad):
            missed.append(f"{act.__name__} {number}: found, but nothing named")
        put_back(owner)
    assert verifying.verify(outside=outside).ok
    return missed


def test_tampering_is_found(owner: Owner) -> None:
    assert not_found(owner, 44) == []


@pytest.mark.prove
def test_a_thousand_tamperings_are_all_found(owner: Owner) -> None:
    assert not_found(owner, 1_000) == []


def test_the_first_of_several_bad_rows_is_named(owner: Owner) -> None:
    rows = ids(owner)
    bad = [rows[41], rows[17], rows[30]]
    owner.execute("UPDATE audit_auditentry SET actor = 'member:99' WHERE id = ANY(%s)", [bad])
    owner.commit()
    found = verifying.verify().bad
    assert found is not None
    assert (found.what, found.entry_id, found.seal_id) == ("changed", rows[17], 18)
    assert str(rows[17]) in str(found)
