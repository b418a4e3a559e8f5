"""What the duty board reads from the database: few columns, plain tuples, changes only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.utils import timezone

from tongxin.domain.dispatch.models import ACTIVE_STATES
from tongxin.foundation.territory import locating
from tongxin.kernel import prepared


class SessionRow(NamedTuple):
    """A member's duty; times are epoch seconds; ``ended`` is None while it runs."""

    member_id: int
    mode: str
    crew_id: int | None
    started: float
    ended: float | None


class PositionRow(NamedTuple):
    """A member's last position; ``at`` in epoch seconds."""

    member_id: int
    lon: float
    lat: float
    at: float


class MemberRow(NamedTuple):
    """What is known of a member beside the ground: skills and the place that stands for one."""

    member_id: int
    skills: list[str]
    post_lon: float | None
    post_lat: float | None
    home_lon: float | None
    home_lat: float | None


class GrantRow(NamedTuple):
    """A grant in force."""

    member_id: int
    role: str
    area_id: int
    path: list[int]
    village: bool


class TaskRow(NamedTuple):
    """An open assignment."""

    member_id: int
    crew_id: int | None
    role: str
    state: str


class RestRow(NamedTuple):
    """When a member's, or a whole crew's, last assignment ended, in epoch seconds."""

    member_id: int
    crew_id: int | None
    ended: float


_SESSION = """
    SELECT member_id, mode, team_id, extract(epoch FROM started_at)::float8,
           extract(epoch FROM ended_at)::float8
    FROM dispatch_dutysession
"""


def open_sessions() -> list[SessionRow]:
    """Return everybody on duty."""
    return [SessionRow(*row) for row in _rows(_SESSION + "WHERE ended_at IS NULL")]


def changed_sessions(since: dt.datetime) -> list[SessionRow]:
    """Return the sessions that began or ended since a moment, in the order of their beginning."""
    where = "WHERE started_at >= %s OR ended_at >= %s ORDER BY started_at, id"
    return [SessionRow(*row) for row in _rows(_SESSION + where, [since, since])]


def positions(since: dt.datetime | None) -> list[PositionRow]:
    """Return the last positions, or those received since a moment."""
    sql = "SELECT member_id, lon, lat, extract(epoch FROM at)::float8 FROM dispatch_whereabouts"
    if since is None:
        return [PositionRow(*row) for row in _rows(sql)]
    return [PositionRow(*row) for row in _rows(sql + " WHERE received_at >= %s", [since])]


def members(ids: Sequence[int]) -> list[MemberRow]:
    """Return the members with the given ids."""
    sql = """
        SELECT m.id, m.skills, p.lon, p.lat, m.home_lon, m.home_lat
        FROM access_member m LEFT JOIN territory_post p ON p.id = m.home_post_id
        WHERE m.id = ANY(%s)
    """
    return [MemberRow(*row) for row in _rows(sql, [list(ids)])]


def grants(ids: Sequence[int], now: dt.datetime) -> list[GrantRow]:
    """Return the grants of the given members that are in force at ``now``, active members only.

    An area that was redrawn counts as it is today, for it keeps its code. Areas come from memory:
    the database, asked to join them, took minutes whenever its statistics were young.
    """
    sql = """
        SELECT g.member_id, g.role, g.area_id
        FROM access_grant g JOIN access_member m ON m.id = g.member_id AND m.is_active
        WHERE g.member_id = ANY(%s)
          AND g.valid_from <= %s AND (g.valid_to IS NULL OR g.valid_to > %s)
    """
    rows = _rows(sql, [list(ids), now, now])
    today = timezone.localdate(now)
    areas = locating.ground_on(today).infos
    redrawn = _redrawn({area for _member, _role, area in rows if area not in areas}, today)
    held = ((member, role, areas.get(redrawn.get(area, area))) for member, role, area in rows)
    return [
        GrantRow(member, role, area.id, list(area.path), area.is_village)
        for member, role, area in held
        if area is not None
    ]


def _redrawn(old: Collection[int], today: dt.date) -> dict[int, int]:
    """Return which area of today stands where each of ``old`` stood: network and code are alike."""
    if not old:
        return {}
    sql = """
        SELECT given.id, a.id FROM territory_area given
        JOIN territory_area a ON a.network = given.network AND a.code = given.code
        WHERE given.id = ANY(%s) AND a.valid_from <= %s AND (a.valid_to IS NULL OR a.valid_to > %s)
    """
    return dict(_rows(sql, [list(old), today, today]))


def tasks() -> list[TaskRow]:
    """Return all open assignments."""
    sql = "SELECT member_id, crew_id, role, state FROM dispatch_assignment WHERE state IN %s"
    return [TaskRow(*row) for row in _rows(sql.replace("%s", _ACTIVE_SQL))]


_ACTIVE_SQL = "(" + ", ".join(f"'{state}'" for state in ACTIVE_STATES) + ")"


def rests(since: dt.datetime) -> list[RestRow]:
    """Return when each member or crew last came back from a scene, since a moment."""
    sql = """
        SELECT member_id, crew_id, extract(epoch FROM max(ended_at))::float8
        FROM dispatch_assignment
        WHERE ended_at >= %s AND arrived_at IS NOT NULL GROUP BY 1, 2
    """
    return [RestRow(*row) for row in _rows(sql, [since])]


def still_fit(ids: Sequence[int], now: dt.datetime) -> set[int]:
    """Return who of ``ids`` is on duty with a grant in force *now*, and hold them on duty.

    Takes a key lock on their sessions until the transaction ends: going off duty waits for it and
    then sees what was asked. Who is just going off duty is skipped, never waited for.
    """
    sql = """
        SELECT s.member_id FROM dispatch_dutysession s
        WHERE s.member_id = ANY(%s) AND s.ended_at IS NULL AND EXISTS (
            SELECT 1 FROM access_grant g JOIN access_member m ON m.id = g.member_id AND m.is_active
            WHERE g.member_id = s.member_id AND g.valid_from <= %s
              AND (g.valid_to IS NULL OR g.valid_to > %s))
        FOR KEY SHARE OF s SKIP LOCKED
    """
    return {row[0] for row in _rows(sql, [list(ids), now, now])}


def _rows(sql: str, values: Sequence[Any] = ()) -> list[Any]:
    return prepared.rows(sql, list(values))
