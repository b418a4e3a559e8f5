"""What dispatch does. Each act is one transaction; see the modules for what each promises."""

from __future__ import annotations

from tongxin.domain.dispatch.answering import accept, arrive, decline, depart, done, need_help
from tongxin.domain.dispatch.call_steps import Step, set_plan
from tongxin.domain.dispatch.duty import (
    Position,
    Posted,
    go_off_duty,
    go_on_duty,
    post_positions,
)
from tongxin.domain.dispatch.overruling import Chosen, overrule, undo
from tongxin.domain.dispatch.planning import propose
from tongxin.domain.dispatch.releasing import release

__all__ = [
    "Chosen",
    "Position",
    "Posted",
    "Step",
    "accept",
    "arrive",
    "decline",
    "depart",
    "done",
    "go_off_duty",
    "go_on_duty",
    "need_help",
    "overrule",
    "post_positions",
    "propose",
    "release",
    "set_plan",
    "undo",
]
