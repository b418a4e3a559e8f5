"""A station with a village, its people on duty, and reports, for tests on the real database.

Without a map the times are those of the straight line: 1,350 m of road for each kilometre, by car
7.8 m/s, on foot 1.3 m/s. The chessboard's squares are about 960 m by 1,110 m.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from procrastinate.contrib.django import app

from tongxin.domain.dispatch import actions
from tongxin.domain.dispatch.duty import Position
from tongxin.domain.dispatch.duty_board import board
from tongxin.domain.dispatch.models import Assignment
from tongxin.domain.incidents import clocks
from tongxin.domain.incidents.actions import Report, report
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Member, Role, Team, TeamKind
from tongxin.foundation.access.scope import MemberActor, SystemActor, acting_as
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Level, Network
from tongxin.foundation.territory.tests.making import area, box, spot
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot


class Station:
    """A branch of 8 by 8 squares, one station, four beats of 4 by 4, a village in the far corner.

    ``dispatcher`` may dispatch everywhere.
    """

    def __init__(self) -> None:
        locating.forget()
        board().forget()
        self.branch = area("B", box(0, 0, 8, 8), level=Level.BRANCH, promise_minutes=5)
        self.station = area("S", box(0, 0, 8, 8), level=Level.STATION, parent=self.branch)
        self.beats = [
            area(f"P{i}{j}", box(4 * i, 4 * j, 4, 4), parent=self.station, promise_minutes=3)
            for i in (0, 1)
            for j in (0, 1)
        ]
        governance = {"network": Network.GOVERNANCE}
        root = area("GB", box(0, 0, 8, 8), level=Level.BRANCH, **governance)
        self.town = area("T", box(0, 0, 8, 8), level=Level.STREET, parent=root, **governance)
        self.village = area(
            *("V", box(4, 4, 4, 4)),
            **{"level": Level.COMMUNITY, "parent": self.town, "is_village": True, **governance},
        )
        locating.forget()
        self.dispatcher = member("周平", Role.DISPATCHER, self.branch, phone="13900009991")

    def officer(self, name: str, at: Spot | None, mode: str = "car", **more: object) -> Member:
        """Put a patrol officer of the station on duty, standing at ``at``."""
        return self.on_duty(member(name, Role.PATROL_OFFICER, self.station, **more), at, mode)

    def community_officer(self, name: str, beat: int, at: Spot, mode: str = "car") -> Member:
        """Put the officer of a beat on duty."""
        return self.on_duty(member(name, Role.COMMUNITY_OFFICER, self.beats[beat]), at, mode)

    def village_officer(self, name: str, at: Spot | None, mode: str = "bicycle") -> Member:
        """Put the village's officer on duty."""
        return self.on_duty(member(name, Role.VILLAGE_OFFICER, self.village), at, mode)

    def on_duty(
        self, who: Member, at: Spot | None, mode: str = "car", crew: Team | None = None
    ) -> Member:
        """Put somebody on duty, with a position unless ``at`` is None."""
        actions.go_on_duty(who, mode, crew.pk if crew else None)
        if at is not None:
            stand(who, at)
        return who

    def crew(self, code: str, *members: Member) -> Team:
        """Write a crew."""
        team = Team.objects.create(kind=TeamKind.CREW, code=code, name=code, area=self.station)
        team.members.set(members)
        return team


def stand(who: Member, at: Spot) -> None:
    """Post a position of now."""
    actions.post_positions(who, [Position(at.lon, at.lat, clock.now())])


def reported(at: Spot, kind: str = "help", **more: object) -> Incident:
    """Report something, as the console would."""
    with acting_as("test"):
        return report(Report(kind, at, **more), actor=SystemActor("test")).incident  # type: ignore[arg-type]


def planned(at: Spot, kind: str = "help") -> Incident:
    """Report something and let the worker make the plan."""
    incident = reported(at, kind)
    run_jobs()
    return incident


def asked(incident: Incident, role: str = "first") -> Assignment:
    """Return the one who has a part now."""
    rows = Assignment.objects.filter(incident=incident, role=role)
    return rows.get(state__in=["asked", "accepted", "departed", "arrived"])


def names_of(incident: Incident, role: str = "first") -> list[int]:
    """Return the members who have a part now."""
    rows = Assignment.objects.filter(incident=incident, role=role).order_by("pk")
    active = rows.filter(state__in=["asked", "accepted", "departed", "arrived"])
    return list(active.values_list("member_id", flat=True))


def as_(who: Member) -> MemberActor:
    """Return the member as an actor."""
    return MemberActor(who)


def run_jobs() -> int:
    """Do the deferred jobs of dispatch in this thread, those that they defer too."""
    count = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM procrastinate_jobs WHERE id = (SELECT id FROM procrastinate_jobs"
                " WHERE queue_name = 'dispatch' AND status = 'todo'"
                " ORDER BY priority DESC, id LIMIT 1)"
                " RETURNING task_name, args"
            )
            row = cursor.fetchone()
        if row is None:
            return count
        app.tasks[row[0]].func(**json.loads(row[1]))
        count += 1


def pass_time(held: clock.HeldClock, seconds: float) -> None:
    """Let time pass, in steps of a second, with what the worker does meanwhile."""
    for _second in range(int(seconds)):
        held.advance(1)
        clocks.fire_due()
        run_jobs()


@contextmanager
def fresh_board() -> Iterator[None]:
    """As if this worker had just been started."""
    board().forget()
    yield
    board().forget()


__all__ = ["Station", "as_", "asked", "dt", "names_of", "planned", "reported", "run_jobs", "spot"]
