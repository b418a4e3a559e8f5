"""Whatever pair of degrees comes in, in whichever system, a spot on the globe comes out."""

from __future__ import annotations

import math

import prcoords
from hypothesis import given
from hypothesis import strategies as st

from tongxin.kernel.geometry import ReferenceSystem, Spot, distance_m, to_wgs84

longitudes = st.floats(-180, 180) | st.sampled_from([-180.0, 0.0, 72.004, 137.8347, 180.0])
latitudes = st.floats(-90, 90) | st.sampled_from([-90.0, 0.0, 0.8293, 55.8271, 90.0])
anywhere = st.builds(Spot, longitudes, latitudes)
systems = st.sampled_from(ReferenceSystem)
in_china = st.builds(Spot, st.floats(75, 134), st.floats(18, 53))


@given(anywhere, systems)
def test_every_pair_becomes_a_spot_near_by(given: Spot, system: ReferenceSystem) -> None:
    spot = to_wgs84(given.lon, given.lat, system)
    assert math.isfinite(spot.lon)
    assert math.isfinite(spot.lat)
    assert distance_m(given, spot) < 5_000


@given(in_china)
def test_shifted_coordinates_are_brought_back_to_a_hands_breadth(spot: Spot) -> None:
    true = prcoords.Coords(spot.lat, spot.lon)
    for system, shifted in (
        (ReferenceSystem.GCJ02, prcoords.wgs_gcj(true)),
        (ReferenceSystem.BD09, prcoords.wgs_bd(true)),
    ):
        back = to_wgs84(shifted.lon, shifted.lat, system)
        assert distance_m(spot, back) < 0.05


@given(anywhere, anywhere)
def test_a_distance_is_a_distance(a: Spot, b: Spot) -> None:
    there, back = distance_m(a, b), distance_m(b, a)
    assert 0 <= there <= 20_015_200  # half the way round
    assert math.isclose(there, back, abs_tol=1e-6)


@given(anywhere)
def test_the_far_side_of_the_globe_has_a_distance_too(spot: Spot) -> None:
    far = Spot(spot.lon - 180 if spot.lon > 0 else spot.lon + 180, -spot.lat)
    assert math.isclose(distance_m(spot, far), 20_015_115, rel_tol=1e-3)
