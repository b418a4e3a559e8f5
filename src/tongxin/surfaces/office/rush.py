"""Setting the rush hours: how many times longer cars take on a kind of road, from hour to hour."""

from __future__ import annotations

import copy
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.roads import actions as roads
from tongxin.foundation.roads import rushhours
from tongxin.foundation.roads import selectors as road_selectors
from tongxin.kernel.errors import BadInput, Forbidden, TongxinError
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office import closing, ground
from tongxin.surfaces.office.frame import show

EVERY = "all"
DAYS = {"workday": _("working days"), "restday": _("weekends and days off")}


@require_POST
@member_page(Permission.MANAGE_TERRITORY)
def set_hours(request: HttpRequest) -> HttpResponse:
    """Set the factor of one kind of road, or of all, from one hour to another; or the usual ones.

    The road times of every process count with it within a second. It holds in the whole district,
    so it takes the right on the branch's whole ground.
    """
    member = acting_member(request)
    if not ground.holds_on_branch(member, Permission.MANAGE_TERRITORY):
        raise Forbidden("roads.rush_right", _("The rush hours hold in the whole district."))
    try:
        with acting_as(member) as actor, transaction.atomic():
            roads.set_rush_hour(actor=str(actor), factors=_factors(request))
            said = _said(request)
            audit.record(actor=str(actor), act="road.rush_hours", subject="roads", detail=said)
    except TongxinError as error:
        context = closing.context(request) | {"errors": {error.field: str(error.message)}}
        return show(request, "roads", context, here="roads", status=error.status)
    return HttpResponseRedirect(f"{reverse('office_roads')}#rush")


def _factors(request: HttpRequest) -> rushhours.Factors:
    if request.POST.get("usual"):
        return rushhours.usual()
    road, day = request.POST.get("road", ""), request.POST.get("day", "")
    first, last = _hour(request, "from", 0), _hour(request, "to", 1)
    if last <= first:
        raise BadInput("roads.rush_to", _("The end lies before the beginning."), field="to")
    factors: dict[str, Any] = copy.deepcopy(dict(road_selectors.rush_hours_in_force()))
    if road != EVERY and road not in factors:
        raise BadInput("roads.rush_road", _("Choose a kind of road."), field="road")
    if day not in DAYS:
        raise BadInput("roads.rush_day", _("Choose the days."), field="day")
    for name in factors if road == EVERY else [road]:
        factors[name][day][first:last] = [_factor(request)] * (last - first)
    return factors


def _hour(request: HttpRequest, name: str, least: int) -> int:
    hour = whole_number(request.POST.get(name, ""))
    if hour is None or not least <= hour <= rushhours.HOURS:
        raise BadInput("roads.rush_hour", _("Choose an hour of the day."), field=name)
    return hour


def _factor(request: HttpRequest) -> float:
    try:
        factor = float(request.POST.get("factor", "").replace(",", "."))
    except ValueError:
        factor = 0.0
    if not rushhours.LEAST <= factor <= rushhours.MOST:
        said = _("Write how many times longer it takes, such as 1.4: between 0.1 and 20.")
        raise BadInput("roads.rush_factor", said, field="factor")
    return round(factor, 2)


def _said(request: HttpRequest) -> dict[str, str]:
    names = ("road", "day", "from", "to", "factor", "usual")
    return {name: given[:12] for name in names if (given := request.POST.get(name, ""))}
