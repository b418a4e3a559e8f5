"""Find my officer (S05): the emergency number first, then who looks after this spot."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from tongxin.foundation.access.caring import LooksAfter
from tongxin.foundation.access.selectors import who_looks_after
from tongxin.foundation.territory.locating import ground_bounds
from tongxin.foundation.territory.selectors import find_place, place_label
from tongxin.kernel.geometry import ReferenceSystem, Spot, to_wgs84
from tongxin.surfaces.kit.rendering import render


@require_http_methods(["GET", "POST"])
def officer(request: HttpRequest) -> HttpResponse:
    """Show the officer of a place; the words go in the body, so that no log holds an address."""
    words = request.POST.get("place", "").strip()[:80]
    spot = _spot(request, words)
    found = who_looks_after(spot) if spot else None
    west, south, east, north = ground_bounds() or (113.98, 30.38, 114.55, 30.78)
    context = {
        "said": words,
        "found": found,
        "place": place_label(spot)[0] if spot else "",
        "asked": request.method == "POST",
        "outside": found is not None and _outside(found),
        "center": f"{(west + east) / 2:.5f},{(south + north) / 2:.5f}",
    }
    return render(request, "portal/my_officer.html", context)


def _spot(request: HttpRequest, words: str) -> Spot | None:
    try:
        system = ReferenceSystem(request.POST.get("srs") or ReferenceSystem.WGS84)
        return to_wgs84(float(request.POST["lon"]), float(request.POST["lat"]), system)
    except (KeyError, ValueError):
        places = find_place(words, limit=1) if words else []
        return Spot(places[0].lon, places[0].lat) if places else None


def _outside(found: LooksAfter) -> bool:
    return all(info is None for info in found.located.leaf.values())
