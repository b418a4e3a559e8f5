"""What an incident still asks for: its kind's call, less what is answered already. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.domain.dispatch.choosing import Need, SupportWant
from tongxin.domain.dispatch.models import ACTIVE_STATES, Assignment, AssignmentState, PlanRole
from tongxin.domain.dispatch.people import role_mask
from tongxin.domain.incidents.kinds import Kind
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Role
from tongxin.foundation.territory.ground import AreaInfo
from tongxin.foundation.territory.models import Network

ASK_AGAIN_AFTER = dt.timedelta(minutes=10)
"""Who has not answered is not asked again for the same incident within this time."""
HELP_WANT = 100
"""The number of the wish for support that a call for help makes, apart from the kind's own."""
HELP_UNITS = 2
"""How many units a call for help brings."""

_HELPERS = (
    Role.PATROL_OFFICER,
    Role.COMMUNITY_OFFICER,
    Role.AUXILIARY,
    Role.POLICE_ASSISTANT,
    Role.STATION_CHIEF,
    Role.DEPUTY_STATION_CHIEF,
)
_OTHER_NETWORKS = (
    Role.NETWORK_STAFF,
    Role.GRID_WORKER,
    Role.VILLAGE_OFFICER,
    Role.COMMUNITY_CADRE,
)
"""Who leads what another network than the police has taken over."""
_PUT_ASIDE = ("overruled", "released")


@dataclass(frozen=True, slots=True)
class NumberedWant:
    """A wish for support with its number in the kind's table."""

    number: int
    want: SupportWant


@dataclass(frozen=True, slots=True)
class Open:
    """What is still to be filled."""

    first: bool
    lead: bool
    support: tuple[NumberedWant, ...]

    def __bool__(self) -> bool:
        return self.first or self.lead or bool(self.support)


def still_open(kind: Kind, rows: Sequence[Assignment], since_plan: int = 0) -> Open:
    """Return what ``kind`` asks for and ``rows`` (all of the incident) do not answer yet.

    A part is answered while somebody is asked, on the way or there, and stays answered when that
    one is done; ``since_plan`` is the plan's number from which on this counts (a reopened incident
    starts anew).
    """
    answering = [row for row in rows if _answers(row, since_plan)]
    first = any(row.role == PlanRole.FIRST for row in answering)
    lead = any(row.role == PlanRole.LEAD or row.leads_too for row in answering)
    return Open(
        first=bool(kind.callees("first")) and not first,
        lead=bool(kind.callees("lead")) and not lead,
        support=tuple(_short(wishes(kind, rows), answering)),
    )


def _answers(row: Assignment, since_plan: int) -> bool:
    if row.state in ACTIVE_STATES:
        return True
    return row.state == AssignmentState.DONE and row.plan.number >= since_plan


def wishes(kind: Kind, rows: Sequence[Assignment]) -> list[NumberedWant]:
    """Return all wishes for support: the kind's, and what those on the spot have called for."""
    found = [
        NumberedWant(number, SupportWant(role_mask(called.roles), called.count, called.skills))
        for number, called in enumerate(kind.callees("support"))
    ]
    calls = sum(row.help_calls for row in rows if row.state in ACTIVE_STATES)
    if calls:
        found.append(NumberedWant(HELP_WANT, SupportWant(role_mask(_HELPERS), calls * HELP_UNITS)))
    return found


def _short(wanted: Sequence[NumberedWant], answering: Sequence[Assignment]) -> list[NumberedWant]:
    short: list[NumberedWant] = []
    for wish in wanted:
        there = sum(row.role == PlanRole.SUPPORT and row.want == wish.number for row in answering)
        missing = wish.want.count - there
        if missing > 0:
            want = SupportWant(wish.want.roles, missing, wish.want.skills)
            short.append(NumberedWant(wish.number, want))
    return short


def need_of(
    incident: Incident,
    kind: Kind,
    wanted: Open,
    rows: Sequence[Assignment],
    now: dt.datetime,
    *,
    taker: AreaInfo | None = None,
) -> Need:
    """Return the need that the choice is made for; ``taker`` has taken the incident over."""
    firsts, leads = kind.callees("first"), kind.callees("lead")
    leading = role_mask(role for called in leads for role in called.roles)
    if taker is not None and taker.network != Network.POLICE:
        leading = role_mask(_OTHER_NETWORKS)
    return Need(
        first=role_mask(role for called in firsts for role in called.roles) if wanted.first else 0,
        lead=leading if wanted.lead else 0,
        support=tuple(wish.want for wish in wanted.support),
        skills=_skills(kind, wanted),
        area_ids=tuple(incident.area_ids),
        lead_area_ids=tuple(taker.path) if taker is not None and wanted.lead else (),
        promise_s=_left(incident, now),
        excluded=not_again(rows, now),
    )


def _skills(kind: Kind, wanted: Open) -> tuple[str, ...]:
    """Return the skills that first and lead should bring."""
    parts = (("first", wanted.first), ("lead", wanted.lead))
    called = (c for part, open_ in parts if open_ for c in kind.callees(part))
    return tuple(dict.fromkeys(skill for c in called for skill in c.skills))


def _left(incident: Incident, now: dt.datetime) -> float | None:
    if incident.promise_due_at is None:
        return None
    return max(0.0, (incident.promise_due_at - now).total_seconds())


def not_again(rows: Sequence[Assignment], now: dt.datetime) -> frozenset[int]:
    """Return who is not asked: in it already, declined, put aside, or silent a short while ago."""
    return frozenset(row.member_id for row in rows if _is_out(row, now))


def _is_out(row: Assignment, now: dt.datetime) -> bool:
    if row.state in ACTIVE_STATES or row.state == AssignmentState.DECLINED:
        return True
    if row.state == AssignmentState.LAPSED:
        return row.ended_at is None or now - row.ended_at < ASK_AGAIN_AFTER
    return row.end_code in _PUT_ASIDE
