"""A call is taken: place, kind, what; likely duplicates stand beside while typing."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from tongxin.domain.incidents import actions, selectors
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Source
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.territory.selectors import find_place
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.kernel.geometry import Spot
from tongxin.surfaces.console import showing
from tongxin.surfaces.console.views import PANE_ALONE, UNKNOWN_PLACE, pane_context
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.places import spot_said
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.REPORT)


@require_http_methods(["GET", "POST"])
@page
def new(request: HttpRequest) -> HttpResponse:
    """Show the strip for a new call, or take the call in."""
    if request.method == "GET":
        return _strip(request)
    try:
        taken = _take_in(request)
    except TongxinError as error:
        return _strip(request, error)
    return _opened(request, taken.incident.number)


def _opened(request: HttpRequest, number: str) -> HttpResponse:
    """Open what was taken in: the pane shows it, the strip goes, the map and the queue stay."""
    address = reverse("console_incident", args=[number])
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(address)
    words = gettext("Taken in: %(number)s") % {"number": number}
    pane = pane_context(acting_member(request), number)
    context = PANE_ALONE | {"pane": pane, "toast_words": words, "taken": True}
    response = render(request, "console/incident.html", context, block="pane")
    response["HX-Retarget"], response["HX-Push-Url"] = "#pane", address
    return response


def _strip(request: HttpRequest, error: TongxinError | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "kinds": registry().reportable(),
        "said": request.POST,
        "error": error,
        "key": request.POST.get("key") or secrets.token_urlsafe(16),
    }
    status = error.status if error else 200
    return render(request, "console/new.html", context, block="strip", status=status)


def _take_in(request: HttpRequest) -> actions.Reported:
    said = request.POST
    given = actions.Report(
        kind=said.get("kind", ""),
        spot=_spot(request),
        source=Source.PHONE,
        what=said.get("what", ""),
        place_said=said.get("place", ""),
        contact_phone=said.get("contact_phone", ""),
        urgency=whole_number(said.get("urgency", "")),
    )
    with acting_as(acting_member(request)) as actor:
        return actions.report(given, actor=actor, idempotency_key=said.get("key") or None)


def _spot(request: HttpRequest) -> Spot:
    spot = spot_said(request.POST)
    if spot is None:
        raise BadInput("report.place", UNKNOWN_PLACE, field="place")
    return spot


@require_GET
@page
def duplicates(request: HttpRequest) -> HttpResponse:
    """Show open incidents near the place that is being typed; they may be the same.

    With ``only=places`` the places alone: for correcting where a known incident is.
    """
    member = acting_member(request)
    places = []
    try:
        spot: Spot | None = Spot(float(request.GET["lon"]), float(request.GET["lat"]))
    except (KeyError, ValueError):
        places = find_place(request.GET.get("place", ""), limit=5)
        spot = Spot(places[0].lon, places[0].lat) if places else None
    near: list[tuple[selectors.QueueRow, int]] = []
    if spot is not None and request.GET.get("only") != "places":
        with acting_as(member):
            near = selectors.near_duplicates(spot, member=member)
            items = showing.queue_items([row for row, _metres in near])
    context = {
        "near": list(zip(items, [metres for _row, metres in near], strict=True)) if near else [],
        "places": places,
    }
    return render(request, "console/duplicates.html", context, block="near")
