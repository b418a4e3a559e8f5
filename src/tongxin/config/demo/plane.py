"""The district's outline and a flat measure of it: metres east and north of its middle."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Drawn by hand for the demo along the right bank of the river and far into the fields to the south:
# no real boundary. Degrees, lon first.
OUTLINE: tuple[tuple[float, float], ...] = (
    (114.287, 30.556),
    (114.318, 30.559),
    (114.343, 30.551),
    (114.353, 30.530),
    (114.356, 30.500),
    (114.350, 30.474),
    (114.327, 30.455),
    (114.324, 30.420),
    (114.318, 30.388),
    (114.262, 30.388),
    (114.216, 30.404),
    (114.219, 30.428),
    (114.247, 30.467),
    (114.263, 30.495),
    (114.279, 30.525),
)
MIDDLE = (114.300, 30.480)
MARGIN_DEG = 0.02
METRES_PER_DEGREE = 111_195.08
_EAST = METRES_PER_DEGREE * math.cos(math.radians(MIDDLE[1]))
# Snapping grid of all drawn coordinates: 1e-6° is about a decimetre; shared corners stay shared.
GRID_DEG = 1e-6


def to_metres(lonlat: Floats) -> Floats:
    """Turn degrees, shape (n, 2), into metres from the middle; true to 0.2 % in the district."""
    return np.column_stack(
        [(lonlat[:, 0] - MIDDLE[0]) * _EAST, (lonlat[:, 1] - MIDDLE[1]) * METRES_PER_DEGREE]
    )


def to_degrees(metres: Floats) -> Floats:
    """Turn metres from the middle, shape (n, 2), back into degrees."""
    return np.column_stack(
        [metres[:, 0] / _EAST + MIDDLE[0], metres[:, 1] / METRES_PER_DEGREE + MIDDLE[1]]
    )


def square_metres(square_degrees: Floats) -> Floats:
    """Turn areas in square degrees into square metres."""
    return square_degrees * (_EAST * METRES_PER_DEGREE)


def window() -> tuple[float, float, float, float]:
    """Return west, south, east, north of the outline with its margin, in degrees."""
    lons, lats = zip(*OUTLINE, strict=True)
    return (
        min(lons) - MARGIN_DEG,
        min(lats) - MARGIN_DEG,
        max(lons) + MARGIN_DEG,
        max(lats) + MARGIN_DEG,
    )
