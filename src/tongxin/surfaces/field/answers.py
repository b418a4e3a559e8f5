"""The one big button: accept, depart, arrive, done; and decline or ask for help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tongxin.domain.dispatch import actions, selectors
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel.errors import BadInput, Conflict, TongxinError
from tongxin.surfaces.field.views import day_of
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.RESPOND)
STEPS = ("asked", "accepted", "departed", "arrived", "done")
REACHED = {"accept": "accepted", "depart": "departed", "arrive": "arrived", "done": "done"}


@require_POST
@page
def answer(request: HttpRequest, assignment_id: int, answer: str) -> HttpResponse:
    """Do the step; a step that comes twice (a phone that had no signal) counts as done."""
    member = acting_member(request)
    number = _number_of(member, assignment_id)
    try:
        with acting_as(member) as actor:
            _do(request, answer)(assignment_id, actor=actor, **_said(request, answer))
    except Conflict as refused:
        if not _reached(member, assignment_id, answer):
            return _day(request, member, refused)
    except TongxinError as refused:
        return _day(request, member, refused)
    if answer in ("decline", "done") or not number:
        return HttpResponseRedirect(reverse("field"))
    return HttpResponseRedirect(reverse("field_incident", args=[number]))


def _day(request: HttpRequest, member: Member, error: TongxinError) -> HttpResponse:
    context = day_of(member) | {"error": error}
    return render(request, "field/today.html", context, status=error.status)


def _do(request: HttpRequest, answer: str) -> Callable[..., Any]:
    known: dict[str, Callable[..., Any]] = {
        "accept": actions.accept,
        "depart": actions.depart,
        "arrive": actions.arrive,
        "done": actions.done,
        "decline": actions.decline,
        "help": actions.need_help,
    }
    if answer not in known:
        raise BadInput("answer.unknown", _("There is no such step."), field="answer")
    return known[answer]


def _said(request: HttpRequest, answer: str) -> dict[str, Any]:
    words = request.POST.get("words", "").strip() or None
    if answer == "decline":
        return {"reason": request.POST.get("reason", ""), "words": words}
    return {"words": words} if answer == "help" else {}


def _number_of(member: Member, assignment_id: int) -> str:
    tasks = selectors.active_of(member)
    return next((each.number for each in tasks if each.assignment_id == assignment_id), "")


def _reached(member: Member, assignment_id: int, answer: str) -> bool:
    """Tell whether the assignment already stands at that step or beyond it."""
    state = selectors.state_of(assignment_id, member)
    if state not in STEPS or answer not in REACHED:
        return False
    return STEPS.index(state) >= STEPS.index(REACHED[answer])
