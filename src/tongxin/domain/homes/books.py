"""Excel and CSV as stations keep them, read within limits: sheets of rows of trimmed text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from tongxin.foundation.territory.tables import check_archive, text_of
from tongxin.kernel.errors import BadInput

MOST_BYTES = 16 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS, MOST_CELL = 60_000, 120, 600, 600
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its title, and its rows that are not empty with their line in the file."""

    title: str
    rows: tuple[tuple[int, Cells], ...]


def read_book(path: Path, *, name: str = "") -> list[Sheet]:
    """Read an .xlsx file or a CSV; raises ``BadInput`` in one sentence for anything else."""
    shown = name or path.name
    if not path.is_file():
        raise BadInput("file.absent", _("There is no file %(file)s.") % {"file": shown})
    if path.stat().st_size > MOST_BYTES:
        raise BadInput("file.too_large", _("%(file)s is too large.") % {"file": shown})
    if Path(shown).suffix.lower() in {".xlsx", ".xlsm"}:
        return _excel(path, shown)
    return [Sheet(Path(shown).stem, _csv(path, shown))]


def _excel(path: Path, shown: str) -> list[Sheet]:
    check_archive(path, shown, _broken(shown))
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        sheets = [
            Sheet(sheet.title, _numbered(sheet.iter_rows(values_only=True), shown))
            for sheet in book.worksheets[:MOST_SHEETS]
        ]
        book.close()
    except BadInput:
        raise
    except Exception as error:  # openpyxl raises whatever a broken part of the file leads to
        raise _broken(shown) from error
    return sheets


def _csv(path: Path, shown: str) -> tuple[tuple[int, Cells], ...]:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _broken(shown)
    try:
        return _numbered(csv.reader(io.StringIO(text, newline="")), shown)
    except csv.Error:
        raise _broken(shown) from None


def _numbered(lines: Iterable[Sequence[object]], shown: str) -> tuple[tuple[int, Cells], ...]:
    rows: list[tuple[int, Cells]] = []
    for line, cells in enumerate(lines, 1):
        texts = tuple(text_of(cell, MOST_CELL) for cell in cells[:MOST_COLUMNS])
        if any(texts):
            rows.append((line, texts))
        if len(rows) > MOST_ROWS:
            raise BadInput("table.too_long", _("%(file)s has too many rows.") % {"file": shown})
    return tuple(rows)


def _broken(shown: str) -> BadInput:
    said = _("%(file)s is neither a readable Excel file nor a CSV.") % {"file": shown}
    return BadInput("table.broken", said)
