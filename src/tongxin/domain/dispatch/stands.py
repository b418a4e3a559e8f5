"""Where the people of one mode stand on the roads: snapped once, again only who has moved."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tongxin.domain.dispatch.people import Ints
from tongxin.domain.dispatch.seats import Seat
from tongxin.foundation.roads.network import Mode, RoadNetwork, SnapSet
from tongxin.kernel.geometry import Spot, distance_m

STILL_M = 0.5
"""Who has moved less than this many metres stands still and is not snapped again."""
_SPARE = 0.02
_LEAST_SPARE = 16


class Stands:
    """The kept snaps of one mode. A seat has a slot; free slots repeat a known spot."""

    def __init__(self, mode: Mode, network: RoadNetwork, seats: Iterable[Seat]) -> None:
        self.mode, self.network = mode, network
        self._moves: dict[int, Spot] = {}
        self._lay(list(seats))

    def _lay(self, seats: list[Seat]) -> None:
        """Snap everybody anew, with room for some who will come."""
        spots = [seat.place for seat in seats if seat.place is not None]
        for slot, seat in enumerate(seats):
            seat.slot = slot
        self._members: list[int | None] = [seat.member_id for seat in seats]
        spare = max(_LEAST_SPARE, int(len(seats) * _SPARE)) if seats else 0
        self._free = list(range(len(seats) + spare - 1, len(seats) - 1, -1))
        self._members += [None] * spare
        self._spots = spots + spots[:1] * spare
        self.snaps: SnapSet | None = None
        if spots:
            self.snaps = self.network.snap_many(self._spots, self.mode)
        self._moves.clear()

    def add(self, seat: Seat, everybody: Iterable[Seat]) -> None:
        """Give a seat with a place a slot; when none is free, all are laid anew."""
        if not self._free or seat.place is None:
            self._lay([other for other in everybody if other.place is not None])
            return
        seat.slot = self._free.pop()
        self._members[seat.slot] = seat.member_id
        self._move_to(seat.slot, seat.place)

    def remove(self, seat: Seat) -> None:
        """Free the seat's slot."""
        if seat.slot >= 0:
            self._members[seat.slot] = None
            self._free.append(seat.slot)
            seat.slot = -1

    def move(self, seat: Seat) -> None:
        """Note where a seat stands now; it is snapped at the next `settle` if that is elsewhere."""
        if seat.place is not None and distance_m(self._spots[seat.slot], seat.place) > STILL_M:
            self._move_to(seat.slot, seat.place)

    def _move_to(self, slot: int, spot: Spot) -> None:
        self._spots[slot] = spot
        self._moves[slot] = spot

    def settle(self) -> None:
        """Snap who has moved."""
        if self._moves and self.snaps is not None:
            self.snaps = self.snaps.moved(self._moves)
            self._moves = {}

    def rows(self, row_of: dict[int, int]) -> tuple[Ints, Ints]:
        """Return the taken slots and the rows of the board that they belong to."""
        taken = [
            (slot, row_of[member])
            for slot, member in enumerate(self._members)
            if member is not None and member in row_of
        ]
        pairs = np.array(taken, dtype=np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]
