"""Photos on disk: encrypted with their subject's data key under ``TONGXIN_DATA/files``.

Each lies in two files, ``TOKEN.full`` and ``TOKEN.small``. A file is written before its row, so a
row always has its file; files without a row (a transaction that failed) are swept away later.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.kernel import ciphers, clock
from tongxin.kernel.errors import Conflict, NotFound
from tongxin.plumbing.vault import actions, legal
from tongxin.plumbing.vault.keyring import keyring
from tongxin.plumbing.vault.pictures import clean
from tongxin.plumbing.vault.purposes import Purpose

Size = Literal["full", "small"]
_SIZES: tuple[Size, ...] = ("full", "small")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_ORPHAN_SECONDS = 3_600
_INSERT = """
    INSERT INTO vault_storedfile (subject_id, token, width, height, size, legal_basis, basis_rule,
        notice_version, notice_shown_at, consented_at, created_at)
    VALUES (%(subject)s, %(token)s, %(width)s, %(height)s, %(size)s, %(vault_basis)s,
        %(vault_rule)s, %(vault_notice)s, %(vault_shown)s, %(vault_consented)s, %(at)s)
"""
_PAGE = 200


@dataclass(frozen=True)
class StoredPhoto:
    """A photo that was put in: ``token`` for its address, and the subject that it belongs to."""

    token: str
    subject_id: int
    width: int
    height: int


def store_photo(
    data: bytes,
    *,
    actor: object,
    legal_basis: str = "public_duty",
    basis_rule: str = "",
    notice_version: str = "",
    notice_shown_at: dt.datetime | None = None,
    consented_at: dt.datetime | None = None,
    category: str = "photo",
    subject_id: int | None = None,
) -> StoredPhoto:
    """Clean a picture, encrypt it and write it, under a subject of its own unless one is given.

    The legal ground is stated as with ``actions.put``. Raises ``BadInput`` when it is no picture or
    too large, ``Conflict`` for an erased subject.
    """
    picture = clean(data)
    ground = legal.stated(
        legal_basis,
        basis_rule=basis_rule,
        notice_version=notice_version,
        notice_shown_at=notice_shown_at,
        consented_at=consented_at,
    )
    with transaction.atomic():
        if subject_id is None:
            subject_id = actions.put(
                category=category,
                fields={},
                actor=actor,
                legal_basis=ground.basis,
                basis_rule=ground.rule,
            ).subject_id
        with actions.opened() as cursor:
            data_key = actions.data_key_of(subject_id, cursor)
            if data_key is None:
                raise Conflict("vault.erased", _("This record was erased."))
            token = secrets.token_hex(16)
            _write(token, "full", picture.full, data_key, subject_id)
            _write(token, "small", picture.thumbnail, data_key, subject_id)
            row = {
                "subject": subject_id,
                "token": token,
                "width": picture.width,
                "height": picture.height,
                "size": len(picture.full),
                "at": clock.now(),
            }
            cursor.execute(_INSERT, row | ground.parameters())
    return StoredPhoto(token, subject_id, picture.width, picture.height)


def open_photo(
    token: str, *, actor: object, purpose: Purpose | str, size: Size = "full", because: str = ""
) -> bytes:
    """Return the JPEG, after the look is in the trail.

    Raises ``Forbidden`` without a listed purpose, ``NotFound`` when it is not kept (any more).
    """
    actions.note_look([f"vault-file:{token[:32]}"], actor, purpose, because)
    with actions.opened() as cursor:
        cursor.execute(
            "SELECT subject_id FROM vault_storedfile WHERE token = %s AND withdrawn_at IS NULL",
            [token],
        )
        row = cursor.fetchone()
        data_key = actions.data_key_of(row[0], cursor) if row else None
    if row is None or data_key is None:
        raise _gone()
    try:
        sealed = _path(token, size).read_bytes()
    except FileNotFoundError:
        raise _gone() from None
    return ciphers.unseal(data_key, sealed, _aad(row[0], token, size))


def forget_files_of(
    subject_ids: Sequence[int], cursor: Any, *, withdrawn_only: bool = False
) -> None:
    """Delete the rows of subjects' files now and the files on commit (their key is gone then)."""
    cursor.execute(
        "DELETE FROM vault_storedfile WHERE subject_id = ANY(%s)"
        " AND (withdrawn_at IS NOT NULL OR NOT %s) RETURNING token",
        [list(subject_ids), withdrawn_only],
    )
    tokens = [row[0] for row in cursor.fetchall()]
    if tokens:
        transaction.on_commit(lambda: _unlink(tokens))


def reseal_all() -> Iterator[str]:
    """Encrypt every photo of another cipher anew with its subject's key; yield their tokens."""
    last = ""
    while True:
        with actions.opened() as cursor:
            cursor.execute(
                "SELECT token FROM vault_storedfile WHERE token > %s ORDER BY token LIMIT %s",
                [last, _PAGE],
            )
            tokens = [row[0] for row in cursor.fetchall()]
        if not tokens:
            return
        yield from (token for token in tokens if _reseal(token))
        last = tokens[-1]


def _reseal(token: str) -> bool:
    """Seal one photo anew, holding its subject: an erasure waits, or has it gone already."""
    with actions.opened() as cursor:
        cursor.execute(
            "SELECT subject.id FROM vault_subject subject"
            " JOIN vault_storedfile file ON file.subject_id = subject.id"
            " WHERE file.token = %s FOR UPDATE OF subject",
            [token],
        )
        row = cursor.fetchone()
        data_key = actions.data_key_of(row[0], cursor) if row else None
        if row is None or data_key is None:
            return False
        stale = [size for size in _SIZES if _is_stale(_path(token, size))]
        for size in stale:
            sealed = _path(token, size).read_bytes()
            plain = ciphers.unseal(data_key, sealed, _aad(row[0], token, size))
            _write(token, size, plain, data_key, row[0])
    return bool(stale)


def _is_stale(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(1) != bytes((keyring().suite,))
    except FileNotFoundError:
        return False


def sweep_orphans() -> None:
    """Delete files, older than an hour, that no row knows."""
    oldest = time.time() - _ORPHAN_SECONDS  # file times are the machine's, not the held clock's
    old = [path for path in _folder().glob("??/*") if path.stat().st_mtime < oldest]
    if not old:
        return
    with actions.opened() as cursor:
        cursor.execute("SELECT token FROM vault_storedfile")
        known = {row[0] for row in cursor.fetchall()}
    for path in old:
        if path.name.split(".")[0] not in known:
            path.unlink(missing_ok=True)


def _write(token: str, size: Size, plain: bytes, data_key: bytes, subject_id: int) -> None:
    path = _path(token, size)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    sealed = ciphers.seal(data_key, plain, _aad(subject_id, token, size), keyring().suite)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(sealed)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(path)


def _unlink(tokens: list[str]) -> None:
    for token in tokens:
        for size in _SIZES:
            _path(token, size).unlink(missing_ok=True)


def _path(token: str, size: Size) -> Path:
    if not _TOKEN.fullmatch(token):
        raise _gone()
    return _folder() / token[:2] / f"{token}.{size}"


def _folder() -> Path:
    return Path(settings.TONGXIN_DATA) / "files"


def _aad(subject_id: int, token: str, size: Size) -> bytes:
    return actions.field_aad(subject_id, f"file {token} {size}")


def _gone() -> NotFound:
    return NotFound("vault.gone", _("This is not kept (any more)."))
