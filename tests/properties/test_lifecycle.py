"""A table without faults can be followed from anywhere to an end, whatever the table is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tongxin.kernel.lifecycle import BACK, Lifecycle, State, Transition

CODES = ["a", "b", "c", "d", "e"]


@st.composite
def lifecycles(draw: st.DrawFn) -> Lifecycle:
    codes = draw(st.lists(st.sampled_from(CODES), min_size=1, unique=True))
    ends = draw(st.sets(st.sampled_from(codes)))
    acts = draw(
        st.lists(
            st.tuples(
                st.sets(st.sampled_from([*codes, "nowhere"]), max_size=3),
                st.sampled_from([*codes, BACK, "nowhere"]),
            ),
            max_size=6,
        )
    )
    return Lifecycle(
        start=draw(st.sampled_from(codes)),
        states={code: State(code, ends=code in ends) for code in codes},
        transitions={
            f"act{n}": Transition(f"act{n}", frozenset(sources), target)
            for n, (sources, target) in enumerate(acts)
        },
    )


@given(lifecycles())
def test_faults_never_fail(lifecycle: Lifecycle) -> None:
    assert isinstance(lifecycle.faults(), list)


@given(lifecycles(), st.lists(st.integers(0, 5), max_size=12))
def test_a_faultless_table_has_no_dead_state_and_every_open_state_can_end(
    lifecycle: Lifecycle, choices: list[int]
) -> None:
    if lifecycle.faults():
        return
    state = walk(lifecycle, choices)
    seen, edge = {state}, {state}
    while edge:
        edge = {
            target
            for code in edge
            for act in lifecycle.acts_from(code)
            for target in lifecycle.targets(lifecycle.transitions[act])
        } - seen
        seen |= edge
    assert any(lifecycle.states[code].ends for code in seen)


def walk(lifecycle: Lifecycle, choices: list[int]) -> str:
    """Follow the table by chance; every step lands in a state that it has."""
    state, before = lifecycle.start, None
    for choice in choices:
        acts = lifecycle.acts_from(state)
        if not acts:
            break
        step = lifecycle.step(state, acts[choice % len(acts)], before)
        assert step.target in lifecycle.states
        before, state = state, step.target
    return state
