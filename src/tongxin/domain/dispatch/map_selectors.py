"""Reading where people on duty are: the map, the station's list, the crews; on duty only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from tongxin.domain.dispatch.models import (
    AssignmentState,
    DutySession,
    Mode,
    Whereabouts,
    WhereaboutsTrack,
)
from tongxin.domain.dispatch.naming import crews as crew_names
from tongxin.domain.dispatch.naming import who
from tongxin.domain.dispatch.plan_selectors import LOOKS
from tongxin.domain.dispatch.views import CrewRow, DutyNow, PositionRow, WhereRow
from tongxin.foundation.access.models import Member, Role, Team, TeamKind
from tongxin.foundation.access.roles import POLICE_OFFICERS, Permission
from tongxin.foundation.access.scope import Scope
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.access.titles import title_of
from tongxin.foundation.territory import locating
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound
from tongxin.kernel.geometry import Spot

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

_SHAPES = {
    Role.AUXILIARY: "square",
    Role.POLICE_ASSISTANT: "square",
    Role.GRID_WORKER: "diamond",
    Role.NETWORK_STAFF: "diamond",
    Role.VILLAGE_OFFICER: "triangle",
}
FREE = "free"


class _Row(NamedTuple):
    member_id: int
    surname: str
    kind: str
    phone: str
    mode: str
    crew_id: int | None
    started_at: dt.datetime
    lon: float | None
    lat: float | None
    at: dt.datetime | None
    post_lon: float | None
    post_lat: float | None
    home_lon: float | None
    home_lat: float | None
    post_name: str | None
    state: str | None
    incident_number: str | None
    area_id: int | None
    serves_here: bool


# Who can only stand elsewhere is left out before anything dear is asked about them.
_ON_DUTY = """
    WITH known AS MATERIALIZED (
        SELECT s.member_id, m.surname, m.kind, m.phone, s.mode, s.team_id, s.started_at,
               w.lon, w.lat, w.at, p.lon AS post_lon, p.lat AS post_lat, m.home_lon, m.home_lat,
               p.name AS post_name, m.pinyin,
               coalesce(w.lon, p.lon, m.home_lon) AS x, coalesce(w.lat, p.lat, m.home_lat) AS y,
               EXISTS (
                   SELECT 1 FROM access_grant g JOIN territory_area a ON a.id = g.area_id
                   WHERE g.member_id = s.member_id AND a.path && %(areas)s::bigint[]
                     AND g.valid_from <= %(now)s AND (g.valid_to IS NULL OR g.valid_to > %(now)s)
               ) AS serves_here
        FROM dispatch_dutysession s
        JOIN access_member m ON m.id = s.member_id
        LEFT JOIN dispatch_whereabouts w ON w.member_id = s.member_id
        LEFT JOIN territory_post p ON p.id = m.home_post_id
        WHERE s.ended_at IS NULL AND (s.team_id IS NOT NULL OR NOT %(crews)s))
    SELECT k.member_id, k.surname, k.kind, k.phone, k.mode, k.team_id, k.started_at,
           k.lon, k.lat, k.at, k.post_lon, k.post_lat, k.home_lon, k.home_lat, k.post_name,
           task.state, i.number, ground.area_id, k.serves_here
    FROM known k
    LEFT JOIN LATERAL (
        SELECT g.area_id FROM access_grant g JOIN territory_area a ON a.id = g.area_id
        WHERE g.member_id = k.member_id AND g.valid_from <= %(now)s
          AND (g.valid_to IS NULL OR g.valid_to > %(now)s)
        ORDER BY cardinality(a.path) DESC LIMIT 1) ground ON true
    LEFT JOIN LATERAL (
        SELECT a.state, a.incident_id FROM dispatch_assignment a
        WHERE a.member_id = k.member_id
          AND a.state IN ('asked', 'accepted', 'departed', 'arrived')
        ORDER BY array_position(ARRAY['arrived','departed','accepted','asked']::varchar[], a.state)
        LIMIT 1) task ON true
    LEFT JOIN incidents_incident i ON i.id = task.incident_id
    WHERE k.serves_here OR k.member_id = %(me)s OR k.x IS NULL
       OR (k.x BETWEEN %(west)s AND %(east)s AND k.y BETWEEN %(south)s AND %(north)s)
    ORDER BY k.pinyin, k.member_id
"""
_BESIDE = 0.02
"""Degrees around an area within which a spot in a gap may still be answered with it."""


def people_on_map(member: Member, *, box: Box | None = None) -> dict[str, Any]:
    """Return everybody on duty whom ``member`` may see, as a GeoJSON FeatureCollection.

    Whoever may see positions sees those who serve or stand on the own ground (the networks divide
    it each its own way), anybody else only oneself. Properties:
    ``id`` member, ``name`` (李警官), ``kind``, ``shape`` (circle, square, diamond, triangle,
    hexagon), ``state`` (free or an assignment state), ``look``, ``mode``, ``crew``, ``at`` (ISO, or
    null), ``assumed`` (post, village or beat stands for a position), ``incident`` (number or null).
    One query and one for the crews.
    """
    rows = _rows(scope_of(member, Permission.SEE_POSITIONS), member.pk)
    names = crew_names(row.crew_id for row in rows)
    features = [_feature(row, names) for row in rows]
    return {
        "type": "FeatureCollection",
        "features": [f for f in features if f is not None and _is_in(f, box)],
    }


def who_is_where(station_id: int, member: Member) -> list[WhereRow]:
    """Return who of a station (or any area) is on duty, where, and doing what.

    Empty when the area is not on the ground on which ``member`` may see positions.
    """
    return first_on_duty(station_id, member, None)[0]


def first_on_duty(station_id: int, member: Member, most: int | None) -> tuple[list[WhereRow], int]:
    """Return the first ``most`` of ``who_is_where``, and how many there are in all."""
    path = locating.area_info(station_id).path
    if not scope_of(member, Permission.SEE_POSITIONS).covers(path):
        return [], 0
    everybody = _rows(Scope(frozenset({station_id})), 0)
    rows = everybody[:most]
    names = who(row.member_id for row in rows)
    crew = crew_names(row.crew_id for row in rows)
    return [_where(row, names[row.member_id].title, crew) for row in rows], len(everybody)


def crews(member: Member) -> list[CrewRow]:
    """Return the crews 车组 of the ground on which ``member`` may see positions."""
    scope = scope_of(member, Permission.SEE_POSITIONS)
    teams = Team.objects.filter(kind=TeamKind.CREW).filter(scope.filter("area__path"))
    riding: dict[int, list[_Row]] = {}
    for row in _rows(scope, member.pk, in_crews=True):
        riding.setdefault(row.crew_id or 0, []).append(row)
    return [_crew(team, riding.get(team.pk, [])) for team in teams.order_by("code")]


def duty_of(member: Member) -> DutyNow:
    """Return whether a member is on duty, and what is known of the place: for the member's page."""
    session = DutySession.objects.filter(member_id=member.pk, ended_at__isnull=True).first()
    if session is None:
        return DutyNow(False, "", "", None, "", None, None, None, None)
    where = Whereabouts.objects.filter(pk=member.pk).first()
    return DutyNow(
        on_duty=True,
        mode=session.mode,
        mode_name=str(Mode(session.mode).label),
        crew_id=session.team_id,
        crew=crew_names([session.team_id]).get(session.team_id or 0, ""),
        since=session.started_at,
        position_at=where.at if where else None,
        lon=where.lon if where else None,
        lat=where.lat if where else None,
    )


def modes_of(member_ids: Iterable[int]) -> dict[int, str]:
    """Return how each of the members moves (foot, bicycle, car), of those who are on duty."""
    rows = DutySession.objects.filter(member_id__in=list(member_ids), ended_at__isnull=True)
    return dict(rows.values_list("member_id", "mode"))


def crews_of(member: Member) -> list[tuple[int, str]]:
    """Return the crews a member may go on duty with: id and name."""
    return list(member.teams.filter(kind=TeamKind.CREW).order_by("code").values_list("pk", "name"))


def my_positions(member: Member, start: dt.datetime, end: dt.datetime) -> list[PositionRow]:
    """Return a member's own kept positions of a period (90 days at most are kept)."""
    rows = WhereaboutsTrack.objects.filter(member_id=member.pk, at__gte=start, at__lt=end)
    return [PositionRow(*row) for row in rows.order_by("at").values_list("at", "lon", "lat")]


def _rows(scope: Scope, me: int, *, in_crews: bool = False) -> list[_Row]:
    """Return who is on duty and serves, or stands, on the ground of ``scope``, or is ``me``."""
    west, south, east, north = locating.ground_bounds(scope.area_ids) or (0.0, 0.0, 0.0, 0.0)
    values: dict[str, Any] = {"now": clock.now(), "areas": sorted(scope.area_ids), "me": me}
    values |= {"west": west - _BESIDE, "east": east + _BESIDE, "crews": in_crews}
    values |= {"south": south - _BESIDE, "north": north + _BESIDE}
    with connection.cursor() as cursor:
        cursor.execute(_ON_DUTY, values)
        rows = [_Row(*row) for row in cursor.fetchall()]
    known: list[_Row] = []
    others: list[_Row] = []
    for row in rows:
        (known if row.serves_here or row.member_id == me else others).append(row)
    return known + _standing_on(scope, others)


def _standing_on(scope: Scope, rows: Sequence[_Row]) -> list[_Row]:
    placed = [(row, spot) for row in rows for spot in [_place(row)[0]] if spot]
    if not scope or not placed:
        return []
    located = locating.locate_many([spot for _row, spot in placed])
    pairs = zip(placed, located, strict=True)
    return [row for (row, _spot), where in pairs if scope.covers(where.area_ids)]


def _place(row: _Row) -> tuple[Spot | None, bool]:
    """Return where a member is, and whether that is assumed."""
    if row.lon is not None and row.lat is not None:
        return Spot(row.lon, row.lat), False
    pairs = ((row.post_lon, row.post_lat), (row.home_lon, row.home_lat))
    for lon, lat in pairs:
        if lon is not None and lat is not None:
            return Spot(lon, lat), True
    try:
        return (locating.area_info(row.area_id).centroid if row.area_id else None), True
    except NotFound:
        return None, True


def _feature(row: _Row, names: dict[int, str]) -> dict[str, Any] | None:
    spot, assumed = _place(row)
    if spot is None:
        return None
    state = row.state or FREE
    return {
        "type": "Feature",
        "id": row.member_id,
        "geometry": {"type": "Point", "coordinates": [spot.lon, spot.lat]},
        "properties": {
            "id": row.member_id,
            "name": title_of(row.surname, row.kind),
            "kind": row.kind,
            "shape": shape_of(row.kind),
            "state": state,
            "look": _look(state),
            "mode": row.mode,
            "crew": names.get(row.crew_id or 0, ""),
            "at": row.at.isoformat() if row.at else None,
            "assumed": assumed,
            "incident": row.incident_number,
        },
    }


def shape_of(kind: str) -> str:
    """Return the shape by which a kind of member is told on the map."""
    role = Role(kind)
    return "circle" if role in POLICE_OFFICERS else _SHAPES.get(role, "hexagon")


def _look(state: str) -> str:
    return "done" if state == FREE else LOOKS[state]


def _is_in(feature: dict[str, Any], box: Box | None) -> bool:
    if box is None:
        return True
    lon, lat = feature["geometry"]["coordinates"]
    return bool(box[0] <= lon <= box[2] and box[1] <= lat <= box[3])


def _where(row: _Row, title: str, crew: dict[int, str]) -> WhereRow:
    spot, assumed = _place(row)
    state = row.state or FREE
    return WhereRow(
        member_id=row.member_id,
        name=title_of(row.surname, row.kind),
        title=title,
        phone=row.phone,
        kind=row.kind,
        crew=crew.get(row.crew_id or 0, ""),
        mode=row.mode,
        since=row.started_at,
        place=_place_name(row, spot, assumed),
        position_at=row.at,
        lon=spot.lon if spot else None,
        lat=spot.lat if spot else None,
        state=state,
        state_name=_state_name(state),
        look=_look(state),
        incident_number=row.incident_number or "",
    )


def _place_name(row: _Row, spot: Spot | None, assumed: bool) -> str:
    """Return the post a member is assumed at, else the beat that the position lies in."""
    if assumed and row.post_name:
        return row.post_name
    leaf = locating.locate(spot).leaf if spot else {}
    return next((info.name for info in leaf.values() if info), "")


def _state_name(state: str) -> str:
    from django.utils.translation import gettext

    return gettext("Free") if state == FREE else str(AssignmentState(state).label)


def _crew(team: Team, riding: Sequence[_Row]) -> CrewRow:
    busiest = _busiest(riding)
    spot = next((place for place, _assumed in map(_place, riding) if place), None)
    state = "off_duty" if busiest is None else busiest.state or FREE
    return CrewRow(
        crew_id=team.pk,
        code=team.code,
        name=team.name,
        on_duty=tuple(title_of(row.surname, row.kind) for row in riding),
        mode=riding[0].mode if riding else "",
        state=state,
        look="unknown" if busiest is None else _look(state),
        incident_number=(busiest.incident_number or "") if busiest else "",
        lon=spot.lon if spot else None,
        lat=spot.lat if spot else None,
    )


def _busiest(riding: Iterable[_Row]) -> _Row | None:
    order = (None, "asked", "accepted", "departed", "arrived")
    return max(riding, key=lambda row: order.index(row.state), default=None)
