from __future__ import annotations

import pytest

from tongxin.kernel.errors import BadInput, Conflict
from tongxin.kernel.lifecycle import BACK, Lifecycle, State, Transition, missing


def table(*transitions: Transition, start: str = "new") -> Lifecycle:
    states = {
        "new": State("new", needs_person=True),
        "taken": State("taken"),
        "asked": State("asked"),
        "done": State("done", ends=True),
    }
    return Lifecycle(start, states, {t.act: t for t in transitions})


TAKE = Transition("take", frozenset({"new"}), "taken")
ASK = Transition("ask", frozenset({"new", "taken"}), "asked")
RETURN = Transition("return", frozenset({"asked"}), BACK, requires=("reason",))
END = Transition("end", frozenset({"taken"}), "done")


def test_a_whole_table_has_no_faults_and_is_followed() -> None:
    lifecycle = table(TAKE, ASK, RETURN, END)
    assert lifecycle.faults() == []
    assert lifecycle.step("new", "take").target == "taken"
    assert lifecycle.acts_from("taken") == ("ask", "end")


def test_what_is_sent_back_goes_where_it_came_from() -> None:
    lifecycle = table(TAKE, ASK, RETURN, END)
    assert lifecycle.step("asked", "return", before="taken").target == "taken"
    assert lifecycle.step("asked", "return", before="nonsense").target == "new"


def test_an_act_that_is_not_possible_now_is_a_conflict_and_an_unknown_one_bad_input() -> None:
    lifecycle = table(TAKE, ASK, RETURN, END)
    with pytest.raises(Conflict):
        lifecycle.step("new", "end")
    with pytest.raises(BadInput):
        lifecycle.step("new", "fly")


def test_required_fields_that_are_lacking_are_named_but_false_is_a_value() -> None:
    assert missing(RETURN, {}) == ("reason",)
    assert missing(RETURN, {"reason": ""}) == ("reason",)
    assert missing(RETURN, {"reason": False}) == ()


@pytest.mark.parametrize(
    ("transitions", "start", "subject"),
    [
        ((TAKE, END), "new", "asked"),  # never reached
        ((TAKE, ASK, END), "new", "asked"),  # no way out
        ((TAKE, ASK, RETURN, END), "nowhere", "start"),
        ((TAKE, ASK, RETURN, END), "done", "start"),
        ((TAKE, ASK, RETURN, END, Transition("x", frozenset(), "done")), "new", "x"),
        ((TAKE, ASK, RETURN, END, Transition("x", frozenset({"new"}), "gone")), "new", "x"),
    ],
)
def test_a_wrong_table_names_what_is_wrong(
    transitions: tuple[Transition, ...], start: str, subject: str
) -> None:
    assert subject in {fault.subject for fault in table(*transitions, start=start).faults()}
