"""Is a division of the ground sound? Crossings, overlaps and gaps, found and measured.

Pure geometry on a flat sheet in metres; areas in m² are measured on the ellipsoid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import STRtree

from tongxin.foundation.territory.plane import Plane, square_metres
from tongxin.kernel.geometry import Spot

LEAST_M2 = 1.0
"""Smaller overlaps and gaps are drawing noise."""
LEAST_WIDTH_M = 0.1
"""Narrower ones are, too: no phone tells spots that near apart."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two polygons, by index, that cover the same ground."""

    first: int
    second: int
    shape: Any
    square_metres: float
    spot: Spot


@dataclass(frozen=True, slots=True)
class Gap:
    """Ground that should be covered and is not: all pieces, and a spot in the largest."""

    shape: Any
    pieces: int
    square_metres: float
    spot: Spot


def crossing(shape: Any) -> Spot | None:
    """Return where a WGS-84 polygon crosses or touches itself, ``None`` when it is sound."""
    if shapely.is_valid(shape):
        return None
    reason = str(shapely.is_valid_reason(shape))
    lon, lat = reason.rpartition("[")[2].rstrip("]").split()[:2]
    return Spot(float(lon), float(lat))


def mended(shape: Any) -> Any:
    """Return the polygon without crossings, by a zero buffer.

    Where that would lose more than a hundredth of the ground (the lobe of a figure of eight), all
    lobes are kept. The result may be empty.
    """
    buffered = shapely.buffer(shape, 0)
    whole = polygons_of(shapely.make_valid(shape))
    if shapely.area(buffered) >= 0.99 * shapely.area(whole):
        return buffered
    return whole


def polygons_of(shape: Any) -> Any:
    """Return only the polygons of a geometry, as one geometry."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def overlaps(shapes: Sequence[Any], plane: Plane) -> list[Overlap]:
    """Return the pairs of (valid, WGS-84) polygons that share ground, by index."""
    flat = plane.flatten(np.array(shapes, dtype=object))
    tree = STRtree(flat)
    left, right = tree.query(flat, predicate="intersects")
    pairs = [(int(a), int(b)) for a, b in zip(left, right, strict=True) if a < b]
    found = (_overlap(a, b, flat, plane) for a, b in sorted(pairs))
    return [overlap for overlap in found if overlap is not None]


def _overlap(first: int, second: int, flat: Any, plane: Plane) -> Overlap | None:
    shared = _solid(shapely.intersection(flat[first], flat[second]))
    if shared.is_empty:
        return None
    shape = plane.unflatten(shared)
    return Overlap(first, second, shape, square_metres(shape), _spot_in(shared, plane))


def gap_within(parent: Any, children: Sequence[Any], plane: Plane) -> Gap | None:
    """Return the ground of a parent polygon that none of its children covers."""
    covered = shapely.union_all(plane.flatten(np.array(children, dtype=object)))
    return _gap(shapely.difference(plane.flatten(parent), covered), plane)


def holes_in(shapes: Sequence[Any], plane: Plane) -> Gap | None:
    """Return the ground that polygons enclose together without covering it."""
    union = shapely.union_all(plane.flatten(np.array(shapes, dtype=object)))
    rings = [ring for part in shapely.get_parts(union) for ring in part.interiors]
    return _gap(shapely.union_all(shapely.polygons(rings)), plane) if rings else None


def _gap(bare: Any, plane: Plane) -> Gap | None:
    solid = _solid(bare)
    if solid.is_empty:
        return None
    shape = plane.unflatten(solid)
    pieces = len(shapely.get_parts(solid))
    return Gap(shape, pieces, square_metres(shape), _spot_in(solid, plane))


def _solid(shape: Any) -> Any:
    """Keep the pieces that are large and wide enough to be ground."""
    pieces = [
        piece
        for piece in shapely.get_parts(polygons_of(shape))
        if piece.area >= LEAST_M2 and not shapely.buffer(piece, -LEAST_WIDTH_M / 2).is_empty
    ]
    return shapely.union_all(pieces) if pieces else shapely.Polygon()


def _spot_in(flat: Any, plane: Plane) -> Spot:
    largest = max(shapely.get_parts(flat), key=lambda piece: piece.area)
    inside = shapely.point_on_surface(largest)
    return plane.spot(inside.x, inside.y)
