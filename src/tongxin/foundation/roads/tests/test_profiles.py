from __future__ import annotations

import pytest

from tongxin.foundation.roads.profiles import barrier_rule, speed_limit_kmh, way_rule

FOOT, BICYCLE, CAR = 0, 1, 2


def open_ways(**tags: str) -> tuple[list[bool], list[bool]]:
    rule = way_rule({key.replace("__", ":"): value for key, value in tags.items()})
    if rule is None:
        return [False] * 3, [False] * 3
    return [v > 0 for v in rule.forward], [v > 0 for v in rule.backward]


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("30 mph", 48.28032),
        ("CN:urban", 50.0),
        ("DE:zone:30", 30.0),
        ("RU:motorway", 120.0),
        ("walk", 6.0),
        ("none", None),
        ("signals", None),
        ("0", None),
        ("9999999999", None),
        ("", None),
        (None, None),
        ("60;80", 60.0),
    ],
)
def test_signed_limits_are_read_in_every_common_form(text: str | None, kmh: float | None) -> None:
    assert speed_limit_kmh(text) == pytest.approx(kmh)


def test_a_limit_slows_cars_but_nobody_else() -> None:
    free, slow = (
        way_rule({"highway": "primary"}),
        way_rule({"highway": "primary", "maxspeed": "20"}),
    )
    assert free is not None
    assert slow is not None
    assert slow.forward[CAR] < free.forward[CAR]
    assert slow.forward[:CAR] == free.forward[:CAR]


def test_a_limit_of_one_direction_holds_for_that_one_only() -> None:
    rule = way_rule({"highway": "primary", "maxspeed:backward": "20"})
    assert rule is not None
    assert rule.backward[CAR] < rule.forward[CAR]


def test_one_way_streets_bind_wheels_and_not_feet() -> None:
    assert open_ways(highway="residential", oneway="yes") == ([True] * 3, [True, False, False])
    assert open_ways(highway="residential", oneway="-1") == ([True, False, False], [True] * 3)


@pytest.mark.parametrize(
    "tags",
    [{"highway": "motorway"}, {"highway": "primary", "junction": "roundabout"}],
)
def test_motorways_and_roundabouts_are_one_way_unless_said_otherwise(tags: dict[str, str]) -> None:
    assert not open_ways(**tags)[1][CAR]
    assert open_ways(**tags, oneway="no")[1][CAR]


def test_bicycles_may_be_excepted_from_a_one_way_street() -> None:
    for exception in ({"oneway__bicycle": "no"}, {"cycleway": "opposite_lane"}):
        _there, back = open_ways(highway="residential", oneway="yes", **exception)
        assert back == [True, True, False]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "residential", "access": "no"}, [False, False, False]),
        ({"highway": "residential", "access": "private"}, [False, False, False]),
        ({"highway": "residential", "access": "no", "foot": "yes"}, [True, False, False]),
        ({"highway": "residential", "motor_vehicle": "no"}, [True, True, False]),
        ({"highway": "residential", "vehicle": "no", "bicycle": "yes"}, [True, True, False]),
        ({"highway": "footway"}, [True, False, False]),
        ({"highway": "footway", "bicycle": "yes"}, [True, True, False]),
        ({"highway": "cycleway"}, [True, True, False]),
        ({"highway": "motorway"}, [False, False, True]),
        ({"highway": "trunk", "motorroad": "yes"}, [False, False, True]),
        ({"highway": "pedestrian", "motor_vehicle": "yes"}, [True, True, True]),
        ({"highway": "construction"}, [False, False, False]),
        ({"highway": "secondary", "construction": "secondary"}, [False, False, False]),
        ({"highway": "secondary", "construction": "minor"}, [True, True, True]),
        ({"building": "yes"}, [False, False, False]),
        ({"route": "ferry"}, [True, True, False]),
    ],
)
def test_who_may_use_a_way(tags: dict[str, str], expected: list[bool]) -> None:
    assert open_ways(**tags)[0] == expected


def test_barriers_stop_those_who_do_not_fit_through() -> None:
    assert barrier_rule({"barrier": "bollard"}) == (True, True, False)
    assert barrier_rule({"barrier": "gate"}) is None
    assert barrier_rule({"barrier": "gate", "access": "private"}) == (False, False, False)
    assert barrier_rule({"barrier": "gate", "access": "no", "foot": "yes"}) == (True, False, False)
    assert barrier_rule({"barrier": "stile"}) == (True, False, False)
    assert barrier_rule({"highway": "crossing"}) is None
