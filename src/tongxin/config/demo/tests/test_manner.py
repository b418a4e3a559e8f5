from __future__ import annotations

import datetime as dt
from statistics import median

from tongxin.config.demo.play.manner import OUTCOMES, Answer, Manner, answer_of, outcome_of
from tongxin.domain.incidents.kinds import registry

PEOPLE = range(2_000)


def test_people_who_are_hurried_answer_within_the_minute() -> None:
    seconds = [Manner().answers_after(i, 60).total_seconds() for i in PEOPLE]
    assert max(seconds) <= 50
    assert 8 < median(seconds) < 16


def test_a_few_decline_or_stay_silent_and_the_same_ones_each_time() -> None:
    answers = [Manner().answer(i, hurry=True) for i in PEOPLE]
    assert 0.01 < answers.count(Answer.DECLINE) / len(answers) < 0.06
    assert 0.005 < answers.count(Answer.SILENT) / len(answers) < 0.05
    assert answers == [Manner().answer(i, hurry=True) for i in PEOPLE]
    assert Answer.SILENT not in [Manner().answer(i, hurry=False) for i in PEOPLE]


def test_at_four_times_the_speed_everything_takes_a_quarter() -> None:
    slow, fast = Manner(), Manner(speed=4)
    for act in (
        lambda m: m.answers_after(7, 60),
        lambda m: m.leaves_after(7, hurry=True),
        lambda m: m.travels(7, 600),
        lambda m: m.scaled(900),
    ):
        assert act(fast) == act(slow) / 4 or abs(act(fast) * 4 - act(slow)) < dt.timedelta(
            milliseconds=1
        )


def test_every_kind_ends_by_outcomes_that_it_knows() -> None:
    for code, kind in registry().kinds.items():
        if kind.count_only:
            continue
        assert {name for name, _weight in OUTCOMES[code]} <= set(kind.outcomes)
        assert outcome_of(code, 5, kind.outcomes) in kind.outcomes
        assert answer_of(code, 5)


def test_a_kind_of_the_districts_own_ends_by_its_first_outcome() -> None:
    assert outcome_of("drone", 1, {"landed": None, "lost": None}) == "landed"
