"""Everybody on duty as columns of numbers: a choice among thousands is a few array steps."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongxin.foundation.access.models import Role
from tongxin.foundation.roads.network import Mode

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ROLE_BIT: dict[str, int] = {role.value: 1 << index for index, role in enumerate(Role)}


def role_mask(roles: Iterable[str]) -> int:
    """Return the roles as bits; raises ``KeyError`` on a role that does not exist."""
    mask = 0
    for role in roles:
        mask |= ROLE_BIT[role]
    return mask


def roles_of(mask: int) -> tuple[str, ...]:
    """Return the role codes that ``mask`` holds, in the order of `Role`."""
    return tuple(role for role, bit in ROLE_BIT.items() if mask & bit)


MODES = tuple(Mode)
"""The modes in the order in which `People.mode` counts them."""


class PlaceSource(enum.IntEnum):
    """What a member's place is known from, best first."""

    POSITION = 0
    OLD = 1
    POST = 2
    VILLAGE = 3
    BEAT = 4
    NONE = 5


class Reach(enum.IntEnum):
    """How far from their own ground a role is called first to a scene."""

    BRANCH = 0
    STATION = 1
    OWN = 2


_WHOLE_BRANCH = {
    Role.COMMUNITY_OFFICER,
    Role.PATROL_OFFICER,
    Role.AUXILIARY,
    Role.POLICE_ASSISTANT,
    Role.STATION_CHIEF,
    Role.DEPUTY_STATION_CHIEF,
    Role.SUPERVISOR,
    Role.BRANCH_CHIEF,
}
_OWN_STATION = {Role.VILLAGE_OFFICER, Role.GRID_WORKER, Role.NETWORK_STAFF}


def reach_of(role: str) -> Reach:
    """Return how far ``role`` is called: police the whole branch, village officers and grid workers
    the ground of their station or street, neighbours and firms their own ground only."""
    if role in _WHOLE_BRANCH:
        return Reach.BRANCH
    return Reach.STATION if role in _OWN_STATION else Reach.OWN


OFFICERS = role_mask(
    (
        Role.COMMUNITY_OFFICER,
        Role.PATROL_OFFICER,
        Role.STATION_CHIEF,
        Role.DEPUTY_STATION_CHIEF,
        Role.BRANCH_CHIEF,
    )
)
"""The roles of police officers 警官, as bits."""
CHAIN = role_mask((Role.PATROL_OFFICER, Role.DEPUTY_STATION_CHIEF, Role.STATION_CHIEF))
"""Who of a station leads when no community officer can, as bits."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The grants of everybody on duty, one entry each.

    ``row`` points into `People`; ``role`` is one bit; ``area`` the granted area, ``second`` and
    ``root`` the two highest of its path (station or street, branch); ``depth`` the length of the
    path (1 branch, 2 station or street, more: own ground); ``village`` tells whether it is one.
    """

    row: Ints
    role: Bits
    area: Ints
    second: Ints
    root: Ints
    depth: Ints
    reach: Ints
    village: Flags


@dataclass(frozen=True, slots=True)
class People:
    """All members on duty at one moment; every column has the same length.

    ``unit`` is the crew (negative) or the member (positive): a unit is called as one. ``busy``
    marks units that are first somewhere, on the way or there. ``tasks`` counts open assignments of
    the unit, ``since_last_s`` the seconds since its last one ended (inf: none today), ``on_duty_s``
    the seconds since the member's duty began, ``age_s`` the age of the position, ``source`` what
    the place is known from (`PlaceSource`).
    """

    member: Ints
    unit: Ints
    mode: Ints
    lon: Floats
    lat: Floats
    skills: Bits
    busy: Flags
    tasks: Ints
    since_last_s: Floats
    on_duty_s: Floats
    age_s: Floats
    source: Ints
    grounds: Grounds
    skill_bits: dict[str, int]

    def __len__(self) -> int:
        return len(self.member)

    def row_of(self, member_id: int) -> int | None:
        """Return the row of a member, None when not on duty."""
        found = np.flatnonzero(self.member == member_id)
        return int(found[0]) if found.size else None

    def skill_mask(self, skills: Iterable[str]) -> int:
        """Return the skills as bits; a skill that nobody on duty has counts for no bit."""
        mask = 0
        for skill in skills:
            mask |= self.skill_bits.get(skill, 0)
        return mask

    def skills_at(self, row: int) -> tuple[str, ...]:
        """Return the skills of the member in ``row``."""
        mine = int(self.skills[row])
        return tuple(skill for skill, bit in self.skill_bits.items() if mine & bit)
