"""What the desk hears of incidents: the task to put something right is done."""

from __future__ import annotations

from tongxin.domain.incidents import events
from tongxin.domain.rights import telling
from tongxin.domain.rights.effects import DONE
from tongxin.domain.rights.models import RightsRequest
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock


def register() -> None:
    """Follow the ends of incidents."""
    events.on("incident.closed")(on_closed)


def on_closed(event: events.Event) -> None:
    """Note that the officer has put it right, and tell whoever answers the request."""
    with acting_as("rights"):
        rows = RightsRequest.objects.select_for_update()
        found = rows.filter(task_incident_id=event.incident.pk).first()
        if found is None or not found.is_open:
            return
        if event.incident.outcome in DONE:
            found.put_right_at = found.put_right_at or clock.now()
        found.version += 1
        found.save(update_fields=["put_right_at", "version"])
        told = [found.taken_by] if found.taken_by else telling.desk_of(found.area_ids)
        telling.tell_members(found, "rights.put_right", told)
        audit.record(
            actor=str(event.actor),
            act="rights.task_closed",
            subject=f"rights:{found.pk}",
            detail={"outcome": event.incident.outcome},
        )
