"""What the readers yield: a call, or a refusal that says which row and why."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass

from tongxin.config.demo.kinds import CallKind, CallUrgency
from tongxin.kernel.geometry import Spot


class Reason(enum.StrEnum):
    """Why a row is not taken."""

    NO_COORDINATES = "no_coordinates"
    BAD_COORDINATES = "bad_coordinates"
    OUTSIDE_MAP = "outside_map"
    BAD_DATE = "bad_date"
    BAD_NUMBER = "bad_number"
    NO_KIND = "no_kind"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call that can be placed and dated.

    ``at`` is aware UTC; where the file gives only a day, ``day_only`` is true and ``at`` is that
    day's local noon. ``title`` is the file's own words for the type, ``place`` its address.
    """

    source: str
    ref: str
    at: dt.datetime
    day_only: bool
    kind: CallKind
    urgency: CallUrgency
    title: str
    place: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Refused:
    """A row not taken: ``row`` counts from 1 without the head; ``said`` is the bad value."""

    source: str
    row: int
    reason: Reason
    said: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle in degrees, within which roads are on the map."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, spot: Spot) -> bool:
        """Tell whether a spot lies inside."""
        return self.west <= spot.lon <= self.east and self.south <= spot.lat <= self.north


# Where the Portland extract is dense (see the data's SOURCES.md); outside it only main roads are.
PORTLAND_CORE = Bounds(-122.735, 45.448, -122.632, 45.552)


def parted(rows: Iterable[CallRow | Refused]) -> tuple[list[CallRow], list[Refused]]:
    """Part what a reader yields into calls and refusals."""
    calls: list[CallRow] = []
    refused: list[Refused] = []
    for row in rows:
        if isinstance(row, CallRow):
            calls.append(row)
        else:
            refused.append(row)
    return calls, refused
