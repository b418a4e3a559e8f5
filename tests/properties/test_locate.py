"""Whatever the division of the ground, memory answers as trying every polygon would."""

from __future__ import annotations

import itertools

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.foundation.territory.ground import AreaRecord, Ground
from tongxin.foundation.territory.models import FaultKind, Level, Network
from tongxin.kernel.geometry import Spot

WEST, SOUTH, SIDE = 114.0, 30.0, 0.01
sides = st.integers(1, 4)
places = st.integers(0, 6)
boxes = st.tuples(places, places, sides, sides)
# Halves of a side: on no border, so that "inside" is beyond doubt.
halves = st.integers(-2, 20).map(lambda n: n * 0.5 + 0.25)


def polygon(box: tuple[int, int, int, int]) -> shapely.Polygon:
    x, y, width, height = box
    return shapely.box(
        WEST + x * SIDE, SOUTH + y * SIDE, WEST + (x + width) * SIDE, SOUTH + (y + height) * SIDE
    )


@st.composite
def grounds(draw: st.DrawFn) -> Ground:
    ids = itertools.count(1)
    records = []
    for network in draw(st.sets(st.sampled_from(list(Network)), min_size=1)):
        for box in draw(st.lists(boxes, min_size=1, max_size=6)):
            number, area_id = draw(st.integers(0, 9)), next(ids)
            records.append(
                AreaRecord(
                    area_id, network, Level.GRID, f"{area_id}", "", number, (area_id,), polygon(box)
                )
            )
    return Ground(records)


@settings(max_examples=150, deadline=None)
@given(grounds(), st.lists(st.tuples(halves, halves), min_size=1, max_size=8))
def test_memory_answers_as_trying_every_polygon(
    ground: Ground, places: list[tuple[float, float]]
) -> None:
    spots = [Spot(WEST + x * SIDE, SOUTH + y * SIDE) for x, y in places]
    for spot, located in zip(spots, ground.locate_many(spots), strict=True):
        assert ground.locate(spot) == located
        faults = {fault.network: fault for fault in located.faults}
        for network in Network:
            own = [r for r in ground.records if r.network is network]
            inside = [r for r in own if r.shape.covers(shapely.Point(spot))]
            leaf, fault = located.leaf[network], faults.get(network)
            if inside:
                assert leaf is not None
                assert leaf.id == min(inside, key=lambda r: (r.number, r.id)).id
                assert (fault is not None) == (len(inside) > 1)
                assert fault is None or fault.kind is FaultKind.OVERLAP
                assert fault is None or set(fault.area_ids) == {r.id for r in inside}
            elif leaf is not None:
                assert fault is not None
                assert fault.kind is FaultKind.GAP
                nearest = min(r.shape.distance(shapely.Point(spot)) for r in own)
                chosen = next(r for r in own if r.id == leaf.id)
                assert chosen.shape.distance(shapely.Point(spot)) <= nearest * 1.25 + 1e-9
            else:
                assert fault is None
