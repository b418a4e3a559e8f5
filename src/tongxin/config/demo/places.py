"""Buildings, posts and landmarks on the drawn areas."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from tongxin.config.demo.drawn import DistrictSize, DrawnBuilding
from tongxin.config.demo.ground import Ground
from tongxin.config.demo.networks import Networks
from tongxin.config.demo.plane import to_degrees, to_metres
from tongxin.config.demo.roadside import Roadside

Floats = npt.NDArray[np.float64]
# Buildings stand in rows facing south: so far apart, and so far from the streets round the block.
ROW_M, COLUMN_M, SET_BACK_M = 30.0, 52.0, 14.0
DEEP_M = 12.0
FARTHEST_M = 450.0
# The showcase beat of story S01.
STORY_BUILDINGS, STORY_HOUSEHOLDS = 50, 2_269
TOWERS_PER_KM2, WALK_UPS_PER_KM2 = 16_000.0, 5_000.0


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where a building will stand (metres), in which block."""

    x: float
    y: float
    block: int


def draw_buildings(
    ground: Ground, networks: Networks, roadside: Roadside, size: DistrictSize, showcase: str
) -> tuple[DrawnBuilding, ...]:
    """Draw the buildings; the showcase beat gets the 50 buildings and 2,269 flats of story S01."""
    beats = networks.layer("police", "beat")
    special = next(k for k, a in enumerate(beats.areas) if a.code == showcase)
    mine = beats.of_block == special
    # No house where no street is near: help could not get there by road.
    people = np.where(roadside.gaps(ground.middles) < FARTHEST_M, ground.people, 0.0)
    weights = np.where(mine, 0.0, people)
    plots = [
        *_plots(ground, people * mine, STORY_BUILDINGS),
        *_plots(ground, weights, size.buildings - STORY_BUILDINGS),
    ]
    drawer = _Drawer(ground, networks, roadside, showcase)
    return tuple(drawer.drawn(plots))


def _plots(ground: Ground, weights: Floats, wanted: int) -> Iterator[_Plot]:
    """Yield ``wanted`` plots, shared among blocks by weight as far as each has room."""
    rooms = [_room(polygon) if w > 0 else np.empty((0, 2)) for polygon, w in
             zip(ground.polygons, weights, strict=True)]  # fmt: skip
    counts = _shares(weights, np.array([len(room) for room in rooms]), wanted)
    for block, count in enumerate(counts.tolist()):
        places = rooms[block]
        for k in np.linspace(0, len(places) - 1, count).round().astype(int) if count else ():
            yield _Plot(float(places[k, 0]), float(places[k, 1]), block)


def _room(polygon: shapely.Polygon) -> Floats:
    """Return the places in rows where buildings of a block may stand, metres, north first."""
    shape = shapely.transform(polygon, to_metres)
    inner = shapely.buffer(shape, -SET_BACK_M, quad_segs=1)
    if inner.is_empty:
        return np.array([shapely.point_on_surface(shape).coords[0]])
    west, south, east, north = inner.bounds
    rows = np.arange(north - DEEP_M, south, -ROW_M)
    columns = np.arange(west + COLUMN_M / 2, east, COLUMN_M)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    shapely.prepare(inner)
    held: Floats = grid[shapely.contains_xy(inner, grid)]
    return held if len(held) else np.array([shapely.point_on_surface(inner).coords[0]])


def _shares(weights: Floats, rooms: npt.NDArray[np.int64], wanted: int) -> npt.NDArray[np.int64]:
    """Share out by weight without overfilling any block (largest remainder, then where room is)."""
    exact = weights / weights.sum() * wanted
    counts: npt.NDArray[np.int64] = np.minimum(np.floor(exact).astype(np.int64), rooms)
    while counts.sum() < min(wanted, int(rooms.sum())):
        lacking = np.where(counts < rooms, exact - counts, -np.inf)
        take = np.argsort(-lacking)[: wanted - int(counts.sum())]
        counts[take[counts[take] < rooms[take]]] += 1
    return counts


class _Drawer:
    """Numbers the buildings of each estate and gives them their shape."""

    def __init__(
        self, ground: Ground, networks: Networks, roadside: Roadside, showcase: str
    ) -> None:
        self._ground, self._networks, self._roadside = ground, networks, roadside
        self._showcase = showcase
        self._rng = np.random.default_rng(7)
        self._numbers: Counter[str] = Counter()

    def drawn(self, plots: list[_Plot]) -> Iterator[DrawnBuilding]:
        """Yield the buildings estate by estate, numbered from the north-west on."""
        by_estate: dict[int, list[_Plot]] = defaultdict(list)
        estates = self._networks.layer("governance", "estate")
        for plot in plots:
            by_estate[int(estates.of_block[plot.block])].append(plot)
        flats = iter(_story_flats())
        for estate in sorted(by_estate):
            for plot in sorted(by_estate[estate], key=lambda p: (-round(p.y / ROW_M), p.x)):
                yield self._building(plot, flats)

    def _building(self, plot: _Plot, story_flats: Iterator[int]) -> DrawnBuilding:
        estates = self._networks.layer("governance", "estate")
        estate = estates.areas[int(estates.of_block[plot.block])]
        beat = self._networks.code_at("police", "beat", plot.block)
        self._numbers[estate.code] += 1
        number = self._numbers[estate.code]
        units, floors = self._shape(plot.block)
        flats = next(story_flats) if beat == self._showcase else units * floors * 2
        name = f"{estate.name}{number}{'号' if estate.is_village else '号楼'}"
        middle = to_degrees(np.array([[plot.x, plot.y]]))[0]
        return DrawnBuilding(
            code=f"B-{estate.code}-{number:03d}",
            name=name,
            address=f"{self._roadside.street(np.array([plot.x, plot.y]))}{name}",
            estate=estate.name,
            estate_code=estate.code,
            beat_code=beat,
            lon=round(float(middle[0]), 6),
            lat=round(float(middle[1]), 6),
            footprint=_footprint(plot, units),
            units=units,
            floors=floors,
            flats=flats,
        )

    def _shape(self, block: int) -> tuple[int, int]:
        """Return units and floors: towers where many live, farmhouses in the fields."""
        per_km2 = self._ground.people[block] / self._ground.size_m2[block] * 1e6
        if per_km2 > TOWERS_PER_KM2:
            floors = self._rng.choice([6, 7, 11, 18, 26, 33], p=[0.25, 0.25, 0.2, 0.15, 0.1, 0.05])
            return int(self._rng.integers(1, 4)), int(floors)
        if per_km2 > WALK_UPS_PER_KM2:
            return int(self._rng.integers(2, 5)), int(self._rng.choice([5, 6, 7]))
        return 1, int(self._rng.choice([2, 3]))


def _story_flats() -> list[int]:
    """Return the flats of the showcase beat's buildings: 50 numbers that sum to 2,269."""
    base, over = divmod(STORY_HOUSEHOLDS, STORY_BUILDINGS)
    swing = [(-12, 0, 12, 5, -5)[k % 5] for k in range(STORY_BUILDINGS)]
    return [base + (k < over) + swing[k] for k in range(STORY_BUILDINGS)]


def _footprint(plot: _Plot, units: int) -> tuple[tuple[float, float], ...]:
    half = min(6.0 + 6.0 * units, COLUMN_M / 2 - 4)
    deep = DEEP_M / 2
    corners = [(-half, -deep), (half, -deep), (half, deep), (-half, deep), (-half, -deep)]
    degrees = to_degrees(np.array([(plot.x + dx, plot.y + dy) for dx, dy in corners]))
    return tuple((round(lon, 7), round(lat, 7)) for lon, lat in degrees.tolist())
