"""The duty board: right after a restart, after every change, and on a real street net."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tongxin.domain.dispatch import actions, board_reading
from tongxin.domain.dispatch.duty_board import DutyBoard, board
from tongxin.domain.dispatch.people import PlaceSource, roles_of
from tongxin.domain.dispatch.tests.making import (
    Station,
    as_,
    asked,
    planned,
    spot,
    stand,
)
from tongxin.foundation.access import actions as access
from tongxin.foundation.access.models import Grant, Role
from tongxin.foundation.access.scope import SystemActor
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.roads import importing, loading
from tongxin.foundation.roads.network import Mode
from tongxin.foundation.roads.tests.nets import grid
from tongxin.foundation.roads.tests.nets import spot as corner
from tongxin.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def station(held_clock: clock.HeldClock) -> Station:
    return Station()


def seen(a_board: DutyBoard) -> dict[int, tuple[object, ...]]:
    """Return what a board says of each member: mode, place, source, busy, tasks, roles."""
    shot = a_board.snapshot()
    people = shot.people
    seconds = shot.times_to(spot(0.5, 0.5))
    roles = {
        row: sorted(
            (roles_of(int(people.grounds.role[i]))[0], int(people.grounds.area[i]))
            for i in np.flatnonzero(people.grounds.row == row)
        )
        for row in range(len(people))
    }
    return {
        int(people.member[row]): (
            int(people.mode[row]),
            round(float(people.lon[row]), 6),
            round(float(people.lat[row]), 6),
            int(people.source[row]),
            bool(people.busy[row]),
            int(people.tasks[row]),
            round(float(seconds[row]), 3),
            str(roles[row]),
        )
        for row in range(len(people))
    }


def test_a_restarted_board_knows_what_the_old_one_knew(
    station: Station, held_clock: clock.HeldClock
) -> None:
    running = board()
    people = [station.officer(f"李{n}", spot(1 + n / 2, 1)) for n in range(30)]
    seen(running)
    for number, who in enumerate(people[:10]):
        held_clock.advance(2)
        stand(who, spot(3, 1 + number / 3))
        running.refresh()
    actions.go_off_duty(people[3])
    actions.go_on_duty(people[4], "foot")
    village = station.village_officer("孙福", None)
    planned(spot(1, 1))
    held_clock.advance(3)
    station.officer("后来", spot(5, 5))
    now = seen(running)
    assert seen(DutyBoard()) == now
    assert len(now) == 31
    assert now[village.pk][3] == PlaceSource.VILLAGE
    assert people[3].pk not in now


def test_shifts_come_and_go_and_the_board_follows(
    station: Station, held_clock: clock.HeldClock
) -> None:
    running = board()
    early = [station.officer(f"早{n}", spot(1, 1)) for n in range(40)]
    seen(running)
    for who in early[:35]:
        actions.go_off_duty(who)
    late = [member(f"晚{n}", Role.PATROL_OFFICER, station.station) for n in range(60)]
    for who in late:
        station.on_duty(who, spot(2, 2), "bicycle")
        held_clock.advance(0.2)
        running.refresh()
    assert seen(running) == seen(DutyBoard())
    assert set(seen(running)) == {who.pk for who in (*early[35:], *late)}


def test_an_old_position_gives_way_to_the_post(
    station: Station, held_clock: clock.HeldClock
) -> None:
    running, who = board(), station.officer("李响", spot(1, 1))
    type(who).objects.filter(pk=who.pk).update(home_lon=114.35, home_lat=30.55)
    actions.go_off_duty(who)
    held_clock.advance(10)
    station.on_duty(who, spot(1, 1))
    assert seen(running)[who.pk][3] == PlaceSource.POSITION
    held_clock.advance(601)
    before = seen(running)[who.pk]
    assert before[1:4] == (114.35, 30.55, PlaceSource.POST)
    stand(who, spot(1, 1))
    assert seen(running)[who.pk][3] == PlaceSource.POSITION


def test_a_revoked_role_is_felt_at_once(station: Station) -> None:
    who, other = station.officer("李响", spot(1, 1)), station.officer("王强", spot(5, 5))
    seen(board())
    Grant.objects.filter(member=who).update(valid_to=clock.now())  # as another process would
    assert asked(planned(spot(1, 1))).member_id == other.pk
    access.deactivate(member=other, actor=SystemActor("test"))
    assert roles_of(int(board().snapshot().people.grounds.role.sum())) == ()


def test_who_has_gone_off_duty_unnoticed_is_not_asked(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The board may be behind; the plan is not."""
    who, other = station.officer("李响", spot(1, 1)), station.officer("王强", spot(5, 5))
    seen(board())
    actions.go_off_duty(who)
    monkeypatch.setattr(board_reading, "changed_sessions", lambda since: [])
    assert asked(planned(spot(1, 1))).member_id == other.pk


def test_an_open_task_makes_the_whole_crew_busy(
    station: Station, held_clock: clock.HeldClock
) -> None:
    riders = [member(f"车{n}", Role.PATROL_OFFICER, station.station) for n in range(3)]
    crew = station.crew("C1", *riders)
    for rider in riders:
        station.on_duty(rider, spot(1, 1), crew=crew)
    incident = planned(spot(1, 1))
    assert [row[4] for row in seen(board()).values()] == [True] * 3
    row = asked(incident)
    rider = next(rider for rider in riders if rider.pk == row.member_id)
    actions.arrive(row.pk, actor=as_(rider))
    actions.done(row.pk, actor=as_(rider))
    held_clock.advance(2)
    assert [row[4] for row in seen(board()).values()] == [False] * 3
    assert (board().snapshot().people.since_last_s == 2).all()


def test_on_a_street_net_everybody_is_timed_by_road_and_moves_are_followed(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_clock: clock.HeldClock
) -> None:
    importing.import_lines(grid(12), tmp_path)
    network = loading.current_network(tmp_path)
    monkeypatch.setattr(loading, "current_network", lambda: network)
    modes = ["car", "bicycle", "foot"]
    people = [
        station.officer(f"李{n}", corner(n % 11 + 0.3, n // 4), mode=modes[n % 3])
        for n in range(40)
    ]
    running = board()
    running.snapshot()
    for number, who in enumerate(people[:15]):
        held_clock.advance(2)
        stand(who, corner(11 - number % 11, number % 10 + 0.4))
        running.refresh()
    target = corner(5.5, 5)
    shot = running.snapshot()
    assert not shot.estimate
    seconds = shot.times_to(target)
    for row in range(len(shot.people)):
        here = type(target)(shot.people.lon[row], shot.people.lat[row])
        mode = tuple(Mode)[int(shot.people.mode[row])]
        [[alone]] = network.travel_times([here], [target], mode)
        assert seconds[row] == pytest.approx(alone, abs=0.002)
