"""Names for areas, level by level; all invented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongxin.config.demo.drawn import DrawnArea
from tongxin.config.demo.names import NameBook

TOWN_PER_KM2 = 3_000.0
GATED_PER_KM2 = 9_000.0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the ground not yet named: its blocks, its parent, who lives there.

    ``position`` counts from 1 within the parent.
    """

    blocks: npt.NDArray[np.int64]
    parent: DrawnArea
    position: int
    population: int
    km2: float

    @property
    def per_km2(self) -> float:
        """Return people a square kilometre."""
        return self.population / self.km2


Named = list[tuple[str, bool]]
"""A name for each part, and whether it is a village."""
Namer = Callable[[Sequence[Part]], Named]


def station_names(parts: Sequence[Part]) -> Named:
    """Name police stations 派出所."""
    book = NameBook("stations")
    return [(f"{book.place()}派出所", False) for _ in parts]


def beat_names(parts: Sequence[Part]) -> Named:
    """Number beats within their station: 清湖3号警务区."""
    stems = [part.parent.name.removesuffix("派出所") for part in parts]
    return [(f"{s}{p.position}号警务区", False) for s, p in zip(stems, parts, strict=True)]


def street_office_names(parts: Sequence[Part]) -> Named:
    """Name streets 街道, and towns 镇 where few live."""
    book = NameBook("street offices")
    return [
        (book.place() + ("街道" if part.per_km2 > TOWN_PER_KM2 else "镇"), False) for part in parts
    ]


def community_names(villages: int) -> Namer:
    """Return a namer that makes the ``villages`` thinnest-peopled parts villages 村."""

    def name(parts: Sequence[Part]) -> Named:
        book = NameBook("communities")
        order = sorted(range(len(parts)), key=lambda k: parts[k].per_km2)
        thin = set(order[:villages])
        return [
            (f"{book.village()}村", True) if k in thin else (f"{book.place()}社区", False)
            for k in range(len(parts))
        ]

    return name


def estate_names(parts: Sequence[Part]) -> Named:
    """Name estates 小区, groups of blocks 片区 where it is less dense, and villages' groups 湾."""
    book = NameBook("estates")
    return [(_estate(part, book), part.parent.is_village) for part in parts]


def _estate(part: Part, book: NameBook) -> str:
    if part.parent.is_village:
        return book.group(part.parent.name.removesuffix("村"), part.position - 1)
    return book.estate() if part.per_km2 > GATED_PER_KM2 else book.blocks()


def governance_grid_names(parts: Sequence[Part]) -> Named:
    """Number grids within their estate."""
    return [(f"{p.parent.name}第{p.position}网格", p.parent.is_village) for p in parts]


def service_names(suffix: str) -> Namer:
    """Return a namer of another network's service areas."""

    def name(parts: Sequence[Part]) -> Named:
        book = NameBook(suffix)
        return [(book.place() + suffix, False) for _ in parts]

    return name


def grid_names(word: str) -> Namer:
    """Return a namer that numbers another network's grids."""

    def name(parts: Sequence[Part]) -> Named:
        return [(f"{word}{k:03d}号", False) for k in range(1, len(parts) + 1)]

    return name
