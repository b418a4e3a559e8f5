from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from django.db import connection
from PIL import Image

from tongxin.foundation.access.models import Grant, Member, Role
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory.models import Area
from tongxin.kernel import ciphers
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound, TongxinError
from tongxin.plumbing.vault import actions, blind, files, keyring, selectors
from tongxin.plumbing.vault.purposes import Purpose

pytestmark = pytest.mark.django_db

WHO = "system:test"


def put(**fields: str) -> actions.Stored:
    return actions.put(category="incident", fields=fields, actor=WHO, legal_basis="public_duty")


def test_what_was_put_in_comes_out_and_the_look_is_on_the_trail() -> None:
    stored = put(phone="138 0013 8000", what="楼道里堆了杂物")
    text = actions.reveal(
        stored.refs["what"], actor=WHO, purpose=Purpose.HANDLE_INCIDENT, because="去现场"
    )
    assert text == "楼道里堆了杂物"
    line = AuditEntry.objects.get(subject=f"vault:{stored.refs['what']}")
    assert (line.actor, line.purpose, line.allowed) == (WHO, "handle_incident", True)
    reason = actions.reveal(
        line.detail["because"], actor=WHO, purpose="audit_review", because="复核"
    )
    assert reason == "去现场"
    assert "去现场" not in str(line.detail)


@pytest.mark.parametrize("purpose", ["", "curiosity", None])
def test_without_a_listed_purpose_nothing_opens_and_the_attempt_is_kept(purpose: str) -> None:
    stored = put(what="x")
    with pytest.raises(Forbidden):
        actions.reveal(stored.refs["what"], actor="system:other", purpose=purpose)
    line = AuditEntry.objects.get(subject=f"vault:{stored.refs['what']}")
    assert (line.actor, line.allowed) == ("system:other", False)


def test_the_database_holds_no_plain_word() -> None:
    put(name="王小明", phone="13800138000", what="楼上漏水")
    with actions.opened() as cursor:
        cursor.execute("SELECT ciphertext FROM vault_entry")
        held = b"".join(bytes(row[0]) for row in cursor.fetchall())
    assert held
    for word in ("王小明", "13800138000", "楼上漏水"):
        assert word.encode() not in held


def test_a_query_from_elsewhere_sees_no_row() -> None:
    put(what="x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault_entry")
        assert cursor.fetchone()[0] == 0
        cursor.execute("DELETE FROM vault_entry")
        cursor.execute("UPDATE vault_subject SET category = 'stolen'")
        assert cursor.rowcount == 0
    with actions.opened() as cursor:
        cursor.execute("SELECT count(*) FROM vault_entry")
        assert cursor.fetchone()[0] == 1


def test_ciphertexts_cannot_be_swapped_between_fields_or_subjects() -> None:
    one, two = put(a="1", b="2"), put(a="3")
    with actions.opened() as cursor:
        cursor.execute(
            "UPDATE vault_entry SET ciphertext = other.ciphertext FROM vault_entry other"
            " WHERE vault_entry.id = %s AND other.id = %s",
            [one.refs["a"], one.refs["b"]],
        )
        cursor.execute(
            "UPDATE vault_entry SET ciphertext = other.ciphertext FROM vault_entry other"
            " WHERE vault_entry.id = %s AND other.id = %s",
            [one.refs["b"], two.refs["a"]],
        )
    for ref in one.refs.values():
        with pytest.raises(Exception, match="sealed"):
            actions.reveal(ref, actor=WHO, purpose="handle_incident")


def test_erasing_leaves_nothing_to_open_or_to_find() -> None:
    stored = put(phone="13800138000")
    photo = files.store_photo(picture(), actor=WHO, subject_id=stored.subject_id)
    assert selectors.matches(blind.phone("+86 138-0013-8000"))
    with connection.cursor():
        actions.erase(stored.subject_id, actor="member:3", reason="rights_request")
    assert not selectors.matches(blind.phone("13800138000"))
    assert selectors.is_erased(stored.subject_id)
    with pytest.raises(NotFound):
        actions.reveal(stored.refs["phone"], actor=WHO, purpose="call_back")
    with pytest.raises(NotFound):
        files.open_photo(photo.token, actor=WHO, purpose="handle_incident")
    with pytest.raises(Conflict):
        actions.put(
            category="x",
            fields={"a": "b"},
            actor=WHO,
            legal_basis="consent",
            subject_id=stored.subject_id,
        )
    actions.erase(stored.subject_id, actor="member:3", reason="rights_request")
    assert AuditEntry.objects.filter(act="vault.erase").count() == 2


def test_more_fields_join_a_subject() -> None:
    stored = put(what="x")
    more = actions.put(
        category="incident",
        fields={"flat": "3号楼2单元501"},
        actor=WHO,
        legal_basis="public_duty",
        subject_id=stored.subject_id,
    )
    told = actions.reveal_subject(stored.subject_id, actor=WHO, purpose="handle_incident")
    assert told == {"what": "x", "flat": "3号楼2单元501"}
    assert more.refs["flat"] != stored.refs["what"]
    with pytest.raises(NotFound):
        actions.put(category="x", fields={}, actor=WHO, legal_basis="consent", subject_id=10**9)


def test_prepared_rows_are_written_by_the_callers_own_statement() -> None:
    prepared = actions.prepare(
        category="incident", fields={"what": "火"}, legal_basis="public_duty", notice_version="1"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {actions.INSERT_CTE} SELECT 1", prepared.parameters())
    ref = prepared.stored.refs["what"]
    assert actions.reveal(ref, actor=WHO, purpose="handle_incident") == "火"


def test_putting_is_one_statement(django_assert_num_queries: object) -> None:
    put(a="1")
    with django_assert_num_queries(1):  # type: ignore[operator]
        put(a="2")


def test_without_a_legal_basis_nothing_is_kept() -> None:
    with pytest.raises(BadInput):
        actions.put(category="x", fields={"a": "b"}, actor=WHO, legal_basis="")


@pytest.mark.parametrize(
    "written", ["13800138000", "138 0013 8000", "+86-138-0013-8000", "１３８００１３８０００"]
)
def test_a_phone_number_is_found_however_it_is_written(written: str) -> None:
    stored = put(contact_phone="138-0013-8000")
    assert [match.subject_id for match in selectors.matches(blind.phone(written))] == [
        stored.subject_id
    ]


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    image = Image.new("RGB", size, (200, 30, 30))
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


def test_a_photo_loses_its_exif_and_is_turned_upright() -> None:
    photo = files.store_photo(picture(), actor=WHO)
    full = files.open_photo(photo.token, actor=WHO, purpose="handle_incident")
    assert b"SecretCamera" not in full
    with Image.open(io.BytesIO(full)) as image:
        assert image.size == (480, 640)
        assert not image.getexif()
    small = files.open_photo(photo.token, actor=WHO, purpose="handle_incident", size="small")
    with Image.open(io.BytesIO(small)) as image:
        assert max(image.size) <= 360
    assert AuditEntry.objects.filter(subject=f"vault-file:{photo.token}").count() == 2


def test_a_photo_lies_encrypted_on_disk(settings: object) -> None:
    photo = files.store_photo(picture(), actor=WHO)
    folder = Path(settings.TONGXIN_DATA) / "files"  # type: ignore[attr-defined]
    held = [path for path in folder.glob("??/*") if photo.token in path.name]
    assert len(held) == 2
    for path in held:
        assert not path.read_bytes().startswith(b"\xff\xd8")
        assert path.stat().st_mode & 0o077 == 0


def test_a_photo_needs_a_purpose() -> None:
    photo = files.store_photo(picture(), actor=WHO)
    with pytest.raises(Forbidden):
        files.open_photo(photo.token, actor=WHO, purpose="")


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo.not_one"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.not_one"),
        (picture()[:200], "photo.not_one"),
        (b"\xff\xd8" + b"\x00" * 100, "photo.not_one"),
        (b"\xff\xd8" + b"\x00" * (12 * 1024 * 1024), "photo.too_large"),
        (bomb(), "photo.too_many_pixels"),
    ],
    ids=["empty", "svg", "cut off", "noise", "13 MB", "bomb"],
)
def test_what_is_no_photo_is_refused_with_one_sentence(data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        files.store_photo(data, actor=WHO)
    assert refusal.value.code == code


@pytest.mark.parametrize("token", ["../../keys/master_key", "0" * 32, "", "A" * 32])
def test_a_token_is_never_a_path(token: str) -> None:
    with pytest.raises(NotFound):
        files.open_photo(token, actor=WHO, purpose="handle_incident")


def test_a_member_without_work_on_cases_opens_nothing_and_is_on_the_trail() -> None:
    area = Area.objects.create(
        network="police",
        level="branch",
        code="B",
        name="分局",
        geometry={"type": "Polygon", "coordinates": []},
        valid_from=dt.date(2020, 1, 1),
    )
    Area.objects.filter(pk=area.pk).update(path=[area.pk])
    stored = put(what="x")
    for role, allowed in ((Role.SYSTEM_ADMINISTRATOR, False), (Role.COMMUNITY_OFFICER, True)):
        who = Member.objects.create(code=role, kind=role, name="李响", surname="李")
        long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        Grant.objects.create(member=who, role=role, area=area, valid_from=long_ago)
        if allowed:
            assert actions.reveal(stored.refs["what"], actor=who, purpose="handle_incident") == "x"
        else:
            with pytest.raises(Forbidden):
                actions.reveal(stored.refs["what"], actor=who, purpose="handle_incident")
        assert AuditEntry.objects.get(actor=f"member:{who.pk}").allowed is allowed


def test_a_mere_name_of_a_member_does_not_look() -> None:
    with pytest.raises(TypeError):
        actions.reveal(1, actor="member:7", purpose="handle_incident")


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("TONGXIN_MASTER_KEY", "abc", "vault.bad_key"),
        ("TONGXIN_MASTER_KEY_COMMAND", "/nowhere/at/all", "vault.key_command"),
        ("TONGXIN_MASTER_KEY_COMMAND", "echo", "vault.no_keys"),
        ("TONGXIN_CIPHER", "ROT13", "vault.bad_cipher"),
    ],
)
def test_a_wrong_key_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, code: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(TongxinError) as refusal:
        keyring.read()
    assert refusal.value.code == code


def test_what_an_older_key_sealed_still_opens_and_is_still_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = ciphers.new_key().hex(), ciphers.new_key().hex()
    try:
        monkeypatch.setenv("TONGXIN_MASTER_KEY", old)
        keyring.forget()
        stored = put(phone="13800138000")
        monkeypatch.setenv("TONGXIN_MASTER_KEY", f"{new}\n{old}")
        monkeypatch.setenv("TONGXIN_CIPHER", "SM4-GCM")
        keyring.forget()
        later = put(phone="13800138000")
        found = {match.ref for match in selectors.matches(blind.phone("13800138000"))}
        refs = {stored.refs["phone"], later.refs["phone"]}
        assert found == refs
        told = actions.reveal_many(refs, actor=WHO, purpose="call_back")
        assert set(told.values()) == {"13800138000"}
    finally:
        monkeypatch.undo()
        keyring.forget()
