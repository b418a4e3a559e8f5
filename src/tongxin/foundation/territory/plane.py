"""A flat sheet in metres laid on a district, so that distances and areas come out of degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

from tongxin.kernel.geometry import EARTH_RADIUS_M, Spot

METRES_PER_DEGREE = math.radians(1) * EARTH_RADIUS_M
_EARTH = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Plane:
    """An equirectangular sheet whose origin is ``lon``, ``lat``.

    It only stretches and shifts, so a spot lies in a polygon on the sheet exactly when it does so
    in degrees; distances within 30 km of the origin are right to about a third of a per cent.
    """

    lon: float
    lat: float
    east: float
    north: float

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float]) -> Plane:
        """Lay the sheet on the middle of ``bounds`` (west, south, east, north in degrees)."""
        west, south, east, north = bounds
        lon, lat = (west + east) / 2, (south + north) / 2
        return cls(lon, lat, METRES_PER_DEGREE * math.cos(math.radians(lat)), METRES_PER_DEGREE)

    def flatten(self, shapes: Any) -> Any:
        """Bring a geometry or an array of them from WGS-84 degrees to metres."""
        scale, shift = np.array([self.east, self.north]), np.array([self.lon, self.lat])
        return shapely.transform(shapes, lambda xy: (xy - shift) * scale)

    def unflatten(self, shapes: Any) -> Any:
        """Bring a geometry or an array of them from metres back to WGS-84 degrees."""
        scale, shift = np.array([self.east, self.north]), np.array([self.lon, self.lat])
        return shapely.transform(shapes, lambda xy: xy / scale + shift)

    def metres(self, spot: Spot) -> tuple[float, float]:
        """Return the spot's place on the sheet: metres east and north of the origin."""
        return (spot[0] - self.lon) * self.east, (spot[1] - self.lat) * self.north

    def spot(self, x: float, y: float) -> Spot:
        """Return the spot in degrees that lies ``x`` metres east and ``y`` north of the origin."""
        return Spot(x / self.east + self.lon, y / self.north + self.lat)


def square_metres(shape: Any) -> float:
    """Return the area of a WGS-84 polygon on the ellipsoid, in m²."""
    return abs(float(_EARTH.geometry_area_perimeter(shape)[0]))
