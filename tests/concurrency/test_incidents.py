"""Real threads on connections of their own: whoever comes second hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(held_clock: Any) -> Iterator[Any]:
    from tongxin.domain.incidents.tests.making import Cast
    from tongxin.foundation.territory import locating

    yield Cast()
    locating.forget()


def test_of_two_who_close_at_once_one_wins_and_the_other_hears_so(people: Any) -> None:
    from tongxin.domain.incidents import actions
    from tongxin.domain.incidents.tests.making import acts, by, reported
    from tongxin.kernel.errors import Conflict

    incident = reported()

    def close(who: Any) -> Callable[[], object]:
        return lambda: actions.close(incident.pk, actor=by(who), outcome="settled", version=1)

    results = at_once(close(people.officer), close(people.chief))
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert acts(incident) == ["report", "close"]


def test_the_same_key_twenty_times_at_once_is_one_incident(people: Any) -> None:
    from tongxin.domain.incidents import actions
    from tongxin.domain.incidents.models import Incident
    from tongxin.domain.incidents.tests.making import said
    from tongxin.foundation.access.scope import ReporterActor

    def act() -> actions.Reported:
        return actions.report(said(), actor=ReporterActor(), idempotency_key="all-at-once")

    results = at_once(*[act] * 20)
    assert {result.incident.pk for result in results} == {results[0].incident.pk}  # type: ignore[attr-defined]
    assert sum(not result.replayed for result in results) == 1  # type: ignore[attr-defined]
    assert Incident.objects.count() == 1


def test_the_first_reports_of_a_day_at_once_have_numbers_of_their_own(people: Any) -> None:
    from tongxin.domain.incidents.tests.making import reported

    results = at_once(*[reported] * 12)
    numbers = {result.number for result in results}  # type: ignore[attr-defined]
    assert len(numbers) == 12


def test_a_clock_fires_once_although_two_workers_look(people: Any, held_clock: Any) -> None:
    from tongxin.domain.incidents import clocks
    from tongxin.domain.incidents.tests.making import acts, reported

    incidents = [reported("help") for _ in range(5)]
    held_clock.advance(60)
    at_once(*[clocks.fire_due] * 4)
    clocks.fire_due()
    for incident in incidents:
        assert acts(incident).count("promise_broken") == 1
        assert acts(incident).count("escalate") == 1


def test_notes_written_at_once_are_numbered_without_gaps(people: Any) -> None:
    from tongxin.domain.incidents import actions
    from tongxin.domain.incidents.models import Incident
    from tongxin.domain.incidents.tests.making import by, lines, reported

    incident = reported()

    def note() -> object:
        return actions.note(incident.pk, actor=by(people.officer), words="同时写的")

    at_once(*[note] * 10)
    assert [line.seq for line in lines(incident)] == list(range(1, 12))
    assert Incident.objects.get(pk=incident.pk).version == 11


def test_two_merges_into_each_other_at_once_leave_one_open(people: Any) -> None:
    from tongxin.domain.incidents import actions
    from tongxin.domain.incidents.models import Incident
    from tongxin.domain.incidents.tests.making import by, reported
    from tongxin.kernel.errors import Conflict

    one, two = reported("hazard"), reported("hazard")
    officer = by(people.officer)
    results = at_once(
        lambda: actions.merge(one.pk, into=two.pk, actor=officer),
        lambda: actions.merge(two.pk, into=one.pk, actor=officer),
    )
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert Incident.objects.filter(is_open=True).count() == 1


def test_closing_while_the_clock_fires_never_dead_locks(people: Any, held_clock: Any) -> None:
    from tongxin.domain.incidents import actions, clocks
    from tongxin.domain.incidents.models import Incident
    from tongxin.domain.incidents.tests.making import by, reported

    incidents = [reported("help") for _ in range(8)]
    held_clock.advance(60)

    def close_all() -> None:
        for incident in reversed(incidents):
            actions.close(incident.pk, actor=by(people.officer), outcome="helped")

    results = at_once(clocks.fire_due, close_all, clocks.fire_due)
    assert not [result for result in results if isinstance(result, Exception)]
    assert not Incident.objects.filter(is_open=True).exists()
