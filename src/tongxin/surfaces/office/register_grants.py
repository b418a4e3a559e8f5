"""Register grants: an officer lets a grid worker see what others entered, for a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongxin.domain.homes import actions, granting, selectors
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.scope import MemberActor
from tongxin.foundation.territory import locating
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Forbidden, NotFound, TongxinError
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office.frame import rights_of, show

USUAL_DAYS = 30
keeps = member_page(*rights_of("register_grants"))


@require_http_methods(["GET", "POST"])
@keeps
def page(request: HttpRequest) -> HttpResponse:
    """List the grants that hold on one's own ground; posted, give one."""
    if request.method == "GET":
        return show(request, "register_grants", _context(request), here="register_grants")
    try:
        _give(request)
    except (NotFound, Forbidden):
        raise
    except TongxinError as error:
        context = _context(request) | {"errors": {error.field or "to": str(error.message)}}
        return show(
            request, "register_grants", context, here="register_grants", status=error.status
        )
    return HttpResponseRedirect(reverse("office_register_grants"))


@require_POST
@keeps
def end(request: HttpRequest, grant_id: int) -> HttpResponse:
    """End a grant now."""
    actions.end_register_grant(grant_id, actor=MemberActor(acting_member(request)))
    return HttpResponseRedirect(reverse("office_register_grants"))


def _give(request: HttpRequest) -> None:
    who, _dash, where = request.POST.get("to", "").partition("-")
    member_id, area_id = whole_number(who), whole_number(where)
    days = whole_number(request.POST.get("days", ""))
    if member_id is None or area_id is None:
        raise BadInput("homes.grant_member", _("Choose who, and on which area."), field="to")
    if days is None or not 0 < days <= granting.LONGEST_DAYS:
        raise BadInput(
            "homes.grant_until", _("Say for how many days, a year at most."), field="days"
        )
    until = clock.now() + dt.timedelta(days=days)
    actor = MemberActor(acting_member(request))
    actions.give_register_grant(member_id, area_id, actor=actor, until=until)


def _context(request: HttpRequest) -> dict[str, Any]:
    member = acting_member(request)
    rows = selectors.register_grants(member)
    people = access.people({row.member_id for row in rows} | {row.given_by for row in rows})
    choices = [
        (f"{one.person.member_id}-{one.area.id}", f"{one.person.name} · {one.area.name}")
        for one in granting.tenders(member)
    ]
    return {
        "rows": [(row, locating.area_info(row.area_id).name) for row in rows],
        "people": people,
        "choices": choices,
        "usual_days": USUAL_DAYS,
        "longest": granting.LONGEST_DAYS,
        "typed": request.POST,
    }
