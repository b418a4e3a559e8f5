"""The desk for people's rights: requests by due date; each is done, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from tongxin.domain.incidents.models import Incident
from tongxin.domain.rights import actions, effects, selectors
from tongxin.domain.rights.lifecycle import BY_OFFICER, REASONS, Asked, Identified, Standing
from tongxin.foundation.access import policy
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.kernel.errors import BadInput, Conflict, TongxinError
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office.frame import rights_of, show

page_for = member_page(*rights_of("rights"))
MARKS = {"answered": "done", "refused": "broken"}


@require_GET
@page_for
def page(request: HttpRequest) -> HttpResponse:
    """List the open requests by due date with the days left; ``?decided=1`` the others."""
    member, decided = acting_member(request), "decided" in request.GET
    context = {
        "rows": selectors.requests(member, is_open=not decided),
        "decided": decided,
        "answers": policy.holds(member, Permission.ANSWER_RIGHTS),
        **_words(),
    }
    return show(request, "rights", context, here="rights")


@require_http_methods(["GET", "POST"])
@page_for
def new(request: HttpRequest) -> HttpResponse:
    """Write a request down for somebody who comes in person, and how it was made sure who it is."""
    if request.method == "GET":
        return _form(request)
    said = request.POST
    given = actions.ByOfficer(
        **{
            name: said.get(name, "")
            for name in ("kind", "identified", "phone", "name", "words", "made_sure")
        },
        for_child="for_child" in said,
    )
    try:
        made = actions.enter(given, actor=MemberActor(acting_member(request)))
    except (BadInput, Conflict) as error:
        return _form(request, error)
    return HttpResponseRedirect(reverse("office_rights_one", args=[made.pk]))


def _form(request: HttpRequest, error: TongxinError | None = None) -> HttpResponse:
    errors = {str(error.field or "kind"): str(error.message)} if error else {}
    context = {
        "kinds": Asked.choices,
        "ways": [(each.value, each.label) for each in BY_OFFICER],
        "said": request.POST,
        "errors": errors,
    }
    status = error.status if error else 200
    return show(request, "rights_new", context, here="rights", status=status)


@require_http_methods(["GET", "POST"])
@page_for
def one(request: HttpRequest, request_id: int) -> HttpResponse:
    """Open a request, which is recorded; or do with it what the button says."""
    if request.method == "GET":
        return _one(request, request_id)
    member = acting_member(request)
    doing = _DOINGS.get(request.POST.get("act", ""))
    try:
        if doing is None:
            raise BadInput("rights.act", _("Choose what to do."), field="act")
        doing(request_id, request, MemberActor(member))
    except (BadInput, Conflict) as error:
        return _one(request, request_id, error)
    return HttpResponseRedirect(reverse("office_rights_one", args=[request_id]))


def _one(request: HttpRequest, request_id: int, error: TongxinError | None = None) -> HttpResponse:
    member = acting_member(request)
    opened = selectors.one(member, request_id)
    context = {
        "page": opened,
        "card": opened.card,
        "error": error,
        "typed": request.POST,
        "task": _task_number(member, opened.task_incident_id),
        "reasons": [(code, reason.words) for code, reason in REASONS.items()],
        **_words(),
    }
    status = error.status if error else 200
    return show(request, "rights_one", context, here="rights", status=status)


def _task_number(member: Member, incident_id: int | None) -> str:
    if incident_id is None:
        return ""
    with acting_as(member):
        numbers = Incident.objects.filter(pk=incident_id).values_list("number", flat=True)
        return numbers.first() or ""


def _words() -> dict[str, Any]:
    return {
        "kind_words": dict(Asked.choices),
        "state_words": dict(Standing.choices),
        "way_words": dict(Identified.choices),
        "marks": MARKS,
    }


def _version(request: HttpRequest) -> int | None:
    return whole_number(request.POST.get("version", ""))


def _take(request_id: int, request: HttpRequest, actor: MemberActor) -> None:
    actions.take(request_id, actor=actor, version=_version(request))


def _answer(request_id: int, request: HttpRequest, actor: MemberActor) -> None:
    chosen = [number for each in request.POST.getlist("erase") if (number := whole_number(each))]
    given = actions.Answer(request.POST.get("words", ""), chosen)
    actions.answer(request_id, given, actor=actor, version=_version(request))


def _refuse(request_id: int, request: HttpRequest, actor: MemberActor) -> None:
    said = request.POST
    actions.refuse(
        request_id,
        actor=actor,
        reason=said.get("reason", ""),
        words=said.get("why", ""),
        version=_version(request),
    )


def _put_right(request_id: int, request: HttpRequest, actor: MemberActor) -> None:
    said = request.POST
    fields = {name: said.get(name, "") for name in effects.MAY_CHANGE}
    effects.put_right(request_id, _record(request), fields, actor=actor, version=_version(request))


def _ask_officer(request_id: int, request: HttpRequest, actor: MemberActor) -> None:
    effects.ask_officer(request_id, _record(request), actor=actor, version=_version(request))


def _record(request: HttpRequest) -> int:
    return whole_number(request.POST.get("record", "")) or 0


_DOINGS: dict[str, Callable[[int, HttpRequest, MemberActor], None]] = {
    "take": _take,
    "answer": _answer,
    "refuse": _refuse,
    "put_right": _put_right,
    "ask_officer": _ask_officer,
}
