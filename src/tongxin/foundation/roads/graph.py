"""The street graph: segments between crossings, with what each mode may do on them, on disk.

A version of the map is a folder of plain NumPy files, opened by memory map, so that many processes
share one copy and a new version can be put beside the old.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tongxin.foundation.roads.network import Mode
from tongxin.foundation.roads.profiles import CLASSES, MODES
from tongxin.kernel.geometry import EARTH_RADIUS_M, Spot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
INF_MS = 2_147_483_647
"""What the engine takes for "no way", in milliseconds (RoutingKit's inf_weight)."""
LONGEST_MS = 100_000_000

_ARRAYS = ("tail", "head", "metres", "road_class", "name", "key", "forward_ms", "backward_ms",
           "points", "starts", "node_lonlat")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArcSet:
    """The directed arcs of one mode on the expanded graph, with the order to contract them in.

    ``segment`` and ``along`` tell which segment an arc runs on and whether in its drawn direction;
    ``node_of`` the crossing behind each expanded node, shape (nodes,).
    """

    tail: Ints
    head: Ints
    segment: Ints
    along: npt.NDArray[np.bool_]
    node_of: Ints
    order: Ints
    useful: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RoadGraph:
    """All segments. ``forward_ms[s, m]`` is segment ``s`` in mode ``MODES[m]``, INF_MS when shut.

    ``points[starts[s]:starts[s + 1]]`` is the drawn line in degrees, lon first; ``key`` a number
    that stays the same when the same street is imported again.
    """

    tail: Ints
    head: Ints
    metres: Floats
    road_class: Ints
    name: Ints
    key: Ints
    forward_ms: Ints
    backward_ms: Ints
    points: Floats
    starts: Ints
    node_lonlat: Floats
    names: list[str]

    @property
    def node_count(self) -> int:
        """Return the number of crossings and ends."""
        return len(self.node_lonlat)

    def line(self, segment: int) -> Floats:
        """Return a segment's points in degrees, shape (points, 2)."""
        return self.points[int(self.starts[segment]) : int(self.starts[segment + 1])]

    def street(self, segment: int) -> str:
        """Return the street's name as people say it, or an empty string."""
        return self.names[int(self.name[segment])]

    def class_name(self, segment: int) -> str:
        """Return the road class of a segment."""
        return CLASSES[int(self.road_class[segment])]

    def middle(self, segment: int) -> Spot:
        """Return the point half way along the drawn vertices."""
        line = self.line(segment)
        a, b = line[(len(line) - 1) // 2], line[len(line) // 2]
        return Spot(float((a[0] + b[0]) / 2), float((a[1] + b[1]) / 2))

    def open_to(self, mode: Mode) -> npt.NDArray[np.bool_]:
        """Tell for each segment whether the mode may use it in any direction."""
        column = MODES.index(mode)
        open_: npt.NDArray[np.bool_] = (self.forward_ms[:, column] < INF_MS) | (
            self.backward_ms[:, column] < INF_MS
        )
        return open_

    @cached_property
    def position_of_key(self) -> dict[int, int]:
        """Map stable segment keys to positions."""
        return {key: i for i, key in enumerate(self.key.tolist())}

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def save(self, folder: Path) -> None:
        """Write the graph into an existing folder."""
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))
        (folder / "names.json").write_text(json.dumps(self.names, ensure_ascii=False), "utf-8")


def load_graph(folder: Path) -> RoadGraph:
    """Open a graph written by `RoadGraph.save`."""
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
    names = json.loads((folder / "names.json").read_text("utf-8"))
    return RoadGraph(**arrays, names=names)


def save_arcs(arcs: ArcSet, folder: Path, mode: Mode) -> None:
    """Write one mode's arcs and contraction order beside the graph."""
    columns = {name: getattr(arcs, name) for name in ArcSet.__slots__}
    np.savez(folder / f"arcs-{mode.value}.npz", **columns)


def load_arcs(folder: Path, mode: Mode) -> ArcSet:
    """Open one mode's arcs."""
    with np.load(folder / f"arcs-{mode.value}.npz") as columns:
        return ArcSet(**{name: columns[name] for name in ArcSet.__slots__})


def on_sphere(lonlat: Floats) -> Floats:
    """Turn degrees, shape (n, 2), into metres in space, shape (n, 3); chords are distances."""
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    ring = np.cos(lat)
    return EARTH_RADIUS_M * np.stack([ring * np.cos(lon), ring * np.sin(lon), np.sin(lat)], axis=1)


def to_degrees(space: Floats) -> Floats:
    """Turn points in space, shape (n, 3), back into degrees, shape (n, 2)."""
    lon = np.degrees(np.arctan2(space[:, 1], space[:, 0]))
    lat = np.degrees(np.arctan2(space[:, 2], np.hypot(space[:, 0], space[:, 1])))
    return np.stack([lon, lat], axis=1)


def ground_metres(a: Floats, b: Floats) -> Floats:
    """Return great-circle metres between paired points in space, shape (n,)."""
    chord = np.linalg.norm(a - b, axis=1)
    metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.clip(chord / (2 * EARTH_RADIUS_M), 0, 1))
    return metres
