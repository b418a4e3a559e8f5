"""Who acts, how long a log-in lasts without a hand on it, and how refusals are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from tongxin.foundation.access.models import Member
from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError

GetResponse = Callable[[HttpRequest], HttpResponse]

IDLE_LIMIT = dt.timedelta(minutes=15)
"""MLPS level 3: a log-in ends after 15 minutes in which nobody touched it."""

SEEN_KEY = "tongxin_seen"
BACKGROUND_HEADER = "X-Tongxin-Background"
"""Sent by our scripts with requests that no hand caused; these do not keep a log-in."""

LEFT_HEADER = "X-Tongxin-Left"
"""Says in how many seconds the log-in ends if no hand comes."""

WITHOUT_SECOND_FACTOR = ("/accounts/", "/static/", "/language/")

OWN_PASSWORD_KEY = "tongxin_own_password"  # noqa: S105 - a name
"""In a session that began with a given password: nothing opens until it is changed."""


class ActingMemberMiddleware:
    """Sets ``request.member`` and ends log-ins that are idle, closed or lack a second factor."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:  # noqa: D102
        request.member = SimpleLazyObject(lambda: member_of(request))  # type: ignore[attr-defined]
        if request.session.session_key and request.user.is_authenticated:
            if self._idle(request):
                logout(request)
                return login_redirect(request)
            if self._lacks_own_password(request):
                return page_redirect(request, "/accounts/password/change/")
            if self._lacks_second_factor(request):
                return page_redirect(request, "/accounts/2fa/")
        return self.get_response(request)

    @staticmethod
    def _idle(request: HttpRequest) -> bool:
        now = clock.now().timestamp()
        seen = request.session.get(SEEN_KEY)
        if seen is not None and now - seen > IDLE_LIMIT.total_seconds():
            return True
        by_hand = BACKGROUND_HEADER not in request.headers
        # Once a minute is enough: each page would otherwise cost a write.
        if seen is None or (by_hand and now - seen > 60):
            request.session[SEEN_KEY] = now
        return False

    @staticmethod
    def _lacks_own_password(request: HttpRequest) -> bool:
        if request.path.startswith(WITHOUT_SECOND_FACTOR):
            return False
        return bool(request.session.get(OWN_PASSWORD_KEY))

    @staticmethod
    def _lacks_second_factor(request: HttpRequest) -> bool:
        if not settings.SECOND_FACTOR_REQUIRED or request.path.startswith(WITHOUT_SECOND_FACTOR):
            return False
        from allauth.mfa.utils import is_mfa_enabled

        return not is_mfa_enabled(request.user)


def seconds_left(request: HttpRequest) -> int:
    """Return in how many whole seconds the log-in behind the request ends without a hand on it."""
    now = clock.now().timestamp()
    return int(request.session.get(SEEN_KEY, now) + IDLE_LIMIT.total_seconds() - now)


def member_of(request: HttpRequest) -> Member | None:
    """Return the active member behind the log-in, or ``None``."""
    if not request.user.is_authenticated:
        return None
    return Member.objects.filter(account_id=request.user.pk, is_active=True).first()


def login_redirect(request: HttpRequest) -> HttpResponse:
    """Send a person to the log-in page, and back afterwards; fragments get a full-page redirect."""
    target = f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}"
    if "HX-Request" in request.headers:
        current = request.headers.get("HX-Current-URL", "/")
        response = HttpResponse(status=401)
        response["HX-Redirect"] = f"{settings.LOGIN_URL}?{urlencode({'next': _path(current)})}"
        return response
    return HttpResponseRedirect(target)


def page_redirect(request: HttpRequest, target: str) -> HttpResponse:
    """Lead to another page; htmx, which would put it into a fragment, loads it as a whole."""
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(target)
    response = HttpResponse(status=403)
    response["HX-Redirect"] = target
    return response


def _path(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


class ErrorPageMiddleware:
    """Turns expected refusals into one clear sentence: a page, a fragment or JSON."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:  # noqa: D102
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a ``TongxinError``; everything else is a fault and goes on to the log."""
        if not isinstance(error, TongxinError):
            return None
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse(
                {"code": error.code, "detail": str(error.message), "field": error.field},
                status=error.status,
            )
        return error_page(request, error)


def error_page(request: HttpRequest, error: TongxinError) -> HttpResponse:
    """Render the refusal as a page, or as a notice when a fragment was asked for."""
    from tongxin.surfaces.kit.rendering import render

    response = render(request, "kit/error.html", {"error": error}, status=error.status)
    if "HX-Request" in request.headers:
        response["HX-Retarget"] = "#notices"
        response["HX-Reswap"] = "beforeend"
    return response


class SecurityHeadersMiddleware:
    """A strict content security policy, and no caching of pages that a log-in made."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:  # noqa: D102
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self)")
        if not request.path.startswith("/static/") and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        patch_vary_headers(response, ("HX-Request",))
        return response


def content_security_policy() -> str:
    """Return the policy: our own origin, the live stream's, and the configured tile hosts."""
    live = settings.LIVE_URL
    tiles = " ".join(settings.MAP_TILE_ORIGINS)
    return (
        "default-src 'self'; "
        f"connect-src 'self' {live} {tiles}; "
        f"img-src 'self' data: blob: {tiles}; "
        "style-src 'self' 'unsafe-inline'; "  # MapLibre positions its markers by style attributes
        "worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
