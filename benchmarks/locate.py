"""Spot to areas of all four networks, against a bare Shapely STRtree on the same polygons.

The ground is drawn: 65 beats and three networks of 41 × 41 grids, 5,108 lowest areas with crooked
borders that neighbours share, under communities, stations and branches. The peer only finds which
polygons a spot lies in; ours also says what they are, with all ancestors and faults. Both are asked
the same random spots, one by one, in turns: the fastest turn counts, and the median of the ratios
of turns that followed each other.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src")]

if TYPE_CHECKING:
    from tongxin.foundation.territory.ground import AreaRecord, Ground
    from tongxin.kernel.geometry import Spot

WEST, SOUTH, SIDE = 114.17, 30.48, 0.25
BEND, CORNERS, SEED = 0.08, 8, 20_261_124
GRIDS_A_SIDE = 41


def main() -> None:
    """Print the table and, last, the figures as one line of JSON."""
    print(json.dumps(run("--short" in sys.argv), ensure_ascii=False))


def run(short: bool = False) -> dict[str, Any]:
    """Measure; returns ``{"name": "locate", "figures": {…}}``."""
    _set_up()
    from tongxin.foundation.territory import locating
    from tongxin.foundation.territory.ground import Ground

    started = time.perf_counter()
    ground = Ground(list(_records()))
    built_s = time.perf_counter() - started
    spots = _spots(5_000 if short else 20_000)
    turns = 5 if short else 15
    with locating.holding(ground):
        wrong = _wrong_answers(ground, spots[:500])
        ours, peer, bulk = [], [], []
        ask_peer = _bare_tree(ground)
        for _turn in range(turns):
            ours.append(_us_per_spot(locating.locate, spots))
            peer.append(_us_per_spot(ask_peer, spots))
            bulk.append(_us_in_bulk(locating.locate_many, spots))
    figures = {
        "us_per_spot": round(min(ours), 2),
        "strtree_ratio": round(median(a / b for a, b in zip(ours, peer, strict=True)), 2),
        "bare_strtree_us": round(min(peer), 2),
        "bulk_us_per_spot": round(min(bulk), 2),
        "build_s": round(built_s, 2),
        "leaves": len(ground.records) - _above(ground),
        "wrong_answers": wrong,
    }
    _print_table(figures)
    return {"name": "locate", "figures": figures}


def _set_up() -> None:
    os.environ.setdefault("TONGXIN_DATA", tempfile.mkdtemp(prefix="tongxin-bench-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")
    import django

    django.setup()


def _records() -> Sequence[AreaRecord]:
    """Draw the four networks: id, level and parent as an import would have written them."""
    from tongxin.foundation.territory.models import Level, Network

    ids = itertools.count(1)
    records: list[AreaRecord] = []
    shapes = (
        (Network.POLICE, (13, 5), (Level.BRANCH, Level.STATION, Level.BEAT)),
        *(
            (network, (GRIDS_A_SIDE,) * 2, (Level.BRANCH, Level.COMMUNITY, Level.GRID))
            for network in (Network.GOVERNANCE, Network.CIVIC, Network.URBAN)
        ),
    )
    for shift, (network, (columns, rows), levels) in enumerate(shapes):
        records += _network(ids, network, (columns, rows), levels, shift)
    return records


def _network(
    ids: Any, network: Any, size: tuple[int, int], levels: Sequence[Any], shift: int
) -> list[AreaRecord]:
    columns, rows = size
    branch = _record(next(ids), network, levels[0], (), _cell(0, 0, 1, 1, 0))
    middle = [
        _record(next(ids), network, levels[1], branch.path, _cell(i, 0, columns, 1, shift))
        for i in range(columns)
    ]
    leaves = [
        _record(next(ids), network, levels[2], middle[i].path, _cell(i, j, columns, rows, shift))
        for i in range(columns)
        for j in range(rows)
    ]
    return [branch, *middle, *leaves]


def _record(area_id: int, network: Any, level: Any, above: tuple[int, ...], shape: Any) -> Any:
    from tongxin.foundation.territory.ground import AreaRecord

    name = f"{network}-{area_id}"
    return AreaRecord(
        area_id, network, level, name, name, area_id, (*above, area_id), shape, False, 3
    )


def _cell(column: int, row: int, columns: int, rows: int, shift: int) -> Any:
    """Draw one cell; its sides bend by a law of the place, so that neighbours share them."""
    import shapely

    width, height = SIDE / columns, SIDE / rows
    steps = np.linspace(0, 1, CORNERS, endpoint=False)

    def bend(along: Any, line: int, last: int) -> Any:
        height = 0.0 if line in (0, last) else BEND * (1 + shift * 0.2)
        return height * np.sin(2 * np.pi * along)  # none at the corners

    def level(line: int, along: Any) -> Any:  # a side from west to east
        x = WEST + (column + along) * width
        return np.column_stack([x, SOUTH + (line + bend(along, line, rows)) * height])

    def upright(line: int, along: Any) -> Any:  # a side from south to north
        y = SOUTH + (row + along) * height
        return np.column_stack([WEST + (line + bend(along, line, columns)) * width, y])

    return shapely.Polygon(
        np.concatenate(
            [
                level(row, steps),
                upright(column + 1, steps),
                level(row + 1, np.append(steps[1:], 1.0)[::-1]),
                upright(column, np.append(steps[1:], 1.0)[::-1]),
            ]
        )
    )


def _spots(number: int) -> list[Spot]:
    from tongxin.kernel.geometry import Spot

    random = np.random.default_rng(SEED)
    places = random.random((number, 2)) * SIDE + (WEST, SOUTH)
    return [Spot(lon, lat) for lon, lat in places.tolist()]


def _bare_tree(ground: Ground) -> Callable[[Spot], Any]:
    import shapely

    parents = {record.path[-2] for record in ground.records if len(record.path) > 1}
    tree = shapely.STRtree([r.shape for r in ground.records if r.id not in parents])
    return lambda spot: tree.query(shapely.Point(spot[0], spot[1]), predicate="intersects")


def _us_per_spot(ask: Callable[[Spot], Any], spots: Sequence[Spot]) -> float:
    started = time.perf_counter()
    for spot in spots:
        ask(spot)
    return (time.perf_counter() - started) / len(spots) * 1e6


def _us_in_bulk(ask: Callable[[Sequence[Spot]], Any], spots: Sequence[Spot]) -> float:
    started = time.perf_counter()
    ask(spots)
    return (time.perf_counter() - started) / len(spots) * 1e6


def _wrong_answers(ground: Ground, spots: Sequence[Spot]) -> int:
    """Compare with trying every polygon: a benchmark of wrong answers would be worth nothing."""
    import shapely

    from tongxin.foundation.territory import locating

    parents = {record.path[-2] for record in ground.records if len(record.path) > 1}
    leaves = [record for record in ground.records if record.id not in parents]
    shapes = np.array([record.shape for record in leaves], dtype=object)
    wrong = 0
    for spot in spots:
        inside = np.flatnonzero(shapely.intersects_xy(shapes, *spot))
        truth = {leaves[row].id for row in inside}
        told = {info.id for info in locating.locate(spot).leaf.values() if info}
        wrong += told != truth
    return wrong


def _above(ground: Ground) -> int:
    return len({record.path[-2] for record in ground.records if len(record.path) > 1})


def _print_table(figures: dict[str, Any]) -> None:
    print(f"{'spot to areas of four networks':40} {figures['us_per_spot']:8} µs")
    print(f"{'bare STRtree on the same polygons':40} {figures['bare_strtree_us']:8} µs")
    print(f"{'ratio':40} {figures['strtree_ratio']:8}")
    print(f"{'in bulk, each':40} {figures['bulk_us_per_spot']:8} µs")
    print(f"{'building the trees':40} {figures['build_s']:8} s")
    print(f"{'lowest areas':40} {figures['leaves']:8}")
    print(f"{'wrong answers of 500':40} {figures['wrong_answers']:8}")


if __name__ == "__main__":
    main()
