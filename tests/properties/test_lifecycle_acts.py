"""Whatever people do in whatever order, an incident and its timeline stay whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KINDS = ["emergency", "lost_person", "dispute", "accident", "hazard", "tip", "enquiry", "notice"]
ACTS = [
    *("accept", "depart", "arrive", "give_back", "search", "quick", "mediate", "order", "mended"),
    *("still_there", "follow", "publish", "close", "reopen", "note", "triage", "hand_over"),
    *("take", "refuse", "merge", "undo", "rate", "tick", "split"),
]


@pytest.fixture
def people(db: None, held_clock: Any) -> Iterator[Any]:
    from tongxin.domain.incidents.tests.making import Cast
    from tongxin.foundation.territory import locating

    yield Cast()
    locating.forget()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kind=st.sampled_from(KINDS),
    steps=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 3)), max_size=14),
)
def test_any_sequence_of_acts_keeps_the_incident_whole(
    people: Any, held_clock: Any, kind: str, steps: list[tuple[str, int]]
) -> None:
    from tongxin.domain.incidents.tests.making import reported

    incident, other = reported(kind), reported(kind)
    for act, choice in steps:
        held_clock.advance(1 + 40 * choice)
        attempt(act, incident, other, people, choice)
        for each in (incident, other):
            check(each)


def attempt(act: str, incident: Any, other: Any, people: Any, choice: int) -> None:
    from tongxin.kernel.errors import TongxinError

    with contextlib.suppress(TongxinError):  # a refusal changes nothing, as the check then proves
        do(act, incident, other, people, choice)


def do(act: str, incident: Any, other: Any, people: Any, choice: int) -> None:
    from tongxin.domain.incidents import actions, clocks
    from tongxin.domain.incidents.kinds import registry
    from tongxin.domain.incidents.models import Incident
    from tongxin.domain.incidents.tests.making import by

    now = Incident.objects.get(pk=incident.pk)
    officer, outsider = by(people.officer), by(people.outsider)
    outcome = next(iter(registry()[now.kind].outcomes))
    far = people.ground.beats[3].pk
    special = {
        "close": lambda: actions.close(now.pk, actor=officer, outcome=outcome, answer="好"),
        "reopen": lambda: actions.reopen(now.pk, actor=officer),
        "note": lambda: actions.note(now.pk, actor=officer, words="记一笔"),
        "triage": lambda: actions.triage(now.pk, actor=officer, kind=KINDS[choice]),
        "hand_over": lambda: actions.hand_over(now.pk, to_area_id=far, actor=officer),
        "take": lambda: actions.answer_hand_over(now.pk, accept=True, actor=outsider),
        "refuse": lambda: actions.answer_hand_over(
            now.pk, accept=False, actor=outsider, reason_code="no_means"
        ),
        "merge": lambda: actions.merge(now.pk, into=other.pk, actor=officer),
        "split": lambda: actions.split(now.pk, actor=officer, kind=KINDS[choice]),
        "undo": lambda: actions.undo(now.pk, actor=officer),
        "rate": lambda: actions.rate(now.public_token, satisfied=choice > 1),
        "tick": clocks.fire_due,
    }
    fields = {
        "deadline": "2027-01-01T00:00:00+00:00",
        "nobody_hurt": True,
        "vehicles_move": True,
        "both_agree": True,
    }
    if act in special:
        special[act]()
    else:
        actions.transition(now.pk, act, actor=officer, fields=fields)


def check(incident: Any) -> None:
    from tongxin.domain.incidents.kinds import registry
    from tongxin.domain.incidents.models import Clock, Incident
    from tongxin.domain.incidents.tests.making import lines

    now = Incident.objects.get(pk=incident.pk)
    told = lines(now)
    assert [line.seq for line in told] == list(range(1, len(told) + 1))
    assert now.version == len(told)
    states = registry()[now.kind].lifecycle.states
    assert now.state in states
    assert now.is_open != states[now.state].ends
    assert (now.closed_at is None) == now.is_open
    open_clocks = Clock.objects.filter(incident=now, stopped_at=None, ref="")
    promises = open_clocks.exclude(kind="escalate").order_by("due_at")
    first = promises.values_list("due_at", flat=True).first()
    assert now.next_due_at == first
    if not now.is_open:
        assert not open_clocks.exists()
        assert not now.needs_person
    assert now.hand_overs.filter(answered_at=None).count() <= 1
    assert [line.at for line in told] == sorted(line.at for line in told)
