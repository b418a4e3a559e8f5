"""Residents' groups on one's own ground: which there are, and how newcomers get in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tongxin.domain.desk import groups
from tongxin.domain.desk.models import GroupKind, GroupPlace
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.scope import MemberActor
from tongxin.foundation.territory import locating
from tongxin.kernel.errors import Forbidden, NotFound, TongxinError
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office.frame import rights_of, show

keeps = member_page(*rights_of("groups"))


@require_http_methods(["GET", "POST"])
@keeps
def page(request: HttpRequest) -> HttpResponse:
    """List the groups of one's own ground; posted, add one."""
    if request.method == "GET":
        return show(request, "groups", _context(request), here="groups")
    try:
        groups.add_group(_said(request), actor=MemberActor(acting_member(request)))
    except (NotFound, Forbidden):
        raise
    except TongxinError as error:
        context = _context(request) | {"errors": {error.field or "name": str(error.message)}}
        return show(request, "groups", context, here="groups", status=error.status)
    return HttpResponseRedirect(reverse("office_groups"))


@require_POST
@keeps
def close(request: HttpRequest, group_id: int) -> HttpResponse:
    """Take a group off the list."""
    groups.close_group(group_id, actor=MemberActor(acting_member(request)))
    return HttpResponseRedirect(reverse("office_groups"))


def _said(request: HttpRequest) -> groups.NewGroup:
    said = request.POST
    return groups.NewGroup(
        name=said.get("name", ""),
        kind=said.get("kind", ""),
        place=said.get("place", ""),
        area_id=whole_number(said.get("area", "")) or 0,
        estate=said.get("estate", ""),
        joining=said.get("joining", ""),
    )


def _context(request: HttpRequest) -> dict[str, Any]:
    member = acting_member(request)
    rows = groups.groups_of(member)
    grounds = groups.grounds_of(member)
    return {
        "rows": [(row, locating.area_info(row.area_id).name) for row in rows],
        "people": access.people({row.keeper_id for row in rows}),
        "areas": [(area.id, area.name) for area in grounds],
        "estates": [(name, name) for name in groups.estates_of(member)],
        "kinds": GroupKind.choices,
        "places": GroupPlace.choices,
        "kind_words": dict(GroupKind.choices),
        "place_words": dict(GroupPlace.choices),
        "typed": request.POST,
    }
