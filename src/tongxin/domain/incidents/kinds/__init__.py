"""The kinds of incident and their procedures, as data: read once at start, refused when wrong."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from django.conf import settings

from tongxin.domain.incidents.kinds.nodes import WrongTable
from tongxin.domain.incidents.kinds.reading import read_kinds
from tongxin.domain.incidents.kinds.table import Called, Face, Hear, Kind, Kinds, Rung, Words

__all__ = [
    "Called",
    "Face",
    "Hear",
    "Kind",
    "Kinds",
    "Rung",
    "Words",
    "WrongTable",
    "check",
    "district_file",
    "registry",
]

_PACKAGE_TABLE = "kinds.yaml"


@lru_cache(maxsize=1)
def registry() -> Kinds:
    """Return the district's kinds: the package's, with ``TONGXIN_DATA/kinds.yaml`` laid over them.

    Raises ``WrongTable`` naming file and line when the table is wrong.
    """
    own = district_file()
    return check(own if own.exists() else None)


def district_file() -> Path:
    """Return where a district keeps its own kinds."""
    return Path(settings.TONGXIN_DATA) / "kinds.yaml"


def check(file: Path | None) -> Kinds:
    """Read the package's kinds, ``file`` laid over them; raises ``WrongTable`` or ``OSError``."""
    base = files(__package__).joinpath(_PACKAGE_TABLE).read_text(encoding="utf-8")
    sources = [(base, _PACKAGE_TABLE)]
    if file is not None:
        sources.append((_text(file), str(file)))
    return read_kinds(*sources)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise WrongTable(str(file), line, "the file is not UTF-8") from None
