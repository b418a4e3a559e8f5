"""Areas of the four networks, who looks after a spot, and the faults of the ground."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.foundation.access import policy
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.territory import actions, faulting, locating
from tongxin.foundation.territory.locating import AreaInfo
from tongxin.foundation.territory.models import NETWORK_LEVELS, Area, Level, Network
from tongxin.foundation.territory.selectors import areas, faults, find_place, place_label, posts
from tongxin.kernel.errors import NotFound
from tongxin.kernel.geometry import ReferenceSystem, Spot, to_wgs84
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office import ground, teams
from tongxin.surfaces.office.frame import rights_of, show
from tongxin.surfaces.office.mapping import network_of, network_or_none
from tongxin.surfaces.office.tables import csv_answer

FAULTS_SHOWN = 500
SURVEY_SHOWN = 200


@require_GET
@member_page(*rights_of("areas"))
def page(request: HttpRequest) -> HttpResponse:
    """List a network's areas of a level beside their map; ``?ended=1`` also those that ended."""
    network = network_of(request)
    levels = NETWORK_LEVELS[network]
    level = request.GET.get("level", "")
    level = level if level in levels else levels[-1]
    ended = request.GET.get("ended") == "1"
    rows = list(areas(network=network, level=Level(level), also_ended=ended))
    if request.GET.get("csv"):
        head = (
            _("Code"), _("Designation"), _("Number"), _("Belongs to"), _("Promised minutes"),
            _("Valid from"), _("Valid to"),
        )  # fmt: skip
        return csv_answer(f"areas-{network}-{level}", head, map(_cells, rows))
    context = {
        "network": network.value,
        "networks": Network.choices,
        "level": level,
        "levels": [(each, Level(each).label) for each in levels],
        "ended": ended,
        "rows": rows,
        "center": ground.centre(),
        "may_import": policy.holds(acting_member(request), Permission.MANAGE_TERRITORY),
    }
    return show(request, "areas", context, here="areas", block="page")


def _cells(area: Area) -> tuple[object, ...]:
    return (
        area.code, area.name, area.number, area.parent.name if area.parent else "",
        _promise(area), area.valid_from, area.valid_to,
    )  # fmt: skip


def _promise(area: Area) -> int | None:
    """Return the minutes promised there: the area's own or the nearest ancestor's."""
    try:
        return locating.area_info(area.pk).promise_minutes
    except NotFound:
        return area.promise_minutes


@require_GET
@member_page(*rights_of("areas"))
def one(request: HttpRequest, area_id: int) -> HttpResponse:
    """Show one area: where it lies, who serves it, its posts, its earlier forms."""
    member = acting_member(request)
    info = locating.area_info(area_id)
    row = areas(also_ended=True).filter(pk=area_id).first()
    earlier = areas(network=info.network, also_ended=True).filter(code=info.code)
    with acting_as(member):
        context = {
            "info": info,
            "row": row,
            "above": locating.ancestors(area_id),
            "below": locating.children(area_id),
            "people": _people(member, info),
            "posts": list(posts(area_ids=frozenset({area_id}))[:200]),
            "earlier": [area for area in earlier if area.pk != area_id],
            "has_plan": _has_plan(member, info),
            "center": f"{info.centroid.lon:.5f},{info.centroid.lat:.5f}",
        }
    return show(request, "area", context, here="areas")


def _people(member: Member, info: AreaInfo) -> list[access.Person]:
    """Return who serves the area, for those who may see members there or look after its calls."""
    rights = (Permission.SEE_MEMBERS, Permission.MANAGE_MEMBERS, Permission.MANAGE_CALL_PLAN)
    may = any(policy.can(member, right, info.path) for right in rights)
    return access.members_of(info.id) if may else []


def _has_plan(member: Member, info: AreaInfo) -> bool:
    try:
        return bool(teams.beat_of(member, info.id))
    except NotFound:
        return False


@require_http_methods(["GET", "POST"])
@member_page(*rights_of("spot"))
def spot(request: HttpRequest) -> HttpResponse:
    """Answer for a spot who looks after it, in all four networks with people and phone (S01).

    Spot (lon, lat, srs) or place as people say it come in the body: no log holds an address.
    """
    said = request.POST.get("place", "").strip()[:80]
    where = _spot(request, said)
    context: dict[str, Any] = {
        "said": said,
        "asked": request.method == "POST",
        "center": ground.centre(),
    }
    if where is not None:
        found = access.who_looks_after(where)
        actions.locate_and_record(where)
        context |= {
            "found": found,
            "spot": where,
            "label": place_label(where, found.located)[0],
            "networks": [_answer(network, found) for network in Network],
        }
    return show(request, "spot", {"found": None} | context, here="spot", block="answer")


def _answer(network: Network, found: access.LooksAfter) -> dict[str, Any]:
    leaf = found.located.leaf.get(network)
    path = [locating.area_info(i).name for i in leaf.path] if leaf else []
    faulty = next((f for f in found.located.faults if f.network is network), None)
    return {
        "label": network.label,
        "leaf": leaf,
        "path": path,
        "people": found.people.get(network, []),
        "fault": faulty.kind.label if faulty else "",
    }


def _spot(request: HttpRequest, said: str) -> Spot | None:
    try:
        system = ReferenceSystem(request.POST.get("srs") or ReferenceSystem.WGS84)
        return to_wgs84(float(request.POST["lon"]), float(request.POST["lat"]), system)
    except (KeyError, ValueError):
        places = find_place(said, limit=1) if said else []
        return Spot(places[0].lon, places[0].lat) if places else None


@require_GET
@member_page(*rights_of("faults"))
def fault_list(request: HttpRequest) -> HttpResponse:
    """List the faults met and, when asked (``?survey=1``), all gaps and overlaps of a network."""
    network = network_or_none(request)
    met = list(faults(network=network)[:FAULTS_SHOWN])
    surveyed = _surveyed(network) if request.GET.get("survey") == "1" and network else None
    if request.GET.get("csv"):
        head = (_("Network"), _("Fault"), _("Longitude"), _("Latitude"), _("Times"), _("Last seen"))
        cells = (
            (f.get_network_display(), f.get_kind_display(), f.lon, f.lat, f.times, f.last_seen)
            for f in met
        )
        return csv_answer("ground-faults", head, cells)
    context = {
        "network": network.value if network else "",
        "networks": Network.choices,
        "met": met,
        "surveyed": surveyed,
        "center": ground.centre(),
        "may_mend": policy.holds(acting_member(request), Permission.MANAGE_TERRITORY),
    }
    return show(request, "faults", context, here="faults", block="page")


def _surveyed(network: Network) -> list[faulting.SurveyedFault]:
    return faulting.survey(network)[:SURVEY_SHOWN]


@require_POST
@member_page(Permission.MANAGE_TERRITORY)
def mend(request: HttpRequest, fault_id: int) -> HttpResponse:
    """Put a fault away as mended, or ask again about all (``0``)."""
    with acting_as(acting_member(request)) as actor:
        if fault_id:
            actions.mark_mended(fault_id, actor=str(actor))
        else:
            actions.recheck_faults()
    return HttpResponseRedirect(reverse("office_faults"))


def names(infos: Iterable[AreaInfo]) -> str:
    """Return the names of areas in one line."""
    return "、".join(info.name for info in infos)
