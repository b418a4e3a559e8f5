"""The base map's style and tiles, and the search for a place as people say it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from tongxin.foundation.roads import loading, styles
from tongxin.foundation.territory import selectors

PLACES_SHOWN = 8
PLACE_KINDS = {
    "landmark": _("Landmark"),
    "building": _("Building"),
    "street": _("Street"),
    "area": _("Area"),
    "post": _("Post"),
}
YEAR = 365 * 86400


@require_GET
def style(request: HttpRequest) -> HttpResponse:
    """Return the MapLibre style: the imported map, a configured service, or an empty sheet."""
    dark = request.GET.get("theme") == "dark"
    base = loading.current_basemap(settings.TONGXIN_DATA)
    sheet = styles.map_style(
        request.build_absolute_uri("/map/tiles"),
        settings.MAP_SOURCE,
        dark=dark,
        bounds=base.bounds if base else None,
        version=base.version if base else "",
    )
    if base is None and not settings.MAP_SOURCE:
        sheet["sources"], sheet["layers"] = {}, sheet["layers"][:1]
    response = JsonResponse(sheet)
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Return one vector tile; kept for a year by browsers, for its address holds the version."""
    base = loading.current_basemap(settings.TONGXIN_DATA)
    if base is None:
        raise Http404
    body = base.tile(z, x, y)
    response = HttpResponse(
        body or b"",
        status=200 if body else 204,
        content_type="application/vnd.mapbox-vector-tile",
    )
    if body:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """Find places by what people call them; public, for all of this is on street signs."""
    words = request.GET.get("q", "").strip()[:80]
    found = selectors.find_place(words, limit=PLACES_SHOWN) if words else []
    return JsonResponse(
        {
            "places": [
                {
                    "label": each.label,
                    "lon": each.lon,
                    "lat": each.lat,
                    "hint": str(PLACE_KINDS[each.kind]),
                }
                for each in found
            ]
        }
    )
