"""The portal's first page and the doors that lead to telephone numbers for now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tongxin.domain.incidents import selectors
from tongxin.surfaces.kit.rendering import render
from tongxin.surfaces.portal import posts


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show emergency numbers, the promise as it is kept now, and four doors."""
    waited = selectors.longest_waiting()
    minutes = None if waited is None else max(1, round(waited.total_seconds() / 60))
    return render(request, "portal/home.html", {"longest_wait_minutes": minutes})


@require_GET
def services(request: HttpRequest) -> HttpResponse:
    """Say where the police rooms and stations are, and whom to ask."""
    return render(request, "portal/services.html", {"stations": posts.by_station()})
