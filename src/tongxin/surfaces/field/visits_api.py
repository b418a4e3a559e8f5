"""Visits without signal: what a phone takes along, what it brings back, and when it must forget.

Plain JSON for the phone's own script. 401 asks for the log-in and leaves what is sealed on the
phone; 410 with ``wipe`` has it forgotten at once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.homes import carrying, conflicts, devices, policy, syncing, visit_plan
from tongxin.domain.homes.devices import Wipe
from tongxin.domain.homes.models import OfflineDevice
from tongxin.foundation.access.scope import MemberActor
from tongxin.kernel.errors import BadInput, Forbidden, TongxinError
from tongxin.surfaces.field import replies, visits_reading, visits_showing
from tongxin.surfaces.field.homes import page
from tongxin.surfaces.field.homes_people import NOTICE_VERSION
from tongxin.surfaces.kit.asking import acting_member

OVERLAP = dt.timedelta(minutes=1)
"""An act that was under way at the last mark may carry an earlier time: it is sent once more."""
View = Callable[..., HttpResponse]


def answered_in_json(view: View) -> View:
    """Answer refusals as JSON, and who is not logged in with 401 instead of the log-in page."""

    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated and _reads_json(request):
            said = Forbidden("member.none", _("Log in again, please; nothing is lost."))
            said.status = 401
            return replies.told(said)
        try:
            return page(view)(request)
        except Wipe as wipe:
            return gone(wipe)
        except TongxinError as error:
            return replies.told(error)

    return inner


def gone(wipe: Wipe, **more: Any) -> HttpResponse:
    """Answer that the phone must forget what it carries."""
    said = {"wipe": True, "code": wipe.code, "detail": str(wipe.message), "field": ""}
    return JsonResponse(said | more, status=wipe.status)


def _reads_json(request: HttpRequest) -> bool:
    return replies.by_script(request) or request.content_type == "application/json"


@require_GET
@answered_in_json
def day(request: HttpRequest) -> HttpResponse:
    """Return the buildings of the plan of the day, with counts only, to choose what goes along.

    With ``device`` a phone asks, while it is locked, whether it may still carry anything.
    """
    member = acting_member(request)
    if said := request.GET.get("device"):
        row = devices.find(_uuid(said), MemberActor(member))
        if devices.is_over(row):
            raise devices.over()
    rows = [
        {"id": row.id, "label": row.label, "flats": row.flats, "due": row.due}
        for row in visit_plan.day(member)
    ]
    return JsonResponse({"buildings": rows})


@require_POST
@answered_in_json
def take(request: HttpRequest) -> HttpResponse:
    """Take buildings along: names are opened for the visit, and the phone is registered."""
    actor = MemberActor(acting_member(request))
    asked = visits_reading.read(request, visits_reading.TakeIn)
    for building_id in asked.buildings:
        with policy.at_building(building_id, actor):
            pass  # NotFound and Forbidden before anything is opened
    row = devices.take_along(asked.device, asked.label, asked.buildings, actor=actor)
    flats = carrying.carried(row.buildings, actor=actor)
    open_ones = conflicts.open_conflicts(actor, row.buildings)
    return JsonResponse(visits_showing.taken(row, actor.member, flats, open_ones))


@require_POST
@answered_in_json
def sync(request: HttpRequest) -> HttpResponse:
    """Take in what a phone brings, each act once; tell it what has changed on what it carries."""
    actor = MemberActor(acting_member(request))
    asked = visits_reading.read(request, visits_reading.SyncIn)
    row = devices.find(asked.device, actor)
    ops = sorted((each.op() for each in asked.ops), key=lambda op: op.seq)
    result = syncing.take_in(row, ops, actor=actor, notice_version=NOTICE_VERSION)
    if devices.is_over(row):
        return gone(devices.over(), **visits_showing.said_of(result))
    return JsonResponse(_changed(row, result, asked.since, actor))


def _changed(
    row: OfflineDevice, result: syncing.Synced, since: dt.datetime | None, actor: MemberActor
) -> dict[str, Any]:
    after = max(since or row.taken_at, row.taken_at) - OVERLAP
    flats = carrying.carried(row.buildings, actor=actor, only=result.flats, since=after)
    open_ones = conflicts.open_conflicts(actor, row.buildings)
    return visits_showing.synced(row, result, flats, open_ones)


@require_POST
@answered_in_json
def wiped(request: HttpRequest) -> HttpResponse:
    """Hear that a phone has forgotten what it carried."""
    asked = visits_reading.read(request, visits_reading.WipedIn)
    devices.wiped(asked.device, asked.why, actor=MemberActor(acting_member(request)))
    return HttpResponse(status=204)


def _uuid(said: str) -> uuid.UUID:
    try:
        return uuid.UUID(said)
    except ValueError:
        sentence = _("What the phone sent cannot be read.")
        raise BadInput("visits.body", sentence, field="device") from None
