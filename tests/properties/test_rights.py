"""The rights desk's rules hold for whatever is thrown at them."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tongxin.domain.rights import lifecycle, policy
from tongxin.plumbing.vault.describing import Described, Facts, Held

BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 150_000_000).map(lambda seconds: BEGAN + dt.timedelta(seconds=seconds))
BASES = st.lists(st.sampled_from(["consent", "guardian", "duty", "vital"])).map(tuple)


def records() -> st.SearchStrategy[Held]:
    facts = st.builds(
        Facts, st.integers(1, 99), st.sampled_from(["resident", "incident"]), MOMENTS, st.none(),
        st.just(("phone",)), BASES,
        st.just(()), st.just(""), st.just(0),
    )  # fmt: skip
    described = st.builds(
        Described, st.integers(1, 99), st.just("what"), st.just("why"),
        hidden=st.booleans(), is_minor=st.booleans(), duty_runs=st.booleans(),
    )  # fmt: skip
    return st.builds(Held, facts, described)


@given(st.lists(records(), max_size=8), st.booleans())
def test_whatever_is_held_nothing_protected_and_no_child_is_told(
    held: list[Held], to_guardian: bool
) -> None:
    told = policy.shown(held, to_guardian=to_guardian)
    if any(each.described.hidden for each in held):
        assert told == []
    assert to_guardian or not any(each.described.is_minor for each in told)
    assert all(each in held for each in told)


@given(records())
def test_a_running_duty_is_erased_only_where_all_rests_on_consent(held: Held) -> None:
    only_consent = bool(held.facts.bases) and set(held.facts.bases) <= {"consent", "guardian"}
    assert held.may_erase == (only_consent or not held.described.duty_runs)


@given(st.lists(st.sampled_from(["take", "answer", "refuse"]), max_size=12))
def test_once_decided_a_request_stays_decided(acts: list[str]) -> None:
    state, decided = lifecycle.LIFECYCLE.start, 0
    for act in acts:
        if lifecycle.LIFECYCLE.may(state, act):
            state = lifecycle.LIFECYCLE.step(state, act).target
            decided += lifecycle.LIFECYCLE.states[state].ends
    assert decided <= 1
    assert (decided == 1) == (state not in {each.value for each in lifecycle.OPEN})


@given(MOMENTS, st.integers(0, 40 * 86_400))
def test_days_left_count_down_and_are_late_only_after_the_moment(
    received: dt.datetime, passed: int
) -> None:
    due = lifecycle.due_at(received)
    now = received + dt.timedelta(seconds=passed)
    left = lifecycle.days_left(due, now)
    assert (left < 0) == (now > due)
    assert left <= lifecycle.ANSWER_DAYS
    later = lifecycle.days_left(due, now + dt.timedelta(days=1))
    assert later in (left - 1, left - 2)  # there is no day between due and late
