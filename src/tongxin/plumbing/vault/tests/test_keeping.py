"""Grounds, withdrawal, retention, the list of erasures and the replay after a restore."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from PIL import Image

from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, NotFound, TongxinError
from tongxin.plumbing.vault import actions, erasing, erasures, files, legal, retention, selectors
from tongxin.plumbing.vault.models import Tally, Unlisted

WHO = "system:test"
DAY = 86_400
MOMENT = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)


def put(category: str = "x", basis: str = "consent", **fields: str) -> actions.Stored:
    return actions.put(category=category, fields=fields, actor=WHO, legal_basis=basis)


def rows(sql: str, *values: object) -> list[tuple[Any, ...]]:
    with actions.opened() as cursor:
        cursor.execute(sql, list(values))
        return cursor.fetchall()


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (9, 9, 200)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def clean_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of the test's own: the data folder is shared by the tests that run at once."""
    own = tmp_path / "erasures" / "erased.jsonl"
    monkeypatch.setattr(erasures, "list_path", lambda: own)


# --- legal grounds ---


@pytest.mark.parametrize(
    ("basis", "rule", "code"),
    [
        ("curiosity", "", "vault.no_basis"),
        ("", "", "vault.no_basis"),
        ("duty", "", "vault.no_rule"),
        ("duty", "because I say so", "vault.no_rule"),
    ],
)
def test_only_grounds_of_the_list_are_taken(basis: str, rule: str, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        legal.stated(basis, basis_rule=rule)
    assert refusal.value.code == code


def test_older_callers_words_mean_the_duty_of_the_police_law() -> None:
    for word in ("public_duty", "legal_duty"):
        ground = legal.stated(word)
        assert (ground.basis, ground.rule) == (legal.LegalBasis.DUTY, "police_law_21")


@pytest.mark.django_db
def test_each_record_keeps_its_ground_and_the_notice(held_clock: clock.HeldClock) -> None:
    stored = actions.put(
        category="x", fields={"note": "氧气瓶"}, actor=WHO, legal_basis="guardian",
        notice_version="2026-1", notice_shown_at=MOMENT, consented_at=MOMENT,
    )  # fmt: skip
    actions.put(
        category="x", fields={"flat": "501"}, actor=WHO, legal_basis="duty",
        basis_rule="minors_protection_law_11", subject_id=stored.subject_id,
    )  # fmt: skip
    found = rows(
        "SELECT field, legal_basis, basis_rule, notice_version, notice_shown_at, consented_at"
        " FROM vault_entry ORDER BY id"
    )
    assert found == [
        ("note", "guardian", "", "2026-1", MOMENT, MOMENT),
        ("flat", "duty", "minors_protection_law_11", "", None, None),
    ]
    put(note="y")
    assert rows("SELECT max(consented_at) FROM vault_entry") == [(clock.now(),)]


# --- withdrawal ---


@pytest.mark.django_db
def test_a_withdrawal_takes_effect_at_once_and_spares_what_stands_on_a_duty() -> None:
    stored = put(name="王小明", care="轮椅")
    duty = actions.put(
        category="x", fields={"what": "求助"}, actor=WHO, legal_basis="public_duty",
        subject_id=stored.subject_id,
    )  # fmt: skip
    photo = files.store_photo(
        picture(), actor=WHO, legal_basis="consent", subject_id=stored.subject_id
    )
    assert actions.find(name="王小明") == [stored.subject_id]
    assert actions.withdraw(stored.subject_id, "member:5") == 3
    assert actions.find(name="王小明") == []
    with pytest.raises(NotFound):
        actions.reveal(stored.refs["care"], actor=WHO, purpose="find_owner")
    with pytest.raises(NotFound):
        files.open_photo(photo.token, actor=WHO, purpose="find_owner")
    told = actions.reveal_subject(stored.subject_id, actor=WHO, purpose="handle_incident")
    assert told == {"what": "求助"}
    line = AuditEntry.objects.get(act="vault.withdraw")
    assert (line.actor, line.detail) == ("member:5", {"count": 3})
    assert erasing.erase_due() == 1
    left = rows("SELECT field FROM vault_entry WHERE ciphertext <> ''")
    assert left == [("what",)]
    assert rows("SELECT 1 FROM vault_storedfile") == []
    assert actions.reveal(duty.refs["what"], actor=WHO, purpose="handle_incident") == "求助"
    assert erasing.erase_due() == 0


@pytest.mark.django_db
def test_a_subject_whose_consent_was_all_there_was_goes_as_a_whole() -> None:
    stored = put(name="王小明")
    actions.withdraw(stored.subject_id, WHO)
    assert not selectors.is_erased(stored.subject_id)
    erasing.erase_due()
    assert selectors.is_erased(stored.subject_id)
    with pytest.raises(NotFound):
        actions.withdraw(10**9, WHO)


# --- retention ---


@pytest.mark.django_db
def test_nothing_is_put_under_a_category_that_nobody_registered() -> None:
    with pytest.raises(TongxinError) as refusal:
        put("unheard_of", a="b")
    assert refusal.value.code == "vault.no_category"


def test_every_category_of_the_program_is_registered() -> None:
    """Also those that no test puts anything under; the words of a page are not meant."""
    source = Path(actions.__file__).parents[2]
    found = {
        (path.relative_to(source).as_posix(), code)
        for path in source.rglob("*.py")
        if "tests" not in path.parts and "surfaces" not in path.parts
        for code in re.findall(r'\bcategory(?:: str)? ?= ?"([a-z_]+)"', path.read_text())
        if "plumbing.vault" in path.read_text()
    }
    assert ("domain/incidents/timeline.py", "incident") in found
    known = {one.code for one in retention.registered()}
    assert [each for each in sorted(found) if each[1] not in known] == []


def test_a_category_has_one_meaning() -> None:
    retention.register("passing", keep=dt.timedelta(days=10), words="passing")
    with pytest.raises(ValueError, match="twice"):
        retention.register("passing", keep=None, words="passing")
    with pytest.raises(ValueError, match="positive"):
        retention.register("never", keep=dt.timedelta(), words="never")


@pytest.mark.django_db
def test_what_is_past_its_time_is_erased_each_in_the_trail(held_clock: clock.HeldClock) -> None:
    passing = [put("passing", a="b").subject_id for _ in range(205)]
    kept = put("x", a="b").subject_id
    held_clock.advance(10 * DAY)
    assert erasing.erase_due() == 0  # the last day still counts
    held_clock.advance(1 * DAY)
    assert erasing.erase_due() == 205
    assert all(selectors.is_erased(one) for one in (passing[0], passing[-1]))
    assert not selectors.is_erased(kept)
    lines = AuditEntry.objects.filter(act="vault.erase", actor="system:retention")
    assert lines.count() == 205
    assert lines[0].detail == {"reason": "retention"}


@pytest.mark.django_db
def test_the_clock_of_a_matter_starts_at_its_end_and_stops_when_it_goes_on(
    held_clock: clock.HeldClock,
) -> None:
    matter = put("matter", a="b").subject_id
    held_clock.advance(400 * DAY)
    assert erasing.erase_due() == 0
    retention.start_clock([matter])
    retention.stop_clock([matter])
    held_clock.advance(11 * DAY)
    assert erasing.erase_due() == 0
    retention.start_clock([matter])
    held_clock.advance(11 * DAY)
    assert erasing.erase_due() == 1


@pytest.mark.django_db
def test_the_eraser_of_a_category_runs_in_the_same_transaction(
    held_clock: clock.HeldClock,
) -> None:
    told: list[list[int]] = []
    day = dt.timedelta(days=1)
    retention.register("derived", keep=day, words="derived", erase=lambda ids: told.append([*ids]))
    try:
        one = put("derived", a="b").subject_id
        held_clock.advance(2 * DAY)
        erasing.tick()
        assert told == [[one]]
    finally:
        retention._categories.pop("derived")


@pytest.mark.django_db
def test_counts_by_category(held_clock: clock.HeldClock) -> None:
    for _ in range(3):
        put("passing", a="b")
    gone = put("x", a="b").subject_id
    put("x", a="b")
    actions.erase(gone, actor=WHO, reason="rights_request")
    erasing.tally()
    counted = {row.category: (row.kept, row.goes, row.went) for row in Tally.objects.all()}
    assert counted["passing"] == (3, 3, 0)
    assert counted["x"] == (1, 0, 1)
    assert counted["matter"] == (0, 0, 0)
    erasing.tally()


# --- the list outside, and the replay ---


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clean_list")
def test_a_restored_subject_is_erased_again(server: Any, database_name: str) -> None:
    gone, stays = put(phone="13800138000"), put(phone="13900139000")
    withdrawn = put(care="氧气瓶")
    with psycopg.connect(server.of(database_name).owner, autocommit=True) as owner:
        for table in ("vault_subject", "vault_entry"):
            owner.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
        actions.erase(gone.subject_id, actor=WHO, reason="rights_request")
        actions.withdraw(withdrawn.subject_id, WHO)
        assert [line.what for line in erasures.read()] == ["erased", "withdrawn"]
        assert Unlisted.objects.count() == 0
        assert erasures.still_there() == 0
        owner.execute("DELETE FROM vault_entry")
        owner.execute("DELETE FROM vault_subject")
        for table in ("vault_subject", "vault_entry"):
            owner.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    assert actions.find(phone="13800138000") == [gone.subject_id]  # the backup brought it back
    assert erasures.still_there() == 1
    assert erasures.replay() == (1, 1)
    assert actions.find(phone="13800138000") == []
    assert selectors.is_erased(gone.subject_id)
    with pytest.raises(NotFound):
        actions.reveal(withdrawn.refs["care"], actor=WHO, purpose="find_owner")
    assert actions.find(phone="13900139000") == [stays.subject_id]
    assert erasures.still_there() == 0
    assert erasures.replay() == (0, 0)
    replayed = AuditEntry.objects.get(actor="system:replay")
    assert replayed.subject == f"vault-subject:{gone.subject_id}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clean_list")
def test_somebody_new_with_an_old_number_is_not_erased(server: Any, database_name: str) -> None:
    gone = put(phone="13800138000")
    actions.erase(gone.subject_id, actor=WHO, reason="rights_request")
    with psycopg.connect(server.of(database_name).owner, autocommit=True) as owner:
        owner.execute("DELETE FROM vault_entry")
        owner.execute("DELETE FROM vault_subject")
        owner.execute(f"ALTER SEQUENCE vault_subject_id_seq RESTART {gone.subject_id}")
    connection.close()  # and with it the numbers taken in advance
    new = put(phone="13700137000")
    assert new.subject_id == gone.subject_id
    assert erasures.replay() == (0, 0)
    assert actions.find(phone="13700137000") == [new.subject_id]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clean_list")
def test_an_erasure_that_was_rolled_back_is_not_on_the_list() -> None:
    stored = put(a="b")
    with transaction.atomic():
        actions.erase(stored.subject_id, actor=WHO, reason="all_clear")
        transaction.set_rollback(True)
    assert erasures.write_out() == 0
    assert list(erasures.read()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clean_list")
def test_what_could_not_be_written_is_written_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_lines: list[str]) -> None:
        raise OSError(28, "No space left on device")

    stored = put(a="b")
    with monkeypatch.context() as patch:
        patch.setattr(erasures, "_append", full)
        actions.erase(stored.subject_id, actor=WHO, reason="all_clear")
    assert selectors.is_erased(stored.subject_id)
    assert list(erasures.read()) == []
    assert erasures.write_out() == 1
    assert [line.subject_id for line in erasures.read()] == [stored.subject_id]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clean_list")
def test_a_line_that_a_crash_tore_is_left_out_and_cut_off() -> None:
    one, two = put(a="b"), put(a="b")
    actions.erase(one.subject_id, actor=WHO, reason="all_clear")
    with erasures.list_path().open("a") as file:
        file.write('{"what": "erased", "subj')
    assert len(list(erasures.read())) == 1
    actions.erase(two.subject_id, actor=WHO, reason="all_clear")
    assert [line.subject_id for line in erasures.read()] == [one.subject_id, two.subject_id]
    assert erasures.list_path().stat().st_mode & 0o077 == 0
    for text in erasures.list_path().read_text().splitlines():
        assert set(json.loads(text)) == {"what", "subject", "born", "at"}
    with erasures.list_path().open("a") as file:
        file.write("no line\n")
    with pytest.raises(BadInput):
        list(erasures.read())
