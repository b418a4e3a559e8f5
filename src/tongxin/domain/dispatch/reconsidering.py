"""Looking again, every few seconds: plans that lack somebody, and firsts with somebody nearer.

The rule against flapping is in `flapping`; this applies it to what is on duty now.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, connection

from tongxin.domain.dispatch import board_reading, needs, planning
from tongxin.domain.dispatch.duty_board import Snapshot, board
from tongxin.domain.dispatch.flapping import PAUSE_SECONDS, is_worth_replacing
from tongxin.domain.dispatch.flapping import Standing as FirstStanding
from tongxin.domain.dispatch.models import ACTIVE_STATES, Assignment, PlanRole, ResponsePlan
from tongxin.domain.dispatch.releasing import let_go
from tongxin.domain.incidents.kinds import registry
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError
from tongxin.kernel.geometry import Spot

logger = logging.getLogger(__name__)

_LACKING = """
    SELECT i.id FROM incidents_incident i
    JOIN LATERAL (SELECT lacking FROM dispatch_responseplan p WHERE p.incident_id = i.id
                  ORDER BY number DESC LIMIT 1) latest ON true
    WHERE i.is_open AND latest.lacking ?| %s LIMIT 200
"""
_WITHOUT_PLAN = """
    SELECT i.id FROM incidents_incident i
    WHERE i.is_open AND i.opened_at BETWEEN %s AND %s AND i.state = 'reported'
      AND i.kind = ANY(%s)
      AND NOT EXISTS (SELECT 1 FROM dispatch_responseplan p WHERE p.incident_id = i.id) LIMIT 200
"""
_NOT_LEFT = """
    SELECT DISTINCT incident_id FROM dispatch_assignment
    WHERE role = 'first' AND state IN ('asked', 'accepted') LIMIT 500
"""
_WORTH_LOOKING = [
    "nobody_on_duty",
    "all_busy",
    "nobody_answers",
    "no_road",
    "no_officer_on_duty",
    "no_lead",
]
_NOT_FORGOTTEN = (dt.timedelta(minutes=1), dt.timedelta(days=1))
_REMEMBERED = dt.timedelta(seconds=PAUSE_SECONDS + 10)
_ALL_THE_SAME = dt.timedelta(seconds=30)


class _Watch:
    """Remembers who was free, so that looking again costs nothing while nobody comes free."""

    def __init__(self) -> None:
        self._free: frozenset[int] = frozenset()
        self._came_at: dt.datetime | None = None
        self._tried_at: dt.datetime | None = None

    def someone_came_free(self, now: dt.datetime) -> bool:
        """Tell whether somebody came free just now, or so lately that the pause hid it."""
        people = board().snapshot().people
        free = frozenset(people.member[~people.busy].tolist())
        if free - self._free:
            self._came_at = now
        self._free = free
        return self._came_at is not None and abs(now - self._came_at) <= _REMEMBERED

    def is_time_again(self, now: dt.datetime) -> bool:
        """Tell whether to try all the same what was lacking: who was silent may be asked."""
        if self._tried_at is not None and abs(now - self._tried_at) < _ALL_THE_SAME:
            return False
        self._tried_at = now
        return True


_watch = _Watch()


def look_again() -> None:
    """Mend every plan that can be mended now (a ticker calls this every 3 s)."""
    now = clock.now()
    with acting_as("dispatch"):
        came_free = _watch.someone_came_free(now)
        again = _watch.is_time_again(now)
        lacking, waiting = _incidents() if came_free or again else ([], [])
        forgotten = _without_plan(now)
    for incident_id in (*lacking, *forgotten):
        _try(incident_id, fill)
    for incident_id in waiting if came_free else ():
        _try(incident_id, replace_if_worth)


def _incidents() -> tuple[list[int], list[int]]:
    """Return the incidents whose plan lacks somebody, and those whose first has not left yet."""
    return _ids(_LACKING, [_WORTH_LOOKING]), _ids(_NOT_LEFT, [])


def _without_plan(now: dt.datetime) -> list[int]:
    """Return incidents of kinds that call somebody whose job was lost, so that there is no plan."""
    kinds = [kind.code for kind in registry().reportable() if kind.called]
    return _ids(_WITHOUT_PLAN, [now - _NOT_FORGOTTEN[1], now - _NOT_FORGOTTEN[0], kinds])


def _ids(sql: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return [row[0] for row in cursor.fetchall()]


def _try(incident_id: int, act: Callable[[int], object]) -> None:
    try:
        act(incident_id)
    except (TongxinError, IntegrityError):
        logger.info("dispatch: incident %d is looked at again later", incident_id, exc_info=True)


def fill(incident_id: int) -> None:
    """Ask whoever is still lacking and can be had now."""
    planning.propose(incident_id, because="available_again")


def replace_if_worth(incident_id: int) -> ResponsePlan | None:
    """Replace a first on scene who has not left, if the rule of `flapping` says so."""
    with acting_as("dispatch"):
        standing = planning.standing_of(incident_id)
        row = _first(standing)
        if row is None or not standing.incident.is_open:
            return None
        decision = planning.decide(standing, needs.Open(first=True, lead=False, support=()))
        offered = decision.choice.first
        now_seconds = _seconds_of(standing, row, decision.snapshot)
        if offered is None or not is_worth_replacing(
            _how_it_stands(standing, row, now_seconds), offered.seconds
        ):
            return None
        if board_reading.still_fit([offered.member_id], clock.now()) != {offered.member_id}:
            board().reread()
            return None
        return _replace(standing, row, decision)


def _first(standing: planning.Standing) -> Assignment | None:
    firsts = [r for r in standing.rows if r.role == PlanRole.FIRST and r.state in ACTIVE_STATES]
    return firsts[0] if firsts else None


def _seconds_of(standing: planning.Standing, row: Assignment, snapshot: Snapshot) -> float:
    """Return the seconds that the one who was asked needs from where he is now; inf off duty."""
    mine = snapshot.people.row_of(row.member_id)
    seconds = snapshot.times_to(Spot(standing.incident.lon, standing.incident.lat))
    return float("inf") if mine is None else float(seconds[mine])


def _how_it_stands(
    standing: planning.Standing, row: Assignment, now_seconds: float
) -> FirstStanding:
    swaps = [r.plan.swapped_at for r in standing.rows if r.plan.swapped_at is not None]
    since = (clock.now() - max(swaps)).total_seconds() if swaps else float("inf")
    return FirstStanding(
        seconds=now_seconds,
        departed=row.state not in ("asked", "accepted"),
        overruled=row.plan.reason_code == planning.OVERRULED,
        since_swap_s=since,
    )


def _replace(
    standing: planning.Standing, row: Assignment, decision: planning.Decision
) -> ResponsePlan:
    """Release the one, ask the other, in the caller's transaction."""
    let_go(standing.incident, row, "swapped", actor=planning.DISPATCH)
    first = decision.choice.first
    if first is not None:
        why = (planning.NEARER, *first.why)
        choice = replace(decision.choice, first=replace(first, why=why, leads_too=False))
        decision = replace(decision, choice=choice)
    plan = planning.write(standing, decision, actor=planning.DISPATCH, because=planning.NEARER)
    if row.leads_too:
        _ask_for_a_lead(standing.incident.pk)
    return plan


def _ask_for_a_lead(incident_id: int) -> None:
    from tongxin.domain.dispatch import jobs

    jobs.defer_propose(incident_id, because=planning.NEARER)
