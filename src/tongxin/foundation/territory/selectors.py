"""Reading the ground: places by what people say, labels for spots, lists for the office."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tongxin.foundation.territory.finding import Place, find_place, place_label
from tongxin.foundation.territory.models import Area, GroundFault, Level, Network, Post

__all__ = ["Place", "areas", "faults", "faults_geojson", "find_place", "place_label", "posts"]


def faults(*, open_only: bool = True, network: Network | None = None) -> QuerySet[GroundFault]:
    """Return the faults that were met, the latest first, with the area that answered."""
    found = GroundFault.objects.select_related("answered_area").order_by("-last_seen", "-id")
    if open_only:
        found = found.filter(mended_at__isnull=True)
    return found.filter(network=network) if network else found


def faults_geojson(*, network: Network | None = None, limit: int = 2_000) -> dict[str, Any]:
    """Return open faults as points to draw: a GeoJSON FeatureCollection, the latest first."""
    return {
        "type": "FeatureCollection",
        "features": [_fault_feature(fault) for fault in faults(network=network)[:limit]],
    }


def areas(
    *, network: Network | None = None, level: Level | None = None, also_ended: bool = False
) -> QuerySet[Area]:
    """Return areas for a list, with their parents, without polygons, by network and number."""
    found = Area.objects.select_related("parent").defer("geometry", "parent__geometry", "grams")
    if not also_ended:
        found = found.filter(valid_to__isnull=True)
    if network:
        found = found.filter(network=network)
    if level:
        found = found.filter(level=level)
    return found.order_by("network", "level", "number", "id")


def posts(*, area_ids: frozenset[int] | None = None) -> QuerySet[Post]:
    """Return posts with their area by kind and code; only those under ``area_ids`` if given."""
    found = Post.objects.select_related("area").defer("area__geometry", "grams")
    if area_ids is not None:
        found = found.filter(area__path__overlap=sorted(area_ids))
    return found.order_by("kind", "code")


def _fault_feature(fault: GroundFault) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": fault.pk,
        "geometry": {"type": "Point", "coordinates": [fault.lon, fault.lat]},
        "properties": {
            "network": fault.network,
            "kind": fault.kind,
            "times": fault.times,
            "answered": fault.answered_area.name if fault.answered_area else "",
            "last_seen": fault.last_seen.isoformat(),
        },
    }
