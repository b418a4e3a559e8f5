"""Lists from Excel and CSV: rows as dictionaries, whatever the encoding, within limits."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from tongxin.kernel import refusals
from tongxin.kernel.errors import BadInput

MOST_BYTES = 64 * 1024 * 1024
MOST_UNPACKED = 512 * 1024 * 1024
MOST_ROWS = 500_000
MOST_CELL = 4_000
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True)
class Table:
    """A list that was read: ``rows`` pairs the line in the file with its cells by header."""

    source: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read_table(path: Path) -> Table:
    """Read the first sheet of an .xlsx file, or a CSV file (comma, semicolon or tab).

    Empty lines are skipped, cells are trimmed text. Raises ``BadInput`` in one sentence for
    anything else, for files that are too large, and for columns that Tongxin refuses to hold.
    """
    _check_size(path)
    lines = _excel_lines(path) if path.suffix.lower() in {".xlsx", ".xlsm"} else _csv_lines(path)
    return _table(path.name, lines)


def _table(source: str, lines: Iterable[tuple[int, Sequence[str]]]) -> Table:
    numbered = iter(lines)
    header = next(((cells) for _line, cells in numbered if any(cells)), None)
    if header is None:
        raise BadInput("table.empty", _("%(file)s is empty.") % {"file": source})
    names = tuple(header)
    refusals.check_columns(names, _refusal(source))
    rows: list[tuple[int, Mapping[str, str]]] = []
    for line, cells in numbered:
        if not any(cells):
            continue
        if len(rows) >= MOST_ROWS:
            raise BadInput("table.too_long", _("%(file)s has too many rows.") % {"file": source})
        rows.append((line, dict(zip(names, cells, strict=False))))
    return Table(source, names, tuple(rows))


def _refusal(source: str) -> str:
    return str(
        _("%(file)s has columns that Tongxin refuses to hold: {columns}. Take them out first.")
        % {"file": source.replace("{", "(").replace("}", ")")}
    )


def _check_size(path: Path) -> None:
    if not path.is_file():
        raise BadInput("file.absent", _("There is no file %(file)s.") % {"file": path.name})
    if path.stat().st_size > MOST_BYTES:
        raise BadInput("file.too_large", _("%(file)s is too large.") % {"file": path.name})


def _csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(path)
    first = text[:4096].splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip()[:MOST_CELL] for cell in cells]
    except csv.Error:
        raise BadInput(
            "table.broken",
            _("%(file)s cannot be read as a table at line %(line)s.")
            % {"file": path.name, "line": reader.line_num},
        ) from None


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    if b"\0" not in content:
        for encoding in _ENCODINGS:
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise BadInput(
        "table.not_text",
        _("%(file)s is neither Excel nor text in UTF-8 or GB18030.") % {"file": path.name},
    )


def _excel_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    check_archive(path, path.name, _broken_excel(path))
    from openpyxl import load_workbook

    try:
        sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
        for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield line, [text_of(cell) for cell in cells]
    except BadInput:
        raise
    except Exception as error:  # openpyxl raises whatever a broken part of the file leads to
        raise _broken_excel(path) from error


def check_archive(path: Path, shown: str, broken: BadInput) -> None:
    """Raise ``broken`` unless an Excel file can be unpacked, and ``BadInput`` when it is a bomb.

    ``shown`` is how the file is called to the person who gave it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise broken from None
    if unpacked > MOST_UNPACKED:
        raise BadInput("file.too_large", _("%(file)s is too large.") % {"file": shown})


def _broken_excel(path: Path) -> BadInput:
    return BadInput("table.broken", _("%(file)s is no readable Excel file.") % {"file": path.name})


def text_of(cell: object, longest: int = MOST_CELL) -> str:
    """Return an Excel cell as trimmed text of at most ``longest`` characters; 501.0 is 501."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()[:longest]
