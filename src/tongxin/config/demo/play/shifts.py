"""Change of shifts: who has served long enough goes home, and a fresh shift begins in their place.

The demo has one shift's people; the same members come back rested, so that a demo that runs for
days does not end with everybody on duty for a hundred hours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from tongxin.config.demo.play.journeys import ACTOR, Ground
from tongxin.config.demo.play.people import People
from tongxin.domain.dispatch import actions as dispatch
from tongxin.domain.dispatch.models import DutySession
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError
from tongxin.kernel.geometry import Spot

LASTS = dt.timedelta(hours=10)
LOOK_EVERY = dt.timedelta(seconds=20)
MOST_AT_ONCE = 5


class Shifts:
    """Ends long duties and begins new ones, a few at a time, through the members' own acts."""

    def __init__(self, people: People, ground: Ground) -> None:
        self._people, self._ground = people, ground
        self._looked_at = clock.now()

    def beat(self, busy: Collection[int]) -> None:
        """Change a few shifts of members who are not ``busy`` and not in a person's hands."""
        now = clock.now()
        if now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        kept = {*busy, *self._people.in_use()}
        for session in _long_ones(now - LASTS, kept):
            self._change(session)

    def _change(self, session: DutySession) -> None:
        member = self._people.member(session.member_id)
        home = (member.home_lon, member.home_lat)
        spot = self._ground.place_of(member.pk)
        try:
            dispatch.go_off_duty(member)
            dispatch.go_on_duty(member, session.mode, session.team_id)
        except TongxinError:
            return  # was asked to go somewhere just now
        if session.team_id is None and home[0] is not None and home[1] is not None:
            spot = Spot(home[0], home[1])
        if spot is not None:
            self._ground.post(member.pk, spot)


def _long_ones(before: dt.datetime, kept: Collection[int]) -> list[DutySession]:
    with acting_as(ACTOR):
        long = DutySession.objects.filter(ended_at__isnull=True, started_at__lt=before)
        return list(long.exclude(member_id__in=kept).order_by("started_at")[:MOST_AT_ONCE])
