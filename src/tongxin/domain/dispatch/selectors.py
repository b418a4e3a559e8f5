"""What pages and interfaces read of dispatch; the shapes are in `views`."""

from __future__ import annotations

from tongxin.domain.dispatch.call_selectors import call, call_plan, calls
from tongxin.domain.dispatch.map_selectors import (
    crews,
    crews_of,
    duty_of,
    first_on_duty,
    modes_of,
    my_positions,
    people_on_map,
    shape_of,
    who_is_where,
)
from tongxin.domain.dispatch.plan_selectors import active_of, candidates, going, plan_of, state_of
from tongxin.domain.dispatch.promise_selectors import promise_by_zone
from tongxin.domain.dispatch.reasons import DECLINE_REASONS, OVERRULE_REASONS
from tongxin.domain.dispatch.views import (
    ActiveTask,
    CallLine,
    CallStep,
    CallView,
    Candidate,
    CrewRow,
    DutyNow,
    Period,
    PlannedPerson,
    PlanView,
    PositionRow,
    WhereRow,
    ZoneRow,
)

__all__ = [
    "DECLINE_REASONS",
    "OVERRULE_REASONS",
    "ActiveTask",
    "CallLine",
    "CallStep",
    "CallView",
    "Candidate",
    "CrewRow",
    "DutyNow",
    "Period",
    "PlanView",
    "PlannedPerson",
    "PositionRow",
    "WhereRow",
    "ZoneRow",
    "active_of",
    "call",
    "call_plan",
    "calls",
    "candidates",
    "crews",
    "crews_of",
    "duty_of",
    "first_on_duty",
    "going",
    "modes_of",
    "my_positions",
    "people_on_map",
    "plan_of",
    "promise_by_zone",
    "shape_of",
    "state_of",
    "who_is_where",
]
