"""The choice against a brute-force one, and the rule against flapping, on invented districts."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tongxin.domain.dispatch.choosing import TIE_SECONDS, Need, SupportWant, choose
from tongxin.domain.dispatch.flapping import (
    GAIN_SECONDS,
    GAIN_SHARE,
    PAUSE_SECONDS,
    Standing,
    is_worth_replacing,
)
from tongxin.domain.dispatch.people import role_mask
from tongxin.domain.dispatch.tests.boards import (
    BRANCH,
    HERE,
    NEXT_BEAT,
    OTHER_BEAT,
    PATHS,
    VILLAGE,
    Somebody,
    board_of,
)
from tongxin.foundation.access.models import Role

ROLES = (Role.PATROL_OFFICER, Role.COMMUNITY_OFFICER, Role.VILLAGE_OFFICER, Role.BUILDING_HEAD)
CALLED = role_mask((Role.PATROL_OFFICER, Role.VILLAGE_OFFICER, Role.BUILDING_HEAD))
seconds = st.one_of(st.just(math.inf), st.floats(1, 3_000).map(lambda s: round(s, 1)))
somebody = st.builds(
    Somebody,
    member=st.just(0),
    role=st.sampled_from(ROLES),
    area=st.sampled_from([BRANCH, VILLAGE, NEXT_BEAT, OTHER_BEAT]),
    crew=st.sampled_from([None, None, None, 1, 2]),
    age_s=st.sampled_from([None, 5.0, 300.0, 5_000.0]),
    task=st.sampled_from(["", "", "", "first:asked", "support:accepted", "lead:departed"]),
    rested_s=st.sampled_from([None, 30.0]),
)


def may_be_first(one: Somebody, everybody: list[Somebody]) -> bool:
    """The rule of who may be called first, said the slow way."""
    crew = [p for p in everybody if p is one or (p.crew is not None and p.crew == one.crew)]
    busy = any(
        p.task.startswith("first") or p.task.endswith(("departed", "arrived"))
        for p in crew
        if p.task
    )
    path = PATHS[one.area]
    near = {
        Role.PATROL_OFFICER: path[0] in HERE,
        Role.VILLAGE_OFFICER: path[:2][-1] in HERE,
        Role.BUILDING_HEAD: one.area in HERE,
    }.get(one.role, False)
    return near and not busy


@given(st.lists(st.tuples(somebody, seconds), max_size=25))
def test_first_on_scene_is_the_fastest_of_all_who_may(drawn: list[tuple[Somebody, float]]) -> None:
    everybody = [one for one, _time in drawn]
    for number, one in enumerate(everybody, 1):
        one.member = number
    times = [time for _one, time in drawn]
    free = [
        time
        for one, time in zip(everybody, times, strict=True)
        if may_be_first(one, everybody) and math.isfinite(time)
    ]
    need = Need(
        first=CALLED,
        lead=role_mask((Role.COMMUNITY_OFFICER,)),
        support=(SupportWant(CALLED, 2), SupportWant(CALLED, 1)),
        area_ids=HERE,
    )
    choice = choose(need, board_of(everybody), np.array(times, dtype=float))
    if not free:
        assert choice.first is None
        assert choice.lacking
    else:
        assert choice.first is not None
        assert choice.first.seconds <= min(free) + TIE_SECONDS
        assert choice.best_possible_seconds == min(free)
        assert choice.first.why
    units = [pick.crew_id or -pick.member_id for pick in choice.picks() if pick is not choice.lead]
    assert len(units) == len(set(units))
    assert len(choice.members()) == len(choice.picks())


@given(
    st.floats(1, 5_000),
    st.lists(st.tuples(st.floats(0, 5_000), st.floats(0, 300)), max_size=60),
)
def test_firsts_never_flap(start: float, offers: list[tuple[float, float]]) -> None:
    """However wildly offers come and go, changes are rare and each one is worth it."""
    now, standing, swapped_at, changes = 0.0, start, -math.inf, []
    for offered, later in offers:
        now += later
        if is_worth_replacing(Standing(standing, False, False, now - swapped_at), offered):
            assert standing - offered >= GAIN_SECONDS
            assert offered <= (1 - GAIN_SHARE) * standing + 1e-6
            assert now - swapped_at >= PAUSE_SECONDS
            standing, swapped_at = offered, now
            changes.append(now)
    assert len(changes) <= 1 + now / PAUSE_SECONDS
    # Each change takes at least 30 % off a time that only falls: a fixed number at most.
    assert len(changes) <= 1 + math.log(max(start, 1) / 1) / -math.log(1 - GAIN_SHARE) + 1


@given(st.floats(0, 5_000), st.floats(0, 5_000), st.floats(0, 1_000))
def test_nothing_changes_after_departure_or_a_dispatchers_word(
    standing: float, offered: float, since: float
) -> None:
    assert not is_worth_replacing(Standing(standing, True, False, since), offered)
    assert not is_worth_replacing(Standing(standing, False, True, since), offered)
    assert not is_worth_replacing(Standing(offered, False, False, math.inf), standing) or (
        not is_worth_replacing(Standing(standing, False, False, math.inf), offered)
    )
