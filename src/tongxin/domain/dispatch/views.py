"""The shapes in which selectors answer: plain values, words already chosen, nothing to look up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlannedPerson:
    """One person of a plan.

    ``name`` is what colleagues say (李警官), ``title`` the line with role and ground. ``state`` is
    an assignment state, ``look`` the mark that stands for it (waiting, on_the_way, there, done,
    broken, unknown). ``minutes`` is the road time when asked, rounded up; ``why`` are sentences.
    ``next_act`` is what the person does next (accept, depart, arrive) or "".
    """

    assignment_id: int
    version: int
    member_id: int
    role: str
    role_name: str
    leads_too: bool
    name: str
    title: str
    phone: str
    crew: str
    state: str
    state_name: str
    look: str
    seconds: float | None
    minutes: int | None
    estimate: bool
    place_source: str
    why: tuple[str, ...]
    why_codes: tuple[str, ...]
    asked_at: dt.datetime
    accepted_at: dt.datetime | None
    departed_at: dt.datetime | None
    arrived_at: dt.datetime | None
    ended_at: dt.datetime | None
    lapses_at: dt.datetime | None
    next_act: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could go: for the map and for the dispatcher's overrule.

    ``free`` is false for who is first, on the way or there elsewhere; ``chosen`` marks who is in
    the plan now. ``lon``/``lat`` are the last known or assumed place, None when not on duty any
    more.
    """

    member_id: int
    name: str
    title: str
    phone: str
    kind: str
    seconds: float
    minutes: int
    estimate: bool
    why: tuple[str, ...]
    free: bool
    chosen: bool
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan of an incident as it stands, with who was asked before and why not.

    ``reason`` is the sentence of an overruling; its words lie in the vault under ``reason_ref`` and
    are revealed for a purpose only. ``undo_plan_id`` is what `actions.undo` takes until
    ``undo_until``. ``past`` are those who declined, did not answer or were let go.
    """

    plan_id: int
    number: int
    at: dt.datetime
    by: str
    by_name: str
    overruled: bool
    reason: str
    reason_ref: int | None
    estimate: bool
    considered: int
    decided_ms: float | None
    first: PlannedPerson | None
    lead: PlannedPerson | None
    support: tuple[PlannedPerson, ...]
    past: tuple[PlannedPerson, ...]
    lacking: tuple[str, ...]
    lacking_codes: tuple[str, ...]
    undo_plan_id: int | None
    undo_until: dt.datetime | None

    @property
    def people(self) -> tuple[PlannedPerson, ...]:
        """Return everybody in it now, first, lead, support; a first who leads too comes once."""
        some = (self.first, self.lead if self.lead != self.first else None)
        return tuple(person for person in (*some, *self.support) if person is not None)


@dataclass(frozen=True, slots=True)
class ActiveTask:
    """An incident that a member is in now, for the phone page; sorted by promise."""

    assignment_id: int
    version: int
    incident_id: int
    number: str
    kind: str
    place: str
    place_exact: bool
    lon: float
    lat: float
    urgency: int
    role: str
    role_name: str
    leads_too: bool
    state: str
    state_name: str
    next_act: str
    minutes: int | None
    estimate: bool
    lapses_at: dt.datetime | None
    promise_due_at: dt.datetime | None
    why: tuple[str, ...]
    with_whom: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DutyNow:
    """Whether a member is on duty, and what the program knows of the place."""

    on_duty: bool
    mode: str
    mode_name: str
    crew_id: int | None
    crew: str
    since: dt.datetime | None
    position_at: dt.datetime | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One kept position of the member who asks (refusal 8: visible to the person)."""

    at: dt.datetime
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class CrewRow:
    """A crew 车组: who rides in it now and what it does."""

    crew_id: int
    code: str
    name: str
    on_duty: tuple[str, ...]
    mode: str
    state: str
    look: str
    incident_number: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class WhereRow:
    """One member on duty of a station: where, since when known, doing what."""

    member_id: int
    name: str
    title: str
    phone: str
    kind: str
    crew: str
    mode: str
    since: dt.datetime
    place: str
    position_at: dt.datetime | None
    lon: float | None
    lat: float | None
    state: str
    state_name: str
    look: str
    incident_number: str


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` (included) to ``end`` (excluded), both aware."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """How a zone's promise was kept.

    ``count`` incidents had the promise and an end to it (somebody arrived, or it ran out). ``kept``
    and ``possible`` are shares 0..1: how often somebody was there in time, and how often the
    fastest of all who were free would have been. None where ``count`` is 0; ``too_few`` says that
    under 30 incidents a share means little. ``p50_s``/``p90_s`` are seconds from report to arrival.
    """

    area_id: int
    name: str
    promise_minutes: int
    count: int
    kept: float | None
    possible: float | None
    p50_s: float | None
    p90_s: float | None
    never_arrived: int
    too_few: bool


@dataclass(frozen=True, slots=True)
class CallLine:
    """One line of an inbound call's own timeline."""

    at: dt.datetime
    act: str
    who: str
    says: str


@dataclass(frozen=True, slots=True)
class CallView:
    """A resident's call to the beat's number (S05) and how it was passed on."""

    call_id: int
    beat_id: int
    beat: str
    started_at: dt.datetime
    state: str
    state_name: str
    ringing: str
    answered_by: str
    caller_ref: int | None
    incident_id: int | None
    incident_number: str
    lines: tuple[CallLine, ...]


@dataclass(frozen=True, slots=True)
class CallStep:
    """One step of a beat's call plan: whom it rings and for how long."""

    position: int
    who: str
    phone: str
    seconds: int
    stored: bool
