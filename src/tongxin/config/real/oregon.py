"""Oregon North in international feet (EPSG:2913), the system of the city's files, to WGS-84."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from tongxin.kernel.geometry import Spot

EPSG = 2913
WGS84_EPSG = 4326
DECIMALS = 7
# Beyond these feet a number cannot be a place in or near the city.
EAST_FEET, NORTH_FEET = (7_400_000.0, 8_000_000.0), (400_000.0, 1_000_000.0)


@cache
def _turn() -> Transformer:
    return Transformer.from_crs(EPSG, WGS84_EPSG, always_xy=True)


def spots_from_feet(feet: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn easting and northing in feet, shape (n, 2), into lon, lat in degrees."""
    lon, lat = _turn().transform(feet[:, 0], feet[:, 1])
    return np.round(np.column_stack([lon, lat]), DECIMALS)


def plausible(east: float, north: float) -> bool:
    """Tell whether feet can mean a place in or near the city."""
    return EAST_FEET[0] < east < EAST_FEET[1] and NORTH_FEET[0] < north < NORTH_FEET[1]


def spot_from_feet(east: float, north: float) -> Spot:
    """Turn one pair of feet into a spot."""
    lon, lat = _turn().transform(east, north)
    return Spot(round(lon, DECIMALS), round(lat, DECIMALS))
