"""Invented map content for the style page, as the GeoJSON that <tx-map> takes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

CENTRE = (114.305, 30.593)


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def near(east: float, north: float) -> list[float]:
    """Return a point some thousandths of a degree from the sample's centre."""
    return [CENTRE[0] + east / 1000, CENTRE[1] + north / 1000]


def box(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    """Return a rectangle's rings."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[near(*corner) for corner in corners]]


def map_samples() -> dict[str, Any]:
    """Return what the sample map shows, by the name of <tx-map>'s source."""
    return {
        "areas": collection(
            feature("Polygon", box(-14, -9, 0, 9), name=_("Beat 3"), level="beat"),
            feature("Polygon", box(0, -9, 14, 9), name=_("Beat 4"), level="beat"),
        ),
        "incidents": collection(
            feature("Point", near(1, 1), ref="1", state="waiting", label=_("Lost person")),
            feature("Point", near(8, -5), ref="2", state="coming", label=_("Dispute")),
            feature("Point", near(-9, 6), ref="3", state="broken", label=_("Hazard")),
        ),
        "people": collection(
            feature("Point", near(-4, -3), id="p1", state="unknown", label=_("Beat 3")),
            feature("Point", near(5, 4), id="p2", state="coming", label=_("Crew 12")),
            feature("Point", near(-7, -6), id="p3", state="there", label=_("Crew 12")),
        ),
        "candidates": collection(
            feature("Point", near(-3, 4), id="c1", minutes=2, label=_("Zhang"), role="first"),
            feature("Point", near(10, 3), id="c2", minutes=6.5, label=_("Li"), role="lead"),
        ),
        "routes": collection(
            feature("LineString", [near(-3, 4), near(-1, 2), near(1, 1)], role="first"),
        ),
    }
