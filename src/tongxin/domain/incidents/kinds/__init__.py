"""The kinds of incident and their procedures, as data: read once at start, refused when wrong."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

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
_held: tuple[int, Kinds] | None = None


def registry() -> Kinds:
    """Return the district's kinds: the package's, with ``TONGXIN_DATA/kinds.yaml`` laid over them.

    A changed file is read at once, by every process; one that is wrong is left aside while the
    table before it holds, and refused at the next start. Raises ``WrongTable`` naming file and line
    when there is no table that held before.
    """
    global _held  # noqa: PLW0603 - the table in force in this process
    changed = _changed_at()
    held = _held
    if held is not None and held[0] == changed:
        return held[1]
    try:
        kinds = check(district_file() if changed else None)
    except (WrongTable, OSError):
        if held is None:
            raise
        kinds = held[1]
    _held = (changed, kinds)
    return kinds


def _changed_at() -> int:
    """Return when the district's file was last written, 0 without one."""
    try:
        return district_file().stat().st_mtime_ns
    except OSError:
        return 0


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
        raise WrongTable(str(file), line, _("the file is not UTF-8")) from None
