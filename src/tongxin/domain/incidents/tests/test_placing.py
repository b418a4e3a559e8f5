from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from tongxin.domain.incidents import actions, clocks, selectors
from tongxin.domain.incidents.models import Clock, Incident
from tongxin.domain.incidents.tests.making import HERE, THERE, Cast, acts, by, lines, reported
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Area, GroundFault, Landmark
from tongxin.foundation.territory.tests.making import spot
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound

OTHER_ROAD = spot(1.4, 0.4)
"""In beat P10, where three minutes are promised, and still in grid G0."""


def fresh(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def moved(cast: Cast, incident: Incident, to: Any = OTHER_ROAD, **more: Any) -> Incident:
    actions.correct_place(incident.pk, actor=by(cast.dispatcher), spot=to, **more)
    return fresh(incident)


def told_since(begin: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT topic, areas FROM live_change WHERE id > %s", [begin])
        rows = cursor.fetchall()
    return {topic for topic, _areas in rows} | {f"area:{a}" for _topic, all_ in rows for a in all_}


def newest_change() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM live_change")
        return int(cursor.fetchone()[0])


def arrive_clock(incident: Incident) -> Clock:
    return Clock.objects.get(incident=incident, kind="arrive", ref="")


def test_the_other_road_has_its_own_areas_owner_label_and_promise(cast: Cast) -> None:
    Landmark.objects.create(name="新华路菜场", lon=OTHER_ROAD.lon, lat=OTHER_ROAD.lat)
    incident, beat = reported(), cast.ground.beats[2]
    begin, left = newest_change(), cast.ground.beats[0].pk
    there = moved(cast, incident, version=1, words="不是这个新华路，是东边那个")
    assert (there.lon, there.lat) == OTHER_ROAD
    assert (there.place, there.place_exact) == ("新华路菜场", True)
    assert there.area_ids == list(locating.locate(OTHER_ROAD).area_ids)
    assert there.leaf_areas == {"police": beat.pk, "governance": cast.ground.grids[0].pk}
    assert there.owner_area_id == beat.pk
    assert left not in there.area_ids
    due = there.opened_at + dt.timedelta(minutes=3)  # from the report, as before
    assert (there.promise_minutes, there.promise_due_at) == (3, due)
    assert arrive_clock(there).due_at == due
    assert {f"area:{left}", f"area:{beat.pk}", "branch"} <= told_since(begin)
    with pytest.raises(NotFound):
        selectors.incident(cast.officer, incident.number)


def test_the_line_says_from_where_to_where_and_the_words_lie_in_the_vault(cast: Cast) -> None:
    Landmark.objects.create(name="新华路菜场", lon=OTHER_ROAD.lon, lat=OTHER_ROAD.lat)
    incident = reported()
    moved(cast, incident, words="张三家对面")
    assert "张三" not in json.dumps(lines(incident)[-1].payload, ensure_ascii=False)
    purpose = {"purpose": "handle_incident"}
    with translation.override("zh-hans"):
        told = selectors.timeline(fresh(incident), cast.dispatcher, **purpose)[-1]
    assert told.sentence.endswith("更正了地点：由“CG0”改为“新华路菜场”")
    assert told.text == "张三家对面"


def test_somebody_elses_newer_version_is_a_conflict(cast: Cast) -> None:
    incident = reported()
    actions.note(incident.pk, actor=by(cast.dispatcher), words="再问问")
    with pytest.raises(Conflict) as caught:
        moved(cast, incident, version=1)
    assert caught.value.code == "incident.stale"
    assert (fresh(incident).lon, fresh(incident).lat) == HERE
    assert acts(incident) == ["report", "note"]


def test_who_may_neither_triage_nor_dispatch_does_not_move_it(cast: Cast) -> None:
    incident = reported()
    for who, refusal in ((cast.grid_worker, Forbidden), (cast.outsider, NotFound)):
        with pytest.raises(refusal):
            actions.correct_place(incident.pk, actor=by(who), spot=OTHER_ROAD)
    actions.correct_place(incident.pk, actor=by(cast.officer), spot=OTHER_ROAD)
    with pytest.raises(BadInput):
        moved(cast, incident, to=(500.0, 95.0))


def test_a_closed_one_stays_where_it_was(cast: Cast) -> None:
    incident = reported("help")
    actions.close(incident.pk, actor=by(cast.officer), outcome="helped")
    with pytest.raises(Conflict):
        moved(cast, incident)


def test_a_promise_that_was_kept_or_broken_is_not_counted_anew(cast: Cast, held_clock: Any) -> None:
    kept, broken = reported(), reported()
    before = kept.promise_due_at, broken.promise_due_at
    for act in ("accept", "depart", "arrive"):
        actions.transition(kept.pk, act, actor=by(cast.officer))
    held_clock.advance(6 * 60)
    clocks.fire_due()
    assert arrive_clock(broken).fired_at is not None
    for incident, due in zip((kept, broken), before, strict=True):
        assert moved(cast, incident).promise_due_at == due
        assert arrive_clock(incident).due_at == due
    assert arrive_clock(broken).fired_at is not None


def test_areas_are_those_of_the_day_of_the_report(cast: Cast, held_clock: Any) -> None:
    incident = reported()
    held_clock.advance(86_400)
    today = dt.date(2026, 6, 16)
    old, ends = cast.ground.beats[2], {"valid_to": today}
    Area.objects.filter(pk=old.pk).update(**ends)
    locating.forget()
    assert moved(cast, incident).owner_area_id == old.pk


def test_a_gap_that_is_met_is_written_down(cast: Cast) -> None:
    incident = reported()
    moved(cast, incident, to=spot(2.2, 0.5))
    assert GroundFault.objects.filter(kind="gap").exists()


def test_a_body_that_has_taken_it_over_keeps_it_and_one_that_is_asked_still_sees_it(
    cast: Cast,
) -> None:
    taken, open_one = reported(), reported()
    beat = cast.ground.beats[3]
    for incident in (taken, open_one):
        actions.hand_over(incident.pk, to_area_id=beat.pk, actor=by(cast.officer))
    actions.answer_hand_over(taken.pk, accept=True, actor=by(cast.outsider))
    assert moved(cast, taken).owner_area_id == beat.pk
    assert beat.pk in fresh(taken).area_ids
    assert beat.pk in moved(cast, open_one).area_ids
    actions.answer_hand_over(
        open_one.pk, accept=False, actor=by(cast.outsider), reason_code="not_our_ground"
    )
    assert fresh(open_one).area_ids == list(locating.locate(OTHER_ROAD).area_ids)


def test_within_ten_seconds_it_is_taken_back_whole(cast: Cast, held_clock: Any) -> None:
    incident = reported()
    names = ("lon", "lat", "place", "place_exact", "area_ids", "leaf_areas", "owner_area_id")
    names += ("promise_minutes", "promise_due_at", "next_due_at")
    was = {name: getattr(fresh(incident), name) for name in names}
    moved(cast, incident, to=THERE)
    held_clock.advance(5)
    begin = newest_change()
    actions.undo(incident.pk, actor=by(cast.dispatcher))
    assert {name: getattr(fresh(incident), name) for name in names} == was
    assert arrive_clock(incident).due_at == was["promise_due_at"]
    assert f"area:{cast.ground.beats[3].pk}" in told_since(begin)
    moved(cast, incident)
    held_clock.advance(11)
    with pytest.raises(Conflict):
        actions.undo(incident.pk, actor=by(cast.dispatcher))
