"""When somebody nearer replaces the first on scene: seldom, and only when it is worth it. Pure.

**The rule.** A first on scene is replaced by a nearer one only if *all* of these hold:

1. the one who was asked has not left yet (asked or accepted); never after departure;
2. the nearer one would be there at least `GAIN_SECONDS` sooner **and** at least `GAIN_SHARE`
   sooner, both times reckoned now from where each of the two is now;
3. the incident's first has not been replaced within the last `PAUSE_SECONDS`;
4. no person has overruled the plan: what a dispatcher decided, a machine does not change.

The replaced one gets a recall message. Because each change must gain 30 %, a world that stands
still sees at most one change, and one that alternates between two offers sees none after the first:
going back would have to gain as much again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

GAIN_SECONDS = 60.0
GAIN_SHARE = 0.30
PAUSE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Standing:
    """The first on scene as it stands: ``seconds`` to the spot now; ``since_swap_s`` the time since
    the incident's first was last replaced (inf: never)."""

    seconds: float
    departed: bool
    overruled: bool
    since_swap_s: float = math.inf


def is_worth_replacing(standing: Standing, offered_seconds: float) -> bool:
    """Tell whether one who would be there in ``offered_seconds`` replaces the one who was asked.

    An unreachable first (inf) is replaced by anybody who can come; the pause and the other
    conditions hold all the same.
    """
    if standing.departed or standing.overruled or not math.isfinite(offered_seconds):
        return False
    if standing.since_swap_s < PAUSE_SECONDS:
        return False
    if not math.isfinite(standing.seconds):
        return True
    gain = standing.seconds - offered_seconds
    return gain >= GAIN_SECONDS and gain >= GAIN_SHARE * standing.seconds
