from __future__ import annotations

import heapq
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from tongxin.foundation.roads.network import Mode
from tongxin.foundation.roads.restrictions import expand
from tongxin.foundation.roads.tests.nets import imported, spot, write_osm

Arc = tuple[int, int, int]


@st.composite
def nets_with_forbidden_walks(draw: st.DrawFn) -> tuple[int, list[Arc], list[tuple[int, ...]]]:
    nodes = draw(st.integers(3, 7))
    pairs = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1), st.integers(1, 9))
    arcs = draw(st.lists(pairs.filter(lambda p: p[0] != p[1]), min_size=3, max_size=20))
    patterns = []
    for _ in range(draw(st.integers(0, 5))):
        walk = [draw(st.integers(0, len(arcs) - 1))]
        for _ in range(draw(st.integers(1, 3))):
            following = [i for i, arc in enumerate(arcs) if arc[0] == arcs[walk[-1]][1]]
            if following:
                walk.append(draw(st.sampled_from(following)))
        if len(walk) > 1:
            patterns.append(tuple(walk))
    return nodes, arcs, patterns


def shortest_by_hand(
    arcs: list[Arc], patterns: list[tuple[int, ...]], start: int
) -> dict[int, int]:
    """Search over (node, last arcs walked), refusing every walk that ends in a forbidden one."""
    keep = max((len(p) for p in patterns), default=1)
    best: dict[int, int] = {}
    queue: list[tuple[int, int, tuple[int, ...]]] = [(0, start, ())]
    seen = set()
    while queue:
        cost, node, last = heapq.heappop(queue)
        if (node, last) in seen:
            continue
        seen.add((node, last))
        best.setdefault(node, cost)
        for i, (tail, head, weight) in enumerate(arcs):
            walk = (*last, i)[-keep:]
            if tail == node and not any(walk[-len(p) :] == p for p in patterns):
                heapq.heappush(queue, (cost + weight, head, walk))
    return best


@settings(max_examples=300, deadline=None)
@given(nets_with_forbidden_walks())
def test_no_walk_of_the_expanded_net_contains_a_forbidden_one_and_none_is_lost(
    net: tuple[int, list[Arc], list[tuple[int, ...]]],
) -> None:
    nodes, arcs, patterns = net
    columns = np.array(arcs, dtype=np.int64)
    expanded = expand(columns[:, 0], columns[:, 1], nodes, patterns)
    count = len(expanded.node_of)
    cost = np.full((count, count), np.inf)
    np.minimum.at(cost, (expanded.tail, expanded.head), columns[expanded.arc, 2].astype(float))
    cost[np.isinf(cost)] = 0
    found = dijkstra(scipy.sparse.csr_matrix(cost))
    for start in range(nodes):
        truth = shortest_by_hand(arcs, patterns, start)
        for node in range(nodes):
            reached = found[start, expanded.node_of == node].min()
            assert reached == truth.get(node, np.inf)


def cross(folder: Path, kind: str, *, via_way: bool = False) -> Path:
    """A street from the west meets one running north and south; nothing else leads round."""
    nodes = {i: (at, {}) for i, at in enumerate([(0, 1), (1, 1), (1, 2), (1, 0), (2, 1)], 1)}
    road = {"highway": "residential"}
    ways = {10: ([1, 2], road), 11: ([2, 3], road), 12: ([2, 4], road), 13: ([2, 5], road)}
    if via_way:
        nodes[6] = ((2, 2), {})
        ways[14] = ([5, 6], road)
        members = [("w", 10, "from"), ("w", 13, "via"), ("w", 14, "to")]
    else:
        members = [("w", 10, "from"), ("n", 2, "via"), ("w", 11, "to")]
    relations = [(members, {"restriction": kind})] if kind else []
    return write_osm(folder / f"{kind}-{via_way}.osm.pbf", nodes, ways, relations)


def reaches(folder: Path, osm: Path, goal: tuple[float, float], mode: Mode = Mode.CAR) -> float:
    network = imported(osm, folder / osm.name.split(".")[0])
    return float(network.travel_times([spot(0.2, 1)], [spot(*goal)], mode)[0, 0])


def test_a_forbidden_left_turn_costs_a_way_round(tmp_path: Path) -> None:
    free = reaches(tmp_path, cross(tmp_path, ""), (1, 1.8))
    bound = reaches(tmp_path, cross(tmp_path, "no_left_turn"), (1, 1.8))
    on_foot = reaches(tmp_path, cross(tmp_path, "no_right_turn"), (1, 1.8), Mode.FOOT)
    assert free + 20 < bound < np.inf  # it drives on, turns and comes back
    assert on_foot == pytest.approx(free * 25 / 4.7, rel=0.01)


def test_only_left_turn_forbids_every_other_turn(tmp_path: Path) -> None:
    free = reaches(tmp_path, cross(tmp_path, ""), (1.8, 1))
    bound = reaches(tmp_path, cross(tmp_path, "only_left_turn"), (1.8, 1))
    left = reaches(tmp_path, cross(tmp_path, ""), (1, 1.8))
    assert bound > free + 20
    assert reaches(tmp_path, cross(tmp_path, "only_straight_on"), (1, 1.8)) == left


def test_a_restriction_through_a_way_binds_only_those_who_came_that_way(tmp_path: Path) -> None:
    network = imported(cross(tmp_path, "no_left_turn", via_way=True), tmp_path / "a")
    goal = [spot(2, 1.8)]
    from_west, from_north = network.travel_times([spot(0.9, 1), spot(1, 1.1)], goal, Mode.CAR)[:, 0]
    assert from_west > from_north + 20  # the same distance, but it has to turn round somewhere


def test_an_exception_for_cars_lifts_a_restriction(tmp_path: Path) -> None:
    members = [("w", 10, "from"), ("n", 2, "via"), ("w", 11, "to")]
    nodes = {1: ((0, 1), {}), 2: ((1, 1), {}), 3: ((1, 2), {})}
    ways = {10: ([1, 2], {"highway": "primary"}), 11: ([2, 3], {"highway": "primary"})}
    tags = {"restriction": "no_left_turn"}
    bound = write_osm(tmp_path / "a.osm.pbf", nodes, ways, [(members, tags)])
    free = write_osm(
        tmp_path / "b.osm.pbf", nodes, ways, [(members, {**tags, "except": "motorcar"})]
    )
    assert reaches(tmp_path / "a", bound, (1, 1.8)) == np.inf
    assert reaches(tmp_path / "b", free, (1, 1.8)) < np.inf
