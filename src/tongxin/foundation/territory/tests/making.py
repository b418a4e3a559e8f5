"""Draws small pieces of ground for tests: squares of a hundredth of a degree on a chessboard."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongxin.foundation.territory.models import Area, Level, Network
from tongxin.kernel.geometry import Spot

WEST, SOUTH, SIDE = 114.30, 30.50, 0.01
LONG_AGO = dt.date(2020, 1, 1)


def box(column: float, row: float, width: float = 1, height: float = 1) -> dict[str, Any]:
    """Return a GeoJSON rectangle in squares of the chessboard, counted from its south-west."""
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    east, north = west + width * SIDE, south + height * SIDE
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def spot(column: float, row: float) -> Spot:
    """Return the spot at a place on the chessboard: (0.5, 0.5) is the first middle."""
    return Spot(WEST + column * SIDE, SOUTH + row * SIDE)


def area(
    code: str,
    geometry: dict[str, Any],
    *,
    level: Level = Level.BEAT,
    network: Network = Network.POLICE,
    parent: Area | None = None,
    **more: Any,
) -> Area:
    """Write an area; its number is its place among those written so far unless given."""
    made = Area.objects.create(
        network=network,
        level=level,
        code=code,
        name=more.pop("name", code),
        number=more.pop("number", Area.objects.count() + 1),
        parent=parent,
        geometry=geometry,
        valid_from=more.pop("valid_from", LONG_AGO),
        **more,
    )
    made.path = [*(parent.path if parent else []), made.pk]
    made.save(update_fields=["path"])
    return made


class District:
    """A branch of 2 by 2 squares: one station, four beats, and four grids that lie differently.

    The police network halves nothing; the governance network has one community and two grids that
    run from west to east, so that a spot answers with unlike areas in both.
    """

    def __init__(self) -> None:
        self.branch = area("B", box(0, 0, 2, 2), level=Level.BRANCH, promise_minutes=5)
        self.station = area("S", box(0, 0, 2, 2), level=Level.STATION, parent=self.branch)
        self.beats = [
            area(f"P{i}{j}", box(i, j), parent=self.station, promise_minutes=3 if i else None)
            for i in (0, 1)
            for j in (0, 1)
        ]
        governance = {"network": Network.GOVERNANCE}
        self.community = area("C", box(0, 0, 2, 2), level=Level.COMMUNITY, **governance)
        self.grids = [
            area(f"G{j}", box(0, j, 2, 1), level=Level.GRID, parent=self.community, **governance)
            for j in (0, 1)
        ]
