"""Spots beside the streets that hang together, and metres along them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree

from tongxin.config.demo.plane import to_degrees, to_metres
from tongxin.config.demo.streets import StreetLine

Floats = npt.NDArray[np.float64]
SAMPLE_M = 60.0
STOPPING = {
    "trunk", "primary", "secondary", "tertiary", "residential", "living_street", "unclassified",
}  # fmt: skip


class Roadside:
    """The drivable streets' largest connected piece."""

    def __init__(self, streets: Sequence[StreetLine]) -> None:
        lines = [s for s in streets if s.road_class != "pedestrian"]
        self._shapes = [shapely.LineString(to_metres(np.array(s.points))) for s in lines]
        self._nodes, ends = _crossings(self._shapes)
        lengths = shapely.length(self._shapes)
        self._graph = _graph(ends, lengths, len(self._nodes))
        main = _largest(self._graph)
        kept = [k for k, s in enumerate(lines) if s.road_class in STOPPING and main[ends[k, 0]]]
        stops, of = shapely.get_coordinates(
            shapely.segmentize([self._shapes[k] for k in kept], SAMPLE_M), return_index=True
        )
        self._stops, self._tree = stops, KDTree(stops)
        self._names = [lines[kept[i]].name for i in of]
        self._named = KDTree(stops[[bool(n) for n in self._names]])
        self._named_names = [n for n in self._names if n]
        reached = np.flatnonzero(main)
        self._node_tree, self._reached = KDTree(self._nodes[reached]), reached

    def near(self, metres: Floats) -> Floats:
        """Return the nearest spot on a street where one may stop, metres, shape (2,)."""
        found: Floats = self._stops[self._tree.query(metres)[1]]
        return found

    def gaps(self, metres: Floats) -> Floats:
        """Return the straight metres from each spot, shape (n, 2), to the nearest street."""
        found: Floats = self._tree.query(metres)[0]
        return found

    def street(self, metres: Floats) -> str:
        """Return the name of the nearest street that has one."""
        found: str = self._named_names[int(self._named.query(metres)[1])]
        return found

    def within(self, polygon: shapely.Geometry) -> Floats:
        """Return the stopping spots inside a polygon in degrees, in metres, shape (n, 2)."""
        west, south, east, north = polygon.bounds
        box = to_metres(np.array([[west, south], [east, north]]))
        inside = ((self._stops >= box[0]) & (self._stops <= box[1])).all(axis=1)
        spots = self._stops[inside]
        held: Floats = spots[shapely.contains_xy(polygon, to_degrees(spots))]
        return held

    def metres_from(self, origin: Floats, destinations: Floats) -> Floats:
        """Return the metres along streets from one spot to others (both directions open)."""
        start = self._reached[int(self._node_tree.query(origin)[1])]
        ends = self._reached[self._node_tree.query(destinations)[1]]
        found: Floats = dijkstra(self._graph, directed=False, indices=int(start))[ends]
        return found


def _crossings(shapes: Sequence[shapely.LineString]) -> tuple[Floats, npt.NDArray[np.int64]]:
    ends = np.array([[line.coords[0], line.coords[-1]] for line in shapes]).reshape(-1, 2)
    keys = np.round(ends, 1)
    nodes, where = np.unique(keys, axis=0, return_inverse=True)
    return nodes, where.reshape(-1, 2).astype(np.int64)


def _graph(ends: npt.NDArray[np.int64], lengths: Floats, count: int) -> csr_matrix:
    low, high = ends.min(axis=1), ends.max(axis=1)
    order = np.lexsort((lengths, high, low))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    kept = order[first]  # of parallel streets the shortest: a sparse matrix would add them up
    return coo_matrix((lengths[kept], (low[kept], high[kept])), shape=(count, count)).tocsr()


def _largest(graph: csr_matrix) -> npt.NDArray[np.bool_]:
    labels = connected_components(graph, directed=False)[1]
    main: npt.NDArray[np.bool_] = labels == np.bincount(labels).argmax()
    return main
