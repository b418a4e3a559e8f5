"""Sheets become plans at the desk: by keyboard, from Excel, or beside the photograph of a sheet."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.homes import selectors
from tongxin.domain.homes.cards import Plan
from tongxin.domain.homes.selectors import SheetCard
from tongxin.foundation.access.scope import MemberActor
from tongxin.surfaces.kit import floor_plan
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office.frame import rights_of, show
from tongxin.surfaces.office.homes_grounds import GROUNDS

page_for = member_page(*rights_of("homes"))


@require_GET
@page_for
def page(request: HttpRequest) -> HttpResponse:
    """List the buildings of one's own ground: how many flats, how fresh, what is not laid out."""
    member = acting_member(request)
    words = request.GET.get("q", "").strip()[:80]
    rows = selectors.buildings(member, query=words)
    flats = sum(row.flats for row in rows)
    confirmed = sum(row.flats * (1 - row.unknown_share) for row in rows)
    waiting = Counter(sheet.building_id for sheet in selectors.waiting_sheets(member))
    context = {
        "rows": rows,
        "words": words,
        "flats": flats,
        "units": sum(row.units for row in rows),
        "bare": sum(1 for row in rows if not row.flats),
        "confirmed": confirmed / flats if flats else 0,
        "waiting": waiting,
    }
    return show(request, "homes", context, here="homes")


@require_GET
@page_for
def one(request: HttpRequest, building_id: int) -> HttpResponse:
    """Show a building's plan to be filled in, beside the photograph of the sheet that waits."""
    return desk(request, building_id)


def desk(
    request: HttpRequest, building_id: int, errors: dict[str, str] | None = None
) -> HttpResponse:
    """Show the desk of a building: its plan, and the sheets of it that wait."""
    member = acting_member(request)
    plan = selectors.plan(member, building_id)
    sheets = selectors.waiting_sheets(member, building_id)
    asked = whole_number(request.GET.get("sheet", ""))
    chosen = next((row for row in sheets if row.id == asked), sheets[0] if sheets else None)
    at = sheets.index(chosen) if chosen else 0
    context: dict[str, Any] = {
        "plan": plan,
        "data": floor_plan.plan_of(plan, people=True),
        "sheets": sheets,
        "sheet": chosen,
        "sheet_at": at,
        "before": sheets[at - 1] if at > 0 else None,
        "after": sheets[at + 1] if at + 1 < len(sheets) else None,
        "first_flat": first_flat(plan, chosen),
        "units": [(unit.id, unit.number) for unit in plan.units],
        "grounds": GROUNDS,
        "errors": errors or {},
    }
    return show(request, "home", context, here="homes", status=400 if errors else 200)


def first_flat(plan: Plan, sheet: SheetCard | None) -> int | None:
    """Return the flat at which a sheet is begun: the top left one of its unit."""
    units = [unit for unit in plan.units if sheet is None or unit.id == sheet.unit_id]
    if not units or not units[0].flats or (sheet is None and len(plan.units) > 1):
        return None
    return max(units[0].flats, key=lambda flat: (flat.floor + flat.rise, -flat.column)).id


@require_POST
@page_for
def edit(request: HttpRequest, building_id: int) -> HttpResponse:
    """Take over a change that was made on the plan."""
    actor = MemberActor(acting_member(request))
    return JsonResponse(floor_plan.do_edit(building_id, request, actor))
