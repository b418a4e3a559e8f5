"""Errors as RFC 9457 problem details: one stable code, one sentence, the field."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from tongxin.kernel.errors import TongxinError

MEDIA_TYPE = "application/problem+json"


class Problem(Schema):
    """What went wrong: ``code`` for machines, ``detail`` for people, ``field`` the input meant."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None


REFUSALS: dict[int, type[Problem]] = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), Problem)
"""The answers that any operation may give instead of its own."""


def answer(status: int, code: str, detail: str, field: str | None = None) -> HttpResponse:
    """Return a problem document."""
    title = _TITLES.get(status, "Refused")
    body = Problem(title=title, status=status, code=code, detail=detail, field=field)
    response = JsonResponse(body.dict(), status=status, content_type=MEDIA_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="tongxin"'
    return response


_TITLES = {
    400: "Bad request",
    401: "Log-in needed",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
    422: "Input cannot be taken",
    429: "Too many requests",
}


def install(api: NinjaAPI) -> None:
    """Let every expected refusal be answered as a problem."""

    @api.exception_handler(TongxinError)
    def refused(request: HttpRequest, error: TongxinError) -> HttpResponse:
        return answer(error.status, error.code, str(error.message), error.field)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return _invalid(error)

    @api.exception_handler(AuthenticationError)
    def anonymous(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return answer(401, "token.missing", _("Send a valid token as “Authorization: Bearer …”."))

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(error.status_code, "request.malformed", str(error))


def _invalid(error: ValidationError) -> HttpResponse:
    first: dict[str, Any] = dict(error.errors[0]) if error.errors else {}
    where = [str(part) for part in first.get("loc", ()) if part not in _WRAPPERS]
    field = ".".join(where) or None
    detail = _("%(field)s: %(what)s") % {"field": field or "-", "what": first.get("msg", "")}
    return answer(422, "input.invalid", detail, field)


_WRAPPERS = ("body", "query", "path", "header", "form", "file", "given", "filters")
