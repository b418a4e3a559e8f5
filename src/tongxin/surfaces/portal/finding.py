"""Find my officer (S05): the emergency number first, then who looks after this spot."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from tongxin.foundation.access.caring import LooksAfter
from tongxin.foundation.access.selectors import who_looks_after
from tongxin.foundation.territory.selectors import place_label
from tongxin.surfaces.kit.places import ground_center, spot_said
from tongxin.surfaces.kit.rendering import render


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
        "center": ground_center(),
    }
    return render(request, "portal/my_officer.html", context)


def _outside(found: LooksAfter) -> bool:
    return all(info is None for info in found.located.leaf.values())
