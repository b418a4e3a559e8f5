"""A member's grants as they hold at this moment, read once for a request or an act."""

from __future__ import annotations

import datetime as dt
import time
from contextvars import ContextVar
from dataclasses import dataclass

from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.roles import ROLE_PERMISSIONS, Permission
from tongxin.kernel import clock, prepared

KEPT_SECONDS = 1.0
"""How long grants stay with a member object: a revocation elsewhere is felt within this time."""

_HELD = """
    SELECT g.role, g.area_id, array_agg(same.id)
    FROM access_grant g
    JOIN access_member m ON m.id = g.member_id AND m.is_active
    JOIN territory_area a ON a.id = g.area_id
    JOIN territory_area same ON same.network = a.network AND same.code = a.code
    WHERE g.member_id = %(member)s
      AND g.valid_from <= %(now)s AND (g.valid_to IS NULL OR g.valid_to > %(now)s)
    GROUP BY g.id
"""


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A role on one area; ``area_ids`` also holds the ids that the area had on earlier days."""

    role: Role
    area_id: int
    area_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts in the current block, and, for a token, which rights it is limited to."""

    member_id: int | None
    only: frozenset[Permission] | None

    def forbids(self, member_id: int, permission: Permission) -> bool:
        """Tell whether a token's limits keep the acting member from a right."""
        limited = self.only is not None and permission not in self.only
        return limited and self.member_id == member_id


@dataclass(frozen=True, slots=True)
class _Kept:
    grants: tuple[HeldGrant, ...]
    changes: int
    beat: float
    at: dt.datetime


acting: ContextVar[Acting | None] = ContextVar("tongxin_acting", default=None)
_changes = 0


def grants_changed(**_signal: object) -> None:
    """Let member objects of this process read their grants anew (a signal receiver too)."""
    global _changes  # noqa: PLW0603 - counts changes made by this process
    _changes += 1


def held_grants(member: Member) -> tuple[HeldGrant, ...]:
    """Return the grants that hold now: one query a second and member object at most."""
    kept: _Kept | None = member.__dict__.get("_tongxin_grants")
    now, beat = clock.now(), time.monotonic()
    if (
        kept is not None
        and kept.changes == _changes
        and beat - kept.beat < KEPT_SECONDS
        and abs(now - kept.at) < dt.timedelta(seconds=KEPT_SECONDS)  # a held clock may jump
    ):
        return kept.grants
    grants = _read(member.pk, now)
    member.__dict__["_tongxin_grants"] = _Kept(grants, _changes, beat, now)
    return grants


def usable_grants(member: Member, permission: Permission) -> tuple[HeldGrant, ...]:
    """Return the grants through which a member may use ``permission`` here and now.

    Within ``acting_as`` for the same member, a token's limits are honoured.
    """
    context = acting.get()
    if context is not None and context.forbids(member.pk, permission):
        return ()
    return tuple(g for g in held_grants(member) if permission in ROLE_PERMISSIONS[g.role])


def _read(member_id: int, now: dt.datetime) -> tuple[HeldGrant, ...]:
    return tuple(
        HeldGrant(Role(role), area_id, frozenset(same))
        for role, area_id, same in prepared.rows(_HELD, {"member": member_id, "now": now})
    )
