"""Reference systems by name: EPSG codes, a file's own, and China's GCJ-02 and BD-09."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext_lazy as _
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import ReferenceSystem, Spot, to_wgs84

CHINA = (72.0, 0.8, 138.0, 56.0)
"""West, south, east, north: outside it GCJ-02 and BD-09 mean nothing."""

_NAMES = {
    "wgs84": ReferenceSystem.WGS84,
    "crs84": ReferenceSystem.WGS84,
    "gps": ReferenceSystem.WGS84,
    "gcj02": ReferenceSystem.GCJ02,
    "gcj": ReferenceSystem.GCJ02,
    "火星坐标": ReferenceSystem.GCJ02,
    "高德": ReferenceSystem.GCJ02,
    "amap": ReferenceSystem.GCJ02,
    "bd09": ReferenceSystem.BD09,
    "bd09ll": ReferenceSystem.BD09,
    "百度": ReferenceSystem.BD09,
    "baidu": ReferenceSystem.BD09,
    "cgcs2000": ReferenceSystem.CGCS2000,
    "国家2000": ReferenceSystem.CGCS2000,
    "2000国家大地坐标系": ReferenceSystem.CGCS2000,
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference system that coordinates come in: one of China's, or any that PROJ knows."""

    name: str
    system: ReferenceSystem | None
    crs: CRS | None = None

    @classmethod
    def named(cls, text: str) -> Reference:
        """Find a system by name, EPSG code or WKT; raises ``BadInput``."""
        key = re.sub(r"[\s_\-]+", "", text).lower()
        if key in _NAMES:
            return cls(_NAMES[key].value, _NAMES[key])
        try:
            crs = CRS.from_user_input(text.strip())
        except CRSError:
            raise BadInput(
                "srs.unknown",
                _("“%(name)s” is no reference system; write EPSG:2913, WGS-84, GCJ-02, BD-09…")
                % {"name": text[:60]},
                field="srs",
            ) from None
        return cls(crs.to_string()[:80], None, crs)

    def shapes_to_wgs84(self, shapes: Any) -> Any:
        """Bring an array of Shapely geometries to WGS-84 degrees, longitude first.

        What cannot be brought over comes out with infinite coordinates.
        """
        return shapely.transform(shapely.force_2d(shapes), self._points_to_wgs84)

    def to_wgs84(self, x: float, y: float) -> Spot:
        """Bring one pair (longitude or easting first) to WGS-84."""
        lon, lat = self._points_to_wgs84(np.array([[x, y]]))[0]
        return Spot(float(lon), float(lat))

    @property
    def is_chinese(self) -> bool:
        """Tell whether the system holds in China only."""
        return self.system in (ReferenceSystem.GCJ02, ReferenceSystem.BD09)

    def _points_to_wgs84(self, points: Any) -> Any:
        if self.crs is not None:
            transformer = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
            return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))
        if not self.is_chinese:
            return points
        inside = _in_china(points)
        brought = np.array(points, dtype=float)
        for row in np.flatnonzero(inside):
            brought[row] = to_wgs84(float(points[row, 0]), float(points[row, 1]), self.system)  # type: ignore[arg-type]
        return brought


def is_in_china(spot: Spot) -> bool:
    """Tell whether a spot lies in the box around China."""
    return CHINA[0] <= spot.lon <= CHINA[2] and CHINA[1] <= spot.lat <= CHINA[3]


def _in_china(points: Any) -> Any:
    x, y = points[:, 0], points[:, 1]
    return (x >= CHINA[0]) & (x <= CHINA[2]) & (y >= CHINA[1]) & (y <= CHINA[3])
