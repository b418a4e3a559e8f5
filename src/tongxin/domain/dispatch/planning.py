"""Making the plan: choose from memory, write it in one transaction, never assign anybody twice.

Every way to a plan ends here: a report, a refusal, silence, help called, a nearer one come free. It
asks what the incident still needs, so that running it again changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from tongxin.domain.dispatch import board_reading, needs
from tongxin.domain.dispatch.asking import ask
from tongxin.domain.dispatch.choosing import Choice, Pick, choose
from tongxin.domain.dispatch.duty_board import Snapshot, board
from tongxin.domain.dispatch.models import Assignment, AssignmentState, PlanRole, ResponsePlan
from tongxin.domain.dispatch.needs import HELP_WANT
from tongxin.domain.dispatch.people import MODES
from tongxin.domain.incidents.kinds import Kind, registry
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.timeline import record
from tongxin.foundation.access.scope import Actor, SystemActor, acting_as
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.ground import AreaInfo
from tongxin.kernel import clock, prepared
from tongxin.kernel.errors import Conflict, NotFound
from tongxin.kernel.geometry import Spot
from tongxin.kernel.inserting import insert

DISPATCH = SystemActor("dispatch")
ATTEMPTS = 5
REOPENED = "reopened"
OVERRULED = "overruled"
NEARER = "nearer_came_free"
DOUBLE = (
    "assignment_member_once",
    "assignment_role_once",
    "assignment_first_elsewhere",
    "assignment_crew_elsewhere",
)
"""The constraints that make double assignment impossible."""


class _BoardWasWrong(Exception):
    """Somebody chosen has gone off duty or lost their role since the board was read."""


@dataclass(frozen=True)
class Standing:
    """An incident, locked, with its kind, plans and assignments as they are."""

    incident: Incident
    kind: Kind
    plan: ResponsePlan | None
    rows: Sequence[Assignment]
    since_plan: int

    @property
    def next_number(self) -> int:
        """Return the number of the plan to come."""
        return self.plan.number + 1 if self.plan else 1


def propose(incident_id: int, *, actor: Actor = DISPATCH, because: str = "") -> ResponsePlan | None:
    """Ask whoever the incident still needs; return its newest plan.

    Everybody on duty is timed by road in one many-to-one call for each mode; plan, assignments,
    timeline line, clocks and alerts are written in one transaction under the incident's lock. With
    nothing to fill, or nobody new to be had, nothing is written; None when the incident has ended
    or its kind calls nobody. ``because`` is a code (``declined``, ``lapsed``, ``reopened``…).
    Raises ``NotFound``; ``Conflict`` (``dispatch.contended``) when others were faster each time.
    """
    for _attempt in range(ATTEMPTS):
        try:
            with acting_as(DISPATCH):
                return _propose(incident_id, actor, because)
        except _BoardWasWrong:
            board().reread()
        except IntegrityError as error:
            if not is_double(error):
                raise
    raise Conflict(
        "dispatch.contended", _("Others were faster each time; it will be tried again at once.")
    )


def is_double(error: IntegrityError) -> bool:
    """Tell whether a write failed because somebody was assigned already."""
    return any(name in str(error) for name in DOUBLE)


def standing_of(incident_id: int) -> Standing:
    """Lock the incident and read how it stands; raises ``NotFound``."""
    incident = prepared.locked(Incident, incident_id)
    if incident is None:
        raise NotFound("incident.absent", _("There is no such incident."))
    if incident.version == 1:  # only just reported: every plan adds a line
        return Standing(incident, registry()[incident.kind], None, (), 0)
    rows = list(
        Assignment.objects.filter(incident_id=incident_id).select_related("plan").order_by("pk")
    )
    plans = list(ResponsePlan.objects.filter(incident_id=incident_id).order_by("number"))
    anew = [plan.number for plan in plans if plan.reason_code == REOPENED]
    return Standing(
        incident=incident,
        kind=registry()[incident.kind],
        plan=plans[-1] if plans else None,
        rows=rows,
        since_plan=anew[-1] if anew else 0,
    )


def _propose(incident_id: int, actor: Actor, because: str) -> ResponsePlan | None:
    standing = standing_of(incident_id)
    if not standing.incident.is_open or not standing.kind.called:
        return standing.plan
    if because == REOPENED and not _reopened_already(standing):
        standing = _from_anew(standing)
    wanted = needs.still_open(standing.kind, standing.rows, standing.since_plan)
    if not wanted:
        return standing.plan
    decision = decide(standing, wanted)
    choice = decision.choice
    if not choice.members() and because != REOPENED and _says_the_same(standing.plan, choice):
        return standing.plan
    _check(choice)
    return write(standing, decision, actor=actor, because=because)


def _reopened_already(standing: Standing) -> bool:
    """Tell whether somebody was asked since the incident was last closed: a job come twice."""
    return any(row.ended_at is None for row in standing.rows)


def _from_anew(standing: Standing) -> Standing:
    return Standing(
        standing.incident, standing.kind, standing.plan, standing.rows, standing.next_number
    )


@dataclass(frozen=True)
class Decision:
    """What was chosen, on which board, for what; ``ms`` is how long reading and choosing took."""

    choice: Choice
    snapshot: Snapshot
    wanted: needs.Open
    ms: float = 0.0


def decide(standing: Standing, wanted: needs.Open) -> Decision:
    """Take the board and choose for what is wanted."""
    began, incident = time.perf_counter(), standing.incident
    snapshot = board().snapshot()
    taker = _taker(standing, wanted)
    need = needs.need_of(incident, standing.kind, wanted, standing.rows, clock.now(), taker=taker)
    seconds = snapshot.times_to(Spot(incident.lon, incident.lat))
    choice = choose(need, snapshot.people, seconds, estimate=snapshot.estimate)
    return Decision(choice, snapshot, wanted, (time.perf_counter() - began) * 1000)


def _taker(standing: Standing, wanted: needs.Open) -> AreaInfo | None:
    """Return the area that has taken the incident over, if one has."""
    if not wanted.lead or standing.plan is None or standing.incident.owner_area_id is None:
        return None
    if not standing.incident.hand_overs.filter(accepted=True).exists():
        return None
    return locating.area_info(standing.incident.owner_area_id)


def _says_the_same(plan: ResponsePlan | None, choice: Choice) -> bool:
    return plan is not None and plan.lacking == list(choice.lacking)


def _check(choice: Choice) -> None:
    chosen = choice.members()
    if board_reading.still_fit(chosen, clock.now()) != set(chosen):
        raise _BoardWasWrong


def write(standing: Standing, decision: Decision, *, actor: Actor, because: str) -> ResponsePlan:
    """Write plan, assignments, line, clocks and alerts in the caller's transaction."""
    incident, choice, snapshot = standing.incident, decision.choice, decision.snapshot
    plan = ResponsePlan(
        incident=incident,
        number=standing.next_number,
        at=clock.now(),
        by=str(actor),
        reason_code=because,
        considered=choice.considered,
        estimate=snapshot.estimate,
        candidates=[shown(pick, snapshot.estimate) for pick in choice.candidates],
        lacking=list(choice.lacking),
        best_possible_seconds=choice.best_possible_seconds,
        decided_ms=round(decision.ms, 2),
        swapped_at=clock.now() if because == NEARER else None,
    )
    insert([plan])
    rows = [
        new_row(plan, pick, role, snapshot, want=want)
        for pick, role, want in _parts(choice, decision.wanted)
    ]
    insert(rows)
    record(incident, "plan", actor=actor, payload=line_of(plan, rows, because))
    ask(incident, rows)
    return plan


def shown(pick: Pick, estimate: bool) -> dict[str, object]:
    """Return a candidate as the plan keeps it."""
    return {
        "member": pick.member_id,
        "crew": pick.crew_id,
        "seconds": round(pick.seconds, 1),
        "estimate": estimate,
        "source": pick.source.name.lower(),
        "why": list(pick.why),
    }


def _parts(choice: Choice, wanted: needs.Open) -> list[tuple[Pick, str, int]]:
    """Return who is asked as what, supports with the number of the wish they answer."""
    parts: list[tuple[Pick, str, int]] = []
    if choice.first:
        parts.append((choice.first, PlanRole.FIRST, 0))
    if choice.lead:
        parts.append((choice.lead, PlanRole.LEAD, 0))
    for index, picks in enumerate(choice.support):
        parts += [(pick, PlanRole.SUPPORT, wanted.support[index].number) for pick in picks]
    return parts


def new_row(
    plan: ResponsePlan, pick: Pick, role: str, snapshot: Snapshot, *, want: int = 0
) -> Assignment:
    """Return an assignment, not yet written."""
    return Assignment(
        incident_id=plan.incident_id,
        plan=plan,
        member_id=pick.member_id,
        crew_id=pick.crew_id,
        role=role,
        leads_too=pick.leads_too,
        state=AssignmentState.ASKED,
        eta_seconds=round(pick.seconds, 1),
        estimate=snapshot.estimate,
        mode=MODES[int(snapshot.people.mode[pick.row])],
        place_source=pick.source.name.lower(),
        why=[code[:48] for code in (*(["help_wanted"] if want == HELP_WANT else []), *pick.why)],
        asked_at=plan.at,
        want=want,
    )


def line_of(plan: ResponsePlan, rows: Sequence[Assignment], because: str) -> dict[str, object]:
    """Return the payload of the plan's timeline line: ids, roles, seconds and codes."""
    return {
        "plan": plan.number,
        "because": because,
        "members": [row.member_id for row in rows],
        "asked": [
            {
                "assignment": row.pk,
                "member": row.member_id,
                "role": row.role,
                "seconds": row.eta_seconds,
                "why": row.why,
            }
            for row in rows
        ],
        "lacking": plan.lacking,
        "considered": plan.considered,
    }
