"""The duty board: everybody on duty in this worker's memory, ready to be timed in one call.

It holds nothing that the database does not know better: it is read whole at the first question and
once a minute; positions are read each second, by a ticker that takes them in by small lots so that
no plan waits for it; duty and open tasks are read right before a plan. So a restarted worker starts
right, and two workers agree; what still slips through is caught by the constraints when a plan is
written.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tongxin.domain.dispatch import board_reading as reading
from tongxin.domain.dispatch.columns import Columns
from tongxin.domain.dispatch.people import Floats, Ints, People, PlaceSource
from tongxin.domain.dispatch.seats import HeldGrant, Seat
from tongxin.domain.dispatch.stands import Stands
from tongxin.foundation.roads import loading
from tongxin.foundation.roads.network import Mode, RoadNetwork, SnapSet
from tongxin.foundation.territory import locating
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound
from tongxin.kernel.geometry import Spot

WHOLE_EVERY = dt.timedelta(seconds=60)
"""How often everything is read anew, whatever seems unchanged."""
OVERLAP = dt.timedelta(seconds=2)
"""Changes are read again this far back, for transactions commit out of order."""
POSITIONS_WITHIN = dt.timedelta(seconds=3)
"""A plan reads positions itself when the ticker, which does so each second, has not for so long."""
LOT = 100
"""So many positions are taken in before a waiting plan has its turn."""
_TURN_S = 0.0005
RESTS_EVERY = dt.timedelta(seconds=1)
_REST_BACK = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Group:
    """The people of one mode in a `Snapshot`: their kept snaps, slots in these and rows."""

    snaps: SnapSet
    slots: Ints
    rows: Ints

    def write_times(self, spot: Spot, network: RoadNetwork, into: Floats) -> None:
        """Write the road seconds of these people to ``spot`` into their rows of ``into``."""
        into[self.rows] = network.travel_times_from_snaps(self.snaps, spot)[self.slots]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The board at one moment; never changes, so a choice needs no lock."""

    people: People
    groups: tuple[Group, ...]
    network: RoadNetwork

    @property
    def estimate(self) -> bool:
        """Tell whether times are only estimates."""
        return self.network.estimate

    def times_to(self, spot: Spot) -> Floats:
        """Return the road seconds of each row to ``spot``: one many-to-one call for each mode."""
        seconds = np.full(len(self.people), np.inf)
        for group in self.groups:
            group.write_times(spot, self.network, seconds)
        return seconds


class DutyBoard:
    """See the module. Thread-safe; reads on the calling thread's own database connection."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._turn = threading.Event()
        self._seats: dict[int, Seat] = {}
        self._stands: dict[Mode, Stands] = {}
        self._columns = Columns()
        self._network: RoadNetwork | None = None
        self._read_until: dt.datetime | None = None
        self._whole_at: dt.datetime | None = None
        self._rests_at: dt.datetime | None = None
        self._positions_at: dt.datetime | None = None

    def snapshot(self) -> Snapshot:
        """Read what has changed and return the board as it is now."""
        with self._lock:
            self._catch_up()
            return self._shot()

    def refresh(self) -> None:
        """Read the changes and the positions (a ticker calls this each second)."""
        with self._lock:
            begun, before = clock.now(), self._positions_at
            self._catch_up()
            if before is None or self._positions_at != before:
                return  # the positions were among it
        rows = [row for row in reading.positions(before - OVERLAP) if self._is_news(row)]
        for first in range(0, len(rows), LOT):
            with self._lock:
                self._take_positions(rows[first : first + LOT])
                self._settle(clock.now().timestamp())
            self._turn.wait(_TURN_S)  # a lock is not fair by itself
        with self._lock:
            if self._positions_at == before:
                self._positions_at = begun

    def _catch_up(self) -> None:
        """Read the changes, or everything when that is due; holds the lock."""
        moment = clock.now()
        self._take_network(loading.current_network())
        if _is_due(self._whole_at, moment, WHOLE_EVERY):
            self._read_whole()
            self._whole_at = moment
        else:
            self._read_changes()
        self._read_tasks(moment)
        self._settle(moment.timestamp())
        self._read_until = moment

    def forget(self) -> None:
        """Drop everything, as after a restart."""
        with self._lock:
            self._seats, self._stands, self._columns = {}, {}, Columns()
            self._network = self._read_until = self._whole_at = None
            self._rests_at = self._positions_at = None

    def reread(self) -> None:
        """Read everything at the next question; for when the board was found to be wrong."""
        self._whole_at = None

    def _take_network(self, network: RoadNetwork) -> None:
        """Follow a new map: everybody is snapped anew."""
        if self._network is None or network.version != self._network.version:
            self._stands = {}
            for seat in self._seats.values():
                seat.slot = -1
        self._network = network

    def _read_whole(self) -> None:
        before, self._seats = self._seats, {}
        for row in reading.open_sessions():
            self._seats[row.member_id] = _seat(row)
        self._keep_slots(before)
        self._learn(list(self._seats))
        self._take_positions(reading.positions(None))
        self._positions_at = clock.now()

    def _keep_slots(self, before: dict[int, Seat]) -> None:
        """Let who was on the board before stay where they are snapped."""
        for old in before.values():
            new = self._seats.get(old.member_id)
            if new is not None and new.mode == old.mode:
                new.slot = old.slot
            elif old.slot >= 0:
                self._stands[Mode(old.mode)].remove(old)

    def _read_changes(self) -> None:
        since = (self._read_until or clock.now()) - OVERLAP
        state: dict[int, reading.SessionRow] = {}
        for row in reading.changed_sessions(since):
            if row.ended is None or row.member_id not in state:
                state[row.member_id] = row
        self._apply_sessions(state.values())
        if _is_due(self._positions_at, clock.now(), POSITIONS_WITHIN):
            self._take_positions(reading.positions((self._positions_at or since) - OVERLAP))
            self._positions_at = clock.now()

    def _apply_sessions(self, rows: Iterable[reading.SessionRow]) -> None:
        new: list[int] = []
        for row in rows:
            seat = self._seats.get(row.member_id)
            if row.ended is not None:
                if seat is not None and seat.started <= row.started:
                    self._leave(seat)
            elif seat is None or seat.started != row.started:
                if seat is not None:
                    self._leave(seat)
                self._seats[row.member_id] = _seat(row)
                new.append(row.member_id)
        if new:
            self._learn(new)
            self._take_positions(p for p in reading.positions(None) if p.member_id in set(new))

    def _leave(self, seat: Seat) -> None:
        stands = self._stands.get(Mode(seat.mode))
        if stands:
            stands.remove(seat)
        del self._seats[seat.member_id]
        self._columns.dirty = True

    def _learn(self, ids: Sequence[int]) -> None:
        """Read skills, grants and fallback places of new seats."""
        held: dict[int, list[HeldGrant]] = {}
        for grant in reading.grants(ids, clock.now()):
            held.setdefault(grant.member_id, []).append(_held(grant))
        for member in reading.members(ids):
            seat = self._seats[member.member_id]
            seat.skills = tuple(member.skills)
            seat.grants = tuple(held.get(member.member_id, ()))
            seat.fallback, seat.fallback_source = _fallback(member, seat.grants)
        self._columns.dirty = True

    def _take_positions(self, rows: Iterable[reading.PositionRow]) -> None:
        for row in rows:
            if self._is_news(row):
                seat = self._seats[row.member_id]
                seat.position, seat.at = Spot(row.lon, row.lat), row.at
                self._columns.moved.add(row.member_id)

    def _is_news(self, row: reading.PositionRow) -> bool:
        """Tell a newer position; one from before this duty is not known to hold in it."""
        seat = self._seats.get(row.member_id)
        return seat is not None and row.at >= seat.started and row.at > seat.at

    def _read_tasks(self, moment: dt.datetime) -> None:
        self._columns.take_tasks(reading.tasks())
        if _is_due(self._rests_at, moment, RESTS_EVERY):
            self._columns.take_rests(reading.rests(moment - _REST_BACK))
            self._rests_at = moment

    def _settle(self, now: float) -> None:
        """Decide everybody's place, and snap who stands elsewhere than before."""
        changed = self._columns.to_settle(self._seats, now)
        for member_id in changed:
            seat = self._seats[member_id]
            if (seat.settle(now) or self._columns.dirty) and seat.slot >= 0:
                self._stands[Mode(seat.mode)].move(seat)
        if self._columns.dirty or any(self._seats[m].slot < 0 for m in changed):
            self._seat_the_new()
        for stands in self._stands.values():
            stands.settle()
        self._columns.build(self._seats)

    def _seat_the_new(self) -> None:
        network = self._network or loading.current_network()
        for mode in Mode:
            seats = [s for s in self._seats.values() if s.mode == mode and s.place is not None]
            if not seats:
                continue
            if mode not in self._stands:
                self._stands[mode] = Stands(mode, network, seats)
                self._columns.dirty = True
            for seat in seats:
                if seat.slot < 0:
                    self._stands[mode].add(seat, seats)
                    self._columns.dirty = True

    def _shot(self) -> Snapshot:
        network = self._network or loading.current_network()
        groups = []
        for mode, stands in self._stands.items():
            slots, rows = self._columns.rows_of(mode, stands)
            if stands.snaps is not None and len(rows):
                groups.append(Group(stands.snaps, slots, rows))
        people = self._columns.people(clock.now().timestamp())
        return Snapshot(people, tuple(groups), network)


def _is_due(last: dt.datetime | None, moment: dt.datetime, every: dt.timedelta) -> bool:
    """Tell whether something is due; also when the clock was set back, or is held by a test."""
    return last is None or moment <= last or moment - last >= every


def _seat(row: reading.SessionRow) -> Seat:
    return Seat(row.member_id, row.mode, row.crew_id, row.started)


def _held(grant: reading.GrantRow) -> HeldGrant:
    path = grant.path or [grant.area_id]
    return HeldGrant(
        role=grant.role,
        area=grant.area_id,
        second=path[1] if len(path) > 1 else grant.area_id,
        root=path[0],
        depth=len(path),
        village=grant.village,
    )


def _fallback(
    member: reading.MemberRow, grants: Sequence[HeldGrant]
) -> tuple[Spot | None, PlaceSource]:
    """Return where a member without a position is assumed: post, own place, or their ground."""
    if member.post_lon is not None and member.post_lat is not None:
        return Spot(member.post_lon, member.post_lat), PlaceSource.POST
    village = any(grant.village for grant in grants)
    if member.home_lon is not None and member.home_lat is not None:
        home = Spot(member.home_lon, member.home_lat)
        return home, PlaceSource.VILLAGE if village else PlaceSource.POST
    if not grants:
        return None, PlaceSource.NONE
    ground = max(grants, key=lambda grant: (grant.village, grant.depth))
    try:
        centre = locating.area_info(ground.area).centroid
    except NotFound:
        return None, PlaceSource.NONE
    return centre, PlaceSource.VILLAGE if ground.village else PlaceSource.BEAT


_board = DutyBoard()


def board() -> DutyBoard:
    """Return this process's board."""
    return _board
