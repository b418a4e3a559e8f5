"""What importers of the ground speak of: rows that were read, and rows that are wrong."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from tongxin.kernel.geometry import Spot


class RowFault(enum.StrEnum):
    """What can be wrong with a row; stable codes."""

    SELF_CROSSING = "self_crossing"
    OVERLAP = "overlap"
    GAP = "gap"
    UNKNOWN_PARENT = "unknown_parent"
    DUPLICATE_CODE = "duplicate_code"
    WRONG_LEVEL = "wrong_level"
    WRONG_REFERENCE_SYSTEM = "wrong_reference_system"
    MISSING_COLUMN = "missing_column"
    MISSING_VALUE = "missing_value"
    WRONG_VALUE = "wrong_value"
    NOT_A_POLYGON = "not_a_polygon"
    UNKNOWN_AREA = "unknown_area"
    OUTSIDE = "outside"


ACCEPTABLE = frozenset({RowFault.SELF_CROSSING, RowFault.OVERLAP, RowFault.GAP, RowFault.OUTSIDE})
"""Faults that ``--accept`` takes in: a crossing is mended by a zero buffer, the others stay."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """One thing that is wrong: in which file and row (1 is the first; 0 the file as a whole).

    ``spot`` says where on the ground, ``square_metres`` how much of it. An ``acceptable`` row is
    taken when asked to; the others are left out.
    """

    source: str
    line: int
    code: str
    fault: RowFault
    message: str
    spot: Spot | None = None
    square_metres: float | None = None

    @property
    def acceptable(self) -> bool:
        """Tell whether the row can be taken in spite of this."""
        return self.fault in ACCEPTABLE


@dataclass(slots=True)
class AreaRow:
    """One area as a file gives it, brought to our words and to WGS-84.

    ``shape`` is a Shapely polygon, ``None`` when the row has none that can be used.
    """

    source: str
    line: int
    network: str
    level: str
    code: str
    name: str
    number: int
    parent: str
    shape: Any
    is_village: bool = False
    promise_minutes: int | None = None
    population: int | None = None

    def bad(self, fault: RowFault, message: object, **where: Any) -> BadRow:
        """Return this row as a bad one."""
        return BadRow(self.source, self.line, self.code, fault, str(message), **where)
