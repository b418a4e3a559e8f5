"""How an act is answered: a page that is led on, or short JSON for the script that sent it.

The phone sends its forms by script, so that a lost way never ends in the browser's error page. It
asks for JSON: where to go next, or the one sentence why not. Without a script the same views lead
on by redirect and show the refusal on the page.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from tongxin.kernel.errors import TongxinError


def by_script(request: HttpRequest) -> bool:
    """Tell whether the page's own script sent this and waits for JSON."""
    return request.headers.get("Accept", "").startswith("application/json")


def lead_to(request: HttpRequest, view: str, *args: object) -> HttpResponse:
    """Answer that it is done, and which page comes next."""
    address = reverse(view, args=args)
    return JsonResponse({"next": address}) if by_script(request) else HttpResponseRedirect(address)


def told(error: TongxinError) -> HttpResponse:
    """Answer a script why it is not done."""
    said = {"code": error.code, "detail": str(error.message), "field": error.field or ""}
    return JsonResponse(said, status=error.status)
