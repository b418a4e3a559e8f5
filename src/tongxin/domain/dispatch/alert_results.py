"""What became of an alert, as a line of the timeline: rang, answered, busy, a message instead."""

from __future__ import annotations

from tongxin.domain.dispatch import asking, jobs
from tongxin.domain.dispatch.models import Assignment
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.domain.incidents.timeline import record
from tongxin.foundation.access.scope import SystemActor, acting_as
from tongxin.plumbing.channels.results import DeliveryResult

ACT = "alert_result"


def take(result: DeliveryResult) -> None:
    """Take a delivery's final result (handler of `channels.on_result`)."""
    assignment_id = asking.id_of(result.subject)
    if assignment_id is not None:
        jobs.defer_note_alert(
            assignment_id,
            delivery_id=result.delivery_id,
            channel=result.channel,
            outcome=result.outcome.value,
            then=result.falls_back_to,
        )


def note(assignment_id: int, delivery_id: int, channel: str, outcome: str, then: str) -> None:
    """Add the line, unless it is there already (a job may come twice)."""
    with acting_as(SystemActor("dispatch")) as system:
        row = Assignment.objects.filter(pk=assignment_id).first()
        if row is None:
            return
        incident = Incident.objects.select_for_update().get(pk=row.incident_id)
        lines = TimelineEntry.objects.filter(incident_id=incident.pk, act=ACT)
        if lines.filter(payload__delivery=delivery_id).exists():
            return
        payload = {
            "assignment": row.pk,
            "member": row.member_id,
            "delivery": delivery_id,
            "channel": channel,
            "outcome": outcome,
            "then": then,
        }
        record(incident, ACT, actor=system, payload=payload)
