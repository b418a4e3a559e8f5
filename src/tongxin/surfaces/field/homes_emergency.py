"""Looks out of the ordinary: breaking the glass over a foreign building, one's own requests."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.domain.homes import actions, ringing, selectors
from tongxin.domain.homes.approving import GLASS_MINUTES
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor
from tongxin.foundation.territory.finding import Place, find_place
from tongxin.kernel.errors import BadInput, Forbidden, NotFound, TongxinError
from tongxin.plumbing.vault import purposes
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.field.homes import back_to, incident_of, looking, number_of, page
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.formats import phone_words
from tongxin.surfaces.kit.rendering import render

MOST_BUILDINGS = 6
breaks = member_page(Permission.BREAK_GLASS)


@require_http_methods(["GET", "POST"])
@breaks
def glass(request: HttpRequest) -> HttpResponse:
    """Open one building outside one's ground in an emergency, for a reason in words."""
    if request.method == "GET":
        return _glass_page(request)
    member = acting_member(request)
    building = whole_number(request.POST.get("building", ""))
    found = incident_of(member, number_of(request))
    try:
        if building is None:
            raise BadInput("homes.no_building", _("Choose the building."), field="building")
        actions.break_glass(
            building,
            request.POST.get("because", ""),
            actor=MemberActor(member),
            incident_id=found.pk if found else None,
        )
    except (NotFound, Forbidden):
        raise
    except TongxinError as error:
        return _glass_page(request, error)
    address = reverse("field_building", args=[building])
    return HttpResponseRedirect(f"{address}?incident={found.number}" if found else address)


def _glass_page(request: HttpRequest, error: TongxinError | None = None) -> HttpResponse:
    member = acting_member(request)
    said = request.POST or request.GET
    place = said.get("place", "").strip()[:80]
    found = incident_of(member, number_of(request))
    if found and "place" not in said:
        place = found.place
    context = {
        "place": place,
        "buildings": _buildings(place) if place else [],
        "number": found.number if found else "",
        "minutes": GLASS_MINUTES,
        "said": said,
        "error": error,
    } | frame(member, "homes")
    status = error.status if error else 200
    return render(request, "field/homes/glass.html", context, status=status)


def _buildings(place: str) -> list[Place]:
    hits = [hit for hit in find_place(place, limit=24) if hit.kind == "building" and hit.ref]
    return hits[:MOST_BUILDINGS]


@require_GET
@page
def looks(request: HttpRequest) -> HttpResponse:
    """Show one's own requests to look at minors' records, with what the supervisor said."""
    member = acting_member(request)
    context = {
        "rows": selectors.my_looks(member),
        "purposes": dict(purposes.choices()),
    } | frame(member, "homes")
    return render(request, "field/homes/looks.html", context)


@require_POST
@looking
def ring(request: HttpRequest, flat_id: int, resident_id: int) -> HttpResponse:
    """Have the gateway join one's own telephone with an absent owner's; no number is shown."""
    member, said = acting_member(request), request.POST
    found = incident_of(member, number_of(request))
    error = None
    try:
        ringing.connect(
            flat_id,
            resident_id,
            said.get("purpose", ""),
            said.get("because", "").strip()[:400],
            found.pk if found else None,
            actor=MemberActor(member),
            once=said.get("once", "")[:40],
        )
    except (NotFound, Forbidden):
        raise
    except TongxinError as refused:
        error = refused
    context = {
        "error": error,
        "own_phone": phone_words(member.phone),
        "flat": flat_id,
        "number": found.number if found else "",
        "purpose": said.get("purpose", ""),
        "because": said.get("because", "").strip()[:400],
    } | frame(member, "homes")
    status = error.status if error else 200
    return render(request, "field/homes/ringing.html", context, status=status)


@require_POST
@page
def protect(request: HttpRequest, flat_id: int, resident_id: int) -> HttpResponse:
    """Suppress a person everywhere; only a supervisor ends it, at his desk."""
    actions.protect(resident_id, True, actor=MemberActor(acting_member(request)))
    return back_to(flat_id)
