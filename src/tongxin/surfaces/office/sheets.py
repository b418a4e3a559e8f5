"""Paper sheets at the desk: their photos wait beside the plan, for days, until it is filled."""

from __future__ import annotations

import json
from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    RawPostDataException,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.homes import actions, importing, selectors
from tongxin.domain.homes.cards import Plan
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.scope import MemberActor
from tongxin.kernel.errors import BadInput
from tongxin.surfaces.kit.asking import acting_member, whole_number
from tongxin.surfaces.kit.floor_plan import MOST_AT_ONCE
from tongxin.surfaces.office.frame import show
from tongxin.surfaces.office.homes import desk, page_for
from tongxin.surfaces.office.homes_grounds import legal_ground

LONGEST_WORDS = 300


@require_GET
@page_for
def page(request: HttpRequest) -> HttpResponse:
    """List the sheets that wait to be filled in, on one's own ground."""
    rows = selectors.waiting_sheets(acting_member(request))
    context = {"rows": rows, "people": access.people({row.added_by for row in rows})}
    return show(request, "sheets", context, here="homes")


@require_POST
@page_for
def add(request: HttpRequest, building_id: int) -> HttpResponse:
    """Keep photographs of sheets: the first for the unit named, further ones for those after it."""
    member = acting_member(request)
    actor = MemberActor(member)
    plan = selectors.plan(member, building_id)
    photos = request.FILES.getlist("photos")
    try:
        if not photos:
            raise BadInput("homes.no_photo", _("Choose a photograph."), field="photos")
        units = _units_from(plan, request.POST.get("unit", ""))
        last = len(units) - 1
        made = [
            actions.add_sheet(units[min(at, last)], photo.read(), actor=actor)
            for at, photo in enumerate(photos)
        ]
    except BadInput as error:
        return desk(request, building_id, errors={error.field or "photos": str(error.message)})
    return HttpResponseRedirect(_address(building_id, made[0].pk))


@require_GET
@page_for
def photo(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Show the photograph; the look is recorded, and no browser keeps it."""
    picture = actions.open_sheet(sheet_id, actor=MemberActor(acting_member(request)))
    answer = HttpResponse(picture, content_type="image/jpeg")
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@page_for
def done(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Erase the photo of a sheet that is filled in, and lead on to the next one that waits."""
    member = acting_member(request)
    before = selectors.waiting_sheets(member)
    actions.finish_sheet(sheet_id, actor=MemberActor(member))
    here = next((row for row in before if row.id == sheet_id), None)
    rest = [row for row in before if row.id != sheet_id]
    if not rest:
        return HttpResponseRedirect(reverse("office_sheets"))
    following = next((row for row in rest if here and row.building_id == here.building_id), rest[0])
    return HttpResponseRedirect(_address(following.building_id, following.id))


@require_POST
@page_for
def move(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Put a sheet to another unit of its building."""
    member = acting_member(request)
    unit = whole_number(request.POST.get("unit", "")) or 0
    actions.move_sheet(sheet_id, unit, actor=MemberActor(member))
    building = next(r.building_id for r in selectors.waiting_sheets(member) if r.id == sheet_id)
    return HttpResponseRedirect(_address(building, sheet_id))


@require_POST
@page_for
def people(request: HttpRequest, building_id: int) -> HttpResponse:
    """Enter whom the cells of a sheet name; what is not taken is said, flat by flat."""
    member = acting_member(request)
    selectors.plan(member, building_id)  # what is not there is said before the body is read
    said = _asked(request)
    filled = importing.fill_cells(
        building_id,
        _cells(said),
        actor=MemberActor(member),
        ground=legal_ground(str(said.get("ground", ""))),
    )
    bad = [{"flat": row.code, "why": row.message} for row in filled.bad]
    return JsonResponse(
        {
            "people": filled.people,
            "known": filled.duplicates,
            "bad": bad,
            "flats": {str(flat): count for flat, count in filled.flats.items()},
        }
    )


def _asked(request: HttpRequest) -> dict[str, Any]:
    try:
        said = json.loads(request.body)
    except (ValueError, RawPostDataException):
        said = None
    if not isinstance(said, dict):
        raise _unreadable()
    return said


def _cells(said: dict[str, Any]) -> list[tuple[int, str]]:
    cells = said.get("cells")
    if not isinstance(cells, list) or not 0 < len(cells) <= MOST_AT_ONCE:
        raise _unreadable()
    made = []
    for cell in cells:
        flat = cell.get("flat") if isinstance(cell, dict) else None
        if isinstance(flat, bool) or not isinstance(flat, int):
            raise _unreadable()
        made.append((flat, str(cell.get("words", ""))[:LONGEST_WORDS]))
    return made


def _unreadable() -> BadInput:
    return BadInput("plan.edit", _("This change cannot be read."), field="cells")


def _units_from(plan: Plan, first: str) -> list[int]:
    """Return the unit named and those that stand after it."""
    ids = [unit.id for unit in plan.units]
    chosen = whole_number(first)
    if chosen not in ids:
        raise BadInput("homes.no_unit", _("Choose the unit; lay it out first."), field="unit")
    return ids[ids.index(chosen) :]


def _address(building_id: int, sheet_id: int) -> str:
    return f"{reverse('office_home', args=[building_id])}?sheet={sheet_id}"
