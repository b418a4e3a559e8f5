"""Those who have nothing to do: they go home by road, and say now and then where they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.db import connection

from tongxin.config.demo.play.book import Task
from tongxin.config.demo.play.journeys import ACTOR, Ground, Journey
from tongxin.config.demo.play.people import People
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.roads.network import Mode
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot, distance_m

LOOK_EVERY = dt.timedelta(seconds=10)
SAY_ANEW_AFTER = dt.timedelta(seconds=330)
"""Well before a position counts as stale."""
WAITS_BEFORE_HOME = dt.timedelta(seconds=60)
FAR_FROM_HOME_M = 120.0
AT_LEISURE = 1.25
POST_EVERY = dt.timedelta(seconds=10)
MOST_AT_ONCE = 60
_STANDING = """
    SELECT s.member_id, s.team_id, s.mode, w.lon, w.lat, w.at, m.home_lon, m.home_lat
    FROM dispatch_dutysession s JOIN access_member m ON m.id = s.member_id
    JOIN dispatch_whereabouts w ON w.member_id = s.member_id
    WHERE s.ended_at IS NULL AND (w.at < %s OR (w.at < %s AND m.home_lon IS NOT NULL
          AND (abs(w.lon - m.home_lon) > 0.001 OR abs(w.lat - m.home_lat) > 0.001)))
    ORDER BY w.at LIMIT 400
"""


@dataclass(frozen=True, slots=True)
class _Standing:
    member_id: int
    crew_id: int | None
    mode: Mode
    spot: Spot
    at: dt.datetime
    home: Spot | None


@dataclass(frozen=True, slots=True)
class _Homeward:
    who: _Standing
    journey: Journey
    posted_at: dt.datetime


class Idle:
    """Moves and refreshes who is free. Members in a person's hands are left alone."""

    def __init__(self, people: People, ground: Ground) -> None:
        self._people, self._ground = people, ground
        self._homeward: dict[int, _Homeward] = {}
        self._looked_at = clock.now() - LOOK_EVERY

    def beat(self, away: Mapping[int, Task]) -> None:
        """Do what is due for those not in ``away`` (members on the way or at a scene)."""
        now = clock.now()
        taken = {_unit(member_id, task.crew_id) for member_id, task in away.items()}
        taken |= self._people.in_use()
        self._homeward = {u: way for u, way in self._homeward.items() if u not in taken}
        self._walk_on(now)
        if now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        for who in self._standing(now):
            unit = _unit(who.member_id, who.crew_id)
            if unit in taken or unit in self._homeward or who.member_id in taken:
                continue
            taken.add(unit)  # a crew once, though all five of it are found
            self._see_to(who, unit, now)

    def _see_to(self, who: _Standing, unit: int, now: dt.datetime) -> None:
        if who.home and len(self._homeward) < MOST_AT_ONCE and _is_far(who, now):
            way = self._ground.journey(
                who.spot, who.home, who.mode, lambda s: dt.timedelta(seconds=s * AT_LEISURE)
            )
            self._homeward[unit] = _Homeward(who, way, now)
        elif now - who.at >= SAY_ANEW_AFTER:
            self._ground.post(who.member_id, who.spot, who.crew_id)

    def _standing(self, now: dt.datetime) -> Iterator[_Standing]:
        with acting_as(ACTOR), connection.cursor() as cursor:
            cursor.execute(_STANDING, [now - SAY_ANEW_AFTER, now - WAITS_BEFORE_HOME])
            rows = cursor.fetchall()
        for member_id, crew_id, mode, lon, lat, at, home_lon, home_lat in rows:
            home = None if home_lon is None else Spot(home_lon, home_lat)
            yield _Standing(member_id, crew_id, Mode(mode), Spot(lon, lat), at, home)

    def _walk_on(self, now: dt.datetime) -> None:
        for unit, way in list(self._homeward.items()):
            if now - way.posted_at >= POST_EVERY:
                who = way.who
                self._ground.post(who.member_id, way.journey.at(now), who.crew_id)
                self._homeward[unit] = replace(way, posted_at=now)
            if now >= way.journey.ends:
                del self._homeward[unit]


def _unit(member_id: int, crew_id: int | None) -> int:
    return member_id if crew_id is None else -crew_id


def _is_far(who: _Standing, now: dt.datetime) -> bool:
    waited = now - who.at >= WAITS_BEFORE_HOME
    return waited and who.home is not None and distance_m(who.spot, who.home) > FAR_FROM_HOME_M
