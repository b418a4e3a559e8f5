from __future__ import annotations

import fcntl
from pathlib import Path

import numpy as np
import pytest

from tongxin.foundation.roads.cch import CchNetwork
from tongxin.foundation.roads.folders import POINTER, current_folder
from tongxin.foundation.roads.importing import RoadLine, import_lines, import_map
from tongxin.foundation.roads.network import Mode
from tongxin.foundation.roads.tests.nets import (
    corner,
    grid,
    imported,
    opened,
    spot,
    street,
    write_osm,
)
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.kernel.geometry import Spot

ROAD = {"highway": "residential"}


def three_nodes(folder: Path, **barrier: str) -> Path:
    nodes = {1: ((0, 0), {}), 2: ((1, 0), barrier), 3: ((2, 0), {})}
    return write_osm(folder / "a.osm.pbf", nodes, {1: ([1, 2, 3], ROAD)})


def test_a_bollard_in_the_middle_of_a_street_stops_cars_only(tmp_path: Path) -> None:
    network = imported(three_nodes(tmp_path, barrier="bollard"), tmp_path)
    ends = [spot(0.2, 0)], [spot(1.8, 0)]
    assert network.travel_times(*ends, Mode.CAR)[0, 0] == np.inf
    assert network.travel_times(*ends, Mode.BICYCLE)[0, 0] < np.inf
    up_to_it = network.travel_times([spot(0.2, 0)], [spot(0.99, 0)], Mode.CAR)[0, 0]
    assert up_to_it < 30


def test_a_gate_without_a_lock_stops_nobody(tmp_path: Path) -> None:
    network = imported(three_nodes(tmp_path, barrier="gate"), tmp_path)
    ends = [spot(0.2, 0)], [spot(1.8, 0)]
    assert all(network.travel_times(*ends, mode)[0, 0] < np.inf for mode in Mode)


def test_lights_make_cars_wait(tmp_path: Path) -> None:
    ends = [spot(0.2, 0)], [spot(1.8, 0)], Mode.CAR
    free = imported(three_nodes(tmp_path), tmp_path / "a").travel_times(*ends)[0, 0]
    lit = imported(three_nodes(tmp_path, highway="traffic_signals"), tmp_path / "b")
    assert lit.travel_times(*ends)[0, 0] > free + 1


def hostile_files(folder: Path, whole: bytes) -> dict[str, Path]:
    contents = {
        "empty": b"",
        "words": b"This is a letter, not a map.",
        "random": bytes(np.random.default_rng(1).integers(0, 256, 5_000, dtype=np.uint8)),
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:90] + bytes(b ^ 0x55 for b in whole[90:180]) + whole[180:],
        "huge_header": b"\x7f\xff\xff\xff" + whole[4:],
        "zip": b"PK\x03\x04" + b"\x00" * 200,
    }
    paths = {}
    for name, content in contents.items():
        paths[name] = folder / f"{name}.osm.pbf"
        paths[name].write_bytes(content)
    return {**paths, "absent": folder / "absent.osm.pbf", "folder": folder}


def test_broken_and_hostile_files_give_one_sentence_and_change_nothing(tmp_path: Path) -> None:
    whole = three_nodes(tmp_path).read_bytes()
    import_lines(grid(3), tmp_path)
    before = current_folder(tmp_path)
    for name, path in hostile_files(tmp_path, whole).items():
        with pytest.raises(BadInput) as refused:
            import_map(path, tmp_path)
        sentence = str(refused.value)
        assert sentence.endswith((".", "。")), name
        assert sum(map(sentence.count, ".。")) == 1, name
        assert refused.value.field == "map"
        assert current_folder(tmp_path) == before
    folders = {path.name for path in (tmp_path / "map").iterdir() if path.is_dir()}
    assert before is not None
    assert folders == {before.name}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "roads.no_roads"),
        ([RoadLine([(0.0, 0.0)], "primary")], "roads.no_roads"),
        ([RoadLine([(1.0, 1.0), (1.0, 1.0)], "primary")], "roads.no_roads"),
        ([RoadLine([(1.0, 1.0), (2.0, 1.0)], "construction")], "roads.no_roads"),
        ([RoadLine([(1.0, 1.0), (170.0, 1.0)], "primary")], "roads.torn_way"),
        ([RoadLine([(200.0, 1.0), (200.1, 1.0)], "primary")], "roads.off_the_earth"),
        ([RoadLine([(1.0, 89.9), (1.1, 89.9)], "primary")], "roads.off_the_earth"),
        ([RoadLine([(500_000.0, 3e6), (500_010.0, 3e6)], "primary")], "roads.off_the_earth"),
        ([RoadLine([(float("nan"), 1.0), (1.0, 1.0)], "primary")], "roads.off_the_earth"),
        ([RoadLine([(float("inf"), 1.0), (1.0, 1.0)], "primary")], "roads.off_the_earth"),
    ],
)
def test_lines_that_are_no_roads_are_refused(
    tmp_path: Path, lines: list[RoadLine], code: str
) -> None:
    with pytest.raises(BadInput) as refused:
        import_lines(lines, tmp_path)
    assert refused.value.code == code
    assert current_folder(tmp_path) is None


def test_a_map_without_roads_for_cars_says_so(tmp_path: Path) -> None:
    report = import_lines([street((0, 0), (5, 0), highway="footway")], tmp_path)
    assert report.modes_without_roads == ["bicycle", "car"]
    network = CchNetwork(tmp_path / "map" / report.version)
    ends = [spot(1, 0)], [spot(4, 0)]
    assert network.travel_times(*ends, Mode.FOOT)[0, 0] < np.inf
    assert network.travel_times(*ends, Mode.CAR)[0, 0] == np.inf
    assert not network.snap(ends[0][0], Mode.CAR).reachable
    assert not network.route(ends[0][0], ends[1][0], Mode.CAR).reachable
    assert np.isinf(
        network.travel_times_from_snaps(network.snap_many(ends[0], Mode.CAR), spot(4, 0))
    )


def test_lines_meet_at_their_ends_and_where_an_end_touches_but_not_under_a_bridge(
    tmp_path: Path,
) -> None:
    through = RoadLine([corner(0, 0), corner(1, 0), corner(2, 0)], "residential")
    side = street((1, 0), (1, 1))
    bridge = RoadLine([corner(1.5, -1), corner(1.5, 0), corner(1.5, 1)], "residential", layer=1)
    below = RoadLine([corner(2, 0), corner(1.5, 0), corner(1.5, 0.001)], "residential")
    network = opened([through, side, bridge, below], tmp_path)
    assert network.travel_times([spot(0, 0)], [spot(1, 0.9)], Mode.CAR)[0, 0] < np.inf
    assert network.travel_times([spot(0, 0)], [spot(1.5, -0.9)], Mode.CAR)[0, 0] == np.inf


def test_a_street_keeps_its_key_when_the_map_is_imported_again(tmp_path: Path) -> None:
    first = opened(grid(6), tmp_path / "a")
    again = opened(list(reversed(grid(6)))[3:], tmp_path / "b")
    places = [spot(2.5, 3), spot(1, 1.5), spot(4, 3.5)]
    assert [first.snap(p, Mode.FOOT).segment for p in places] == [
        again.snap(p, Mode.FOOT).segment for p in places
    ]
    assert len(set(first.graph.key.tolist())) == len(first.graph.key)
    assert first.graph.key.min() > 0
    assert first.graph.key.max() < 2**53  # a browser reads it without loss


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[float] = []
    import_lines(grid(4), tmp_path, lambda _stage, share: told.append(share))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_two_imports_at_once_do_not_mix(tmp_path: Path) -> None:
    import_lines(grid(3), tmp_path)
    before = current_folder(tmp_path)
    with (tmp_path / "map" / "import.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Conflict):
            import_lines(grid(3), tmp_path)
    assert current_folder(tmp_path) == before


def test_only_the_last_two_versions_are_kept(tmp_path: Path) -> None:
    for _ in range(4):
        import_lines(grid(3), tmp_path)
    assert len([p for p in (tmp_path / "map").iterdir() if p.is_dir()]) == 2
    assert current_folder(tmp_path) is not None


def test_a_cut_pointer_is_as_good_as_none(tmp_path: Path) -> None:
    import_lines(grid(3), tmp_path)
    (tmp_path / "map" / POINTER).write_text("")
    assert current_folder(tmp_path) is None


@pytest.mark.data
def test_a_real_city_is_told_by_its_streets(shared_data: Path, tmp_path: Path) -> None:
    extract = shared_data / "osm" / "monaco-2020.osm.pbf"
    if not extract.exists():
        pytest.skip("the Monaco extract is not among the real data")
    report = import_map(extract, tmp_path)
    network = CchNetwork(tmp_path / "map" / report.version)
    assert report.restrictions_applied >= 40
    assert report.modes_without_roads == []
    casino = network.snap(Spot(7.42845, 43.73965), Mode.CAR)
    assert casino.distance_m < 60
    assert network.snap(Spot(7.4205, 43.7355), Mode.CAR).street == "Rue Princesse Antoinette"
    route = network.route(Spot(7.4197, 43.7311), Spot(7.4285, 43.7397), Mode.CAR)
    assert 90 < route.seconds < 900
    assert 1_200 < route.metres < 4_000
