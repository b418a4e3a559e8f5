"""One's phones that carry homes along, and the values that clashed and wait for a person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.homes import conflicts as clashes
from tongxin.domain.homes import devices, syncing
from tongxin.domain.homes.devices import KEPT_HOURS
from tongxin.foundation.access.scope import MemberActor
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.field.homes import page
from tongxin.surfaces.field.visits_showing import shown_value
from tongxin.surfaces.kit.asking import acting_member, whole_number
from tongxin.surfaces.kit.rendering import render

STATES = {
    "carrying": ("there", _("Carries homes along")),
    "over": ("unknown", _("Its day is over")),
    "revoked": ("waiting", _("Will be wiped at its next contact")),
    "wiped": ("done", _("Wiped")),
}
"""A phone's state: the mark that it is drawn with, and its words."""


@require_GET
@page
def own_devices(request: HttpRequest) -> HttpResponse:
    """List one's phones that carry homes along, with a button that has one wiped."""
    member = acting_member(request)
    context = {
        "rows": devices.devices_of(member),
        "states": STATES,
        "hours": KEPT_HOURS,
    } | frame(member, "me")
    return render(request, "field/visits/devices.html", context)


@require_POST
@page
def revoke(request: HttpRequest, device_id: int) -> HttpResponse:
    """Have a phone wiped at its next contact."""
    devices.revoke(device_id, actor=MemberActor(acting_member(request)))
    return HttpResponseRedirect(reverse("field_visits_devices"))


@require_GET
@page
def conflicts(request: HttpRequest) -> HttpResponse:
    """Show what two hands wrote differently: both values, who and when, to choose one."""
    return _conflicts_page(request)


def _conflicts_page(request: HttpRequest, error: Conflict | BadInput | None = None) -> HttpResponse:
    member = acting_member(request)
    rows = [_row(card) for card in clashes.open_conflicts(MemberActor(member))]
    context = {"rows": rows, "error": error} | frame(member, "homes")
    status = error.status if error else 200
    return render(request, "field/visits/conflicts.html", context, status=status)


def _row(card: clashes.ConflictCard) -> dict[str, Any]:
    hidden = card.theirs.value is None and card.now.value is None
    return {
        "card": card,
        "words": clashes.FIELD_WORDS[card.field],
        "now": shown_value(card.field, card.now.value),
        "theirs": shown_value(card.field, card.theirs.value),
        "hidden": hidden,
    }


@require_POST
@page
def settle(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Let the one value stand, or the other."""
    stamp = whole_number(request.POST.get("stamp", ""))
    choice = request.POST.get("choice", "")
    try:
        if stamp is None or choice not in ("now", "theirs"):
            said = _("Choose one of the two.")
            raise BadInput("visits.choice", said, field="choice")
        actor = MemberActor(acting_member(request))
        syncing.settle_online(conflict_id, choice == "theirs", stamp, actor=actor)
    except (BadInput, Conflict) as error:
        return _conflicts_page(request, error)
    return HttpResponseRedirect(reverse("field_visits_conflicts"))
