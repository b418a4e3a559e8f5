"""My data: a number made sure of by a code, then what is held, who looked, and what may be asked.

Every step answers alike whether or not anything is held. The browser keeps a token in a cookie of
this path only; pages are never cached.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.rights import actions, codes, copies, selectors
from tongxin.domain.rights.lifecycle import ANSWER_DAYS
from tongxin.kernel.errors import TongxinError
from tongxin.surfaces.kit.asking import whole_number
from tongxin.surfaces.kit.kept import kept_plainly
from tongxin.surfaces.kit.rendering import render

COOKIE, DEMO_COOKIE = "tongxin_my_data", "tongxin_demo_code"
PATH = "/my-data/"
KEPT_SECONDS = 60 * (codes.CODE_MINUTES + codes.VISIT_MINUTES)


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Ask for the number, then for the code, then show what is held."""
    return _page(request)


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send a code; the same answer whether or not anything is held about the number."""
    try:
        address = request.META.get("REMOTE_ADDR", "")
        sent = codes.send_code(request.POST.get("phone", "")[:64], address=address)
    except TongxinError as error:
        return _show(request, "phone", {"error": error, "said": request.POST})
    response = HttpResponseRedirect(PATH)
    _keep(response, COOKIE, sent.session)
    if sent.code:  # the demo has no gateway: its own page shows the code
        _keep(response, DEMO_COOKIE, sent.code)
    return response


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Take the code; a wrong one may be tried again, five times in all."""
    try:
        codes.enter_code(_session(request), request.POST.get("code", "")[:20])
    except TongxinError as error:
        return _page(request, error)
    response = HttpResponseRedirect(PATH)
    response.delete_cookie(DEMO_COOKIE, path=PATH)
    return response


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Take a request in; taking back a consent takes effect at once."""
    found = codes.visit(_session(request))
    if found is None or not found.is_open:
        return HttpResponseRedirect(PATH)
    said = request.POST
    records = [number for each in said.getlist("record") if (number := whole_number(each))]
    try:
        actions.ask(
            found, said.get("kind", ""), concerns=records[:200], words=said.get("words", "")
        )
    except TongxinError as error:
        return _page(request, error)
    return HttpResponseRedirect(f"{PATH}#requests")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the visit: the number is erased, the cookie taken away."""
    codes.end(_session(request))
    response = HttpResponseRedirect(reverse("portal_home"))
    for name in (COOKIE, DEMO_COOKIE):
        response.delete_cookie(name, path=PATH)
    return response


@require_GET
def copy(request: HttpRequest, token: str) -> HttpResponse:
    """Show a copy to be read and printed, or as a JSON file (``?as=json``); made anew each time."""
    made = copies.open_copy(token)
    if request.GET.get("as") == "json":
        shaped = {"ensure_ascii": False, "indent": 2}
        response: HttpResponse = JsonResponse(made.plain(), json_dumps_params=shaped)
        response["Content-Disposition"] = f'attachment; filename="{made.number}.json"'
    else:
        response = render(request, "portal/copy.html", {"copy": made})
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex"
    return response


def _page(request: HttpRequest, error: TongxinError | None = None) -> HttpResponse:
    found = codes.visit(_session(request))
    context: dict[str, Any] = {"error": error, "said": request.POST}
    if found is None:
        return _show(request, "phone", context)
    if not found.is_open:
        return _show(request, "code", context | {"demo_code": request.COOKIES.get(DEMO_COOKIE, "")})
    own = selectors.own_data(found)
    return _show(request, "data", context | {"own": own, "until": found.until})


def _show(request: HttpRequest, step: str, context: dict[str, Any]) -> HttpResponse:
    error: TongxinError | None = context["error"]
    about = {"step": step, "can_send": codes.can_send(), "days": ANSWER_DAYS}
    about |= {"demo_code": "", "minutes": codes.CODE_MINUTES, "kept_for": kept_plainly}
    status = error.status if error else 200
    return render(request, "portal/my_data.html", about | context, status=status)


def _session(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE, "")


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=KEPT_SECONDS,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )
