"""Ways along the roads: where somebody is on a line at a moment, and posting it."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise

from tongxin.config.demo.play.people import People
from tongxin.domain.dispatch import actions as dispatch
from tongxin.domain.dispatch.duty import Position
from tongxin.domain.dispatch.models import Whereabouts
from tongxin.foundation.access.models import Team
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.roads import loading
from tongxin.foundation.roads.network import Mode, Route
from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError
from tongxin.kernel.geometry import Spot, distance_m

ACTOR = "demo"
ACCURACY_M = 8.0


@dataclass(frozen=True, slots=True)
class Journey:
    """A way that is being travelled: the line, how far along each point is, and its times."""

    line: tuple[Spot, ...]
    along_m: tuple[float, ...]
    began: dt.datetime
    ends: dt.datetime

    @classmethod
    def over(cls, line: list[Spot], began: dt.datetime, takes: dt.timedelta) -> Journey:
        """Lay a journey over a line of at least one spot."""
        steps = [distance_m(a, b) for a, b in pairwise(line)]
        return cls(tuple(line), tuple(accumulate(steps, initial=0.0)), began, began + takes)

    def at(self, moment: dt.datetime) -> Spot:
        """Return where the traveller is."""
        whole = (self.ends - self.began).total_seconds()
        share = (moment - self.began).total_seconds() / whole if whole > 0 else 1.0
        metres = min(max(share, 0.0), 1.0) * self.along_m[-1]
        index = bisect.bisect_right(self.along_m, metres)
        if index >= len(self.line):
            return self.line[-1]
        before, after = self.line[index - 1], self.line[index]
        length = self.along_m[index] - self.along_m[index - 1]
        part = (metres - self.along_m[index - 1]) / length if length > 0 else 1.0
        return Spot(
            round(before.lon + (after.lon - before.lon) * part, 7),
            round(before.lat + (after.lat - before.lat) * part, 7),
        )


class Ground:
    """Where people are and how they get somewhere; positions are posted as the members do it."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._crews: dict[int, list[int]] = {}

    def place_of(self, member_id: int) -> Spot | None:
        """Return where a member was last seen."""
        with acting_as(ACTOR):
            row = Whereabouts.objects.filter(pk=member_id).values_list("lon", "lat").first()
        return Spot(*row) if row else None

    def route(self, origin: Spot, there: Spot, mode: Mode) -> Route:
        """Return the way on the road network in force."""
        return loading.current_network().route(origin, there, mode)

    def journey(
        self, origin: Spot, there: Spot, mode: Mode, takes: Callable[[float], dt.timedelta]
    ) -> Journey:
        """Begin a journey now; ``takes`` turns the road's seconds into how long it takes."""
        route = self.route(origin, there, mode)
        line = [origin, *route.line, there] if route.reachable else [origin, there]
        seconds = route.seconds if route.reachable else distance_m(origin, there) / 1.3
        return Journey.over(line, clock.now(), takes(seconds))

    def post(self, member_id: int, spot: Spot, crew_id: int | None = None) -> None:
        """Post a position of now, for the whole crew that rides together."""
        position = Position(spot.lon, spot.lat, clock.now(), ACCURACY_M)
        for who in {member_id, *self._crew(crew_id)}:
            try:
                dispatch.post_positions(self._people.member(who), [position])
            except TongxinError:
                continue  # went off duty meanwhile

    def _crew(self, crew_id: int | None) -> list[int]:
        if crew_id is None:
            return []
        if crew_id not in self._crews:
            with acting_as(ACTOR):
                rows = Team.members.through.objects.filter(team_id=crew_id)
                self._crews[crew_id] = list(rows.values_list("member_id", flat=True))
        return self._crews[crew_id]
