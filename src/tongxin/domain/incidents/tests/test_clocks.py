from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from tongxin.domain import incidents
from tongxin.domain.incidents import actions, clocks, selectors
from tongxin.domain.incidents.models import Clock, Incident
from tongxin.domain.incidents.tests.making import Cast, acts, by, lines, reported
from tongxin.kernel import clock, ticking
from tongxin.plumbing.channels.models import Delivery


def climbed(incident: Incident) -> list[str]:
    return [line.payload["level"] for line in lines(incident) if line.act == "escalate"]


def told_of(incident: Incident) -> set[str]:
    rows = Delivery.objects.filter(template="incident.escalated", channel="page")
    return set(rows.values_list("recipient", flat=True))


def test_a_ticker_runs_every_half_second() -> None:
    found = {ticker.name: ticker.every_seconds for ticker in ticking.registered()}
    assert found["clocks"] == 0.5
    assert "incidents.partitions" in found


def test_nothing_fires_before_its_time(cast: Cast, held_clock: Any) -> None:
    incident = reported()
    held_clock.advance(59.9)
    assert clocks.fire_due() == 0
    assert acts(incident) == ["report"]


def test_an_emergency_nobody_accepts_climbs_grid_community_station_branch(
    cast: Cast, held_clock: Any
) -> None:
    incident = reported()
    held_clock.advance(60)
    clocks.fire_due()
    assert acts(incident) == ["report", "promise_broken", "escalate"]
    assert climbed(incident) == ["grid"]
    assert told_of(incident) == {f"member:{cast.grid_worker.pk}"}
    for seconds, level in ((60, "community"), (60, "station"), (180, "branch")):
        held_clock.advance(seconds - 1)
        clocks.fire_due()
        assert climbed(incident)[-1] != level
        held_clock.advance(1)
        clocks.fire_due()
        assert climbed(incident)[-1] == level
    who = (cast.grid_worker, cast.cadre, cast.chief, cast.dispatcher)
    assert told_of(incident) == {f"member:{member.pk}" for member in who}
    assert Incident.objects.get(pk=incident.pk).escalation == "branch"
    held_clock.advance(3600)
    clocks.fire_due()
    assert climbed(incident) == ["grid", "community", "station", "branch"]


def test_it_stops_climbing_when_the_promise_is_kept_after_all(cast: Cast, held_clock: Any) -> None:
    incident = reported("help")
    held_clock.advance(61)
    clocks.fire_due()
    actions.transition(incident.pk, "accept", actor=by(cast.officer))
    held_clock.advance(200)
    clocks.fire_due()
    assert climbed(incident) == ["grid"]
    assert not Clock.objects.filter(kind="escalate", stopped_at=None, fired_at=None).exists()


def test_a_clock_whose_promise_was_kept_is_only_put_away(cast: Cast, held_clock: Any) -> None:
    incident = reported()
    Incident.objects.filter(pk=incident.pk).update(arrived_at=clock.now())
    held_clock.advance(301)
    clocks.fire_due()
    broken = [line.payload["clock"] for line in lines(incident) if line.act == "promise_broken"]
    assert broken == ["accept"]


def test_a_level_without_people_is_passed_at_once(cast: Cast, held_clock: Any) -> None:
    cast.grid_worker.grants.all().delete()
    incident = reported()
    held_clock.advance(60)
    clocks.fire_due()
    clocks.fire_due()
    assert climbed(incident) == ["community"]


def test_a_restart_loses_no_clock(cast: Cast, held_clock: Any) -> None:
    """What fires is read from the database, however long nobody looked."""
    incident = reported()
    held_clock.advance(86_400)
    clocks.fire_due()
    assert "promise_broken" in acts(incident)


def test_closing_stops_every_clock(cast: Cast, held_clock: Any) -> None:
    incident = reported()
    clocks.start(incident, "accept", clock.now() + dt.timedelta(minutes=1), ref="assignment:1")
    actions.close(incident.pk, actor=by(cast.officer), outcome="settled")
    held_clock.advance(3600)
    assert clocks.fire_due() == 0


def test_another_apps_clock_goes_to_its_handler_with_its_ref(cast: Cast, held_clock: Any) -> None:
    seen: list[clocks.Fired] = []
    clocks.on("trial")(seen.append)
    incident = reported("notice")
    clocks.start(incident, "trial", clock.now() + dt.timedelta(seconds=5), ref="assignment:7")
    held_clock.advance(5)
    clocks.fire_due()
    clocks.fire_due()
    assert [(f.ref, f.incident.pk) for f in seen] == [("assignment:7", incident.pk)]
    assert acts(incident) == ["report"]


def test_a_clock_of_another_app_does_not_set_the_promise_in_the_queue(cast: Cast) -> None:
    incident = reported("hazard")
    due = incident.next_due_at
    clocks.start(incident, "trial", clock.now() + dt.timedelta(seconds=5), ref="assignment:7")
    assert Incident.objects.get(pk=incident.pk).next_due_at == due


def test_a_handler_that_fails_holds_up_no_other_clock_and_is_tried_again(
    cast: Cast, held_clock: Any
) -> None:
    def fails(fired: clocks.Fired) -> None:
        if broken:
            raise RuntimeError("not yet")
        done.append(fired.clock_id)

    broken, done = [True], list[int]()
    clocks.on("failing")(fails)
    first, second = reported("notice"), reported()
    clocks.start(first, "failing", clock.now() + dt.timedelta(seconds=1), ref="x")
    held_clock.advance(60)
    assert clocks.fire_due() >= 1
    assert "promise_broken" in acts(second)
    assert Clock.objects.get(kind="failing").fired_at is None
    broken.clear()
    clocks.fire_due()
    assert len(done) == 1


def test_escalation_is_an_event_with_level_area_and_people(cast: Cast, held_clock: Any) -> None:
    events: list[incidents.Event] = []
    incidents.on("incident.escalated")(events.append)
    try:
        reported()
        held_clock.advance(60)
        clocks.fire_due()
    finally:
        incidents.events.off("incident.escalated", events.append)
    assert events[0].payload == {
        "level": "grid",
        "area": cast.ground.grids[0].pk,
        "members": [cast.grid_worker.pk],
    }


def test_an_overdue_one_stands_on_top_of_the_queue_and_says_so(cast: Cast, held_clock: Any) -> None:
    late = reported("help")
    held_clock.advance(61)
    clocks.fire_due()
    fresh = reported("emergency")
    rows = selectors.queue(cast.officer)
    assert [row.id for row in rows] == [late.pk, fresh.pk]
    assert rows[0].look == "broken"
    assert rows[1].look == "waiting"
    with translation.override("en"):
        said = [line.sentence for line in selectors.timeline(late, cast.officer)]
    assert said[1] == "Nobody accepted it in time"
    assert said[2].startswith("Carried up to the grid")


@pytest.mark.parametrize(("kind", "hours"), [("enquiry", 24), ("tip", 72)])
def test_answers_have_their_own_promise(cast: Cast, held_clock: Any, kind: str, hours: int) -> None:
    incident = reported(kind)
    answer = Clock.objects.get(incident=incident, kind="answer")
    assert answer.due_at - clock.now() == dt.timedelta(hours=hours)
