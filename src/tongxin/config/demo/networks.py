"""The areas of the four networks: each groups the same blocks in its own way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tongxin.config.demo import area_names as names
from tongxin.config.demo.area_names import Named, Namer, Part
from tongxin.config.demo.dividing import Divider
from tongxin.config.demo.drawn import DistrictSize, DrawnArea
from tongxin.config.demo.ground import Ground, unite

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# How much a square kilometre of fields weighs against people when a network divides the ground, and
# how its cuts lean: so the networks' borders differ, as they do in life.
POLICE_FIELD, POLICE_LEAN = 900.0, 8.0
GOVERNANCE_FIELD, GOVERNANCE_LEAN = 2_200.0, 31.0
CIVIC_FIELD, CIVIC_LEAN = 600.0, 55.0
URBAN_FIELD, URBAN_LEAN = 4_500.0, 77.0
# Shares of beats, densest first, with a promise of 1 and of 3 minutes; the rest have 5.
ONE_MINUTE, THREE_MINUTES = 0.1, 0.65


@dataclass(frozen=True, slots=True)
class Layer:
    """The areas of one network and level with the area number (position) of every block."""

    areas: list[DrawnArea]
    of_block: Ints


@dataclass(frozen=True)
class Networks:
    """All layers; ``layers[(network, level)]``, with levels from branch down."""

    layers: dict[tuple[str, str], Layer]

    def areas(self) -> tuple[DrawnArea, ...]:
        """Return all areas, parents before children."""
        return tuple(area for layer in self.layers.values() for area in layer.areas)

    def layer(self, network: str, level: str) -> Layer:
        """Return one layer."""
        return self.layers[(network, level)]

    def code_at(self, network: str, level: str, block: int) -> str:
        """Return the code of the area that a block belongs to."""
        layer = self.layers[(network, level)]
        return layer.areas[int(layer.of_block[block])].code


def draw_networks(ground: Ground, size: DistrictSize) -> Networks:
    """Draw all areas of all four networks."""
    police = _Network(
        ground, "police", field=POLICE_FIELD, lean=POLICE_LEAN, code="P", name="同心分局"
    )
    police.split("station", size.stations, names.station_names)
    police.split("beat", size.beats, names.beat_names)
    police.promise()
    governance = _Network(
        ground, "governance", field=GOVERNANCE_FIELD, lean=GOVERNANCE_LEAN, code="G", name="同心区"
    )
    governance.split("street", size.streets, names.street_office_names)
    governance.split("community", size.communities, names.community_names(size.villages))
    governance.split("estate", size.estates, names.estate_names)
    governance.split("grid", size.grids, names.governance_grid_names)
    civic = _Network(
        ground, "civic", field=CIVIC_FIELD, lean=CIVIC_LEAN, code="C", name="同心区民政"
    )
    civic.split("street", size.streets - 1, names.service_names("民政服务片"))
    civic.split("grid", size.civic_grids, names.grid_names("民政网格"))
    urban = _Network(
        ground, "urban", field=URBAN_FIELD, lean=URBAN_LEAN, code="U", name="同心区城管"
    )
    urban.split("street", size.streets + 2, names.service_names("城管中队"))
    urban.split("grid", size.urban_grids, names.grid_names("城管网格"))
    layers = {}
    for network in (police, governance, civic, urban):
        layers.update(network.layers)
    return Networks(layers)


class _Network:
    """One network while it is drawn, level by level."""

    def __init__(
        self, ground: Ground, network: str, *, field: float, lean: float, code: str, name: str
    ) -> None:
        self._ground, self._network = ground, network
        weights = ground.people + ground.size_m2 / 1e6 * field
        self._divider = Divider(ground.middles, weights, ground.neighbours, lean)
        whole = np.arange(len(ground.polygons))
        self._parts: list[Ints] = [whole]
        top = DrawnArea(
            network=network,
            level="branch",
            code=code,
            name=name,
            number=1,
            parent_code="",
            geometry=unite(ground.polygons, np.zeros_like(whole))[0],
            population=round(float(ground.people.sum())),
        )
        self.layers = {(network, "branch"): Layer([top], np.zeros_like(whole))}
        self._last = [top]

    def split(self, level: str, count: int, name: Namer) -> None:
        """Split every area of the last level, ``count`` parts in all."""
        quotas = self._divider.quotas(self._parts, count)
        parts = [
            self._part(blocks, parent, position)
            for parent, whole, quota in zip(self._last, self._parts, quotas, strict=True)
            for position, blocks in enumerate(self._ordered(self._divider.parts(whole, quota)), 1)
        ]
        self._add(level, parts, name(parts))

    def promise(self) -> None:
        """Give each area of the last level its promise by how thickly it is lived in."""
        layer = self.layers[(self._network, "beat")]
        density = np.array(
            [self._ground.people[b].sum() / self._ground.size_m2[b].sum() for b in self._parts]
        )
        rank = np.argsort(np.argsort(-density)) / len(density)
        minutes = np.where(rank < ONE_MINUTE, 1, np.where(rank < THREE_MINUTES, 3, 5))
        areas = [
            replace(area, promise_minutes=int(m))
            for area, m in zip(layer.areas, minutes, strict=True)
        ]
        self.layers[(self._network, "beat")] = Layer(areas, layer.of_block)

    def _ordered(self, parts: list[Ints]) -> list[Ints]:
        """Number parts from the north-west on, as a clerk would."""
        middles = [self._ground.middles[p].mean(axis=0) for p in parts]
        order = sorted(range(len(parts)), key=lambda k: middles[k][0] - 2 * middles[k][1])
        return [parts[k] for k in order]

    def _part(self, blocks: Ints, parent: DrawnArea, position: int) -> Part:
        people = round(float(self._ground.people[blocks].sum()))
        km2 = float(self._ground.size_m2[blocks].sum()) / 1e6
        return Part(blocks, parent, position, people, km2)

    def _add(self, level: str, parts: list[Part], titles: Named) -> None:
        of_block = np.empty(len(self._ground.polygons), dtype=np.int64)
        for k, part in enumerate(parts):
            of_block[part.blocks] = k
        shapes = unite(self._ground.polygons, of_block)
        areas = [
            DrawnArea(
                network=self._network,
                level=level,
                code=f"{part.parent.code}-{part.position:02d}",
                name=name,
                number=k + 1,
                parent_code=part.parent.code,
                geometry=shape,
                population=part.population,
                is_village=village,
            )
            for k, (part, (name, village), shape) in enumerate(
                zip(parts, titles, shapes, strict=True)
            )
        ]
        self.layers[(self._network, level)] = Layer(areas, of_block)
        self._parts, self._last = [part.blocks for part in parts], areas
