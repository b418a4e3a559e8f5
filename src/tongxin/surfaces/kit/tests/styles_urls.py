"""The style page alone, for its own test."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST

from tongxin.kernel.errors import Conflict
from tongxin.surfaces.kit.middleware import error_page
from tongxin.surfaces.kit.rendering import render
from tongxin.surfaces.kit.styles_view import styles


def places(request: HttpRequest) -> JsonResponse:
    """Answer as the search for places does."""
    found = [{"label": f"{request.GET['q']}小区", "lon": 114.306, "lat": 30.594, "hint": "小区"}]
    return JsonResponse({"places": found})


def page(request: HttpRequest) -> HttpResponse:
    """Answer a page with a list that follows changes, and two forms."""
    context = {"background": request.headers.get("X-Tongxin-Background", "no")}
    return render(request, "styles_test_page.html", context, block="list")


@require_POST
def act(request: HttpRequest, answer: str) -> HttpResponse:
    """Answer an act: well, refused or broken; csrf is checked by the middleware before."""
    if answer == "refused":
        return error_page(request, Conflict("test.refused", "Somebody else was first."))
    if answer == "broken":
        return HttpResponse("<h1>trace</h1>", status=500)
    DONE.append({**request.POST.dict(), "key": request.headers.get("Idempotency-Key", "")})
    return HttpResponse(f"<p>{request.POST.get('word', '')}</p>")


DONE: list[dict[str, str]] = []

urlpatterns = [
    path("styles/", styles),
    path("places/", places),
    path("page/", page),
    path("act/<str:answer>/", act),
]
