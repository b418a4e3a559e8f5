"""On and off duty, and positions: taken on duty only, visible to the member."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    JsonResponse,
    RawPostDataException,
)
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.dispatch import actions, selectors
from tongxin.foundation.access import policy
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.kernel.geometry import ReferenceSystem
from tongxin.surfaces.field import replies
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.field.views import day_of
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.GO_ON_DUTY)
own_page = member_page(Permission.RESPOND, Permission.REPORT)
"""Whoever has a phone page has one about oneself, with or without duty."""
TRACK_SHOWN = dt.timedelta(hours=12)
MAY: dict[Permission, Promise] = {
    Permission.REPORT: _("Report what you see"),
    Permission.RESPOND: _("Take what you are asked to do, go there, ask for help"),
    Permission.NOTE: _("Write down and add photos there"),
    Permission.CLOSE: _("Close what is on your ground"),
    Permission.HAND_OVER: _("Hand over to others, and answer what is handed over"),
    Permission.MANAGE_CALL_PLAN: _("Set who is rung for your beat, and in which order"),
}
"""What a member may do from the phone, as a person says it."""


@require_POST
@page
def on(request: HttpRequest) -> HttpResponse:
    """Go on duty, by foot, e-bike or car, alone or with a crew."""
    member = acting_member(request)
    crew = request.POST.get("crew", "")
    try:
        with acting_as(member):
            actions.go_on_duty(member, request.POST.get("mode", ""), whole_number(crew))
    except TongxinError as error:
        return _day(request, error)
    return replies.lead_to(request, "field")


@require_POST
@page
def off(request: HttpRequest) -> HttpResponse:
    """Go off duty: what was asked goes to others, the position is forgotten."""
    member = acting_member(request)
    try:
        with acting_as(member):
            actions.go_off_duty(member)
    except TongxinError as error:
        return _day(request, error)
    return replies.lead_to(request, "field")


def _day(request: HttpRequest, error: TongxinError) -> HttpResponse:
    if replies.by_script(request):
        return replies.told(error)
    context = day_of(acting_member(request)) | {"error": error}
    return render(request, "field/today.html", context, status=error.status)


@require_POST
@page
def positions(request: HttpRequest) -> HttpResponse:
    """Take a batch of positions as JSON; off duty the answer is 422 and nothing is kept."""
    member = acting_member(request)
    try:
        batch = [_position(each) for each in _listed(request)]
        with acting_as(member):
            posted = actions.post_positions(member, batch)
    except TongxinError as error:
        return JsonResponse({"code": error.code, "detail": str(error.message)}, status=error.status)
    return JsonResponse({"accepted": posted.accepted, "refused": posted.refused})


def _listed(request: HttpRequest) -> list[dict[str, Any]]:
    try:
        said = json.loads(request.body)["positions"]
    except (ValueError, KeyError, TypeError, RecursionError, RawPostDataException):
        raise _unreadable() from None
    if not isinstance(said, list) or not all(isinstance(each, dict) for each in said):
        raise _unreadable()
    return said


def _position(said: dict[str, Any]) -> actions.Position:
    try:
        at = parse_datetime(str(said["at"]))
        if at is None or at.tzinfo is None:
            raise ValueError
        accuracy = said.get("accuracy_m")
        return actions.Position(
            float(said["lon"]),
            float(said["lat"]),
            at,
            None if accuracy is None else float(accuracy),
            ReferenceSystem(said.get("srs", ReferenceSystem.WGS84)),
        )
    except (KeyError, TypeError, ValueError):
        raise _unreadable() from None


def _unreadable() -> BadInput:
    return BadInput(
        "positions.form",
        _("Send positions as a list with lon, lat and a time with its zone."),
        field="positions",
    )


@require_GET
@own_page
def me(request: HttpRequest) -> HttpResponse:
    """Show what I may do, where else I have something to do, and the positions kept of my duty."""
    member = acting_member(request)
    now = clock.now()
    context = {
        "may": [words for right, words in MAY.items() if policy.holds(member, right)],
        "call_plan": policy.holds(member, Permission.MANAGE_CALL_PLAN),
        "may_reveal": policy.holds(member, Permission.REVEAL),
        "answers_questions": policy.holds(member, Permission.CLOSE),
        "duty": selectors.duty_of(member),
        "kept": selectors.my_positions(member, now - TRACK_SHOWN, now),
        "crews": selectors.crews_of(member),
    }
    return render(request, "field/me.html", context | frame(member, "me"))
