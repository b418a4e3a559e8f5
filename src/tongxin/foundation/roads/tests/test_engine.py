from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.foundation.roads import dijkstra, importing
from tongxin.foundation.roads.cch import CchNetwork
from tongxin.foundation.roads.network import Conditions, Mode
from tongxin.foundation.roads.osmreading import RawRoads, Restriction
from tongxin.foundation.roads.profiles import way_rule
from tongxin.foundation.roads.straight import StraightLineNetwork
from tongxin.foundation.roads.tests.nets import corner, grid, opened, spot, street
from tongxin.kernel.geometry import Spot, distance_m


def scattered(network: CchNetwork, count: int, seed: int) -> list[Spot]:
    draw = np.random.default_rng(seed)
    points = network.graph.points
    near = points[draw.integers(0, len(points), count)] + draw.normal(0, 0.0006, (count, 2))
    return [Spot(*point) for point in near.tolist()]


def assert_exact(network: CchNetwork, few: list[Spot], many: list[Spot], mode: Mode) -> None:
    truth = dijkstra.travel_times(network, many, few, mode)
    assert (network.travel_times(many, few, mode) == truth).all()
    snaps = network.snap_many(many, mode)
    for column, goal in enumerate(few):
        assert (network.travel_times_from_snaps(snaps, goal) == truth[:, column]).all()
    assert (
        network.travel_times(few, many, mode) == dijkstra.travel_times(network, few, many, mode)
    ).all()
    for row, column in itertools.product(range(min(4, len(many))), range(len(few))):
        assert network.route(many[row], few[column], mode).seconds == truth[row, column]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> CchNetwork:
    return opened(grid(14), tmp_path_factory.mktemp("town"))


@pytest.mark.parametrize("mode", list(Mode))
def test_times_equal_full_dijkstra_on_a_generated_town(town: CchNetwork, mode: Mode) -> None:
    assert_exact(town, scattered(town, 8, 1), scattered(town, 60, 2), mode)


@pytest.mark.data
@pytest.mark.parametrize("name", ["monaco-2020", "liechtenstein-2021", "portland-or"])
def test_times_equal_full_dijkstra_on_real_maps(
    name: str, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    extract = shared_data / "osm" / f"{name}.osm.pbf"
    if not extract.exists():
        pytest.skip(f"{extract.name} is not among the real data")
    folder = tmp_path_factory.mktemp(name)
    report = importing.import_map(extract, folder)
    network = CchNetwork(folder / "map" / report.version)
    for mode in Mode:
        assert_exact(network, scattered(network, 3, 3), scattered(network, 12, 4), mode)
        truth = dijkstra.travel_times(
            network, scattered(network, 12, 4), scattered(network, 3, 3), mode
        )
        assert np.isfinite(truth).mean() > 0.5


@st.composite
def streets(draw: st.DrawFn) -> RawRoads:
    """Random ways over few places, with one-ways and turn restrictions."""
    raw = RawRoads()
    places = draw(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4,
                           max_size=10, unique=True))  # fmt: skip
    for way in range(draw(st.integers(2, 12))):
        refs = draw(st.lists(st.integers(0, len(places) - 1), min_size=2, max_size=4))
        tags = {
            "highway": draw(st.sampled_from(["primary", "residential", "footway", "motorway"])),
            "oneway": draw(st.sampled_from(["", "yes", "-1"])),
        }
        rule = way_rule(tags)
        assert rule is not None
        raw.add_way(way, rule, "", [(ref, *corner(*places[ref])) for ref in refs])
    for _ in range(draw(st.integers(0, 4))):
        ways = st.integers(0, len(raw.way_ids) - 1)
        via = draw(st.integers(0, len(places) - 1))
        raw.restrictions.append(
            Restriction((draw(ways),), via, (), (draw(ways),), only=draw(st.booleans()))
        )
    if draw(st.booleans()):
        raw.barriers[draw(st.integers(0, len(places) - 1))] = (True, draw(st.booleans()), False)
    return raw


@settings(max_examples=40, deadline=None)
@given(streets(), st.data())
def test_any_net_under_any_closures_equals_full_dijkstra(
    raw: RawRoads, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            report = importing.import_graph(raw, Path(folder))
        except importing.BadInput:
            return  # all its ways were shorter than a metre
        network = CchNetwork(Path(folder) / "map" / report.version)
        keys = network.graph.key.tolist()
        spots = st.builds(spot, st.floats(0, 6), st.floats(0, 6))
        few, many = (
            data.draw(st.lists(spots, min_size=2, max_size=3)),
            [spot(c, r) for c, r in itertools.product((0, 1.5, 3, 6), repeat=2)],
        )
        for mode in Mode:
            assert_exact(network, few, many, mode)
        shut = frozenset(data.draw(st.lists(st.sampled_from(keys), max_size=6)))
        pace = {"primary": data.draw(st.floats(0.5, 3))}
        network.apply(Conditions(dict.fromkeys(Mode, shut), pace))
        for mode in Mode:
            assert_exact(network, few, many, mode)


def test_a_one_way_street_is_driven_in_its_direction_only(tmp_path: Path) -> None:
    lines = [
        street((0, 0), (3, 0), oneway="yes"),
        street((3, 0), (3, 1)),
        street((3, 1), (0, 1)),
        street((0, 1), (0, 0)),
    ]
    network = opened(lines, tmp_path)
    west, east = spot(1, 0), spot(2, 0)
    there = network.travel_times([west], [east], Mode.CAR)[0, 0]
    back = network.travel_times([east], [west], Mode.CAR)[0, 0]
    assert back > 5 * there
    walked = network.travel_times([east], [west], Mode.FOOT)[0, 0]
    assert walked == pytest.approx(network.travel_times([west], [east], Mode.FOOT)[0, 0], abs=0.01)


def test_two_spots_on_one_street_need_not_leave_it(tmp_path: Path) -> None:
    network = opened([street((0, 0), (10, 0))], tmp_path)
    a, b = spot(4, 0), spot(6, 0)
    seconds = network.travel_times([a], [b], Mode.CAR)[0, 0]
    assert seconds == pytest.approx(distance_m(a, b) / (25 / 3.6), rel=0.01)
    assert network.travel_times([b], [a], Mode.CAR)[0, 0] == pytest.approx(seconds, abs=0.01)


def test_the_faster_of_two_parallel_streets_is_taken_and_the_other_when_it_is_closed(
    tmp_path: Path,
) -> None:
    lines = [
        street((0, 0), (1, 0)),
        bend("primary"),
        bend("service", north=-0.3),
        street((3, 0), (4, 0)),
    ]
    network = opened(lines, tmp_path)
    ends = [spot(0.5, 0)], [spot(3.5, 0)], Mode.CAR
    free = network.travel_times(*ends)[0, 0]
    fast = network.snap(spot(2, 0.3), Mode.CAR)
    assert fast.road_class == "primary"
    network.apply(Conditions({Mode.CAR: frozenset({fast.segment})}))
    slow = network.travel_times(*ends)[0, 0]
    assert free < slow < np.inf
    network.apply(Conditions())
    assert network.travel_times(*ends)[0, 0] == free


def bend(highway: str, north: float = 0.3) -> importing.RoadLine:
    return importing.RoadLine([corner(1, 0), corner(2, north), corner(3, 0)], highway)


def test_a_closure_for_cars_lets_people_on_foot_through(tmp_path: Path) -> None:
    network = opened(
        [street((0, 0), (1, 0)), street((1, 0), (2, 0)), street((2, 0), (3, 0))], tmp_path
    )
    middle = network.snap(spot(1.5, 0), Mode.CAR).segment
    network.apply(Conditions({Mode.CAR: frozenset({middle})}))
    ends = [spot(0.5, 0)], [spot(2.5, 0)]
    assert network.travel_times(*ends, Mode.CAR)[0, 0] == np.inf
    assert not network.route(ends[0][0], ends[1][0], Mode.CAR).reachable
    assert network.travel_times(*ends, Mode.FOOT)[0, 0] < np.inf


def test_an_incident_on_a_closed_street_is_still_reached_from_the_next_street(
    tmp_path: Path,
) -> None:
    network = opened(grid(6, seed=4), tmp_path)
    place, crew = spot(2.5, 2), spot(0, 0)
    kept = network.snap_many([crew, place], Mode.CAR)
    before = network.travel_times_from_snaps(kept, place)
    closed = network.snap(place, Mode.CAR).segment
    network.apply(Conditions({Mode.CAR: frozenset({closed})}))
    after = network.travel_times_from_snaps(kept, place)
    assert np.isfinite(after).all()
    assert (after == network.travel_times([crew, place], [place], Mode.CAR)[:, 0]).all()
    assert after[0] > before[0]


def test_rush_hour_slows_cars_on_that_class_only(tmp_path: Path) -> None:
    network = opened([street((0, 0), (9, 0), highway="primary")], tmp_path)
    ends = [spot(1, 0)], [spot(8, 0)]
    free, foot = (network.travel_times(*ends, mode)[0, 0] for mode in (Mode.CAR, Mode.FOOT))
    network.apply(Conditions(pace={"primary": 1.5}))
    assert network.travel_times(*ends, Mode.CAR)[0, 0] == pytest.approx(1.5 * free, rel=1e-3)
    assert network.travel_times(*ends, Mode.FOOT)[0, 0] == foot


def test_islands_and_far_spots_are_told_unreachable(tmp_path: Path) -> None:
    island = [street((40 + c, r), (41 + c, r)) for c in range(5) for r in (0, 1)]
    island += [street((40 + c, 0), (40 + c, 1)) for c in range(6)]
    network = opened([*grid(5), *island], tmp_path)
    times = network.travel_times([spot(0, 0)], [spot(42, 0), spot(20, 20), spot(3, 3)], Mode.CAR)[0]
    assert np.isinf(times).tolist() == [True, True, False]
    assert not network.snap(spot(20, 20), Mode.CAR).reachable
    assert network.snap(spot(42, 0.1), Mode.CAR).reachable
    assert not network.route(spot(0, 0), spot(20, 20), Mode.CAR).reachable


def test_the_walk_from_the_road_counts(tmp_path: Path) -> None:
    network = opened([street((0, 0), (10, 0))], tmp_path)
    on_road, off_road = spot(5, 0), spot(5, 0.5)
    times = network.travel_times([spot(1, 0)], [on_road, off_road], Mode.CAR)[0]
    assert times[1] - times[0] == pytest.approx(distance_m(on_road, off_road) / 1.3, abs=0.5)


def test_moved_people_are_snapped_alone_and_alike(town: CchNetwork) -> None:
    before, goal = scattered(town, 50, 7), scattered(town, 1, 8)[0]
    moved = dict(zip((3, 17, 49), scattered(town, 3, 9), strict=True))
    after = [moved.get(i, s) for i, s in enumerate(before)]
    kept = town.snap_many(before, Mode.CAR)
    assert (
        town.travel_times_from_snaps(kept.moved(moved), goal)
        == town.travel_times(after, [goal], Mode.CAR)[:, 0]
    ).all()
    assert (
        town.travel_times_from_snaps(kept, goal)
        == town.travel_times(before, [goal], Mode.CAR)[:, 0]
    ).all()


def test_people_snapped_on_an_older_map_are_timed_on_the_one_in_force(
    town: CchNetwork, tmp_path: Path
) -> None:
    other = opened(grid(14, seed=3), tmp_path)
    people, goal = scattered(town, 20, 1), spot(5, 5)
    truth = other.travel_times(people, [goal], Mode.CAR)[:, 0]
    for kept in (
        town.snap_many(people, Mode.CAR),
        StraightLineNetwork().snap_many(people, Mode.CAR),
    ):
        assert (other.travel_times_from_snaps(kept, goal) == truth).all()


def test_a_route_is_drawn_from_door_to_door_without_a_jump(town: CchNetwork) -> None:
    for origin, goal in zip(scattered(town, 20, 5), scattered(town, 20, 6), strict=True):
        route = town.route(origin, goal, Mode.CAR)
        assert route.reachable
        assert not route.estimate
        assert route.line[0] == pytest.approx(origin)
        assert route.line[-1] == pytest.approx(goal)
        steps = [distance_m(a, b) for a, b in itertools.pairwise(route.line)]
        assert max(steps) < 230  # no side of a block is longer
        assert sum(steps) == pytest.approx(route.metres)
        assert route.metres / route.seconds < 60 / 3.6


def test_empty_questions_have_empty_answers(town: CchNetwork) -> None:
    assert town.travel_times([], [spot(1, 1)], Mode.CAR).shape == (0, 1)
    assert town.travel_times([spot(1, 1)], [], Mode.CAR).shape == (1, 0)
    nobody = town.snap_many([], Mode.CAR)
    assert len(nobody) == 0
    assert town.travel_times_from_snaps(nobody, spot(1, 1)).shape == (0,)


def test_without_a_map_times_are_estimates_and_say_so() -> None:
    network = StraightLineNetwork()
    a, b = spot(0, 0), spot(10, 0)
    seconds = network.travel_times([a], [b], Mode.CAR)[0, 0]
    assert seconds == pytest.approx(distance_m(a, b) * 1.35 / (28 / 3.6))
    assert network.estimate
    assert network.route(a, b, Mode.CAR).estimate
    kept = network.snap_many([a, b], Mode.CAR).moved({1: a})
    assert network.travel_times_from_snaps(kept, b).tolist() == [seconds, seconds]
    assert not network.snap(a, Mode.CAR).reachable
