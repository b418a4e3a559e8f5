"""Who looks after a spot, the areas, and places as people call them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router
from pydantic import Field

from tongxin.foundation.access.people import Person
from tongxin.foundation.access.selectors import who_looks_after
from tongxin.foundation.territory import locating, selectors
from tongxin.foundation.territory.models import Level, Network
from tongxin.surfaces.api import shapes
from tongxin.surfaces.api.problems import REFUSALS

router = Router(tags=["territory"])


@router.get("/looks-after", response={200: shapes.LooksAfterOut, **REFUSALS})
def looks_after(request: HttpRequest, at: Query[shapes.Located]) -> dict[str, Any]:
    """Answer "who looks after this spot?" for all four networks."""
    found = who_looks_after(at.spot())
    return {
        "areas": {
            network.value: None if info is None else _area(info)
            for network, info in found.located.leaf.items()
        },
        "people": {
            network.value: [_keeper(person) for person in people]
            for network, people in found.people.items()
        },
        "first": _keeper(found.first) if found.first else None,
        "faults": [fault.kind.value for fault in found.located.faults],
    }


def _area(info: locating.AreaInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "network": info.network,
        "level": info.level,
        "code": info.code,
        "name": info.name,
    }


def _keeper(person: Person) -> dict[str, Any]:
    return {
        "role": person.role.value,
        "title": person.title,
        "phone": person.phone,
        "area": person.area.name if person.area else "",
    }


_FEATURES = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "items": {"type": "object"}},
    },
}
_AREAS = {"description": "OK", "content": {"application/geo+json": {"schema": _FEATURES}}}


@router.get("/areas", response=REFUSALS, openapi_extra={"responses": {200: _AREAS}})
def areas(request: HttpRequest, network: Network, level: Level) -> HttpResponse:
    """Return the areas of a network and level as GeoJSON (RFC 7946)."""
    collection = locating.areas_geojson(network, level)
    return JsonResponse(collection, content_type="application/geo+json")


@router.get("/places", response={200: list[shapes.PlaceOut], **REFUSALS})
def places(
    request: HttpRequest, q: Annotated[shapes.Text, Field(min_length=1, max_length=80)]
) -> list[dict[str, Any]]:
    """Find places by what people call them, in characters or pinyin."""
    return [
        {
            "label": place.label,
            "lon": place.lon,
            "lat": place.lat,
            "kind": str(place.kind),
            "exact": place.exact,
        }
        for place in selectors.find_place(q)
    ]
