"""The 2012 street calls of the NIJ challenge: a day, a category, feet; no time of day."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from tongxin.config.demo.kinds import kind_of_title, urgency_of_title
from tongxin.config.real.oregon import plausible, spot_from_feet
from tongxin.config.real.rows import Bounds, CallRow, Reason, Refused
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import Spot

FILE = "incidents/portland_nij_street_crimes_2012.csv.gz"
SOURCE = "NIJ calls 2012"
COLUMNS = {"CASE_DESC", "occ_date", "x_coordina", "y_coordina"}
ZONE = ZoneInfo("America/Los_Angeles")

Row = dict[str, str]


def read_street_calls(shared: Path, bounds: Bounds) -> Iterator[CallRow | Refused]:
    """Yield the calls in the file's order (by day).

    Raises:
        BadInput: the file is absent, cut short, or lacks a column.
    """
    for row, fields in enumerate(table_rows(shared / FILE, COLUMNS), 1):
        yield _row(fields, row, bounds)


def table_rows(path: Path, columns: set[str]) -> Iterator[Row]:
    """Yield the rows of a gzipped CSV file that must have ``columns``.

    Raises:
        BadInput: as for ``read_street_calls``.
    """
    if not path.is_file():
        raise BadInput("real.no_file", _("The table of calls is not there."), field="file")
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            lacking = columns - set(reader.fieldnames or ())
            if lacking:
                raise BadInput(
                    "real.no_column",
                    _("The table lacks a column that is needed."),
                    field=sorted(lacking)[0],
                )
            yield from reader
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as broken:
        raise BadInput("real.broken_table", _("The table is broken."), field="file") from broken


def _row(fields: Row, row: int, bounds: Bounds) -> CallRow | Refused:
    day = _noon(fields["occ_date"])
    if day is None:
        return Refused(SOURCE, row, Reason.BAD_DATE, fields["occ_date"])
    found = _spot(fields)
    if isinstance(found, Reason):
        return Refused(SOURCE, row, found, f"{fields['x_coordina']} {fields['y_coordina']}")
    if not bounds.holds(found):
        return Refused(SOURCE, row, Reason.OUTSIDE_MAP, f"{found.lon} {found.lat}")
    title = fields["CASE_DESC"]
    if not title:
        return Refused(SOURCE, row, Reason.NO_KIND, "")
    return CallRow(
        source=SOURCE,
        ref=f"nij-2012-{row}",
        at=day,
        day_only=True,
        kind=kind_of_title(title),
        urgency=urgency_of_title(title),
        title=title,
        place="",
        spot=found,
    )


def _noon(text: str) -> dt.datetime | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return dt.datetime.combine(day, dt.time(12), ZONE).astimezone(dt.UTC)


def _spot(fields: Row) -> Spot | Reason:
    if not fields["x_coordina"] or not fields["y_coordina"]:
        return Reason.NO_COORDINATES
    try:
        east, north = float(fields["x_coordina"]), float(fields["y_coordina"])
    except ValueError:
        return Reason.BAD_COORDINATES
    return spot_from_feet(east, north) if plausible(east, north) else Reason.BAD_COORDINATES
