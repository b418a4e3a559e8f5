from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from tongxin.foundation.roads.network import Mode
from tongxin.foundation.roads.tests.nets import SOUTH, grid, opened


@pytest.mark.parametrize("closed_share", [0.0, 0.3, 1.0])
def test_the_nearest_open_street_is_found_for_certain(tmp_path: Path, closed_share: float) -> None:
    network = opened(grid(10, seed=9), tmp_path)
    engine, graph = network.engine(Mode.CAR), network.graph
    draw = np.random.default_rng(2)
    low, high = graph.points.min(axis=0), graph.points.max(axis=0)
    spots = draw.uniform(low - 0.003, high + 0.003, (300, 2))
    closed = draw.random(len(graph.tail)) < closed_share
    found = engine.snapper.nearest([tuple(s) for s in spots.tolist()], closed)
    scale = np.array([np.cos(np.radians(SOUTH + 0.01)), 1.0]) * 111_195.0
    open_ = np.flatnonzero(engine.arcs.useful & ~closed)
    streets = [shapely.LineString(graph.line(int(s)) * scale) for s in open_]
    for i, at in enumerate(spots):
        if not streets:
            assert found.segment[i] == -1
            continue
        truth = min(shapely.distance(shapely.Point(at * scale), streets))
        assert found.distance_m[i] == pytest.approx(truth, abs=0.5)
        chosen = shapely.LineString(graph.line(int(found.segment[i])) * scale)
        assert chosen.distance(shapely.Point(at * scale)) == pytest.approx(truth, abs=0.5)
        along = chosen.interpolate(found.share[i], normalized=True)
        assert along.distance(shapely.Point(at * scale)) == pytest.approx(truth, abs=0.5)
