"""What the asked one answers and does: accept, decline, depart, arrive, ask for help, be done.

Each act locks the incident, changes the assignment by compare-and-swap, and adds a line, in one
transaction. A repeated act of a phone that was without signal is the same act, not a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongxin.domain.dispatch import asking, jobs
from tongxin.domain.dispatch.lifecycle import ASSIGNMENT, STAMP
from tongxin.domain.dispatch.models import ACTIVE_STATES, Assignment, AssignmentState, PlanRole
from tongxin.domain.dispatch.reasons import DECLINE_REASONS
from tongxin.domain.incidents.acting import advance
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.timeline import record
from tongxin.foundation.access.policy import may
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound

BEGUN = (
    AssignmentState.ACCEPTED.value,
    AssignmentState.DEPARTED.value,
    AssignmentState.ARRIVED.value,
)


def accept(assignment_id: int, *, actor: Actor, version: int | None = None) -> Assignment:
    """签收: the member takes it. Only what is asked can be taken; what lapsed is with another.

    For all acts here: ``actor`` is the member asked, or somebody who may dispatch (an answer given
    by telephone); ``version`` is what the actor saw, None takes the newest. Raises ``NotFound``,
    ``Forbidden``, and ``Conflict`` when the assignment is past that step or has changed since.
    """
    return _step(assignment_id, "accept", actor, version)


def depart(assignment_id: int, *, actor: Actor, version: int | None = None) -> Assignment:
    """出发: the member is on the way; departing accepts."""
    return _step(assignment_id, "depart", actor, version)


def arrive(assignment_id: int, *, actor: Actor, version: int | None = None) -> Assignment:
    """到场: the member is there. The first of all to arrive keeps, or breaks, the promise."""
    return _step(assignment_id, "arrive", actor, version)


def decline(
    assignment_id: int,
    *,
    actor: Actor,
    reason: str,
    words: str | None = None,
    version: int | None = None,
) -> Assignment:
    """The member cannot go and says why (a code of `DECLINE_REASONS`); the next is asked at once.

    ``words`` go to the vault. Nobody is judged by it: it counts nowhere.
    """
    if reason not in DECLINE_REASONS:
        raise BadInput("decline.reason", _("Choose a reason from the list."), field="reason")
    return _step(assignment_id, "decline", actor, version, fields={"reason": reason}, words=words)


def done(assignment_id: int, *, actor: Actor, version: int | None = None) -> Assignment:
    """The member's part is over and the member free, while the incident may go on."""
    return _step(assignment_id, "done", actor, version)


def need_help(
    assignment_id: int, *, actor: Actor, version: int | None = None, words: str | None = None
) -> Assignment:
    """Call for help from the spot: the nearest units are asked to support, at once."""
    with acting_as(actor):
        row, incident = _locked(assignment_id, actor)
        if row.state not in ACTIVE_STATES:
            raise _past()
        _swap(row, version, help_calls=row.help_calls + 1)
        line = {"assignment": row.pk, "member": row.member_id, "calls": row.help_calls}
        with acting_as("dispatch"):
            record(incident, "need_help", actor=actor, payload=line, text=words)
        asking.tell(row)
        jobs.defer_propose(incident.pk, because="help_wanted")
    return row


def _step(
    assignment_id: int,
    act: str,
    actor: Actor,
    version: int | None,
    *,
    fields: Mapping[str, Any] | None = None,
    words: str | None = None,
) -> Assignment:
    said = dict(fields or {})
    with acting_as(actor):
        row, incident = _locked(assignment_id, actor)
        target = ASSIGNMENT.transitions[act].target
        if row.state == target:
            return row  # the same tap again, from a phone that had no signal
        begun = row.state in BEGUN
        move(row, act, version=version, end_code=str(said.get("reason", "")))
        payload = {"assignment": row.pk, "member": row.member_id, "role": row.role, **said}
        _note(incident, row, act, actor=actor, payload=payload, words=words)
        if act == "decline":
            after_loss(incident, row, begun, because="declined")
        asking.answered(incident, row)
        asking.tell(row)
    return row


def _locked(assignment_id: int, actor: Actor) -> tuple[Assignment, Incident]:
    """Lock the incident, then read the assignment; check who acts."""
    found = Assignment.objects.filter(pk=assignment_id).values_list("incident_id", flat=True)
    incident_id = found.first()
    if incident_id is None:
        raise _absent()
    with acting_as("dispatch"):  # a task is its member's own wherever it lies
        incident = Incident.objects.select_for_update().get(pk=incident_id)
        row = Assignment.objects.select_related("plan").get(pk=assignment_id)
    _check_actor(row, incident, actor)
    return row, incident


def _check_actor(row: Assignment, incident: Incident, actor: Actor) -> None:
    if isinstance(actor, MemberActor) and actor.member.pk == row.member_id:
        if actor.only is not None and Permission.RESPOND not in actor.only:
            raise Forbidden("access.forbidden", _("This token does not allow that."))
        return
    if not may(actor, Permission.DISPATCH, incident.area_ids):
        raise _absent()


def move(row: Assignment, act: str, *, version: int | None = None, end_code: str = "") -> None:
    """Lead an assignment on by compare-and-swap; raises ``Conflict`` when that is not possible."""
    if not ASSIGNMENT.may(row.state, act):
        raise _past()
    changes: dict[str, Any] = {"state": ASSIGNMENT.step(row.state, act).target}
    changes[STAMP[act]] = clock.now()
    if end_code:
        changes["end_code"] = end_code
    _swap(row, version, **changes)


def _swap(row: Assignment, version: int | None, **changes: Any) -> None:
    seen = row.version if version is None else version
    unchanged = Assignment.objects.filter(pk=row.pk, version=seen, state=row.state)
    if not unchanged.update(version=seen + 1, **changes):
        raise Conflict(
            "assignment.stale", _("This has changed meanwhile: look again."), field="version"
        )
    for name, value in {**changes, "version": seen + 1}.items():
        setattr(row, name, value)


def _note(
    incident: Incident,
    row: Assignment,
    act: str,
    *,
    actor: Actor,
    payload: Mapping[str, Any],
    words: str | None,
) -> None:
    """Add the line; first and lead also lead the incident on, and whoever arrives does."""
    leads_on = act in ("depart", "arrive") or (
        act == "accept" and row.role in (PlanRole.FIRST, PlanRole.LEAD)
    )
    with acting_as("dispatch"):
        if leads_on:
            advance(incident, act, actor=actor, payload=payload, text=words)
        else:
            record(incident, act, actor=actor, payload=payload, text=words)


def after_loss(incident: Incident, row: Assignment, begun: bool, *, because: str) -> None:
    """Somebody is out: put the incident back to waiting if nobody else is on it, ask the next."""
    others = Assignment.objects.filter(incident=incident, state__in=BEGUN).exclude(pk=row.pk)
    waits_again = registry()[incident.kind].lifecycle.may(incident.state, "give_back")
    if begun and waits_again and not others.exists():
        with acting_as("dispatch") as system:
            advance(incident, "give_back", actor=system, payload={"because": because})
    jobs.defer_propose(incident.pk, because=because)


def _past() -> Conflict:
    return Conflict("assignment.past", _("This is over: somebody else has it, or it has ended."))


def _absent() -> NotFound:
    return NotFound("assignment.absent", _("There is no such assignment."))
