"""Homes from Excel through the page: a dry run that names what is dropped, then taking over."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongxin.domain.homes import importing
from tongxin.domain.homes.importing import HomesPlan
from tongxin.foundation.access.grants import usable_grants
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Network
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.surfaces.kit.asking import acting_member, whole_number
from tongxin.surfaces.office import uploads
from tongxin.surfaces.office.frame import show
from tongxin.surfaces.office.homes import page_for
from tongxin.surfaces.office.homes_grounds import GROUNDS, legal_ground

BAD_SHOWN = 300


@require_http_methods(["GET", "POST"])
@page_for
def page(request: HttpRequest) -> HttpResponse:
    """Show the form; with a file, its dry run; with ``apply``, take over what was looked at."""
    if request.method == "GET":
        uploads.forget_old()
        return show(request, "homes_import", _context(request), here="homes")
    try:
        return _run(request)
    except TongxinError as error:
        context = _context(request) | {"errors": {error.field or "file": str(error.message)}}
        return show(request, "homes_import", context, here="homes", status=error.status)


def _run(request: HttpRequest) -> HttpResponse:
    member, key = acting_member(request), request.POST.get("key", "")
    actor, area = MemberActor(member), _area(request, member)
    key = key or uploads.keep(request.FILES.get("file"), uploads.LIST_ENDINGS, member.pk)
    plan = importing.plan_homes(uploads.file_of(key, member.pk), actor=actor, area_id=area)
    context = _context(request)
    if "apply" not in request.POST:
        return show(request, "homes_import", context | _planned(plan, key), here="homes")
    accept = "accept" in request.POST
    ground = legal_ground(request.POST.get("ground", ""))
    done = importing.apply_homes(plan, actor=actor, ground=ground, accept=accept)
    uploads.drop(key, member.pk)
    return show(request, "homes_import", context | {"done": done}, here="homes")


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "areas": areas_of(acting_member(request)),
        "grounds": GROUNDS,
        "typed": request.POST,
        "plan": None,
        "done": None,
        "key": "",
    }


def areas_of(member: Member) -> list[tuple[int, str]]:
    """Return the beats and stations on which the member keeps the register."""
    ids = {grant.area_id for grant in usable_grants(member, Permission.SEE_REGISTER)}
    infos = [locating.area_info(area_id) for area_id in sorted(ids)]
    return [(info.id, info.name) for info in infos if info.network is Network.POLICE]


def _area(request: HttpRequest, member: Member) -> int:
    area = whole_number(request.POST.get("area", ""))
    if area is None or area not in dict(areas_of(member)):
        raise BadInput("homes.area", _("Choose the beat or station."), field="area")
    return area


def _planned(plan: HomesPlan, key: str) -> dict[str, Any]:
    flats = {(row.building_id, row.unit, row.flat) for row in plan.rows}
    would = [
        (_("buildings"), len({row.building_id for row in plan.rows})),
        (_("flats"), len(flats)),
        (_("people"), plan.people),
        (_("there already"), plan.duplicates),
        (_("bad rows"), len(plan.bad)),
    ]
    return {"plan": plan, "key": key, "would": would, "bad": plan.bad[:BAD_SHOWN]}
