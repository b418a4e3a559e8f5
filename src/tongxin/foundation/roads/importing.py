"""Builds a new version of the map beside the one in use, and swaps them in one step."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from tongxin.foundation.roads import basemap
from tongxin.foundation.roads.building import BuiltRoads, build_arcs, build_graph, off_the_earth
from tongxin.foundation.roads.features import Features, read_features
from tongxin.foundation.roads.folders import POINTER, map_folder
from tongxin.foundation.roads.graph import RoadGraph, load_arcs, save_arcs
from tongxin.foundation.roads.network import Mode
from tongxin.foundation.roads.osmreading import RawRoads, read_roads
from tongxin.foundation.roads.profiles import MODES, way_rule
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict

Progress = Callable[[str, float], None]
_KEPT_VERSIONS = 2
_SMALL_SEGMENTS = 4_000
_SHORT_KM = 0.1
_STAGES = {"read": 0.05, "features": 0.15, "graph": 0.3}


@dataclass(frozen=True, slots=True)
class RoadLine:
    """One street given as a line: (lon, lat) points in WGS-84, lines meet at shared end points.

    ``highway`` is an OpenStreetMap highway class; ``oneway`` one of "", "yes", "-1"; lines on
    different ``layer`` meet only where both end.
    """

    coords: list[tuple[float, float]]
    highway: str
    name: str = ""
    oneway: str = ""
    maxspeed: str = ""
    layer: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapReport:
    """What an import made: sizes, useful kilometres by mode, restrictions, and what lacks."""

    version: str
    segments: int
    crossings: int
    kilometres: dict[str, float]
    restrictions_applied: int
    restrictions_unclear: int
    tiles: int
    bounds: tuple[float, float, float, float]
    modes_without_roads: list[str]


def _silent(stage: str, share: float) -> None:
    del stage, share


def import_map(pbf: Path, data_dir: Path, progress: Progress = _silent) -> MapReport:
    """Build roads and base map from an OpenStreetMap extract and put them in force.

    ``progress(stage, share)`` is called with a word and the share done, 0.0 to 1.0. Nothing is
    swapped when anything fails.

    Raises:
        BadInput: the file is not a readable extract, holds no road, or impossible coordinates.
        Conflict: another import is running.
    """
    with _only_import(data_dir):
        progress("read", 0.0)
        raw = read_roads(pbf)
        progress("features", _STAGES["read"])
        features = read_features(pbf)
        return _put_in_force(raw, features, data_dir, progress)


def import_lines(
    lines: Iterable[RoadLine],
    data_dir: Path,
    progress: Progress = _silent,
    *,
    features: Features | None = None,
) -> MapReport:
    """Build roads and base map from lines (for instance of GeoParquet, or generated).

    Raises:
        BadInput: there is no road among the lines, or their coordinates are impossible.
        Conflict: another import is running.
    """
    with _only_import(data_dir):
        progress("read", 0.0)
        raw = raw_from_lines(lines)
        return _put_in_force(raw, features or Features(), data_dir, progress)


def import_graph(
    raw: RawRoads, data_dir: Path, progress: Progress = _silent, *, features: Features | None = None
) -> MapReport:
    """Build roads and base map from ways already in memory; raises as `import_map` does."""
    with _only_import(data_dir):
        return _put_in_force(raw, features or Features(), data_dir, progress)


def raw_from_lines(lines: Iterable[RoadLine]) -> RawRoads:
    """Number the points of lines so that they meet at shared ends.

    Raises:
        BadInput: no line is a road.
    """
    kept = [line for line in lines if len(line.coords) > 1]
    places = _Places(kept)
    raw = RawRoads()
    for number, line in enumerate(kept):
        rule = way_rule(_tags(line))
        if rule is not None:
            refs = places.refs(line)
            points = [(ref, lon, lat) for ref, (lon, lat) in zip(refs, line.coords, strict=True)]
            raw.add_way(number, rule, line.name, points)
    if not raw.rules:
        raise BadInput("roads.no_roads", _("The map holds no road."), field="map")
    return raw


def _tags(line: RoadLine) -> dict[str, str]:
    stated = {"oneway": line.oneway, "maxspeed": line.maxspeed}
    return {"highway": line.highway, **{k: v for k, v in stated.items() if v}, **line.tags}


def _grid(point: tuple[float, float]) -> tuple[int, int]:
    try:
        return round(point[0] * 1e7), round(point[1] * 1e7)
    except (OverflowError, ValueError) as not_a_number:
        raise off_the_earth() from not_a_number


class _Places:
    """Gives the same number to the same place, and fresh numbers to points between."""

    def __init__(self, lines: list[RoadLine]) -> None:
        self._number: dict[tuple[int, int], int] = {}
        self._ended: set[tuple[int, int, int]] = set()
        for line in lines:
            for end in (line.coords[0], line.coords[-1]):
                place = _grid(end)
                self._number.setdefault(place, len(self._number) + 1)
                self._ended.add((*place, line.layer))
        self._next = len(self._number) + 1

    def refs(self, line: RoadLine) -> list[int]:
        last = len(line.coords) - 1
        return [self._ref(p, line.layer, i in (0, last)) for i, p in enumerate(line.coords)]

    def _ref(self, point: tuple[float, float], layer: int, is_end: bool) -> int:
        place = _grid(point)
        if is_end or (*place, layer) in self._ended:
            return self._number[place]
        self._next += 1
        return self._next


@contextmanager
def _only_import(data_dir: Path) -> Iterator[None]:
    folder = map_folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "import.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise Conflict(
                "roads.import_running", _("Another map import is running; wait until it is done.")
            ) from busy
        yield


def _put_in_force(
    raw: RawRoads, features: Features, data_dir: Path, progress: Progress
) -> MapReport:
    progress("graph", _STAGES["graph"] / 2)
    built = build_graph(raw)
    folder = map_folder(data_dir) / f"{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    folder.mkdir()
    try:
        report = _build_into(folder, built, features, progress)
        _swap(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _forget_old(folder)
    progress("done", 1.0)
    return report


def _build_into(
    folder: Path, built: BuiltRoads, features: Features, progress: Progress
) -> MapReport:
    built.graph.save(folder)
    progress("order", _STAGES["graph"])
    work = _Work(folder, progress)
    batches = basemap.prepare(folder, built.graph, features)
    if len(built.graph.tail) <= _SMALL_SEGMENTS:
        tiles = work.here(built, batches)
    else:
        tiles = work.in_pool(built, batches)
    count = basemap.write(folder, tiles, built.graph)
    report = _report(folder, built, count)
    (folder / "report.json").write_text(json.dumps(asdict(report), ensure_ascii=False), "utf-8")
    return report


Tiles = list[tuple[int, int, int, bytes]]


class _Work:
    """The long part of an import: contraction orders and tiles, here or in two processes."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder, self._progress = folder, progress

    def _tell(self, done: int, of: int) -> None:
        begun = _STAGES["graph"]
        self._progress("order and tiles", begun + (0.98 - begun) * done / of)

    def here(self, built: BuiltRoads, batches: list[basemap.Batch]) -> Tiles:
        for mode in MODES:
            _order_mode(built, self._folder, mode)
        tiles: Tiles = []
        for done, batch in enumerate(batches, 1):
            tiles += basemap.draw(batch)
            self._tell(done, len(batches))
        return tiles

    def in_pool(self, built: BuiltRoads, batches: list[basemap.Batch]) -> Tiles:
        tiles: Tiles = []
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            jobs: list[Future[Tiles]] = [
                pool.submit(_order_mode, built, self._folder, mode) for mode in MODES
            ]
            jobs += [pool.submit(basemap.draw, batch) for batch in batches]
            for done, job in enumerate(as_completed(jobs), 1):
                tiles += job.result()
                self._tell(done, len(jobs))
        return tiles


def _order_mode(built: BuiltRoads, folder: Path, mode: Mode) -> Tiles:
    save_arcs(build_arcs(built, mode), folder, mode)
    return []


def _report(folder: Path, built: BuiltRoads, tiles: int) -> MapReport:
    graph: RoadGraph = built.graph
    kilometres = {
        mode.value: round(float(graph.metres[load_arcs(folder, mode).useful].sum()) / 1_000, 1)
        for mode in MODES
    }
    return MapReport(
        version=folder.name,
        segments=len(graph.tail),
        crossings=graph.node_count,
        kilometres=kilometres,
        restrictions_applied=built.restrictions_applied,
        restrictions_unclear=built.restrictions_unclear,
        tiles=tiles,
        bounds=graph.bounds,
        modes_without_roads=[mode for mode, km in kilometres.items() if km < _SHORT_KM],
    )


def _swap(folder: Path) -> None:
    """Point to the new version; a rename is one step for every reader."""
    waiting = folder.parent / f".{POINTER}.{os.getpid()}"
    with waiting.open("w", encoding="utf-8") as pointer:
        pointer.write(folder.name)
        pointer.flush()
        os.fsync(pointer.fileno())
    os.replace(waiting, folder.parent / POINTER)


def _forget_old(current: Path) -> None:
    """Remove all but the last versions; who has an older one open keeps its files until it ends."""
    versions = sorted(p for p in current.parent.iterdir() if p.is_dir() and p != current)
    for old in versions[: max(0, len(versions) - _KEPT_VERSIONS + 1)]:
        shutil.rmtree(old, ignore_errors=True)
