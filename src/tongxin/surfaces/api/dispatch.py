"""Duty, positions, plans and answers, and the call gateway's messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from tongxin.domain.dispatch import actions, callplan, selectors
from tongxin.domain.incidents import selectors as incidents
from tongxin.foundation.access.roles import Permission
from tongxin.surfaces.api import shapes
from tongxin.surfaces.api.acting import acting, member_of
from tongxin.surfaces.api.incidents import Number
from tongxin.surfaces.api.problems import REFUSALS

router = Router(tags=["dispatch"])


@router.get("/duty", response={200: shapes.DutyOut, **REFUSALS})
def duty(request: HttpRequest) -> selectors.DutyNow:
    """Tell whether the member is on duty."""
    return selectors.duty_of(member_of(request))


@router.post("/duty/on", response={200: shapes.DutyOut, **REFUSALS})
def go_on_duty(request: HttpRequest, given: shapes.DutyIn) -> selectors.DutyNow:
    """Begin duty."""
    with acting(request, Permission.GO_ON_DUTY):
        actions.go_on_duty(member_of(request), given.mode, given.crew)
        return selectors.duty_of(member_of(request))


@router.post("/duty/off", response={200: shapes.DutyOut, **REFUSALS})
def go_off_duty(request: HttpRequest) -> selectors.DutyNow:
    """End duty; the last position is forgotten."""
    with acting(request, Permission.GO_ON_DUTY):
        actions.go_off_duty(member_of(request))
        return selectors.duty_of(member_of(request))


@router.post("/positions", response={200: shapes.PositionsOut, **REFUSALS})
def positions(request: HttpRequest, given: shapes.PositionsIn) -> dict[str, Any]:
    """Take a batch of positions; off duty none is taken (422)."""
    batch = [
        actions.Position(each.lon, each.lat, each.at, each.accuracy_m, each.system)
        for each in given.positions
    ]
    with acting(request, Permission.GO_ON_DUTY):
        posted = actions.post_positions(member_of(request), batch)
    return {
        "accepted": posted.accepted,
        "refused": {str(index): code for index, code in posted.refused.items()},
    }


@router.get("/assignments", response={200: list[shapes.TaskOut], **REFUSALS})
def assignments(request: HttpRequest) -> list[dict[str, Any]]:
    """List what the member is asked to do now, by promise."""
    with acting(request):
        tasks = selectors.active_of(member_of(request))
    names = shapes.TaskOut.model_fields.keys() - {"assignment", "why"}
    return [
        {name: getattr(task, name) for name in names}
        | {"assignment": task.assignment_id, "why": list(task.why)}
        for task in tasks
    ]


Answer = Literal["accept", "depart", "arrive", "done", "decline", "need-help"]
AssignmentId = Annotated[int, Field(ge=1, le=2**63 - 1)]


@router.post("/assignments/{assignment}/{answer}", response={200: shapes.AssignmentOut, **REFUSALS})
def answer(
    request: HttpRequest, assignment: AssignmentId, answer: Answer, given: shapes.AnswerIn
) -> dict[str, Any]:
    """Answer an assignment: accept, depart, arrive, done, decline (with a reason), need-help."""
    with acting(request, Permission.RESPOND) as actor:
        said: dict[str, Any] = {"actor": actor, "version": given.version}
        if answer == "decline":
            said |= {"reason": given.reason, "words": given.words}
        if answer == "need-help":
            said |= {"words": given.words}
        row = _ANSWERS[answer](assignment, **said)
    return {"assignment": row.pk, "state": row.state, "version": row.version}


_ANSWERS: dict[str, Any] = {
    "accept": actions.accept,
    "depart": actions.depart,
    "arrive": actions.arrive,
    "done": actions.done,
    "decline": actions.decline,
    "need-help": actions.need_help,
}


@router.get("/incidents/{number}/plan", response={200: shapes.PlanOut | None, **REFUSALS})
def plan(request: HttpRequest, number: Number) -> dict[str, Any] | None:
    """Return the response plan as it stands; null before there is one."""
    with acting(request):
        found = incidents.incident(member_of(request), number)
        return _plan(selectors.plan_of(found))


@router.post("/incidents/{number}/overrule", response={200: shapes.PlanOut | None, **REFUSALS})
def overrule(
    request: HttpRequest, number: Number, given: shapes.OverruleIn
) -> dict[str, Any] | None:
    """Send somebody else, and say why."""
    choices = [actions.Chosen(each.role, each.member) for each in given.choices]
    with acting(request, Permission.DISPATCH) as actor:
        found = incidents.incident(member_of(request), number)
        actions.overrule(found.pk, choices, given.reason, given.words, actor=actor)
        return _plan(selectors.plan_of(found))


def _plan(view: selectors.PlanView | None) -> dict[str, Any] | None:
    if view is None:
        return None
    names = ("number", "at", "considered", "estimate", "overruled", "reason")
    return {name: getattr(view, name) for name in names} | {
        "first": _person(view.first),
        "lead": _person(view.lead),
        "support": [_person(person) for person in view.support],
        "lacking": list(view.lacking),
    }


def _person(person: selectors.PlannedPerson | None) -> dict[str, Any] | None:
    if person is None:
        return None
    names = ("version", "role", "title", "phone", "state", "minutes", "estimate")
    return {name: getattr(person, name) for name in names} | {
        "assignment": person.assignment_id,
        "member": person.member_id,
        "why": list(person.why),
    }


@router.post("/calls/events", auth=None, response={200: shapes.CallOut, **REFUSALS})
def call_event(request: HttpRequest) -> dict[str, Any]:
    """Take a signed message of the telephone gateway: a call comes in, rings, is answered, ends."""
    call = callplan.take_webhook(request.headers, request.body)
    return {"call": call.pk if call else None}
