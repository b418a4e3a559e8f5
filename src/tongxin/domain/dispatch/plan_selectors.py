"""Reading plans and tasks: who goes, why, what is lacking, what to do next."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from tongxin.domain.dispatch import planning
from tongxin.domain.dispatch.asking import answer_within
from tongxin.domain.dispatch.lifecycle import NEXT_STEP
from tongxin.domain.dispatch.models import (
    ACTIVE_STATES,
    Assignment,
    AssignmentState,
    PlanRole,
    ResponsePlan,
    Whereabouts,
)
from tongxin.domain.dispatch.naming import NOBODY, Who, crews, who
from tongxin.domain.dispatch.overruling import UNDO_WITHIN, UNDONE
from tongxin.domain.dispatch.reasons import OVERRULE_REASONS, lacks, sentences
from tongxin.domain.dispatch.views import ActiveTask, Candidate, PlannedPerson, PlanView
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.foundation.access.models import Member

LOOKS: Mapping[str, str] = {
    AssignmentState.ASKED: "waiting",
    AssignmentState.ACCEPTED: "waiting",
    AssignmentState.DEPARTED: "on_the_way",
    AssignmentState.ARRIVED: "there",
    AssignmentState.DONE: "done",
    AssignmentState.DECLINED: "broken",
    AssignmentState.LAPSED: "broken",
    AssignmentState.RELEASED: "unknown",
}
_FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


def plan_of(incident: Incident) -> PlanView | None:
    """Return the plan of an incident as it stands now, None before there is one.

    The caller has made sure that the reader may see the incident. Six queries.
    """
    plans = list(ResponsePlan.objects.filter(incident=incident).order_by("-number"))
    if not plans:
        return None
    plan, ruling = plans[0], _ruling(plans)
    rows = list(Assignment.objects.filter(incident=incident).order_by("pk"))
    people = _persons(rows, incident.kind)
    active = [people[row.pk] for row in rows if row.state in (*ACTIVE_STATES, "done")]
    first = _one(active, PlanRole.FIRST)
    return PlanView(
        plan_id=plan.pk,
        number=plan.number,
        at=plan.at,
        by=plan.by,
        by_name=_by_name(plan.by),
        overruled=ruling is not None,
        reason=_reason(ruling) if ruling else "",
        reason_ref=ruling.reason_ref if ruling else None,
        estimate=plan.estimate or any(row.estimate for row in rows if row.state in ACTIVE_STATES),
        considered=plan.considered,
        decided_ms=plan.decided_ms,
        first=first,
        lead=_one(active, PlanRole.LEAD) or (first if first and first.leads_too else None),
        support=tuple(person for person in active if person.role == PlanRole.SUPPORT),
        past=tuple(people[r.pk] for r in rows if r.state in ("declined", "lapsed", "released")),
        lacking=lacks(plan.lacking),
        lacking_codes=tuple(plan.lacking),
        undo_plan_id=ruling.pk if ruling else None,
        undo_until=ruling.at + UNDO_WITHIN if ruling else None,
    )


def going(incident_ids: Collection[int]) -> dict[int, tuple[PlannedPerson, ...]]:
    """Return who is asked, on the way or there for each of many incidents, first on scene first."""
    rows = Assignment.objects.filter(incident_id__in=incident_ids, state__in=ACTIVE_STATES)
    found = list(rows.select_related("incident").order_by("pk"))
    people = _persons(found)
    by_incident: dict[int, list[PlannedPerson]] = defaultdict(list)
    for row in found:
        by_incident[row.incident_id].append(people[row.pk])
    order = list(PlanRole.values)
    return {
        incident_id: tuple(sorted(persons, key=lambda person: order.index(person.role)))
        for incident_id, persons in by_incident.items()
    }


def candidates(incident: Incident) -> list[Candidate]:
    """Return the ten nearest of the newest plan, with where they are and whether they are free now.

    Empty before there is a plan, or when nobody was to be had.
    """
    # A plan that only replaces a support has no candidates of its own.
    plans = ResponsePlan.objects.filter(incident=incident).exclude(candidates=[])
    plan = plans.order_by("-number").first()
    kept = plan.candidates if plan else []
    ids = [int(candidate["member"]) for candidate in kept]
    names = who(ids)
    places = {row.member_id: row for row in Whereabouts.objects.filter(pk__in=ids)}
    tasks = list(Assignment.objects.filter(member_id__in=ids, state__in=ACTIVE_STATES))
    here = {row.member_id for row in tasks if row.incident_id == incident.pk}
    busy = {
        row.member_id
        for row in tasks
        if row.incident_id != incident.pk
        and (row.role == PlanRole.FIRST or row.state in ("departed", "arrived"))
    }
    return [
        _candidate(kept_one, names, places.get(int(kept_one["member"])), here, busy)
        for kept_one in kept
        if int(kept_one["member"]) in names
    ]


def _candidate(
    kept: Mapping[str, object],
    names: Mapping[int, Who],
    where: Whereabouts | None,
    here: set[int],
    busy: set[int],
) -> Candidate:
    member_id, seconds = int(str(kept["member"])), float(str(kept["seconds"]))
    name, why = names[member_id], kept["why"]
    return Candidate(
        member_id=member_id,
        name=name.name,
        title=name.title,
        phone=name.phone,
        kind=name.kind,
        seconds=seconds,
        minutes=minutes_of(seconds) or 0,
        estimate=bool(kept["estimate"]),
        why=sentences(why if isinstance(why, list) else ()),
        free=member_id not in busy,
        chosen=member_id in here,
        lon=where.lon if where else None,
        lat=where.lat if where else None,
    )


def active_of(member: Member) -> list[ActiveTask]:
    """Return what the member is asked, on the way to or at now, sorted by promise: 4 queries."""
    rows = list(
        Assignment.objects.filter(member_id=member.pk, state__in=ACTIVE_STATES).select_related(
            "incident"
        )
    )
    others = going([row.incident_id for row in rows])
    tasks = [_task(row, others.get(row.incident_id, ())) for row in rows]
    return sorted(tasks, key=_urgency)


def _urgency(task: ActiveTask) -> tuple[dt.datetime, int]:
    return task.lapses_at or task.promise_due_at or _FAR, -task.urgency


def _task(row: Assignment, others: Sequence[PlannedPerson]) -> ActiveTask:
    incident = row.incident
    return ActiveTask(
        assignment_id=row.pk,
        version=row.version,
        incident_id=incident.pk,
        number=incident.number,
        kind=incident.kind,
        place=incident.place,
        place_exact=incident.place_exact,
        lon=incident.lon,
        lat=incident.lat,
        urgency=incident.urgency,
        role=row.role,
        role_name=str(PlanRole(row.role).label),
        leads_too=row.leads_too,
        state=row.state,
        state_name=str(AssignmentState(row.state).label),
        next_act=NEXT_STEP.get(row.state, ""),
        minutes=minutes_of(row.eta_seconds),
        estimate=row.estimate,
        lapses_at=_lapses_at(row, incident.kind),
        promise_due_at=None if incident.arrived_at else incident.promise_due_at,
        why=sentences(row.why),
        with_whom=tuple(person.title for person in others if person.member_id != row.member_id),
    )


def state_of(assignment_id: int, member: Member) -> str:
    """Return how a member's own assignment stands, empty for another's or none."""
    rows = Assignment.objects.filter(pk=assignment_id, member_id=member.pk)
    return rows.values_list("state", flat=True).first() or ""


def minutes_of(seconds: float | None) -> int | None:
    """Return whole minutes as people say them: rounded up, at least one; None when unknown."""
    if seconds is None or not math.isfinite(seconds):
        return None
    return max(1, math.ceil(seconds / 60 - 0.05))


def _lapses_at(row: Assignment, kind: str) -> dt.datetime | None:
    return row.asked_at + answer_within(kind) if row.state == AssignmentState.ASKED else None


def _persons(rows: Iterable[Assignment], kind: str | None = None) -> dict[int, PlannedPerson]:
    found = list(rows)
    names = who(row.member_id for row in found)
    crew_names = crews(row.crew_id for row in found)
    return {
        row.pk: _person(
            row,
            kind or row.incident.kind,
            names.get(row.member_id, NOBODY),
            crew_names.get(row.crew_id or 0, ""),
        )
        for row in found
    }


def _person(row: Assignment, kind: str, name: Who, crew: str) -> PlannedPerson:
    return PlannedPerson(
        assignment_id=row.pk,
        version=row.version,
        member_id=row.member_id,
        role=row.role,
        role_name=str(PlanRole(row.role).label),
        leads_too=row.leads_too,
        name=name.name,
        title=name.title,
        phone=name.phone,
        crew=crew,
        state=row.state,
        state_name=str(AssignmentState(row.state).label),
        look=LOOKS[row.state],
        seconds=row.eta_seconds,
        minutes=minutes_of(row.eta_seconds),
        estimate=row.estimate,
        place_source=row.place_source,
        why=sentences(row.why),
        why_codes=tuple(row.why),
        asked_at=row.asked_at,
        accepted_at=row.accepted_at,
        departed_at=row.departed_at,
        arrived_at=row.arrived_at,
        ended_at=row.ended_at,
        lapses_at=_lapses_at(row, kind),
        next_act=NEXT_STEP.get(row.state, ""),
    )


def _one(people: Sequence[PlannedPerson], role: str) -> PlannedPerson | None:
    """Return who has a part now; who is done with it only when nobody else has it."""
    having = [person for person in people if person.role == role]
    return next((p for p in having if p.state in ACTIVE_STATES), having[-1] if having else None)


def _by_name(by: str) -> str:
    kind, _colon, number = by.partition(":")
    if kind != "member":
        return ""
    return who([int(number)]).get(int(number), NOBODY).name


def _ruling(plans: Sequence[ResponsePlan]) -> ResponsePlan | None:
    """Return the overruling that holds: the newest one, unless it was undone or all began anew."""
    endings = (planning.OVERRULED, UNDONE, planning.REOPENED)
    newest = next((plan for plan in plans if plan.reason_code in endings), None)
    return newest if newest and newest.reason_code == planning.OVERRULED else None


def _reason(plan: ResponsePlan) -> str:
    line = TimelineEntry.objects.filter(
        incident_id=plan.incident_id, act=planning.OVERRULED, payload__plan=plan.number
    ).first()
    return str(OVERRULE_REASONS.get(line.payload.get("reason", ""), "")) if line else ""
