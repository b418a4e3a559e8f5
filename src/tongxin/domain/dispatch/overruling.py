"""The dispatcher decides otherwise: with a reason, at once, and with a way back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from tongxin.domain.dispatch import jobs, planning
from tongxin.domain.dispatch.asking import ask
from tongxin.domain.dispatch.models import (
    ACTIVE_STATES,
    Assignment,
    AssignmentState,
    DutySession,
    PlanRole,
    ResponsePlan,
)
from tongxin.domain.dispatch.reasons import OVERRULE_REASONS
from tongxin.domain.dispatch.reckoning import Reckoned, reckon
from tongxin.domain.dispatch.releasing import let_go
from tongxin.domain.incidents.policy import sees
from tongxin.domain.incidents.timeline import record
from tongxin.foundation.access.policy import require
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, NotFound
from tongxin.plumbing.vault import actions as vault

UNDONE = "undone"
UNDO_WITHIN = dt.timedelta(minutes=2)
"""The page offers the way back for 10 s; the act allows for a slow hand or a slow line."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A dispatcher's choice: ``role`` is first, lead or support."""

    role: str
    member_id: int


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What was decided, why, and, for an undoing, which plan it takes back."""

    choices: Sequence[Chosen]
    code: str
    text: str = ""
    instead_of: ResponsePlan | None = None

    @property
    def kind(self) -> str:
        return UNDONE if self.instead_of else planning.OVERRULED

    @property
    def parts(self) -> set[str]:
        """The parts that only one can have and that are given to somebody here."""
        return {choice.role for choice in self.choices if choice.role != PlanRole.SUPPORT}


def overrule(
    incident_id: int,
    choices: Sequence[Chosen],
    reason_code: str,
    reason_text: str = "",
    *,
    actor: Actor,
) -> ResponsePlan:
    """Ask whom the dispatcher chose instead; return the new plan.

    The chosen ones take the parts named: who had the part of first or lead is released with a
    recall message, supports come in addition, everybody else stays. The reason is obligatory (a
    code of `OVERRULE_REASONS`; with ``other`` in words too), its words go to the vault. Somebody
    chosen who is asked already in the same part keeps it. Raises ``BadInput``, ``Forbidden``, and
    ``Conflict`` when a chosen one is off duty or first somewhere else.
    """
    _check(choices, reason_code, reason_text)
    return _decide(incident_id, _Ruling(choices, reason_code, reason_text), actor)


def undo(plan_id: int, *, actor: Actor) -> ResponsePlan:
    """Take an overruling back: those before are asked again, the chosen ones get a recall.

    Possible for two minutes and while none of the chosen has left. A compensating act with a line
    of its own; nothing is erased. Raises ``Conflict`` when it is too late.
    """
    plan = ResponsePlan.objects.select_related("incident").filter(pk=plan_id).first()
    if plan is None or not sees(actor, plan.incident):
        raise NotFound("plan.absent", _("There is no such plan."))
    require(actor, Permission.DISPATCH, plan.incident.area_ids)
    _check_undoable(plan)
    return _decide(plan.incident_id, _Ruling(_released_by(plan), UNDONE, instead_of=plan), actor)


def _check(choices: Sequence[Chosen], reason_code: str, reason_text: str) -> None:
    if reason_code not in OVERRULE_REASONS:
        raise BadInput("overrule.reason", _("Say why: choose a reason."), field="reason_code")
    if reason_code == "other" and not reason_text.strip():
        raise BadInput("overrule.words", _("Say the other reason in words."), field="reason_text")
    if not choices:
        raise BadInput("overrule.nobody", _("Choose at least one person."), field="choices")
    roles = [choice.role for choice in choices if choice.role != PlanRole.SUPPORT]
    members = [choice.member_id for choice in choices]
    known = all(choice.role in PlanRole.values for choice in choices)
    if not known or len(set(roles)) < len(roles) or len(set(members)) < len(members):
        raise BadInput(
            "overrule.choices", _("One person a part, one part a person."), field="choices"
        )


def _decide(incident_id: int, ruling: _Ruling, actor: Actor) -> ResponsePlan:
    try:
        with acting_as(actor):
            with acting_as("dispatch"):
                standing = planning.standing_of(incident_id)
            require(actor, Permission.DISPATCH, standing.incident.area_ids)
            if not standing.incident.is_open:
                raise Conflict("incident.ended", _("The incident has ended."))
            with acting_as("dispatch"):
                return _write(standing, ruling, actor)
    except IntegrityError as error:
        if not planning.is_double(error):
            raise
        raise Conflict(
            "overrule.taken", _("Somebody chosen has just been asked elsewhere: look again.")
        ) from error


def _write(standing: planning.Standing, ruling: _Ruling, actor: Actor) -> ResponsePlan:
    incident = standing.incident
    staying, new = _sort(standing, ruling.choices)
    sessions = _on_duty([choice.member_id for choice in new], strict=not ruling.instead_of)
    reckoned = reckon(standing, sessions)
    plan = _plan(standing, ruling, actor)
    for row in _to_go(standing, ruling, staying):
        let_go(incident, row, "overruled", actor=actor)
    rows = [
        _row(plan, choice, sessions[choice.member_id], reckoned)
        for choice in new
        if choice.member_id in sessions
    ]
    Assignment.objects.bulk_create(rows)
    payload = planning.line_of(plan, rows, ruling.kind) | {"reason": ruling.code}
    record(incident, ruling.kind, actor=actor, payload=payload)
    ask(incident, rows)
    jobs.defer_propose(incident.pk, because="rest")
    return plan


def _sort(standing: planning.Standing, choices: Sequence[Chosen]) -> tuple[set[int], list[Chosen]]:
    """Return the assignments that stay because they are as chosen, and what is new."""
    active = {(row.role, row.member_id): row.pk for row in standing.rows if _is_active(row)}
    chosen = {(choice.role, choice.member_id): choice for choice in choices}
    staying = {active[key] for key in chosen if key in active}
    return staying, [choice for key, choice in chosen.items() if key not in active]


def _to_go(standing: planning.Standing, ruling: _Ruling, staying: set[int]) -> list[Assignment]:
    """Return who is released: who had a part that another takes, or takes another part."""
    members = {choice.member_id for choice in ruling.choices}
    undone = ruling.instead_of.pk if ruling.instead_of else None
    return [
        row
        for row in standing.rows
        if _is_active(row)
        and row.pk not in staying
        and (row.role in ruling.parts or row.member_id in members or row.plan_id == undone)
    ]


def _is_active(row: Assignment) -> bool:
    return row.state in ACTIVE_STATES


def _on_duty(ids: Sequence[int], *, strict: bool) -> dict[int, DutySession]:
    """Return the running sessions of the chosen; off duty is a conflict when ``strict``."""
    sessions = {
        session.member_id: session
        for session in DutySession.objects.filter(member_id__in=ids, ended_at__isnull=True)
    }
    if strict and len(sessions) < len(set(ids)):
        raise Conflict("overrule.off_duty", _("Somebody chosen is not on duty."), field="choices")
    return sessions


def _plan(standing: planning.Standing, ruling: _Ruling, actor: Actor) -> ResponsePlan:
    before = standing.plan
    return ResponsePlan.objects.create(
        incident=standing.incident,
        number=standing.next_number,
        at=clock.now(),
        by=str(actor),
        reason_code=ruling.kind,
        reason_ref=_keep(standing, ruling.text, actor),
        considered=before.considered if before else 0,
        candidates=before.candidates if before else [],
        lacking=[],
        best_possible_seconds=before.best_possible_seconds if before else None,
    )


def _keep(standing: planning.Standing, text: str, actor: Actor) -> int | None:
    if not text.strip():
        return None
    name = f"overrule_{standing.next_number}"
    stored = vault.put(
        category="incident",
        fields={name: text.strip()},
        actor=str(actor),
        legal_basis="public_duty",
        subject_id=standing.incident.report_ref,
    )
    return stored.refs[name]


def _row(
    plan: ResponsePlan, choice: Chosen, session: DutySession, reckoned: Mapping[int, Reckoned]
) -> Assignment:
    known = reckoned.get(choice.member_id, Reckoned(None, True, ""))
    why = [plan.reason_code, *known.why][:8]
    return Assignment(
        incident_id=plan.incident_id,
        plan=plan,
        member_id=choice.member_id,
        crew_id=session.team_id,
        role=choice.role,
        state=AssignmentState.ASKED,
        eta_seconds=known.seconds,
        estimate=known.estimate,
        mode=session.mode,
        place_source=known.source,
        why=why,
        asked_at=plan.at,
    )


def _check_undoable(plan: ResponsePlan) -> None:
    decided = ResponsePlan.objects.filter(
        incident_id=plan.incident_id, reason_code__in=[planning.OVERRULED, UNDONE]
    )
    newest = decided.order_by("-number").first()
    late = clock.now() - plan.at > UNDO_WITHIN
    left = plan.assignments.filter(state__in=["departed", "arrived", "done"]).exists()
    is_newest = newest is not None and newest.pk == plan.pk
    if plan.reason_code != planning.OVERRULED or not is_newest or late or left:
        raise Conflict("undo.too_late", _("It is too late to take this back; decide anew instead."))


def _released_by(plan: ResponsePlan) -> list[Chosen]:
    """Return who was released when the plan was written."""
    rows = Assignment.objects.filter(
        incident_id=plan.incident_id, end_code="overruled", ended_at__gte=plan.at
    ).exclude(plan=plan)
    return [Chosen(row.role, row.member_id) for row in rows]
