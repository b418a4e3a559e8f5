"""A small district with people, and reports made in it."""

from __future__ import annotations

from typing import Any

from tongxin.domain.incidents import actions
from tongxin.domain.incidents.actions import Report
from tongxin.domain.incidents.models import Incident, Source, TimelineEntry
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.scope import MemberActor, ReporterActor
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.tests.making import District, spot

HERE = spot(0.5, 0.5)
"""In beat P00 and grid G0."""
THERE = spot(1.5, 1.5)
"""In beat P11 and grid G1."""


class Cast:
    """The people of the district, each with a grant on his ground."""

    def __init__(self) -> None:
        self.ground = District()
        locating.forget()
        beats, grids = self.ground.beats, self.ground.grids
        self.officer = member("李响", Role.COMMUNITY_OFFICER, beats[0])
        self.outsider = member("王远", Role.COMMUNITY_OFFICER, beats[3])
        self.grid_worker = member("赵格", Role.GRID_WORKER, grids[0])
        self.cadre = member("钱社", Role.COMMUNITY_CADRE, self.ground.community)
        self.chief = member("孙所", Role.STATION_CHIEF, self.ground.station)
        self.dispatcher = member("周调", Role.DISPATCHER, self.ground.branch)
        self.volunteer = member("吴志", Role.SECURITY_VOLUNTEER, beats[0])
        self.nobody = member("郑无", Role.GRID_WORKER)


def by(who: Member) -> MemberActor:
    """Return the member as an actor."""
    return MemberActor(who)


def said(kind: str = "emergency", **more: Any) -> Report:
    """Return a report as a resident would make it."""
    given = {"spot": HERE, "source": Source.PORTAL, "what": "楼道里有人摔倒了"}
    return Report(kind=kind, **{**given, **more})


def reported(kind: str = "emergency", **more: Any) -> Incident:
    """Take in a report from the public."""
    return actions.report(said(kind, **more), actor=ReporterActor()).incident


def lines(incident: Incident) -> list[TimelineEntry]:
    """Return the incident's timeline."""
    return list(TimelineEntry.objects.filter(incident_id=incident.pk).order_by("seq"))


def acts(incident: Incident) -> list[str]:
    """Return the acts of the timeline in order."""
    return [line.act for line in lines(incident)]
