"""Letting people go: by the dispatcher, off duty, a lapse, or because the incident has ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import IntegrityError, transaction

from tongxin.domain.dispatch import asking
from tongxin.domain.dispatch.answering import BEGUN, _locked, after_loss, move
from tongxin.domain.dispatch.models import ACTIVE_STATES, Assignment, AssignmentState, PlanRole
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.timeline import record
from tongxin.foundation.access.policy import require
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, SystemActor, acting_as
from tongxin.kernel import clock

UNDO_REACHES_BACK = dt.timedelta(seconds=30)
"""An ending can be undone for ten seconds; a little more for the clock between."""


def release(
    assignment_id: int, *, actor: Actor, version: int | None = None, replan: bool = True
) -> Assignment:
    """Let a member go who was asked or is on the way; another is asked unless ``replan`` is false.

    The member gets a recall message. Needs the right to dispatch on the incident's ground.
    """
    with acting_as(actor):
        row, incident = _locked(assignment_id, actor)
        require(actor, Permission.DISPATCH, incident.area_ids)
        begun = row.state in BEGUN
        let_go(incident, row, "released", actor=actor, version=version)
        if replan:
            after_loss(incident, row, begun, because="released")
    return row


def let_go(
    incident: Incident, row: Assignment, code: str, *, actor: Actor, version: int | None = None
) -> None:
    """Release one assignment with a recall message and a line; in the caller's transaction."""
    move(row, "release", version=version, end_code=code)
    with acting_as("dispatch"):
        payload = {"assignment": row.pk, "member": row.member_id, "role": row.role, "because": code}
        record(incident, "release", actor=actor, payload=payload)
        asking.take_back(incident, row)


def release_all_of(member_id: int, *, reason: str) -> None:
    """Release everything that a member was asked and has not arrived at; others are asked."""
    system = SystemActor("dispatch")
    with acting_as(system):
        mine = Assignment.objects.filter(member_id=member_id, state__in=ACTIVE_STATES)
        ids = sorted(set(mine.values_list("incident_id", flat=True)))
        for incident in Incident.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
            for row in mine.filter(incident=incident).select_related("plan"):
                begun = row.state in BEGUN
                let_go(incident, row, reason, actor=system)
                after_loss(incident, row, begun, because=reason)


def lapse(fired_ref: str, incident: Incident) -> None:
    """An asked one did not answer in time: the next is asked (handler of the clock ``ask``).

    Looks at the truth: who has answered meanwhile is left alone.
    """
    rows = Assignment.objects.select_related("plan")
    row = rows.filter(pk=asking.id_of(fired_ref) or 0).first()
    if row is None or row.state != AssignmentState.ASKED:
        return
    system = SystemActor("dispatch")
    move(row, "lapse", end_code="no_answer")
    payload = {"assignment": row.pk, "member": row.member_id, "role": row.role}
    record(incident, "lapse", actor=system, payload=payload)
    asking.take_back(incident, row)
    after_loss(incident, row, False, because="lapsed")


def pass_on(incident: Incident) -> None:
    """Another body has taken the incident: whoever led for the one before is let go.

    Who is on the way or there as the first goes on until the new ones have come, but does not lead
    any more; who was only asked is called back.
    """
    system = SystemActor("dispatch")
    rows = Assignment.objects.filter(incident=incident, state__in=ACTIVE_STATES)
    for row in rows.select_related("plan").order_by("pk"):
        begun_first = row.role == PlanRole.FIRST and row.state in BEGUN
        if begun_first and row.leads_too:
            Assignment.objects.filter(pk=row.pk).update(leads_too=False, version=row.version + 1)
        elif row.role == PlanRole.LEAD or row.state == AssignmentState.ASKED:
            let_go(incident, row, "handed_over", actor=system)


def place_corrected(incident: Incident, *, far: bool) -> None:
    """It is elsewhere: ``far`` away, others are asked anew, so who has not set out is called back.

    That is whoever was only asked, and the lead for the old ground; who goes on hears of it.
    """
    system = SystemActor("dispatch")
    rows = Assignment.objects.filter(incident=incident, state__in=ACTIVE_STATES)
    for row in rows.select_related("plan").order_by("pk"):
        waits = row.role == PlanRole.LEAD and row.state == AssignmentState.ACCEPTED
        if not far or not (waits or row.state == AssignmentState.ASKED):
            asking.place_corrected(incident, row)
            continue
        let_go(incident, row, "moved", actor=system)
        if waits:
            after_loss(incident, row, True, because="moved")


def end_all(incident: Incident, code: str) -> None:
    """The incident has ended: who is there is done, who is still coming is called back.

    No lines of its own: the line of the ending says it, and stays the newest, so that it can be
    undone.
    """
    rows = Assignment.objects.filter(incident=incident, state__in=ACTIVE_STATES)
    for row in rows.select_related("plan").order_by("pk"):
        if row.state == AssignmentState.ARRIVED:
            move(row, "done", end_code=code)
            asking.answered(incident, row)
            asking.tell(row)
        else:
            move(row, "release", end_code=code)
            asking.take_back(incident, row)


def take_up_again(incident: Incident, codes: Collection[str]) -> None:
    """The ending was undone: who was there is there still, unless first elsewhere by now."""
    ended = Assignment.objects.filter(
        incident=incident,
        state=AssignmentState.DONE,
        end_code__in=codes,
        ended_at__gte=clock.now() - UNDO_REACHES_BACK,
    )
    for row in ended:
        try:
            with transaction.atomic():
                Assignment.objects.filter(pk=row.pk).update(
                    state=AssignmentState.ARRIVED,
                    ended_at=None,
                    end_code="",
                    version=row.version + 1,
                )
        except IntegrityError:
            continue  # called elsewhere meanwhile: somebody else will be asked
        asking.tell(row)
