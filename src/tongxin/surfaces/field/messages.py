"""What came for me: alerts, each shown once, and residents' calls."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.dispatch import callplan, selectors
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.plumbing.channels import actions as channels
from tongxin.plumbing.channels import selectors as deliveries
from tongxin.surfaces.field import replies
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.RESPOND, Permission.REPORT)
SHOWN = 20


@require_GET
@page
def messages(request: HttpRequest) -> HttpResponse:
    """List alerts that were not shown yet, and the calls that rang here."""
    member = acting_member(request)
    with acting_as(member):
        context = {
            "alerts": deliveries.pending_alerts(member.pk),
            "calls": selectors.calls(member, SHOWN),
        }
    context |= frame(member, "messages")
    return render(request, "field/messages.html", context, block="messages")


@require_POST
@page
def shown(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Mark an alert as seen; two tabs show it once."""
    channels.mark_shown(delivery_id, acting_member(request).pk)
    return replies.lead_to(request, "field_messages")


@require_POST
@page
def call_incident(request: HttpRequest, call_id: int) -> HttpResponse:
    """Make an incident of a call that I answered."""
    member = acting_member(request)
    with acting_as(member) as actor:
        made = callplan.make_incident(call_id, actor=actor)
    return replies.lead_to(request, "field_incident", made.number)
