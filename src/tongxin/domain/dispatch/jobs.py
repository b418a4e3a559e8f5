"""Jobs of dispatch: the row is written in the act's transaction and taken by a worker at once."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tongxin.kernel import outbox
from tongxin.kernel.errors import Conflict

AGAIN = RetryStrategy(
    max_attempts=300, wait=1, retry_exceptions=(OperationalError, InterfaceError, Conflict)
)
"""The database was lost in the middle, or others were faster each time: once more in a second."""


@app.task(name="dispatch.propose", queue="dispatch", priority=50, retry=AGAIN)
def propose(incident_id: int, because: str = "") -> None:
    """Ask whoever the incident still needs; harmless when run again."""
    from tongxin.domain.dispatch.planning import propose as act

    act(incident_id, because=because)


@app.task(name="dispatch.note_alert", queue="dispatch", priority=10, retry=AGAIN)
def note_alert(assignment_id: int, delivery_id: int, channel: str, outcome: str, then: str) -> None:
    """Add the result of a call or message to the incident's timeline, once."""
    from tongxin.domain.dispatch.alert_results import note

    note(assignment_id, delivery_id, channel, outcome, then)


@app.task(name="dispatch.transfer", queue="dispatch", priority=60, retry=AGAIN)
def transfer(ring_id: int) -> None:
    """Have the telephone gateway ring the next of a call plan."""
    from tongxin.domain.dispatch.callplan import transfer as act

    act(ring_id)


def defer_transfer(ring_id: int) -> None:
    """Have a worker ring a telephone as soon as the caller's transaction commits."""
    transfer.defer(ring_id=ring_id)


def defer_propose(incident_id: int, *, because: str = "") -> None:
    """Have a worker make or mend the plan as soon as the caller's transaction commits."""
    outbox.defer(
        "dispatch.propose", queue="dispatch", priority=50, incident_id=incident_id, because=because
    )


def defer_note_alert(
    assignment_id: int, *, delivery_id: int, channel: str, outcome: str, then: str
) -> None:
    """Have a worker add an alert's result to the timeline.

    A job, because the result is written with the delivery locked, and acts lock the incident first.
    """
    note_alert.defer(
        assignment_id=assignment_id,
        delivery_id=delivery_id,
        channel=channel,
        outcome=outcome,
        then=then,
    )
