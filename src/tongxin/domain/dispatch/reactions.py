"""What dispatch does when something happens to an incident; registered when the app is ready."""

from __future__ import annotations

from collections.abc import Collection

from tongxin.domain import incidents
from tongxin.domain.dispatch import jobs
from tongxin.domain.dispatch.answering import BEGUN
from tongxin.domain.dispatch.models import ACTIVE_STATES, Assignment
from tongxin.domain.incidents import clocks
from tongxin.domain.incidents.events import Event
from tongxin.foundation.access.scope import acting_as

FAR_M = 200
"""A place corrected by less changes nobody's way: who was asked stays asked."""
_ENDED_BY = {"incident.closed": "closed", "incident.merged": "merged"}


def plan_new(event: Event) -> None:
    """A report: somebody has to go. The job row is the outbox."""
    jobs.defer_propose(event.incident.pk)


def plan_again(event: Event) -> None:
    """The kind has changed: ask whoever is needed now."""
    if event.incident.is_open:
        jobs.defer_propose(event.incident.pk, because="changed")


def pass_on(event: Event) -> None:
    """Another body has taken it: its own people lead from now on."""
    from tongxin.domain.dispatch.releasing import pass_on as act

    with acting_as("dispatch"):
        act(event.incident)
    jobs.defer_propose(event.incident.pk, because="taken")


def moved(event: Event) -> None:
    """The place was corrected: who has not set out is let go, who is near there asked."""
    from tongxin.domain.dispatch.releasing import place_corrected

    with acting_as("dispatch"):
        place_corrected(event.incident, far=event.payload.get("metres", 0) >= FAR_M)
    jobs.defer_propose(event.incident.pk, because="moved")


def plan_reopened(event: Event) -> None:
    """Reopened: everything starts anew."""
    jobs.defer_propose(event.incident.pk, because="reopened")


def end(event: Event) -> None:
    """Closed or merged: who is there is done, who is still coming is called back."""
    from tongxin.domain.dispatch.releasing import end_all

    with acting_as("dispatch"):
        end_all(event.incident, _ENDED_BY[event.name])


def undone(event: Event) -> None:
    """An act was undone: an ending takes people up again, a reopening lets them go."""
    from tongxin.domain.dispatch.releasing import end_all, place_corrected, take_up_again

    with acting_as("dispatch"):
        if event.incident.is_open:
            if event.payload.get("act") in ("close", "merge"):
                take_up_again(event.incident, _ENDED_BY.values())
            if event.payload.get("act") == "correct_place":
                place_corrected(event.incident, far=True)
            jobs.defer_propose(event.incident.pk, because="undone")
        else:
            end_all(event.incident, "closed")


def lapse(fired: clocks.Fired) -> None:
    """The minute to answer is over."""
    from tongxin.domain.dispatch.releasing import lapse as act

    act(fired.ref, fired.incident)


def assigned_to(member_id: int) -> Collection[int]:
    """Return the incidents that are a member's own because of an assignment now."""
    mine = Assignment.objects.filter(member_id=member_id, state__in=ACTIVE_STATES)
    return list(mine.values_list("incident_id", flat=True))


def answered_by(member_id: int) -> Collection[int]:
    """Return the incidents that a member has accepted and not yet left."""
    mine = Assignment.objects.filter(member_id=member_id, state__in=BEGUN)
    return list(mine.values_list("incident_id", flat=True))


def _look_anew(_member_id: int) -> None:
    """A right was taken away: this process's board is read anew before it is used again."""
    from tongxin.domain.dispatch.duty_board import board

    board().reread()


def register() -> None:
    """Register all of it."""
    from tongxin.domain.dispatch import alert_results, asking, told
    from tongxin.domain.incidents.policy import also_answers, also_own
    from tongxin.foundation.access.actions import on_revoked
    from tongxin.plumbing.channels.results import on_result

    incidents.on("incident.reported")(plan_new)
    incidents.on("incident.triaged")(plan_again)
    incidents.on("incident.taken")(pass_on)
    incidents.on("incident.moved")(moved)
    incidents.on("incident.reopened")(plan_reopened)
    for name in _ENDED_BY:
        incidents.on(name)(end)
    incidents.on("incident.undone")(undone)
    clocks.on(asking.ASK)(lapse)
    also_own(assigned_to)
    also_answers(answered_by)
    on_result(alert_results.take)
    on_revoked(_look_anew)
    told.register()
