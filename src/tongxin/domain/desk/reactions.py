"""What the desk hears of incidents: enquiries begin, move, end, and open again."""

from __future__ import annotations

from tongxin.domain.desk.asking import DESK, KIND
from tongxin.domain.desk.models import Question
from tongxin.domain.incidents import events
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.scope import acting_as

_TURNS = ("reported", "triaged", "moved", "closed", "merged", "reopened", "undone")


def register() -> None:
    """Follow enquiries, however they came in."""
    for turn in _TURNS:
        events.on(f"incident.{turn}")(follow)


def follow(event: events.Event) -> None:
    """Keep the question's row as its incident is."""
    incident = event.incident
    if incident.kind != KIND and event.name != "incident.triaged":
        return
    with acting_as(DESK):
        rows = Question.objects.filter(incident_id=incident.pk)
        if incident.kind != KIND:
            rows.delete()
        elif not rows.update(is_open=incident.is_open, area_ids=incident.area_ids):
            _write(incident)


def _write(incident: Incident) -> None:
    Question.objects.create(
        incident_id=incident.pk,
        public_token=incident.public_token,
        area_ids=incident.area_ids,
        asked_at=incident.opened_at,
        is_open=incident.is_open,
    )
