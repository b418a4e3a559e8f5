"""Ask: while one types, past answers, guides and law are found; else an officer is asked.

What is typed goes in the body of a request, never in an address, and is kept only when it is sent.
"""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.desk import finding
from tongxin.domain.desk.actions import Asked, ask
from tongxin.domain.incidents import limits
from tongxin.foundation.access.scope import ReporterActor
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.surfaces.kit.places import ground_center, spot_said
from tongxin.surfaces.kit.rendering import render
from tongxin.surfaces.portal.reporting import NOTICE_VERSION, browser_of, remember

SHORTEST = 2
"""Characters from which on something is looked for."""


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the box; what is typed finds answers."""
    return _page(request)


@require_POST
def found(request: HttpRequest) -> HttpResponse:
    """Show what is found for what was typed: the list only when the page's script asks."""
    return _page(request)


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Ask an officer, and lead to the question's own page; a wrong field leaves all as it was."""
    browser = browser_of(request)
    try:
        limits.admit(address=request.META.get("REMOTE_ADDR", ""), browser=browser)
        token = _ask(request)
    except TongxinError as error:
        return _page(request, error)
    response = HttpResponseRedirect(reverse("status", args=[token]))
    return remember(browser, response)


def _ask(request: HttpRequest) -> str:
    said = request.POST
    spot = spot_said(said)
    if spot is None:
        text = _("Say where you live or what place it is about, so that the right officer gets it.")
        raise BadInput("desk.place", text, field="place")
    given = Asked(
        words=said.get("what", ""),
        spot=spot,
        place_said=said.get("place", "").strip(),
        contact_name=said.get("contact_name", "").strip(),
        contact_phone=said.get("contact_phone", "").strip(),
        notice_version=NOTICE_VERSION,
    )
    return ask(given, actor=ReporterActor(), key=said.get("key")).incident.public_token


def _page(request: HttpRequest, error: TongxinError | None = None) -> HttpResponse:
    typed = request.POST.get("what", "").strip()
    context = {
        "said": request.POST,
        "typed": typed,
        "found": finding.find(typed) if len(typed) >= SHORTEST else [],
        "looked": len(typed) >= SHORTEST,
        "center": ground_center(),
        "key": request.POST.get("key") or secrets.token_urlsafe(16),
        "error": error,
    }
    status = error.status if error else 200
    return render(request, "portal/ask.html", context, block="found", status=status)
