"""Find my officer (S05): the emergency number first, then who looks after this spot."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from tongxin.foundation.access.caring import LooksAfter
from tongxin.foundation.access.selectors import who_looks_after
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.selectors import place_label
from tongxin.surfaces.kit.places import ground_center, spot_said
from tongxin.surfaces.kit.rendering import render
from tongxin.surfaces.portal import posts


@require_http_methods(["GET", "POST"])
def officer(request: HttpRequest) -> HttpResponse:
    """Show the officer of a place; the words go in the body, so that no log holds an address."""
    words = request.POST.get("place", "").strip()[:80]
    spot = spot_said(request.POST)
    found = who_looks_after(spot) if spot else None
    context = {
        "said": words,
        "found": found,
        "place": place_label(spot)[0] if spot else "",
        "asked": request.method == "POST",
        "outside": found is not None and _outside(found),
        "posts": posts.near(spot, found.located) if spot and found else [],
        "station": _station(found),
        "center": ground_center(),
    }
    return render(request, "portal/my_officer.html", context)


def _station(found: LooksAfter | None) -> str:
    """Return the name of the police station of the place."""
    station_id = posts.station_of(found.located) if found else None
    return locating.area_info(station_id).name if station_id is not None else ""


def _outside(found: LooksAfter) -> bool:
    return all(info is None for info in found.located.leaf.values())
