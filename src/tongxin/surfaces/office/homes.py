"""Sheets become plans at the desk: by keyboard, from Excel, or beside the photograph of a sheet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.homes import selectors
from tongxin.foundation.access.scope import MemberActor
from tongxin.surfaces.kit import floor_plan
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office.frame import rights_of, show

page_for = member_page(*rights_of("homes"))


@require_GET
@page_for
def page(request: HttpRequest) -> HttpResponse:
    """List the buildings of one's own ground: how many flats, how fresh, what is not laid out."""
    words = request.GET.get("q", "").strip()[:80]
    rows = selectors.buildings(acting_member(request), query=words)
    flats = sum(row.flats for row in rows)
    confirmed = sum(row.flats * (1 - row.unknown_share) for row in rows)
    context = {
        "rows": rows,
        "words": words,
        "flats": flats,
        "units": sum(row.units for row in rows),
        "bare": sum(1 for row in rows if not row.flats),
        "confirmed": confirmed / flats if flats else 0,
    }
    return show(request, "homes", context, here="homes")


@require_GET
@page_for
def one(request: HttpRequest, building_id: int) -> HttpResponse:
    """Show a building's plan to be filled in, with room for the photograph of its sheet beside."""
    member = acting_member(request)
    plan = selectors.plan(member, building_id)
    context = {"plan": plan, "data": floor_plan.plan_of(plan)}
    return show(request, "home", context, here="homes")


@require_POST
@page_for
def edit(request: HttpRequest, building_id: int) -> HttpResponse:
    """Take over a change that was made on the plan."""
    actor = MemberActor(acting_member(request))
    return JsonResponse(floor_plan.do_edit(building_id, request, actor))
