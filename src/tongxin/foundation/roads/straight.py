"""The answer while no map is imported: the straight line with a detour, marked as an estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tongxin.foundation.roads.graph import Floats, ground_metres, on_sphere
from tongxin.foundation.roads.network import (
    UNREACHABLE,
    Conditions,
    Mode,
    Route,
    Seconds,
    Snap,
    SnapSet,
)
from tongxin.kernel.geometry import Spot

DETOUR = 1.35
"""Usual ratio of the way in a city to the straight line."""
SPEED_KMH = {Mode.CAR: 28.0, Mode.BICYCLE: 15.0, Mode.FOOT: 4.7}


@dataclass(frozen=True)
class StraightSnaps:
    """Spots kept as they are."""

    mode: Mode
    spots: list[Spot]

    def __len__(self) -> int:
        return len(self.spots)

    def moved(self, changed: Mapping[int, Spot]) -> StraightSnaps:
        """Return a set where position ``i`` stands at ``changed[i]``."""
        spots = self.spots.copy()
        for i, spot in changed.items():
            spots[i] = spot
        return StraightSnaps(self.mode, spots)


class StraightLineNetwork:
    """Estimates: great-circle distance × `DETOUR` at the mode's usual speed."""

    version = "straight-line"
    estimate = True

    def travel_times(
        self, origins: Sequence[Spot], destinations: Sequence[Spot], mode: Mode
    ) -> Seconds:
        """Return estimated seconds, shape (len(origins), len(destinations))."""
        if not origins or not destinations:
            return np.full((len(origins), len(destinations)), UNREACHABLE)
        here, there = _space(origins), _space(destinations)
        rows, columns = np.indices((len(origins), len(destinations)))
        metres = ground_metres(here[rows.ravel()], there[columns.ravel()])
        seconds: Seconds = metres.reshape(rows.shape) * DETOUR / (SPEED_KMH[mode] / 3.6)
        return seconds

    def travel_times_from_snaps(self, origins: SnapSet, destination: Spot) -> Seconds:
        """Return estimated seconds from each kept origin, shape (len(origins),)."""
        times: Seconds = self.travel_times(origins.spots, [destination], origins.mode)[:, 0]
        return times

    def snap_many(self, spots: Sequence[Spot], mode: Mode) -> StraightSnaps:
        """Keep many spots."""
        return StraightSnaps(mode, list(spots))

    def snap(self, spot: Spot, mode: Mode) -> Snap:
        """Tell that, without a map, no road is known."""
        return Snap(spot, spot, UNREACHABLE, 0, "", "")

    def route(self, origin: Spot, destination: Spot, mode: Mode) -> Route:
        """Return the straight line; metres include the detour."""
        seconds = float(self.travel_times([origin], [destination], mode)[0, 0])
        metres = seconds * SPEED_KMH[mode] / 3.6
        return Route(seconds, metres, [origin, destination], estimate=True)

    def apply(self, conditions: Conditions) -> None:
        """Take no notice: a straight line passes every closure."""


def _space(spots: Sequence[Spot]) -> Floats:
    return on_sphere(np.array(spots, dtype=np.float64).reshape(-1, 2))
