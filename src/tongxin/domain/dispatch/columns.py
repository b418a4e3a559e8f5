"""The board's columns: built when somebody comes or goes, else only touched where people moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from tongxin.domain.dispatch.board_reading import RestRow, TaskRow
from tongxin.domain.dispatch.people import (
    MODES,
    ROLE_BIT,
    Flags,
    Floats,
    Grounds,
    Ints,
    People,
    PlaceSource,
    reach_of,
)
from tongxin.domain.dispatch.seats import STALE_AFTER_S, Seat
from tongxin.domain.dispatch.stands import Stands
from tongxin.foundation.roads.network import Mode

_BUSY = ("departed", "arrived")
_MOST_SKILLS = 62


class Columns:
    """Arrays by row. ``dirty`` says that rows have changed, ``moved`` who has a new position."""

    def __init__(self) -> None:
        self.dirty = True
        self.moved: set[int] = set()
        self.row_of: dict[int, int] = {}
        self._rows: dict[Mode, tuple[Ints, Ints]] = {}
        self._tasks: list[TaskRow] = []
        self._rests: list[RestRow] = []
        self._ended: Floats | None = None
        self._base = _Base.of({})

    def take_tasks(self, rows: list[TaskRow]) -> None:
        """Keep the open assignments as just read."""
        self._tasks = rows

    def take_rests(self, rows: list[RestRow]) -> None:
        """Keep when people last came back from a scene."""
        self._rests, self._ended = rows, None

    def to_settle(self, seats: Mapping[int, Seat], now: float) -> Collection[int]:
        """Return whose place may have changed: who moved, and whose position has just grown old."""
        if self.dirty:
            return list(seats)
        base = self._base
        stale = (base.source == PlaceSource.POSITION) & (now - base.at > STALE_AFTER_S)
        self.moved.update(base.member[stale].tolist())
        return self.moved & seats.keys()

    def build(self, seats: Mapping[int, Seat]) -> None:
        """Bring the arrays up to date."""
        if self.dirty:
            self.row_of = {member: row for row, member in enumerate(seats)}
            self._base = _Base.of(seats)
            self._rows, self._ended = {}, None
        else:
            self._base = self._base.with_seats(self.row_of, seats, self.moved)
        self.dirty, self.moved = False, set()

    def rows_of(self, mode: Mode, stands: Stands) -> tuple[Ints, Ints]:
        """Return the taken slots of a mode and their rows."""
        if mode not in self._rows:
            self._rows[mode] = stands.rows(self.row_of)
        return self._rows[mode]

    def people(self, now: float) -> People:
        """Return the columns as they are at ``now`` (epoch seconds)."""
        base = self._base
        busy, tasks = self._load()
        return People(
            member=base.member,
            unit=base.unit,
            mode=base.mode,
            lon=base.lon,
            lat=base.lat,
            skills=base.skills,
            busy=busy,
            tasks=tasks,
            since_last_s=now - self._last_ended(),
            on_duty_s=now - base.started,
            age_s=np.where(base.at > 0, now - base.at, np.inf),
            source=base.source,
            grounds=base.grounds,
            skill_bits=base.skill_bits,
        )

    def _load(self) -> tuple[Flags, Ints]:
        """Return, per row, whether the unit is taken and how many open assignments it has."""
        size = len(self._base.member)
        busy, tasks = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.int64)
        units: dict[int, list[bool]] = {}
        for task in self._tasks:
            taken = task.role == "first" or task.state in _BUSY
            units.setdefault(self._unit(task.member_id, task.crew_id), []).append(taken)
        for unit, taken_by in units.items():
            rows = self._base.rows_of_unit.get(unit, ())
            for row in rows:
                busy[row], tasks[row] = any(taken_by), len(taken_by)
        return busy, tasks

    def _unit(self, member_id: int, crew_id: int | None) -> int:
        """Return the unit that an assignment burdens: the crew, also the member's crew of now."""
        if crew_id is not None:
            return -crew_id
        row = self.row_of.get(member_id)
        return member_id if row is None else int(self._base.unit[row])

    def _last_ended(self) -> Floats:
        if self._ended is None:
            self._ended = self._ends()
        return self._ended

    def _ends(self) -> Floats:
        ended = np.full(len(self._base.member), -np.inf)
        for rest in self._rests:
            for row in self._base.rows_of_unit.get(self._unit(rest.member_id, rest.crew_id), ()):
                ended[row] = max(ended[row], rest.ended)
        return ended


class _Base:
    """What changes only when somebody comes, goes or moves."""

    member: Ints
    unit: Ints
    mode: Ints
    started: Floats
    lon: Floats
    lat: Floats
    at: Floats
    source: Ints
    grounds: Grounds

    @classmethod
    def of(cls, seats: Mapping[int, Seat]) -> _Base:
        """Build every column."""
        base, everybody = cls(), list(seats.values())
        base.member = _ints(seat.member_id for seat in everybody)
        base.unit = _ints(seat.unit for seat in everybody)
        base.mode = _ints(MODES.index(Mode(seat.mode)) for seat in everybody)
        base.started = _floats(seat.started for seat in everybody)
        base.lon = _floats(seat.place.lon if seat.place else np.nan for seat in everybody)
        base.lat = _floats(seat.place.lat if seat.place else np.nan for seat in everybody)
        base.at = _floats(seat.at for seat in everybody)
        base.source = _ints(seat.source for seat in everybody)
        base.skill_bits, base.skills = _skills(everybody)
        base.grounds = _grounds(everybody)
        base.rows_of_unit = {}
        for row, seat in enumerate(everybody):
            base.rows_of_unit.setdefault(seat.unit, []).append(row)
        return base

    def __init__(self) -> None:
        self.skill_bits: dict[str, int] = {}
        self.skills = np.zeros(0, dtype=np.uint64)
        self.rows_of_unit: dict[int, list[int]] = {}

    def with_seats(
        self, row_of: Mapping[int, int], seats: Mapping[int, Seat], moved: Iterable[int]
    ) -> _Base:
        """Return the columns with new places; older snapshots keep theirs."""
        changed = [(row_of[member], seats[member]) for member in moved if member in row_of]
        if not changed:
            return self
        new = _Base()
        new.__dict__.update(self.__dict__)
        new.lon, new.lat = self.lon.copy(), self.lat.copy()
        new.at, new.source = self.at.copy(), self.source.copy()
        for row, seat in changed:
            if seat.place is not None:
                new.lon[row], new.lat[row] = seat.place
            new.at[row], new.source[row] = seat.at, seat.source
        return new


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)


def _skills(seats: list[Seat]) -> tuple[dict[str, int], np.ndarray]:
    names = sorted({skill for seat in seats for skill in seat.skills})[:_MOST_SKILLS]
    bits = {name: 1 << index for index, name in enumerate(names)}
    masks = (sum(bits.get(skill, 0) for skill in set(seat.skills)) for seat in seats)
    return bits, np.fromiter(masks, dtype=np.uint64)


def _grounds(seats: list[Seat]) -> Grounds:
    held = [(row, grant) for row, seat in enumerate(seats) for grant in seat.grants]
    return Grounds(
        row=_ints(row for row, _grant in held),
        role=np.fromiter((ROLE_BIT[grant.role] for _row, grant in held), dtype=np.uint64),
        area=_ints(grant.area for _row, grant in held),
        second=_ints(grant.second for _row, grant in held),
        root=_ints(grant.root for _row, grant in held),
        depth=_ints(grant.depth for _row, grant in held),
        reach=_ints(reach_of(grant.role) for _row, grant in held),
        village=np.fromiter((grant.village for _row, grant in held), dtype=np.bool_),
    )
