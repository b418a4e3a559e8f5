"""Where a form says that it is, and where a map of the ground begins."""

from __future__ import annotations

from collections.abc import Mapping

from tongxin.foundation.territory.locating import ground_bounds
from tongxin.foundation.territory.selectors import find_place
from tongxin.kernel.geometry import ReferenceSystem, Spot, to_wgs84

WORLD = (-20.0, -10.0, 150.0, 55.0)
"""What a map shows while no ground has been imported."""


def ground_center() -> str:
    """Return the middle of the ground as "lon,lat" for ``<tx-map>``."""
    west, south, east, north = ground_bounds() or WORLD
    return f"{(west + east) / 2:.5f},{(south + north) / 2:.5f}"


def spot_said(said: Mapping[str, str]) -> Spot | None:
    """Return the place of a form: its pin (lon, lat, srs), else the best match for its words.

    ``None`` when neither leads anywhere; without scripts the words are all there is.
    """
    try:
        system = ReferenceSystem(said.get("srs") or ReferenceSystem.WGS84)
        return to_wgs84(float(said.get("lon", "")), float(said.get("lat", "")), system)
    except ValueError:
        found = find_place(said.get("place", "")[:80], limit=1)
    return Spot(found[0].lon, found[0].lat) if found else None
