"""Minutes without the road engine, for processes that do not load it (settled by trial, 16).

A dispatcher's choice is written by a web process: the seconds come from the last plan's candidates,
who were timed by road, else from the straight line with a detour, and then they are an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tongxin.domain.dispatch.models import DutySession, Whereabouts
from tongxin.domain.dispatch.planning import Standing
from tongxin.foundation.roads.network import Mode
from tongxin.foundation.roads.straight import StraightLineNetwork
from tongxin.kernel.geometry import Spot


@dataclass(frozen=True, slots=True)
class Reckoned:
    """How long somebody needs: ``seconds`` None when nobody knows where they are."""

    seconds: float | None
    estimate: bool
    source: str
    why: tuple[str, ...] = ()


def reckon(standing: Standing, sessions: Mapping[int, DutySession]) -> dict[int, Reckoned]:
    """Return the seconds to the spot for those on duty."""
    incident = standing.incident
    timed = _timed(standing)
    found = {member: timed[member] for member in sessions if member in timed}
    there = Spot(incident.lon, incident.lat)
    rest = Whereabouts.objects.filter(member_id__in=sessions.keys() - found.keys())
    for where in rest:
        mode = Mode(sessions[where.member_id].mode)
        seconds = StraightLineNetwork().travel_times([Spot(where.lon, where.lat)], [there], mode)
        found[where.member_id] = Reckoned(round(float(seconds[0, 0]), 1), True, "position")
    return found


def _timed(standing: Standing) -> dict[int, Reckoned]:
    if standing.plan is None:
        return {}
    return {
        int(c["member"]): Reckoned(
            float(c["seconds"]), bool(c["estimate"]), str(c["source"]), tuple(c["why"])
        )
        for c in standing.plan.candidates
    }
