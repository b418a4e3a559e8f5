"""What the console's map draws, as GeoJSON."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.incidents import selectors
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.roads import loading
from tongxin.foundation.roads.network import Mode
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Level, Network
from tongxin.kernel.geometry import Spot
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.kit.incidents import look

page = member_page(Permission.DISPATCH, Permission.SEE_POSITIONS)
INCIDENTS_DRAWN = 300


def _collection(features: list[dict[str, Any]]) -> HttpResponse:
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _point(lon: float, lat: float, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": properties,
    }


@require_GET
@page
def areas(request: HttpRequest) -> HttpResponse:
    """Return the beats, faint under everything else."""
    response = JsonResponse(locating.areas_geojson(Network.POLICE, Level.BEAT))
    response["Cache-Control"] = "private, max-age=300"
    return response


@require_GET
@page
def incidents(request: HttpRequest) -> HttpResponse:
    """Return the open incidents in sight."""
    member = acting_member(request)
    with acting_as(member):
        rows = selectors.queue(member, limit=INCIDENTS_DRAWN)
    return _collection(
        [
            _point(row.lon, row.lat, ref=row.number, state=look(row.look), label=row.place)
            for row in rows
        ]
    )


@require_GET
@page
def people(request: HttpRequest) -> HttpResponse:
    """Return who is on duty and may be seen."""
    member = acting_member(request)
    with acting_as(member):
        found = dispatch.people_on_map(member)
    for feature in found["features"]:
        said = feature["properties"]
        said |= {
            "state": "unknown" if said["state"] == "free" else look(said["look"]),
            "label": said["name"],
        }
    return JsonResponse(found)


@require_GET
@page
def candidates(request: HttpRequest, number: str) -> HttpResponse:
    """Return the nearest of the chosen incident, with their minutes on the road."""
    member = acting_member(request)
    with acting_as(member):
        found = selectors.incident(member, number)
        near = dispatch.candidates(found) if found.is_open else []
        going = dispatch.going([found.pk]).get(found.pk, ())
    looks = {person.member_id: look(person.look) for person in going}
    return _collection(
        [
            _point(
                each.lon,
                each.lat,
                id=str(each.member_id),
                minutes=each.minutes,
                label=each.title,
                role="first" if each.chosen else "",
                shape=dispatch.shape_of(each.kind),
                state=looks.get(each.member_id, "unknown"),
                estimate=each.estimate,
            )
            for each in near
            if each.lon is not None and each.lat is not None
        ]
    )


@require_GET
@page
def routes(request: HttpRequest, number: str) -> HttpResponse:
    """Return the ways of those who are asked or on the way."""
    member = acting_member(request)
    with acting_as(member):
        found = selectors.incident(member, number)
        near = {c.member_id: c for c in dispatch.candidates(found)}
        going = dispatch.going([found.pk]).get(found.pk, ())
        modes = dispatch.modes_of(person.member_id for person in going)
    spot = Spot(found.lon, found.lat)
    lines = []
    for person in going:
        at = near.get(person.member_id)
        if at is None or at.lon is None or at.lat is None or person.state == "arrived":
            continue
        mode = Mode(modes.get(person.member_id, Mode.CAR))
        lines.append(_route(Spot(at.lon, at.lat), spot, mode, person.role))
    return _collection([line for line in lines if line])


def _route(origin: Spot, spot: Spot, mode: Mode, role: str) -> dict[str, Any] | None:
    way = loading.current_network(settings.TONGXIN_DATA).route(origin, spot, mode)
    if not way.reachable or len(way.line) < 2:
        return None
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [list(each) for each in way.line]},
        "properties": {"role": role, "estimate": way.estimate},
    }
