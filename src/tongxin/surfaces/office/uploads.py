"""Files handed in for a check, kept until they are taken over: an hour at most, for one member."""

from __future__ import annotations

import io
import re
import secrets
import shutil
import time
import zipfile
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from tongxin.kernel.errors import BadInput, NotFound

AREA_ENDINGS = (".geojson", ".json", ".gpkg", ".zip")
LIST_ENDINGS = (".csv", ".xlsx")
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
LARGEST_BYTES = 64 * 1024 * 1024
TABLE_ENDINGS = (".yaml", ".yml")
KEPT_SECONDS = 3600
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")


def keep(given: UploadedFile[bytes] | None, endings: tuple[str, ...], owner: int) -> str:
    """Keep a member's file under a random key and return the key; a zip's Shapefile is unpacked.

    Raises ``BadInput`` for no file, another ending, a file that is too large or no Shapefile.
    """
    if given is None or not given.name or not given.size:
        raise BadInput("upload.none", _("Choose a file first."), field="file")
    ending = Path(given.name).suffix.lower()
    if ending not in endings:
        said = _("This page takes files that end in: %(endings)s.") % {"endings": " ".join(endings)}
        raise BadInput("upload.ending", said, field="file")
    if given.size > LARGEST_BYTES:
        raise BadInput("upload.too_large", _("The file is larger than 64 MB."), field="file")
    forget_old()
    key = secrets.token_urlsafe(16)
    folder = _folder(key, owner)
    folder.mkdir(parents=True, mode=0o700)
    try:
        _write(folder, given, ending)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return key


def file_of(key: str, owner: int) -> Path:
    """Return the member's file under a key; raises ``NotFound`` when it is gone or another's."""
    folder = _folder(key, owner) if _KEY.fullmatch(key) else None
    if folder is None or not folder.is_dir() or _is_old(folder):
        raise NotFound("upload.gone", _("The file is gone: choose it again."), field="file")
    files = sorted(folder.iterdir(), key=lambda path: path.suffix.lower() != ".shp")
    return files[0]


def drop(key: str, owner: int) -> None:
    """Forget a file."""
    if _KEY.fullmatch(key):
        shutil.rmtree(_folder(key, owner), ignore_errors=True)


def forget_old() -> None:
    """Forget files that nobody took over within an hour."""
    for folder in _root().glob("*"):
        if folder.is_dir() and _is_old(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_old(folder: Path) -> bool:
    return folder.stat().st_mtime < time.time() - KEPT_SECONDS


def _root() -> Path:
    return Path(settings.TONGXIN_DATA) / "uploads"


def _folder(key: str, owner: int) -> Path:
    return _root() / f"{key}.{owner}"


def _write(folder: Path, given: UploadedFile[bytes], ending: str) -> None:
    if ending == ".zip":
        _unpack(folder, given.read())
        return
    name = re.sub(r"[^\w.\-]", "_", Path(given.name or "file").name)[-80:]
    with (folder / name).open("wb") as file:
        for chunk in given.chunks():
            file.write(chunk)


def _unpack(folder: Path, content: bytes) -> None:
    """Take the parts of the one Shapefile of a zip; nothing else is written, no path is trusted."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [
                each
                for each in archive.infolist()
                if PurePosixPath(each.filename).suffix.lower() in SHAPEFILE_PARTS
            ]
            stems = {PurePosixPath(p.filename).stem for p in parts if _is_shp(p.filename)}
            if len(stems) != 1:
                raise BadInput(
                    "upload.shapefile", _("The zip must hold exactly one Shapefile."), field="file"
                )
            if sum(part.file_size for part in parts) > 4 * LARGEST_BYTES:
                raise BadInput(
                    "upload.too_large", _("The zip is too large when opened."), field="file"
                )
            stem = stems.pop()
            for part in parts:
                path = PurePosixPath(part.filename)
                if path.stem == stem:
                    target = folder / f"areas{path.suffix.lower()}"
                    target.write_bytes(archive.read(part))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        raise BadInput("upload.zip", _("The zip cannot be opened."), field="file") from None


def _is_shp(name: str) -> bool:
    return name.lower().endswith(".shp")
