"""My day: one list sorted by promise; the top card is the thing to do now."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.incidents import selectors
from tongxin.domain.incidents.kinds import registry
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.field.steps import may_close, needs_answer, steps_from
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.kit.incidents import look
from tongxin.surfaces.kit.places import ground_center
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.RESPOND, Permission.REPORT)


def kind_words(code: str) -> str:
    """Return what a kind is called in the active language."""
    return str(registry()[code].words)


@require_GET
@page
def today(request: HttpRequest) -> HttpResponse:
    """Show duty, the thing to do now, and what else is mine."""
    member = acting_member(request)
    return render(request, "field/today.html", day_of(member), block="day")


def day_of(member: Member) -> dict[str, Any]:
    """Return a member's day, read off incidents and assignments; nothing is typed for it."""
    with acting_as(member):
        tasks = dispatch.active_of(member)
        assigned = {task.incident_id for task in tasks}
        own = [row for row in selectors.open_of(member) if row.id not in assigned]
        duty = dispatch.duty_of(member)
        crews = dispatch.crews_of(member)
        closes = {task.number for task in tasks if _may_close(member, task.number)}
    return {
        "tasks": tasks,
        "steps_from": steps_from,
        "closes": closes,
        "needs_answer": needs_answer,
        "kind_of": lambda code: registry()[code],
        "own": own,
        "duty": duty,
        "crews": crews,
        "look": look,
        "kind_words": kind_words,
    } | frame(member, "today")


def _may_close(member: Member, number: str) -> bool:
    return may_close(selectors.incident(member, number), member)


@require_GET
@page
def task(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Lead an alert's link to its incident; what is over leads back to the day."""
    member = acting_member(request)
    with acting_as(member):
        tasks = dispatch.active_of(member)
    number = next((each.number for each in tasks if each.assignment_id == assignment_id), None)
    if number is None:
        return HttpResponseRedirect(reverse("field"))
    return HttpResponseRedirect(reverse("field_incident", args=[number]))


@require_GET
@page
def field_map(request: HttpRequest) -> HttpResponse:
    """Show what is mine on the map, and where I am taken to be."""
    member = acting_member(request)
    duty = dispatch.duty_of(member)
    known = duty.lon is not None and duty.lat is not None
    center = f"{duty.lon:.5f},{duty.lat:.5f}" if known else ground_center()
    context = {"center": center, "duty": duty} | frame(member, "map")
    return render(request, "field/map.html", context)


@require_GET
@page
def map_incidents(request: HttpRequest) -> HttpResponse:
    """Return my open incidents as GeoJSON."""
    member = acting_member(request)
    with acting_as(member):
        rows = selectors.open_of(member)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row.lon, row.lat]},
            "properties": {"ref": row.number, "state": look(row.look), "label": row.place},
        }
        for row in rows
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})
