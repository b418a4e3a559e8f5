"""The ground cut into small blocks along its streets, of which every area is put together.

All areas of all levels are unions of the same blocks, and the blocks share their corners exactly,
so no area can leave a gap or lie over a neighbour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import KDTree, Voronoi

from tongxin.config.demo.plane import (
    GRID_DEG,
    OUTLINE,
    square_metres,
    to_degrees,
    to_metres,
)
from tongxin.config.demo.streets import StreetLine

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Streets that a neighbourhood ends at; ramps and motorways pass over the ground.
BORDERS = {
    "trunk", "primary", "secondary", "tertiary", "residential", "living_street", "unclassified",
}  # fmt: skip
# How thickly people live along a street of each class: more behind small streets than highways.
LIVED_IN = {
    "living_street": 2.0,
    "residential": 1.6,
    "tertiary": 1.0,
    "secondary": 0.7,
    "pedestrian": 0.7,
    "unclassified": 0.35,
    "primary": 0.4,
}
SMALLEST_M2 = 4_000.0
SIMPLER_DEG = 3e-5
NEAR_M = 320.0
SAMPLE_M = 40.0
FIELD_PEOPLE_PER_KM2 = 350.0
LARGEST_M2 = 600_000.0
# Cutting a block shows where in it people live, so a piece may want cutting again.
ROUNDS = 3
TOLERATED = 1.6


@dataclass(frozen=True, slots=True)
class Ground:
    """The blocks: polygons in degrees, middles in metres, people, square metres, neighbours.

    ``neighbours`` holds pairs of positions, shape (pairs, 2), of blocks that share an edge.
    """

    polygons: npt.NDArray[np.object_]
    middles: Floats
    people: Floats
    size_m2: Floats
    neighbours: Ints


def cut_ground(streets: Sequence[StreetLine], *, population: int, most_people: float) -> Ground:
    """Cut the outline into blocks along the streets, none with many more than ``most_people``."""
    outline = shapely.Polygon(OUTLINE)
    borders = [s.points for s in streets if s.road_class in BORDERS]
    lines = [outline.exterior, *map(shapely.LineString, borders)]
    density = _Density(streets)
    blocks = _tidied(_faces(lines, outline))
    people = _people(blocks, density, population)
    for _ in range(ROUNDS):
        cuts = _cuts(blocks, people, most_people)
        if not cuts:
            break
        edges = [*(shapely.boundary(block) for block in blocks), *cuts]
        blocks = _tidied(_faces(edges, outline))
        people = _people(blocks, density, population)
    inside = shapely.point_on_surface(blocks)
    return Ground(
        polygons=blocks,
        middles=to_metres(shapely.get_coordinates(inside)),
        people=people,
        size_m2=square_metres(shapely.area(blocks)),
        neighbours=neighbours_of(blocks),
    )


def _faces(lines: Sequence[shapely.Geometry], outline: shapely.Polygon) -> npt.NDArray[np.object_]:
    noded = shapely.unary_union(list(lines), grid_size=GRID_DEG)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    shapely.prepare(outline)
    inside = shapely.contains(outline, shapely.point_on_surface(faces))
    kept: npt.NDArray[np.object_] = faces[inside]
    return kept


def _tidied(faces: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Give slivers (between carriageways) to a neighbour, and straighten the borders."""
    merged = _merge_slivers(faces)
    simple = shapely.coverage_simplify(merged, SIMPLER_DEG)
    tidy: npt.NDArray[np.object_] = simple if shapely.is_valid(simple).all() else merged
    return tidy


def _merge_slivers(faces: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    sizes = square_metres(shapely.area(faces))
    owner = np.arange(len(faces))
    pairs, lengths = _shared_edges(faces)
    by_block: dict[int, list[tuple[float, int]]] = {}
    for (a, b), length in zip(pairs.tolist(), lengths.tolist(), strict=True):
        by_block.setdefault(a, []).append((length, b))
        by_block.setdefault(b, []).append((length, a))

    def root(i: int) -> int:
        while owner[i] != i:
            owner[i] = owner[owner[i]]
            i = int(owner[i])
        return i

    for i in np.argsort(sizes, kind="stable").tolist():
        here = root(i)
        if sizes[here] >= SMALLEST_M2:
            continue
        for _, other in sorted(by_block.get(i, []), reverse=True):
            there = root(other)
            if there != here:
                owner[here] = there
                sizes[there] += sizes[here]
                break
    roots = np.array([root(i) for i in range(len(faces))])
    return unite(faces, np.unique(roots, return_inverse=True)[1])


def unite(faces: npt.NDArray[np.object_], group: Ints) -> npt.NDArray[np.object_]:
    """Unite blocks by group number (0..n-1), keeping every shared corner."""
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(int(group.max()) + 2))
    united = [
        shapely.get_parts(shapely.coverage_union_all(faces[order[a:b]]))
        for a, b in pairwise(ends.tolist())
    ]
    whole = [parts[0] if len(parts) == 1 else shapely.union_all(parts) for parts in united]
    return np.array(whole, dtype=object)


def _shared_edges(faces: npt.NDArray[np.object_]) -> tuple[Ints, Floats]:
    """Return pairs of faces with a common edge, and the edge's length in degrees."""
    rings, ring_face = shapely.get_rings(faces, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    same = of_ring[1:] == of_ring[:-1]
    starts, stops = points[:-1][same], points[1:][same]
    face = ring_face[of_ring[:-1][same]]
    swap = (starts[:, 0] > stops[:, 0]) | (
        (starts[:, 0] == stops[:, 0]) & (starts[:, 1] > stops[:, 1])
    )
    starts[swap], stops[swap] = stops[swap], starts[swap].copy()
    edges = np.column_stack([starts, stops])
    order = np.lexsort(edges.T)
    equal = (edges[order][1:] == edges[order][:-1]).all(axis=1)
    pairs = np.column_stack([face[order[:-1][equal]], face[order[1:][equal]]])
    pairs.sort(axis=1)
    length = np.hypot(*(edges[order[:-1][equal], :2] - edges[order[:-1][equal], 2:]).T)
    apart = pairs[:, 0] != pairs[:, 1]
    unique, where = np.unique(pairs[apart], axis=0, return_inverse=True)
    shared: Floats = np.bincount(where.ravel(), weights=length[apart]).astype(np.float64)
    return unique.astype(np.int64), shared


def neighbours_of(blocks: npt.NDArray[np.object_]) -> Ints:
    """Return the pairs of blocks that share an edge, shape (pairs, 2)."""
    return _shared_edges(blocks)[0]


class _Density:
    """How thickly lived-in the surroundings of a spot are, judged by its streets."""

    def __init__(self, streets: Sequence[StreetLine]) -> None:
        lived = [s for s in streets if s.road_class in LIVED_IN]
        shapes = [shapely.LineString(to_metres(np.array(s.points))) for s in lived]
        points, of = shapely.get_coordinates(
            shapely.segmentize(shapes, SAMPLE_M), return_index=True
        )
        self._tree = KDTree(points)
        self._weights = np.array([LIVED_IN[s.road_class] for s in lived])[of]

    def at(self, metres: Floats) -> Floats:
        near = self._tree.query_ball_point(metres, NEAR_M)
        return np.array([self._weights[found].sum() for found in near])


def _people(blocks: npt.NDArray[np.object_], density: _Density, population: int) -> Floats:
    sizes = square_metres(shapely.area(blocks))
    middles = to_metres(shapely.get_coordinates(shapely.point_on_surface(blocks)))
    fields = FIELD_PEOPLE_PER_KM2 * sizes / 1e6
    lived = density.at(middles) ** 1.25 * sizes
    people: Floats = fields + lived * (population - fields.sum()) / lived.sum()
    return people


def _cuts(
    blocks: npt.NDArray[np.object_], people: Floats, most_people: float
) -> list[shapely.Geometry]:
    """Return lines that cut blocks with too many people, or too large, into even pieces."""
    sizes = square_metres(shapely.area(blocks))
    parts = np.ceil(np.maximum(people / most_people, sizes / LARGEST_M2)).astype(int)
    heavy = np.maximum(people / most_people, sizes / LARGEST_M2) > TOLERATED
    return [
        line
        for block, wanted in zip(blocks[heavy], parts[heavy], strict=True)
        for line in _split_lines(block, int(wanted))
    ]


def _split_lines(block: shapely.Polygon, parts: int) -> list[shapely.Geometry]:
    seeds = _even_spots(block, parts)
    if len(seeds) < 2:
        return []
    cells = _cell_borders(seeds)
    inside = shapely.intersection(cells, block)
    lines = [part for part in shapely.get_parts(inside) if shapely.length(part) > GRID_DEG]
    return [line for line in lines if line.geom_type == "LineString"]


def _even_spots(block: shapely.Polygon, parts: int) -> Floats:
    """Return spots spread evenly in a block (metres), by a few rounds of Lloyd's relaxation."""
    west, south, east, north = block.bounds
    step = max(((east - west) * (north - south) / (parts * 60)) ** 0.5, GRID_DEG * 20)
    grid = np.stack(
        np.meshgrid(np.arange(west, east, step), np.arange(south, north, step)), axis=-1
    ).reshape(-1, 2)
    shapely.prepare(block)
    spots = to_metres(grid[shapely.contains_xy(block, grid)])
    if len(spots) < parts:
        return spots[:0]
    seeds = spots[np.linspace(0, len(spots) - 1, parts).astype(int)]
    for _ in range(8):
        nearest = KDTree(seeds).query(spots)[1]
        counts = np.bincount(nearest, minlength=parts)[:, None]
        sums = np.column_stack([np.bincount(nearest, spots[:, k], minlength=parts) for k in (0, 1)])
        seeds = np.where(counts > 0, sums / np.maximum(counts, 1), seeds)
    even: Floats = seeds
    return even


def _cell_borders(seeds: Floats) -> shapely.Geometry:
    """Return the borders between the seeds' Voronoi cells as lines in degrees."""
    far = np.abs(seeds).max() * 3 + 50_000
    frame = np.array([[-far, -far], [far, -far], [-far, far], [far, far]], dtype=float)
    cells = Voronoi(np.vstack([seeds, frame + seeds.mean(axis=0)]))
    count = len(seeds)
    lines = [
        to_degrees(cells.vertices[list(ridge)])
        for pair, ridge in zip(cells.ridge_points, cells.ridge_vertices, strict=True)
        if -1 not in ridge and pair[0] < count and pair[1] < count
    ]
    return shapely.multilinestrings(lines)
