"""The place is another than was said: who stands there sets it right, by position or by name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from tongxin.domain.incidents import actions, placing, selectors
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.kernel.errors import NotFound, TongxinError
from tongxin.surfaces.field import replies
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.field.incidents import spot_of
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.rendering import render


@require_http_methods(["GET", "POST"])
@member_page(Permission.RESPOND, Permission.REPORT)
def place(request: HttpRequest, number: str) -> HttpResponse:
    """Show where it is said to be, and take over where it is."""
    if request.method == "GET":
        return _form(request, number)
    member = acting_member(request)
    try:
        with acting_as(member) as actor:
            found = selectors.incident(member, number)
            actions.correct_place(
                found.pk,
                actor=actor,
                spot=spot_of(request),
                version=whole_number(request.POST.get("version", "")),
                words=request.POST.get("place", ""),
            )
    except NotFound:
        raise
    except TongxinError as error:
        return replies.told(error) if replies.by_script(request) else _form(request, number, error)
    return replies.lead_to(request, "field_incident", number)


def _form(request: HttpRequest, number: str, error: TongxinError | None = None) -> HttpResponse:
    member = acting_member(request)
    with acting_as(member):
        found = selectors.incident(member, number)
        row = selectors.row_of(found)
        placing.require_right(found, MemberActor(member))
    context = {"row": row, "error": error} | frame(member, "today")
    return render(request, "field/place.html", context, status=error.status if error else 200)
