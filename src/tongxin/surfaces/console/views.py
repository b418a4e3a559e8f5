"""The console: queue, map, incident. Every part can be fetched alone."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.incidents import finding, selectors
from tongxin.domain.incidents.handing import RefusalReason
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import can, holds
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.territory.locating import area_info
from tongxin.foundation.territory.selectors import find_place
from tongxin.kernel.lifecycle import BACK
from tongxin.surfaces.console import showing
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.kit.incidents import (
    contact_words,
    look,
    opened,
    photo_response,
    timeline_entries,
)
from tongxin.surfaces.kit.places import ground_center
from tongxin.surfaces.kit.rendering import render

QUEUE_SHOWN = 60
CALLS_SHOWN = 8
FOUND_SHOWN = 12
PANE_ALONE: dict[str, Any] = {"error": None, "toast_words": "", "undo_url": ""}
"""What the pane says when no act came before."""
UNKNOWN_PLACE = _("No such place is known: choose one from the list, or click on the map.")
page = member_page(Permission.DISPATCH, Permission.SEE_POSITIONS)


@require_GET
@page
def console(request: HttpRequest) -> HttpResponse:
    """Show the whole console; ``?incident=NUMBER`` opens one."""
    member = acting_member(request)
    number = request.GET.get("incident", "")
    context = (
        PANE_ALONE
        | queue_context(request, member)
        | {
            "center": ground_center(),
            "on_foot": holds(member, Permission.RESPOND),
            "pane": pane_context(member, number) if number else None,
        }
    )
    return render(request, "console/console.html", context)


@require_GET
@page
def queue(request: HttpRequest) -> HttpResponse:
    """Return the queue; ``?kind=``, ``?closed=1`` and ``?cursor=`` narrow and turn it."""
    return render(
        request, "console/queue.html", queue_context(request, acting_member(request)), block="rows"
    )


def queue_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return what the queue shows: those that need a person now come first."""
    kind = request.GET.get("kind", "")
    closed = request.GET.get("closed") == "1"
    filters = selectors.Filters(is_open=not closed, kinds=[kind] if kind else ())
    with acting_as(member):
        rows = selectors.queue(member, filters, QUEUE_SHOWN, request.GET.get("cursor", ""))
        items = showing.queue_items(rows)
        calls = dispatch.calls(member, CALLS_SHOWN)
    return {
        "items": items,
        "kind": kind,
        "closed": closed,
        "kinds": registry().reportable(),
        "older": rows[-1].cursor if len(rows) == QUEUE_SHOWN else "",
        "waiting": sum(row.needs_person for row in rows),
        "calls": calls,
    }


@require_GET
@page
def incident(request: HttpRequest, number: str) -> HttpResponse:
    """Show one incident in the right-hand pane; whole page when opened by itself."""
    member = acting_member(request)
    context = PANE_ALONE | {"pane": pane_context(member, number)}
    if "HX-Request" in request.headers:
        return render(request, "console/incident.html", context, block="pane")
    whole = queue_context(request, member) | context
    whole |= {"center": ground_center(), "on_foot": holds(member, Permission.RESPOND)}
    return render(request, "console/console.html", whole)


def pane_context(member: Member, number: str) -> dict[str, Any]:
    """Return all that the pane shows; the words are opened for handling it, which is recorded."""
    with acting_as(member):
        found = selectors.incident(member, number)
        row = selectors.row_of(found)
        kind = row.kind_of
        words, lines = opened(found, member)
        plan = showing.plan_parts(dispatch.plan_of(found))
        return {
            "row": row,
            "kind": kind,
            "look": look(row.look),
            "words": words,
            "lines": timeline_entries(found, lines, "console_photo"),
            "plan": plan,
            "candidates": dispatch.candidates(found) if found.is_open else [],
            "steps": showing.steps_of(kind, found),
            "step_words": {
                act: kind.act_words(act)
                for act in showing.steps_of(kind, found)
                if kind.lifecycle.transitions[act].target != BACK
            },
            "areas": [area_info(i) for i in found.leaf_areas.values()],
            "asked": found.hand_overs.filter(answered_at__isnull=True).first(),
            "kinds": registry().reportable(),
            "overrule_reasons": dispatch.OVERRULE_REASONS,
            "decline_reasons": dispatch.DECLINE_REASONS,
            "refusal_reasons": RefusalReason.choices,
            "may": _rights(member, found),
            "targets": _targets(found),
            "has_contact": found.contact_ref is not None,
        }


def _rights(member: Member, found: Incident) -> dict[str, bool]:
    wanted = {
        "triage": Permission.TRIAGE,
        "dispatch": Permission.DISPATCH,
        "close": Permission.CLOSE,
        "hand_over": Permission.HAND_OVER,
        "note": Permission.NOTE,
        "reveal": Permission.REVEAL,
    }
    rights = {name: can(member, right, found.area_ids) for name, right in wanted.items()}
    return rights | {"move": rights["triage"] or rights["dispatch"]}


def _targets(found: Incident) -> list[Any]:
    """Return to whom it can be handed: the lowest areas of the spot in the other networks."""
    return [
        info
        for info in (area_info(i) for i in found.leaf_areas.values())
        if info.id != found.owner_area_id
    ]


@require_POST
@page
def contact(request: HttpRequest, number: str) -> HttpResponse:
    """Show the reporter's number for ringing back."""
    words = contact_words(acting_member(request), number)
    return render(request, "console/contact.html", {"words": words}, block="contact")


@require_GET
@page
def photo(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Return one photo of an incident in sight."""
    return photo_response(acting_member(request), number, token)


@require_GET
@page
def search(request: HttpRequest) -> HttpResponse:
    """Search anything: a number, a place as people say it, the incidents there."""
    member = acting_member(request)
    words = request.GET.get("q", "").strip()[:80]
    if not words:
        raise Http404
    with acting_as(member):
        places = find_place(words, limit=6)
        # in pinyin only the places say which characters are meant
        meant = [place.label for place in places] if words.isascii() else []
        items = showing.queue_items(finding.find(member, words, FOUND_SHOWN, also=meant))
    return render(
        request,
        "console/search.html",
        {"items": items, "places": places, "q": words},
        block="results",
    )
