"""Spots on the ground, distances and the reference systems that coordinates come in."""

from __future__ import annotations

import enum
import math
from typing import NamedTuple

import prcoords

EARTH_RADIUS_M = 6_371_008.8
_SHIFTED = ((72.004, 0.8293), (137.8347, 55.8271))


class Spot(NamedTuple):
    """A point in WGS-84 degrees, longitude first as in GeoJSON (RFC 7946)."""

    lon: float
    lat: float


class ReferenceSystem(enum.StrEnum):
    """The reference systems that a coordinate may be entered in."""

    WGS84 = "WGS-84"
    GCJ02 = "GCJ-02"
    BD09 = "BD-09"
    CGCS2000 = "CGCS2000"


def to_wgs84(lon: float, lat: float, system: ReferenceSystem) -> Spot:
    """Bring a coordinate pair in degrees from ``system`` to WGS-84.

    CGCS2000 differs from WGS-84 by centimetres and is taken over as it is. GCJ-02 and BD-09 are
    inverted by iteration, to the millimetre; they shift China only, so what lies outside it is
    taken over too (the formulas are not even defined near the poles).
    """
    if system in (ReferenceSystem.WGS84, ReferenceSystem.CGCS2000) or not _is_shifted(lon, lat):
        return Spot(lon, lat)
    point = prcoords.Coords(lat, lon)
    mended = (
        prcoords.gcj_wgs_bored(point)
        if system is ReferenceSystem.GCJ02
        else prcoords.bd_wgs_bored(point)
    )
    return Spot(mended.lon, mended.lat)


def _is_shifted(lon: float, lat: float) -> bool:
    """Tell whether a spot lies in the box in which GCJ-02 and BD-09 differ from WGS-84."""
    (west, south), (east, north) = _SHIFTED
    return west <= lon <= east and south <= lat <= north


def distance_m(a: Spot, b: Spot) -> float:
    """Return the great-circle distance in metres (haversine)."""
    phi_a, phi_b = math.radians(a.lat), math.radians(b.lat)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = math.radians(b.lon - a.lon) / 2
    h = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))
