"""The one big button: accept, depart, arrive, done; and decline or ask for help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tongxin.domain.dispatch import actions, selectors
from tongxin.domain.dispatch.views import ActiveTask
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.kernel.errors import BadInput, Conflict, TongxinError
from tongxin.surfaces.field import late, replies
from tongxin.surfaces.field.steps import WORDS
from tongxin.surfaces.field.views import day_of
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.RESPOND)
STEPS = ("asked", "accepted", "departed", "arrived", "done")
REACHED = {"accept": "accepted", "depart": "departed", "arrive": "arrived", "done": "done"}
OTHER = "other"
"""The reason that says nothing without words."""


@require_POST
@page
def answer(request: HttpRequest, assignment_id: int, answer: str) -> HttpResponse:
    """Do the step; a step that comes twice (a phone that had no signal) counts as done."""
    member = acting_member(request)
    task = _task(member, assignment_id)
    try:
        if not _reached(member, assignment_id, answer):
            _act(request, member, assignment_id, answer, task)
    except Conflict as refused:
        if not _reached(member, assignment_id, answer):
            return _refused(request, member, refused)
    except TongxinError as refused:
        return _refused(request, member, refused)
    if answer in ("decline", "done") or task is None:
        return replies.lead_to(request, "field")
    return replies.lead_to(request, "field_incident", task.number)


def _act(
    request: HttpRequest, member: Member, assignment_id: int, answer: str, task: ActiveTask | None
) -> None:
    do, said = _do(answer), _said(request, answer)
    with acting_as(member) as actor:
        if answer == "help" and task is not None and _has_called(request, task, actor):
            return
        do(assignment_id, actor=actor, **said)
        if task is not None and answer in WORDS:
            late.write_down(request, task.incident_id, actor, WORDS[answer])


def _refused(request: HttpRequest, member: Member, error: TongxinError) -> HttpResponse:
    if replies.by_script(request):
        return replies.told(error)
    context = day_of(member) | {"error": error}
    return render(request, "field/today.html", context, status=error.status)


def _do(answer: str) -> Callable[..., Any]:
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
    if answer != "decline":
        return {"words": words} if answer == "help" else {}
    reason = request.POST.get("reason", "")
    if reason == OTHER and not words:
        raise BadInput("decline.words", _("Say the reason in words."), field="words")
    return {"reason": reason, "words": words}


def _task(member: Member, assignment_id: int) -> ActiveTask | None:
    tasks = selectors.active_of(member)
    return next((each for each in tasks if each.assignment_id == assignment_id), None)


def _has_called(request: HttpRequest, task: ActiveTask, actor: Actor) -> bool:
    """Tell whether this very call for help has come already: more calls than the page had seen."""
    seen = whole_number(request.POST.get("calls", ""))
    if seen is None:
        return False
    Incident.objects.select_for_update().filter(pk=task.incident_id).first()
    return help_calls(task.incident_id, actor) > seen


def help_calls(incident_id: int, actor: Actor) -> int:
    """Return how often the actor has called for help there."""
    calls = TimelineEntry.objects.filter(incident_id=incident_id, act="need_help")
    return calls.filter(actor=str(actor)).count()


def _reached(member: Member, assignment_id: int, answer: str) -> bool:
    """Tell whether the assignment already stands at that step or beyond it."""
    state = selectors.state_of(assignment_id, member)
    if state not in STEPS or answer not in REACHED:
        return False
    return STEPS.index(state) >= STEPS.index(REACHED[answer])
