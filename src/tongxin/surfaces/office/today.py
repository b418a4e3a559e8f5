"""The first page of the day: a station's or the branch's now, or an administrator's own start."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.incidents.day_figures import day_figures, waits_longest
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import holds
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.locating import AreaInfo
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office import ground, words
from tongxin.surfaces.office.frame import OFFICE_RIGHTS, menu, show
from tongxin.surfaces.office.tables import csv_answer

WAITS_SHOWN = 12
WHERE_SHOWN = 60


@require_GET
@member_page(*OFFICE_RIGHTS)
def start(request: HttpRequest) -> HttpResponse:
    """Show the station's page; send an administrator to the first page of his own."""
    member = acting_member(request)
    if not holds(member, Permission.SEE_MEASURES):
        return HttpResponseRedirect(reverse(menu(member)[0].view))
    choices = ground.stations_of(member, Permission.SEE_MEASURES)
    area = ground.chosen_station(request, choices)
    context = now_of(member, area) | {
        "area": area,
        "choices": [(info.id, info.name) for info in choices],
        "center": f"{area.centroid.lon:.5f},{area.centroid.lat:.5f}",
    }
    return show(request, "today", context, here="today", block="now")


def now_of(member: Member, area: AreaInfo) -> dict[str, Any]:
    """Return an area's now: figures, what waits longest, who is where, crews, promise today."""
    begins, now = ground.day_start(ground.today()), clock.now()
    with acting_as(member):
        figures = day_figures(member, area.id, begins, now)
        waiting = waits_longest(member, area.id, WAITS_SHOWN)
        where, on_duty = dispatch.first_on_duty(area.id, member, WHERE_SHOWN)
        crews = _on_area(dispatch.crews(member), area)
        zones = [
            zone
            for zone in dispatch.promise_by_zone(dispatch.Period(begins, now), member)
            if _lies_in(zone.area_id, area)
        ]
    counted = sum(zone.count for zone in zones)
    kept = round(sum((zone.kept or 0.0) * zone.count for zone in zones))
    return {
        "figures": figures,
        "waiting": [words.waiting_row(row) for row in waiting],
        "where": [words.where_row(row) for row in where],
        "on_duty": on_duty,
        "crews": [words.crew_row(crew) for crew in crews],
        "crews_free": sum(crew.state == "free" for crew in crews),
        "kept": kept,
        "counted": counted,
        "worst": [zone for zone in zones if zone.kept is not None and zone.kept < 1][:5],
        "at": now,
    }


@require_GET
@member_page(Permission.SEE_MEASURES)
def where_csv(request: HttpRequest) -> HttpResponse:
    """Return who is on duty where, as a table to take away: all of them."""
    member = acting_member(request)
    area = ground.chosen_station(request, ground.stations_of(member, Permission.SEE_MEASURES))
    with acting_as(member):
        rows = dispatch.who_is_where(area.id, member)
    return csv_answer(
        "on-duty",
        words.WHERE_HEAD,
        ((r.title, r.state_name, r.place, r.crew, r.phone, r.since, r.position_at) for r in rows),
    )


def _on_area(crews: list[dispatch.CrewRow], area: AreaInfo) -> list[dispatch.CrewRow]:
    """Keep the crews that stand on an area now; on the top one also those off duty."""
    if len(area.path) == 1:
        return crews
    placed = [(c, Spot(c.lon, c.lat)) for c in crews if c.lon is not None and c.lat is not None]
    located = locating.locate_many([spot for _crew, spot in placed])
    pairs = zip(placed, located, strict=True)
    return [crew for (crew, _spot), found in pairs if area.id in found.area_ids]


def _lies_in(area_id: int, area: AreaInfo) -> bool:
    from tongxin.kernel.errors import NotFound

    try:
        return area.id in locating.area_info(area_id).path
    except NotFound:
        return False
