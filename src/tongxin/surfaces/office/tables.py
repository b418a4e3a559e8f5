"""Tables to take away: CSV as spreadsheets in China open it, and safe to open."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from tongxin.surfaces.kit.formats import absolute

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return ``rows`` under ``head`` as a download called ``name.csv``.

    UTF-8 with its mark, so that spreadsheets read Chinese; a cell that would begin a formula is
    quoted with an apostrophe, so that nobody's name or place is run as one.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([str(cell) for cell in head])
    writer.writerows([cell_of(value) for value in row] for row in rows)
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def cell_of(value: object) -> str:
    """Return a value as it stands in a cell."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return absolute(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text
