"""A report in three steps: what kind, where, what happened. Works without scripts and log-in."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.domain.incidents import actions, limits
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Source
from tongxin.foundation.access.scope import ReporterActor
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.kernel.geometry import Spot
from tongxin.surfaces.kit.places import ground_center, spot_said
from tongxin.surfaces.kit.rendering import render

NOTICE_VERSION = "2026-11"
"""Which wording of the privacy notice the reporter was shown."""
MAX_PHOTOS = 6
BROWSER_COOKIE = "tongxin_browser"
OFFERED = ("help", "hazard", "dispute", "lost_person", "accident", "service_request", "tip")
"""What a resident may choose, the most asked for first; others lead to the telephone."""


@require_GET
def kind(request: HttpRequest) -> HttpResponse:
    """Step 1: what is it about?"""
    known = registry().kinds
    offered = [known[code] for code in OFFERED if code in known]
    return render(request, "portal/report_kind.html", {"kinds": offered})


@require_http_methods(["GET", "POST"])
def where(request: HttpRequest) -> HttpResponse:
    """Step 2: where is it? By position, by name, or by the pin on the map."""
    chosen = _kind_or_none(_said(request, "kind"))
    if chosen is None:
        return HttpResponseRedirect(reverse("report"))
    return _where_page(request, chosen)


def _where_page(request: HttpRequest, chosen: Any, error: str = "") -> HttpResponse:
    context = {
        "kind": chosen,
        "place": _said(request, "place"),
        "lon": _said(request, "lon"),
        "lat": _said(request, "lat"),
        "center": ground_center(),
        "error": error,
    }
    return render(request, "portal/report_where.html", context, status=422 if error else 200)


@require_POST
def what(request: HttpRequest) -> HttpResponse:
    """Step 3: what happened? Comes after a place that was found."""
    chosen = _kind_or_none(request.POST.get("kind", ""))
    if chosen is None:
        return HttpResponseRedirect(reverse("report"))
    try:
        spot = _spot(request)
    except BadInput as error:
        return _where_page(request, chosen, str(error.message))
    return _what_page(request, chosen, spot)


def _what_page(
    request: HttpRequest, chosen: Any, spot: Spot, error: TongxinError | None = None
) -> HttpResponse:
    context = {
        "kind": chosen,
        "lon": f"{spot.lon:.6f}",
        "lat": f"{spot.lat:.6f}",
        "said": request.POST,
        "key": request.POST.get("key") or secrets.token_urlsafe(16),
        "error": error,
        "max_photos": MAX_PHOTOS,
    }
    return render(
        request, "portal/report_what.html", context, status=error.status if error else 200
    )


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Take the report in and lead to its own page; a wrong field leaves the form as it was."""
    chosen = _kind_or_none(request.POST.get("kind", ""))
    if chosen is None:
        return HttpResponseRedirect(reverse("report"))
    spot = _spot(request)
    browser = browser_of(request)
    try:
        limits.admit(address=request.META.get("REMOTE_ADDR", ""), browser=browser)
        taken = _take_in(request, chosen.code, spot)
    except TongxinError as error:
        return _what_page(request, chosen, spot, error)
    response = HttpResponseRedirect(status_address(taken.incident.public_token, request))
    return remember(browser, response)


def browser_of(request: HttpRequest) -> str:
    """Return the word by which this browser is known for a day, a new one for a new browser."""
    return request.COOKIES.get(BROWSER_COOKIE) or secrets.token_urlsafe(16)


def remember(browser: str, response: HttpResponse) -> HttpResponse:
    """Leave the browser its word, for a day."""
    response.set_cookie(
        BROWSER_COOKIE,
        browser,
        max_age=86400,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )
    return response


def status_address(token: str, request: HttpRequest) -> str:
    """Return where a report's page is; it says there how many photos too many were handed in."""
    left_out = len(request.FILES.getlist("photos")) - MAX_PHOTOS
    return reverse("status", args=[token]) + (f"?left_out={left_out}" if left_out > 0 else "")


def _take_in(request: HttpRequest, kind_code: str, spot: Spot) -> actions.Reported:
    """Write report and photos together: a photo that cannot be taken leaves nothing half-done."""
    said = request.POST
    words = said.get("what", "").strip()
    if not words:
        raise BadInput("report.what", _("Say in a few words what is the matter."), field="what")
    given = actions.Report(
        kind=kind_code,
        spot=spot,
        source=Source.PORTAL,
        what=words,
        place_said=said.get("place", "").strip(),
        contact_name=said.get("contact_name", "").strip(),
        contact_phone=said.get("contact_phone", "").strip(),
        legal_basis="public_duty",
        notice_version=NOTICE_VERSION,
    )
    with transaction.atomic():
        taken = actions.report(given, actor=ReporterActor(), idempotency_key=said.get("key"))
        if not taken.replayed:
            holder = ReporterActor(taken.incident.public_token)
            for photo in request.FILES.getlist("photos")[:MAX_PHOTOS]:
                actions.add_photo(taken.incident.pk, actor=holder, data=photo.read())
    return taken


def _said(request: HttpRequest, name: str) -> str:
    return (request.POST.get(name) or request.GET.get(name) or "").strip()


def _kind_or_none(code: str) -> Any:
    return registry().kinds.get(code) if code in (*OFFERED, "enquiry") else None


def _spot(request: HttpRequest) -> Spot:
    spot = spot_said(request.POST)
    if spot is None:
        raise _no_place()
    return spot


def _no_place() -> BadInput:
    return BadInput(
        "report.place",
        _("We could not find this place. Choose it from the list, or set the pin on the map."),
        field="place",
    )
