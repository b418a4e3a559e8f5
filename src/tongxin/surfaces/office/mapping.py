"""What the office's maps draw, as GeoJSON; each by the right of the page it belongs to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.incidents import selectors as incidents
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.territory import faulting, locating
from tongxin.foundation.territory.models import FaultKind, Level, Network
from tongxin.foundation.territory.selectors import faults_geojson
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office import closing, ground, promises, words
from tongxin.surfaces.office.frame import OFFICE_RIGHTS, rights_of

INCIDENTS_DRAWN = 300


def collection(features: list[dict[str, Any]]) -> HttpResponse:
    """Return features as an answer in GeoJSON."""
    return JsonResponse({"type": "FeatureCollection", "features": features})


def point(lon: float, lat: float, **properties: Any) -> dict[str, Any]:
    """Return one feature at a spot."""
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@require_GET
@member_page(*OFFICE_RIGHTS)
def areas(request: HttpRequest) -> HttpResponse:
    """Return a network's areas of one level (``?network=&level=``); beats when nothing is said."""
    network, level = network_of(request), level_of(request)
    found = locating.areas_geojson(network, level)
    only = request.GET.get("area", "")
    if only:
        found["features"] = [f for f in found["features"] if str(f["id"]) == only]
    for feature in found["features"]:
        feature["properties"]["id"] = feature["id"]
    response = JsonResponse(found)
    response["Cache-Control"] = "private, max-age=300"
    return response


@require_GET
@member_page(Permission.SEE_POSITIONS)
def people(request: HttpRequest) -> HttpResponse:
    """Return who is on duty on the member's ground."""
    member = acting_member(request)
    with acting_as(member):
        found = dispatch.people_on_map(member)
    for feature in found["features"]:
        said = feature["properties"]
        free = said["state"] == "free"
        said |= {"state": "unknown" if free else words.look(said["look"]), "label": said["name"]}
    return JsonResponse(found)


@require_GET
@member_page(Permission.SEE_INCIDENTS)
def open_incidents(request: HttpRequest) -> HttpResponse:
    """Return the open incidents in sight, of one area when told (``?area=``)."""
    member = acting_member(request)
    asked = request.GET.get("area", "")
    filters = incidents.Filters(area_id=whole_number(asked))
    with acting_as(member):
        rows = incidents.queue(member, filters, INCIDENTS_DRAWN)
    return collection(
        [
            point(row.lon, row.lat, ref=row.number, state=words.look(row.look), label=row.place)
            for row in rows
        ]
    )


@require_GET
@member_page(*rights_of("faults"))
def fault_points(request: HttpRequest) -> HttpResponse:
    """Return the faults that were met when somebody asked for a spot, as marks."""
    found = faults_geojson(network=network_or_none(request))
    for feature in found["features"]:
        said = feature["properties"]
        kind = str(FaultKind(said["kind"]).label)
        said |= {"ref": str(feature["id"]), "state": "broken", "label": f"{kind} {said['times']}×"}
    return JsonResponse(found)


@require_GET
@member_page(*rights_of("faults"))
def fault_shapes(request: HttpRequest) -> HttpResponse:
    """Return a network's areas with the gaps and overlaps of a survey drawn over them."""
    network = network_of(request)
    leaves = locating.ground_on(ground.today()).leaves(network)
    level = leaves[0].level if leaves else Level.BEAT
    found = locating.areas_geojson(network, level)
    for number, fault in enumerate(faulting.survey(network)):
        feature = fault.feature()
        kind = str(FaultKind(fault.kind).label)
        feature["properties"] |= {"id": f"fault-{number}", "fault": True, "name": kind}
        found["features"].append(feature)
    return JsonResponse(found)


@require_GET
@member_page(*rights_of("promises"))
def promise_zones(request: HttpRequest) -> HttpResponse:
    """Return the beats with the share of promises kept; those below the aim are filled."""
    _name, zones = promises.zones_of(request, acting_member(request))
    by_area = {zone.area_id: zone for zone in zones}
    found = locating.areas_geojson(Network.POLICE, Level.BEAT)
    for feature in found["features"]:
        zone = by_area.get(feature["id"])
        said = feature["properties"]
        said["id"] = feature["id"]
        if zone is None or zone.kept is None:
            continue
        said["name"] = f"{said['name']} {zone.kept:.0%}"
        said["fault"] = zone.kept < promises.AIM and not zone.too_few
    return JsonResponse(found)


@require_GET
@member_page(*rights_of("roads"))
def closed_roads(request: HttpRequest) -> HttpResponse:
    """Return the closed segments as lines."""
    return collection(
        [
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": row.line},
                "properties": {"role": "first", "estimate": False, "label": row.street},
            }
            for row in closing.closed_now()
            if len(row.line) > 1
        ]
    )


@require_GET
@member_page(*rights_of("roads"))
def closed_marks(request: HttpRequest) -> HttpResponse:
    """Return the closed segments as marks with the street's name."""
    return collection(
        [
            point(row.lon, row.lat, ref=str(row.id), state="broken", label=row.street)
            for row in closing.closed_now()
        ]
    )


def network_of(request: HttpRequest) -> Network:
    """Return the network asked for, the police one when none is."""
    return network_or_none(request) or Network.POLICE


def network_or_none(request: HttpRequest) -> Network | None:
    """Return the network asked for, if any."""
    asked = request.GET.get("network", "")
    return Network(asked) if asked in Network.values else None


def level_of(request: HttpRequest) -> Level | None:
    """Return the level asked for; the network's lowest when none fits."""
    asked = request.GET.get("level", "")
    if asked in Level.values:
        return Level(asked)
    leaves = locating.ground_on(ground.today()).leaves(network_of(request))
    return leaves[0].level if leaves else None
