"""Photos on disk: encrypted with their subject's data key under ``TONGXIN_DATA/files``.

Each lies in two files, ``TOKEN.full`` and ``TOKEN.small``. A file is written before its row, so a
row always has its file; files without a row (a transaction that failed) are swept away later.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.kernel import ciphers, clock
from tongxin.kernel.errors import Conflict, NotFound
from tongxin.plumbing.vault import actions
from tongxin.plumbing.vault.keyring import keyring
from tongxin.plumbing.vault.pictures import clean
from tongxin.plumbing.vault.purposes import Purpose

Size = Literal["full", "small"]
_SIZES: tuple[Size, ...] = ("full", "small")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_ORPHAN_SECONDS = 3_600


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
    category: str = "photo",
    subject_id: int | None = None,
) -> StoredPhoto:
    """Clean a picture, encrypt it and write it, under a subject of its own unless one is given.

    Raises ``BadInput`` when it is no picture or too large, ``Conflict`` for an erased subject.
    """
    picture = clean(data)
    with transaction.atomic():
        if subject_id is None:
            subject_id = actions.put(
                category=category, fields={}, actor=actor, legal_basis=legal_basis
            ).subject_id
        with actions.opened() as cursor:
            data_key = actions.data_key_of(subject_id, cursor)
            if data_key is None:
                raise Conflict("vault.erased", _("This record was erased."))
            token = secrets.token_hex(16)
            _write(token, "full", picture.full, data_key, subject_id)
            _write(token, "small", picture.thumbnail, data_key, subject_id)
            cursor.execute(
                "INSERT INTO vault_storedfile (subject_id, token, width, height, size, created_at)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [
                    subject_id,
                    token,
                    picture.width,
                    picture.height,
                    len(picture.full),
                    clock.now(),
                ],
            )
    return StoredPhoto(token, subject_id, picture.width, picture.height)


def open_photo(
    token: str, *, actor: object, purpose: Purpose | str, size: Size = "full", because: str = ""
) -> bytes:
    """Return the JPEG, after the look is in the trail.

    Raises ``Forbidden`` without a listed purpose, ``NotFound`` when it is not kept (any more).
    """
    actions.note_look([f"vault-file:{token[:32]}"], actor, purpose, because)
    with actions.opened() as cursor:
        cursor.execute("SELECT subject_id FROM vault_storedfile WHERE token = %s", [token])
        row = cursor.fetchone()
        data_key = actions.data_key_of(row[0], cursor) if row else None
    if row is None or data_key is None:
        raise _gone()
    try:
        sealed = _path(token, size).read_bytes()
    except FileNotFoundError:
        raise _gone() from None
    return ciphers.unseal(data_key, sealed, _aad(row[0], token, size))


def forget_files_of(subject_id: int, cursor: Any) -> None:
    """Delete the rows of a subject's files now and the files on commit (their key is gone then)."""
    cursor.execute(
        "DELETE FROM vault_storedfile WHERE subject_id = %s RETURNING token", [subject_id]
    )
    tokens = [row[0] for row in cursor.fetchall()]
    transaction.on_commit(lambda: _unlink(tokens))


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
