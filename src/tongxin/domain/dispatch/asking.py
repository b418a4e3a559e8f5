"""Asking somebody to go, and taking it back: alerts, the clock for the answer, the open pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tongxin.domain.dispatch.models import Assignment, PlanRole
from tongxin.domain.incidents import clocks
from tongxin.domain.incidents.hearing import INCIDENT_PATH
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Clock, Incident
from tongxin.kernel import clock
from tongxin.kernel.inserting import insert
from tongxin.plumbing.channels import actions as channels
from tongxin.plumbing.channels.alerting import Alert, alert, alert_new
from tongxin.plumbing.live.actions import publish

ASK = "ask"
"""The kind of the clock that an asked one answers within; its ``ref`` is ``assignment:ID``."""
SHORTEST_ANSWER_S = 60
URGENT_FROM = 2
"""From this urgency on people are rung up; below, a message does."""
_TEMPLATE = {PlanRole.SUPPORT.value: "assignment.support"}


def ref_of(assignment_id: int) -> str:
    """Return how an assignment is named in clocks and deliveries."""
    return f"assignment:{assignment_id}"


def id_of(ref: str) -> int | None:
    """Return the assignment that ``ref`` names, None when it names something else."""
    kind, _colon, number = ref.partition(":")
    return int(number) if kind == "assignment" and number.isdigit() else None


def answer_within(kind_code: str) -> dt.timedelta:
    """Return how long an asked one has to accept: the kind's own clock, at least a minute."""
    length = registry()[kind_code].clocks.get("accept", SHORTEST_ANSWER_S)
    seconds = length if isinstance(length, int) else SHORTEST_ANSWER_S
    return dt.timedelta(seconds=max(SHORTEST_ANSWER_S, seconds))


def ask(incident: Incident, rows: Sequence[Assignment]) -> None:
    """Alert everybody in ``rows``, just written, and start their clocks: three statements.

    In the caller's transaction. The alert itself tells the members' open pages.
    """
    due = clock.now() + answer_within(incident.kind)
    insert([Clock(incident=incident, kind=ASK, due_at=due, ref=ref_of(row.pk)) for row in rows])
    alert_new(
        [
            Alert(
                member_id=row.member_id,
                template=_TEMPLATE.get(row.role, "assignment.asked"),
                values=_values(incident),
                subject=ref_of(row.pk),
                once_key=f"ask:{row.pk}",
            )
            for row in rows
        ],
        urgent=incident.urgency >= URGENT_FROM,
    )


def take_back(incident: Incident, row: Assignment) -> None:
    """Tell somebody who was asked not to go (any more), in the caller's transaction."""
    clocks.stop(incident, ASK, ref_of(row.pk))
    channels.recall(
        subject=ref_of(row.pk),
        recipient=f"member:{row.member_id}",
        template="assignment.released",
        values={"number": incident.number},
    )
    tell(row)


def answered(incident: Incident, row: Assignment) -> None:
    """Stop the clock and whatever still rings: the member knows."""
    clocks.stop(incident, ASK, ref_of(row.pk))
    channels.recall(subject=ref_of(row.pk), recipient=f"member:{row.member_id}")


def place_corrected(incident: Incident, row: Assignment) -> None:
    """Tell somebody who goes that it is elsewhere, in the caller's transaction."""
    alert(
        member_id=row.member_id,
        template="assignment.moved",
        values=_values(incident),
        subject=ref_of(row.pk),
        once_key=f"moved:{row.pk}:{incident.version}",
        urgent=incident.urgency >= URGENT_FROM,
    )
    tell(row)


def tell(row: Assignment) -> None:
    """Tell the member's open pages that something about their tasks has changed."""
    publish(topic=f"member:{row.member_id}", ref=f"incident:{row.incident_id}", version=row.version)


def _values(incident: Incident) -> dict[str, object]:
    return {"number": incident.number, "link": INCIDENT_PATH.format(number=incident.number)}
