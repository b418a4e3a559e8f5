"""Broken promises: noted on the timeline, and carried up level by level until somebody sees to it.

The handlers recompute the truth: a clock that comes due on an incident that was accepted, reached
or closed in the meantime is only put away.
"""

from __future__ import annotations

import datetime as dt

from tongxin.domain.incidents import clocks
from tongxin.domain.incidents.acting import announce
from tongxin.domain.incidents.clocks import ESCALATE, Fired
from tongxin.domain.incidents.hearing import INCIDENT_PATH, message_subject, tell
from tongxin.domain.incidents.kinds import Rung, registry
from tongxin.domain.incidents.kinds.table import LEVELS
from tongxin.domain.incidents.models import Clock, Incident
from tongxin.domain.incidents.policy import LEVEL_ROLES
from tongxin.domain.incidents.timeline import Line, append
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.scope import SystemActor
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Level, Network
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound
from tongxin.plumbing.channels.alerting import alert

BY_CLOCK = SystemActor("clocks")
_NETWORK_OF = {
    "grid": Network.GOVERNANCE,
    "community": Network.GOVERNANCE,
    "station": Network.POLICE,
    "branch": Network.POLICE,
}


@clocks.on("*")
def on_due(fired: Fired) -> None:
    """See to a clock of the incident's own; clocks of other apps carry a ``ref`` and are theirs."""
    if fired.ref:
        return
    if not fired.incident.is_open or _kept(fired):
        clocks.stop(fired.incident, fired.kind)
    elif fired.kind == ESCALATE:
        _climb(fired.incident, fired.level)
    else:
        _break_promise(fired)


def _kept(fired: Fired) -> bool:
    incident = fired.incident
    if fired.kind == "accept":
        return not incident.needs_person and incident.accepted_at is not None
    if fired.kind == "arrive":
        return incident.arrived_at is not None
    if fired.kind == ESCALATE:
        return not broken(incident)
    return False


def broken(incident: Incident) -> bool:
    """Tell whether a promise of the incident's own is overdue and still open."""
    overdue = Clock.objects.filter(
        incident=incident, ref="", fired_at__isnull=False, stopped_at__isnull=True
    )
    return overdue.exclude(kind=ESCALATE).exists()


def _break_promise(fired: Fired) -> None:
    incident = fired.incident
    payload = {"clock": fired.kind, "due": fired.due_at.isoformat()}
    seq = append(
        incident,
        Line("promise_broken", payload),
        actor=BY_CLOCK,
        changes={"needs_person": True},
    )
    announce(incident, "promise_broken", BY_CLOCK, seq, payload)
    _start_climbing(incident)


def _start_climbing(incident: Incident) -> None:
    rungs = _rungs_above(incident)
    under_way = Clock.objects.filter(incident=incident, kind=ESCALATE, stopped_at__isnull=True)
    if not rungs or under_way.exists():
        return
    first = rungs[0]
    if first.after == 0:
        _climb(incident, first.level)
    else:
        _wind(incident, first, clock.now() + dt.timedelta(seconds=first.after))


def _climb(incident: Incident, level: str) -> None:
    area_id = area_of_level(incident, level)
    people = _people_of(level, area_id)
    payload = {"level": level, "area": area_id, "members": people}
    if people or level == LEVELS[-1]:
        seq = append(
            incident,
            Line("escalate", payload, public=True),
            actor=BY_CLOCK,
            changes={"needs_person": True, "escalation": level},
        )
        _alert(incident, people, seq)
        tell(incident, "escalate", seq)
        announce(incident, "escalate", BY_CLOCK, seq, payload)
        wait = True
    else:
        incident.escalation, wait = level, False  # nobody there: the next level at once
    _go_on(incident, level, wait=wait)


def _go_on(incident: Incident, level: str, *, wait: bool) -> None:
    here = next((r for r in registry()[incident.kind].escalation if r.level == level), None)
    rungs = _rungs_above(incident)
    if not rungs:
        clocks.stop(incident, ESCALATE)
        return
    gap = rungs[0].after - (here.after if here else 0) if wait else 0
    _wind(incident, rungs[0], clock.now() + dt.timedelta(seconds=gap))


def _wind(incident: Incident, rung: Rung, due_at: dt.datetime) -> None:
    clocks.start(incident, ESCALATE, due_at, level=rung.level)


def _rungs_above(incident: Incident) -> tuple[Rung, ...]:
    reached = LEVELS.index(incident.escalation) if incident.escalation in LEVELS else -1
    rungs = registry()[incident.kind].escalation
    return tuple(rung for rung in rungs if LEVELS.index(rung.level) > reached)


def area_of_level(incident: Incident, level: str) -> int | None:
    """Return the incident's area on a level: grids and communities are the governance network's."""
    leaf = incident.leaf_areas.get(_NETWORK_OF[level].value)
    if leaf is None:
        return None
    try:
        path = locating.area_info(leaf).path
        return next(
            (a for a in reversed(path) if locating.area_info(a).level is Level(level)), None
        )
    except NotFound:  # the territory was redrawn and the area is gone
        return None


def _people_of(level: str, area_id: int | None) -> list[int]:
    if area_id is None:
        return []
    return sorted({p.member_id for p in access.members_of(area_id, LEVEL_ROLES[level])})


def _alert(incident: Incident, people: list[int], seq: int) -> None:
    for member_id in people:
        alert(
            member_id=member_id,
            template="incident.escalated",
            values={
                "number": incident.number,
                "link": INCIDENT_PATH.format(number=incident.number),
            },
            subject=message_subject(incident, seq),
            once_key=f"escalate:{incident.pk}:{seq}:{member_id}",
            urgent=incident.urgency == 3,
        )
