"""Text with the character NUL is refused at the door: the database cannot hold it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from tongxin.kernel.errors import TongxinError
from tongxin.surfaces.kit.middleware import error_page

API = "/api/"
"""The interface refuses it by itself, as a problem document."""


class NulRefusedMiddleware:
    """Answers 400 with one sentence when the address or a form holds a NUL."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:  # noqa: D102
        if not request.path.startswith(API) and _holds_nul(request):
            says = _("The text holds a character that cannot be kept.")
            return error_page(request, TongxinError("request.nul", says))
        return self.get_response(request)


def _holds_nul(request: HttpRequest) -> bool:
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return True
    if request.method != "POST":
        return False
    return any("\x00" in text for name, texts in request.POST.lists() for text in (name, *texts))
