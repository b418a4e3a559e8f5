"""What the rest of the house may ask of the roads; every engine answers the same questions."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tongxin.kernel.geometry import Spot

Seconds = npt.NDArray[np.float64]
UNREACHABLE = float("inf")
WALK_LIMIT_M = 1_000.0
"""Farther than this from any road a spot counts as unreachable, in metres."""
WALK_SPEED_MS = 1.3
"""Speed on foot between a spot and the road beside it, in metres a second."""


class Mode(enum.StrEnum):
    """How somebody moves; ``BICYCLE`` stands for the e-bike too."""

    FOOT = "foot"
    BICYCLE = "bicycle"
    CAR = "car"


@dataclass(frozen=True, slots=True)
class Snap:
    """The place on the network that a spot is served from.

    ``distance_m`` is the straight way from ``spot`` to ``on_road``; ``segment`` the stable key of
    the street segment (what `actions.close_road` takes), 0 when nothing is within `WALK_LIMIT_M`.
    """

    spot: Spot
    on_road: Spot
    distance_m: float
    segment: int
    street: str
    road_class: str

    @property
    def reachable(self) -> bool:
        """Tell whether a road is near enough to walk to."""
        return self.segment != 0


@dataclass(frozen=True, slots=True)
class Route:
    """A way from one spot to another; ``seconds`` is inf and ``line`` empty when there is none."""

    seconds: float
    metres: float
    line: list[Spot]
    estimate: bool

    @property
    def reachable(self) -> bool:
        """Tell whether there is a way at all."""
        return self.seconds != UNREACHABLE


class SnapSet(Protocol):
    """Many spots brought to the network once, kept in memory and asked again and again."""

    @property
    def mode(self) -> Mode:
        """Return how the people at these spots move."""

    @property
    def spots(self) -> Sequence[Spot]:
        """Return the spots in the order they were given."""

    def __len__(self) -> int:
        """Return the number of spots."""

    def moved(self, changed: Mapping[int, Spot]) -> SnapSet:
        """Return a set where position ``i`` stands at ``changed[i]``; only these are snapped."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds on the roads just now.

    ``closed`` gives the keys of the segments that are shut, for each mode; ``pace`` multiplies the
    travel time of motor traffic by road class (1.0 where a class is absent; ≥ 0.1).
    """

    closed: Mapping[Mode, frozenset[int]] = field(default_factory=dict)
    pace: Mapping[str, float] = field(default_factory=dict)


class RoadNetwork(Protocol):
    """Travel times and routes; thread-safe. Get the one in force from `loading.current_network`."""

    @property
    def version(self) -> str:
        """Return the name of the map version; snaps made on another are snapped again when used."""

    @property
    def estimate(self) -> bool:
        """Tell whether the times are only estimated; wherever a person sees one, say so."""

    def travel_times(
        self, origins: Sequence[Spot], destinations: Sequence[Spot], mode: Mode
    ) -> Seconds:
        """Return seconds, shape (len(origins), len(destinations)); inf where there is no way."""

    def travel_times_from_snaps(self, origins: SnapSet, destination: Spot) -> Seconds:
        """Return the seconds from each kept origin to one spot, shape (len(origins),)."""

    def snap_many(self, spots: Sequence[Spot], mode: Mode) -> SnapSet:
        """Bring many spots to the network, to be kept while people stand still."""

    def snap(self, spot: Spot, mode: Mode) -> Snap:
        """Tell where on the network a spot is served from."""

    def route(self, origin: Spot, destination: Spot, mode: Mode) -> Route:
        """Return the fastest way with its line; `Route.reachable` is false when there is none."""

    def apply(self, conditions: Conditions) -> None:
        """Let closures and pace take effect: a new metric is made and swapped in, readers go on."""
