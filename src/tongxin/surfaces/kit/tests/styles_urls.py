"""The style page alone, for its own test."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path

from tongxin.surfaces.kit.styles_view import styles


def places(request: HttpRequest) -> JsonResponse:
    """Answer as the search for places does."""
    found = [{"label": f"{request.GET['q']}小区", "lon": 114.306, "lat": 30.594, "hint": "小区"}]
    return JsonResponse({"places": found})


urlpatterns = [path("styles/", styles), path("places/", places)]
