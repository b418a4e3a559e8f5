"""Residents' calls to their officers, as the console sees them (S05)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.dispatch import callplan, selectors
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.DISPATCH, Permission.RESPOND)
listing = member_page(Permission.DISPATCH, Permission.SEE_POSITIONS, Permission.RESPOND)
SHOWN = 8


@require_GET
@listing
def calls(request: HttpRequest) -> HttpResponse:
    """List the newest calls: who is rung, for how long, who answered."""
    member = acting_member(request)
    with acting_as(member):
        context = {"calls": selectors.calls(member, SHOWN)}
    return render(request, "console/calls.html", context, block="calls")


@require_POST
@page
def make_incident(request: HttpRequest, call_id: int) -> HttpResponse:
    """Make an incident of a call; its rings become lines of the timeline."""
    member = acting_member(request)
    with acting_as(member) as actor:
        made = callplan.make_incident(call_id, actor=actor)
    return HttpResponseRedirect(reverse("console_incident", args=[made.number]))
