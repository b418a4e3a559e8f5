"""Master keys and ciphers change while everything runs; the blind index outlives them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections

from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel import ciphers
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.plumbing.vault import actions, blind, blindkey, files, keyring, rotating
from tongxin.plumbing.vault.models import BlindKey
from tongxin.plumbing.vault.tests.test_keeping import picture

WHO = "system:test"
SRC = Path(__file__).resolve().parents[4]


def put(**fields: str) -> actions.Stored:
    return actions.put(category="x", fields=fields, actor=WHO, legal_basis="consent")


def use(patch: pytest.MonkeyPatch, *keys: str, cipher: str = "AES-256-GCM") -> None:
    """Have these master keys, the first of them wrapping, as a restarted process would."""
    patch.setenv("TONGXIN_MASTER_KEY", "\n".join(keys))
    patch.setenv("TONGXIN_CIPHER", cipher)
    keyring.forget()
    blindkey.forget()


def name_of(key: str) -> str:
    return ciphers.key_id(bytes.fromhex(key)).hex()


@pytest.mark.django_db
def test_data_keys_are_wrapped_anew_and_the_index_outlives_the_oldest_key(
    own_keys: pytest.MonkeyPatch,
) -> None:
    old, new = ciphers.new_key().hex(), ciphers.new_key().hex()
    use(own_keys, old)
    stored = [put(phone="13800138000", name="单雄信") for _ in range(3)]
    actions.erase(put(a="b").subject_id, actor=WHO, reason="all_clear")
    assert rotating.subjects_by_key() == {name_of(old): 3}
    use(own_keys, new, old)
    assert rotating.waiting() == 3
    with pytest.raises(Conflict):
        rotating.make_sure_unneeded(bytes.fromhex(name_of(old)))
    assert rotating.wrap_all() == 3
    assert rotating.wrap_all() == 0
    assert rotating.subjects_by_key() == {name_of(new): 3}
    rotating.make_sure_unneeded(bytes.fromhex(name_of(old)))
    use(own_keys, new)  # the old key is gone for good
    assert actions.reveal(stored[0].refs["name"], actor=WHO, purpose="call_back") == "单雄信"
    assert len(actions.find(phone="138 0013 8000")) == 3
    later = put(phone="13800138000")
    assert actions.find(phone="13800138000")[0] == later.subject_id


@pytest.mark.django_db
def test_an_installation_from_before_keeps_its_index(own_keys: pytest.MonkeyPatch) -> None:
    old, new = ciphers.new_key().hex(), ciphers.new_key().hex()
    use(own_keys, new, old)  # once the index was derived from the oldest, with no row
    assert not BlindKey.objects.exists()
    derived = ciphers.derive(bytes.fromhex(old), "tongxin blind index")
    assert blindkey.blind_key() == derived
    assert BlindKey.objects.count() == 1
    use(own_keys, new)
    assert blindkey.blind_key() == derived


@pytest.mark.django_db
def test_another_cipher_seals_what_is_new_and_reseals_the_rest(
    own_keys: pytest.MonkeyPatch,
) -> None:
    key = ciphers.new_key().hex()
    use(own_keys, key)
    old = put(name="万俟雪", what="楼道")
    photo = files.store_photo(picture(), actor=WHO, subject_id=old.subject_id)
    use(own_keys, key, cipher="SM4-GCM")
    new = put(what="新的")
    refs = [old.refs["what"], new.refs["what"]]
    told = actions.reveal_many(refs, actor=WHO, purpose="call_back")
    assert list(told.values()) == ["楼道", "新的"]
    assert suites() == [1, 1, 2]
    assert rotating.wrap_all() == 1
    outcome = rotating.reseal_all()
    assert (outcome.entries, outcome.photos) == (2, 1)
    assert suites() == [2, 2, 2]
    again = rotating.reseal_all()
    assert (again.entries, again.photos) == (0, 0)
    assert actions.reveal_many(refs, actor=WHO, purpose="call_back") == told
    assert files.open_photo(photo.token, actor=WHO, purpose="call_back").startswith(b"\xff\xd8")
    assert actions.find(pinyin="moqi xue") == [old.subject_id]


@pytest.mark.django_db
def test_names_from_before_are_indexed_by_reading_when_resealed() -> None:
    stored = put(contact_name="曾国华")
    with actions.opened() as cursor:
        cursor.execute("UPDATE vault_entry SET blind_pinyin = NULL")
    assert actions.find(pinyin="zeng guohua") == []
    assert rotating.reseal_all().entries == 1
    assert actions.find(pinyin="zeng guohua") == [stored.subject_id]


def suites() -> list[int]:
    with actions.opened() as cursor:
        cursor.execute("SELECT get_byte(ciphertext, 0) FROM vault_entry ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


# --- finding ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("单雄信", "Shan Xiongxin"), ("曾巩", "zenggong"), ("仇英", "qiú yīng"),
        ("区寄", "ouji"), ("查良镛", "zha liangyong"), ("解缙", "xie jin"), ("盖聂", "genie"),
        ("尉迟恭", "yuchi gong"), ("万俟卨", "moqi xie"), ("吕布", "lv bu"), ("吕布", "LYU BU"),
        ("吕布", "lü bu"), ("Anna Müller", "anna muller"),
    ],
)  # fmt: skip
def test_a_name_is_found_by_how_it_is_read(name: str, typed: str) -> None:
    stored = put(contact_name=name)
    put(contact_name="王小明")
    if name == "万俟卨":
        typed = "moqi " + "".join(blind.readings_of(name)[2:])
    if name == "Anna Müller":
        typed = "Anna Müller"
    assert actions.find(pinyin=typed) == [stored.subject_id]
    assert actions.find(name=name) == [stored.subject_id]


@pytest.mark.django_db
def test_finding_is_narrowed_and_never_of_two_minds() -> None:
    one, two = put(phone="13800138000"), actions.put(
        category="incident", fields={"phone": "13800138000"}, actor=WHO, legal_basis="consent"
    )  # fmt: skip
    assert actions.find(phone="13800138000") == [two.subject_id, one.subject_id]
    assert actions.find(phone="13800138000", categories=["x"]) == [one.subject_id]
    assert actions.find(phone="13800138000", categories=[]) == []
    for wrong in ({}, {"phone": "1", "name": "王"}, {"name": " "}):
        with pytest.raises(BadInput):
            actions.find(**wrong)


def test_one_change_of_keys_runs_at_a_time(
    server: Any, database_name: str, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "_LOCK_TRIES", 1)
    with rotating.alone(), psycopg.connect(server.of(database_name).app) as other:
        held = other.execute("SELECT pg_try_advisory_lock(%s)", [rotating._LOCK]).fetchone()
        assert held == (False,)
    with psycopg.connect(server.of(database_name).app) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [rotating._LOCK])
        with pytest.raises(Conflict), rotating.alone():
            pass


# --- the command, as a real process ---


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Any:
    """A data folder of this test's own, with a key file of its own, used by this process too."""
    settings.TONGXIN_DATA = tmp_path
    keyring.forget()
    blindkey.forget()
    yield tmp_path
    keyring.forget()
    blindkey.forget()


@pytest.fixture
def tongxin(folder: Path, server: Any, database_name: str) -> Any:
    """Return a function that starts ``tongxin`` on this test's database."""
    urls = server.of(database_name)
    environment = os.environ | {
        "TONGXIN_DATA": str(folder), "DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner,
        "LC_ALL": "en_US.UTF-8", "PYTHONPATH": str(SRC),
    }  # fmt: skip

    def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tongxin", *arguments],
            env=environment | more, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    return start


def finish(process: subprocess.Popen[str], code: int = 0) -> str:
    said = process.communicate(timeout=90)[0]
    assert process.returncode == code, said
    return said


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_rotation_killed_in_the_middle_goes_on_while_others_put_and_reveal(tongxin: Any) -> None:
    stored = [put(phone="13800138000", what=f"第{number}件") for number in range(2_600)]
    (old,) = rotating.subjects_by_key()
    stop, faults, busy = threading.Event(), [], [0]

    def work() -> None:
        try:
            while not stop.is_set():
                new = put(what="新的")
                known = stored[busy[0] % len(stored)]
                refs = [new.refs["what"], known.refs["what"]]
                told = actions.reveal_many(refs, actor=WHO, purpose="call_back")
                assert len(told) == 2
                busy[0] += 1
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        first = tongxin("keys", "rotate", "--pause", "0.5")
        deadline = time.monotonic() + 60
        while len(rotating.subjects_by_key()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        first.send_signal(signal.SIGKILL)
        first.wait()
        counts = rotating.subjects_by_key()
        assert counts[old] > 0, "it was killed too late to be in the middle"
        (new,) = counts.keys() - {old}
        said = finish(tongxin("keys", "rotate", "--retire"))
    finally:
        stop.set()
        thread.join(30)
    assert faults == []
    assert busy[0] > 20
    assert f"Key {old} is given up" in said
    assert set(rotating.subjects_by_key()) == {new}  # no third key was made
    assert old not in finish(tongxin("keys"))
    keyring.forget()
    blindkey.forget()
    assert len(actions.find(phone="13800138000", limit=5_000)) == 2_600
    told = actions.reveal_many([s.refs["what"] for s in stored], actor=WHO, purpose="call_back")
    assert list(told.values()) == [f"第{number}件" for number in range(2_600)]
    acts = AuditEntry.objects.filter(subject="vault:keys").values_list("act", flat=True)
    assert sorted(set(acts)) == ["keys.added", "keys.retired", "keys.wrapped"]


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_keys_of_the_environment_are_told_where_to_go(
    tongxin: Any, own_keys: pytest.MonkeyPatch
) -> None:
    old, new = ciphers.new_key().hex(), ciphers.new_key().hex()
    use(own_keys, old)
    put(what="x")
    said = finish(tongxin("keys", "rotate", TONGXIN_MASTER_KEY=old), code=1)
    assert "TONGXIN_MASTER_KEY" in said
    done = finish(tongxin("keys", "rotate", "--retire", TONGXIN_MASTER_KEY=f"{new}\n{old}"))
    assert "1 data keys are wrapped anew" in done
    assert f"Nothing needs key {name_of(old)} any more" in done
    shown = finish(tongxin("keys", TONGXIN_MASTER_KEY=new))
    assert f"{name_of(new)}  wraps and opens" in shown
    assert "subjects: 1" in shown
    lost = finish(tongxin("keys", TONGXIN_MASTER_KEY=old))
    assert f"{name_of(new)}  NOT AT HAND  subjects: 1" in lost


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_erasures_are_printed_and_replayed_from_a_list_kept_elsewhere(
    tongxin: Any, folder: Path, server: Any, database_name: str
) -> None:
    stored = put(phone="13800138000")
    with psycopg.connect(server.of(database_name).owner, autocommit=True) as owner:
        kept = owner.execute("SELECT wrapped_key FROM vault_subject").fetchone()[0]
        actions.erase(stored.subject_id, actor=WHO, reason="rights_request")
        owner.execute("UPDATE vault_subject SET wrapped_key = %s, erased_at = NULL", [kept])
    elsewhere = folder / "kept.jsonl"
    elsewhere.write_text(finish(tongxin("vault", "erasures")))
    doctor = tongxin("doctor").communicate(timeout=90)[0]
    assert "tongxin vault replay-erasures" in doctor
    (folder / "erasures" / "erased.jsonl").unlink()
    said = finish(tongxin("vault", "replay-erasures", "--list", str(elsewhere)))
    assert "1 subjects were there and are erased again" in said
    assert "tongxin vault replay-erasures" not in tongxin("doctor").communicate(timeout=90)[0]
