"""Small views that every surface shares: home, language, live tickets, signs of life."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from tongxin.foundation.access import policy
from tongxin.foundation.access.roles import Permission
from tongxin.plumbing.live import tickets
from tongxin.surfaces.kit.asking import acting_member, topics_of
from tongxin.surfaces.kit.leaving import session_digest
from tongxin.surfaces.kit.login import home_of
from tongxin.surfaces.kit.middleware import LEFT_HEADER, seconds_left
from tongxin.surfaces.kit.rendering import render


@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask by themselves to our icon."""
    response = HttpResponseRedirect(static("kit/icon.svg"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


def no_account_by_mail(request: HttpRequest) -> HttpResponse:
    """Say whom to ask: accounts have no address, so nobody signs up or resets a password here."""
    return render(request, "kit/no_account.html", {})


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send a member to the surface on which the day begins."""
    return HttpResponseRedirect(home_of(acting_member(request)))


@require_GET
@login_required
def home_incident(request: HttpRequest, number: str) -> HttpResponse:
    """Lead the link of a message to the incident on the member's own surface.

    Who works at a desk and may dispatch sees it on the console, everybody else on the phone page.
    """
    member = acting_member(request)
    at_desk = home_of(member) != "/field/" and policy.holds(member, Permission.DISPATCH)
    route = "console_incident" if at_desk else "field_incident"
    return HttpResponseRedirect(reverse(route, args=[number]))


@require_GET
@login_required
def home_questions(request: HttpRequest) -> HttpResponse:
    """Lead the link of a message to the questions that wait for the member's beat."""
    return HttpResponseRedirect(reverse("field_questions"))


@require_GET
@login_required
def home_looks(request: HttpRequest) -> HttpResponse:
    """Lead the link of a message to the looks that a supervisor decides, or to one's own answer."""
    if policy.holds(acting_member(request), Permission.APPROVE_LOOKS):
        return HttpResponseRedirect(reverse("office_looks"))
    return HttpResponseRedirect(reverse("field_looks"))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and go back."""
    wanted = request.POST.get("language", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=365 * 86400, samesite="Lax"
        )
    return response


@require_POST
@login_required
def live_ticket(request: HttpRequest) -> HttpResponse:
    """Hand out a ticket of 60 s for the live stream, with the topics in the member's scope."""
    member = acting_member(request)
    session = session_digest(request.session.session_key)
    ticket = tickets.issue(member.pk, topics_of(member), session=session)
    return JsonResponse({"ticket": ticket, "url": settings.LIVE_URL})


@require_POST
@login_required
def alive(request: HttpRequest) -> HttpResponse:
    """Note that a hand is on the page: key or pointer, told at most once a minute.

    Says in how many seconds the log-in ends; asked in the background, it only says so.
    """
    response = HttpResponse(status=204)
    response[LEFT_HEADER] = str(seconds_left(request))
    return response
