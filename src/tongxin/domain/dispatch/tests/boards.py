"""Builds boards of invented people for tests of the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.domain.dispatch.board_reading import RestRow, TaskRow
from tongxin.domain.dispatch.columns import Columns
from tongxin.domain.dispatch.people import People, PlaceSource
from tongxin.domain.dispatch.seats import HeldGrant, Seat
from tongxin.foundation.access.models import Role
from tongxin.kernel.geometry import Spot

NOW = 1_000_000.0
BRANCH, STATION, BEAT, VILLAGE = 1, 2, 3, 4
"""The areas of the spot: one branch, its station, its beat, its village (both on level three)."""
OTHER_STATION, OTHER_BEAT, NEXT_BEAT = 12, 13, 23
HERE = (BRANCH, STATION, BEAT, VILLAGE)
PATHS = {
    BRANCH: (BRANCH,),
    STATION: (BRANCH, STATION),
    BEAT: (BRANCH, STATION, BEAT),
    NEXT_BEAT: (BRANCH, STATION, NEXT_BEAT),
    VILLAGE: (BRANCH, STATION, VILLAGE),
    OTHER_STATION: (BRANCH, OTHER_STATION),
    OTHER_BEAT: (BRANCH, OTHER_STATION, OTHER_BEAT),
}


@dataclass
class Somebody:
    """A member on duty, as tests say it."""

    member: int
    role: Role = Role.PATROL_OFFICER
    area: int = BRANCH
    crew: int | None = None
    skills: Sequence[str] = ()
    age_s: float | None = 10.0
    on_duty_s: float = 3_600.0
    task: str = ""
    rested_s: float | None = None


def board_of(everybody: Sequence[Somebody]) -> People:
    """Return the columns of these people at ``NOW``."""
    seats: dict[int, Seat] = {}
    for one in everybody:
        seat = Seat(one.member, "car", one.crew, NOW - one.on_duty_s, tuple(one.skills))
        seat.grants = (grant(one.role, one.area),)
        seat.fallback, seat.fallback_source = Spot(114.0, 30.0), PlaceSource.POST
        if one.age_s is not None:
            seat.position, seat.at = Spot(114.0, 30.0), NOW - one.age_s
        seat.settle(NOW)
        seats[one.member] = seat
    columns = Columns()
    columns.build(seats)
    columns.take_tasks(
        [TaskRow(p.member, p.crew, *p.task.split(":")) for p in everybody if p.task]  # type: ignore[arg-type]
    )
    columns.take_rests(
        [RestRow(p.member, p.crew, NOW - p.rested_s) for p in everybody if p.rested_s is not None]
    )
    return columns.people(NOW)


def grant(role: Role, area: int) -> HeldGrant:
    """Return a grant on one of the areas above."""
    path = PATHS[area]
    second = path[1] if len(path) > 1 else path[0]
    return HeldGrant(role, area, second, path[0], len(path), area == VILLAGE)
