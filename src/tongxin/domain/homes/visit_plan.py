"""Which doors are worth a ring today: by freshness, needs, and how long a home may rest.

Repeated questions at the door annoy people, so every answer buys a rest. "不用来" is honoured
without an end, and a door that stays shut is a visit done. Over several buildings only counts are
told (refusal 12); reasons only within one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import policy
from tongxin.domain.homes.models import FlatUse, RegisterGrant, VisitOutcome
from tongxin.domain.homes.selectors import FRESH_DAYS, buildings
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.selectors import scope_of
from tongxin.kernel import clock

REST_DAYS: Mapping[str, int] = {
    VisitOutcome.CONFIRMED: 90,  # a quarter: what was just said is not asked again
    VisitOutcome.CHANGED: 90,  # the same: they have told us everything
    VisitOutcome.NOBODY_HOME: 3,  # nobody was disturbed: another day, another hour
    VisitOutcome.REFUSED: 180,  # a shut door is an answer: half a year
    VisitOutcome.NOT_WANTED: 365,  # and no visit at all while no_visit stands
    VisitOutcome.OTHER: 14,  # not a good moment: a fortnight
}
"""How many days a home rests after a visit, by what came of it."""
CARE_REST_DAYS = 30
"""Where somebody needs care, a month after it was all confirmed: needs change faster."""
CONFIRMED = (VisitOutcome.CONFIRMED, VisitOutcome.CHANGED)
HOMES = frozenset({FlatUse.FLAT, FlatUse.BUNGALOW, FlatUse.OTHER})
"""Where people live; shops, courts and common rooms are no doors of the day."""

CARE, NEVER, OLD, AGAIN = "care", "never", "old", "again"
WHY = {
    CARE: _("Somebody here needs care"),
    NEVER: _("Never confirmed"),
    OLD: _("Not confirmed for half a year"),
    AGAIN: _("Nobody was at home last time"),
}
"""Why a door is on today's list, the most pressing first."""

_DOORS = """
    SELECT f.id, u.building_id, f.use, f.confirmed_at, f.no_visit OR EXISTS (
               SELECT 1 FROM homes_syncconflict c WHERE c.flat_id = f.id
               AND c.field = 'no_visit' AND c.settled_at IS NULL AND c.value = 'true'::jsonb),
           last.visited_at, last.outcome, EXISTS (
               SELECT 1 FROM homes_caremark m JOIN homes_resident r ON r.id = m.resident_id
               WHERE r.flat_id = f.id AND m.ended_at IS NULL AND r.left_at IS NULL
               AND r.lives_here AND NOT r.is_protected
               AND (f.area_ids && %(all)s::bigint[]
                    OR (m.entered_by = %(member)s AND r.entered_by = %(member)s)))
    FROM homes_flat f JOIN homes_unit u ON u.id = f.unit_id
    LEFT JOIN LATERAL (
        SELECT v.visited_at, v.outcome FROM homes_visit v WHERE v.flat_id = f.id
        ORDER BY v.visited_at DESC, v.id DESC LIMIT 1) last ON true
    WHERE u.building_id = ANY(%(buildings)s)
    ORDER BY u.building_id, u.position, f.floor DESC, f."column", f.number
"""


@dataclass(frozen=True, slots=True)
class Door:
    """What the plan of the day asks about a flat."""

    flat_id: int
    building_id: int
    use: str
    confirmed_at: dt.datetime | None
    no_visit: bool
    visited_at: dt.datetime | None
    outcome: str | None
    care: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A flat's part in the plan: why it is on today's list (nothing: it is not), and its turn.

    ``turn`` counts from 1 within the building; ``rest_until`` is when it may be on the list again.
    """

    why: tuple[str, ...]
    turn: int | None
    rest_until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DayBuilding:
    """A building in the choice of what to take along: counts only."""

    id: int
    label: str
    flats: int
    due: int


def day(member: Member) -> list[DayBuilding]:
    """Return the member's buildings with how many doors are worth a ring today, most first.

    A handful of queries for a whole beat. Raises ``Forbidden`` for who uses no floor plans.
    """
    with policy.as_member(member):
        rows = [row for row in buildings(member) if row.flats]
        found = doors(member, [row.id for row in rows])
    plans = plan_of(found)
    counted: dict[int, list[Door]] = {}
    for door in found:
        counted.setdefault(door.building_id, []).append(door)
    listed = [
        DayBuilding(
            id=row.id,
            label=row.label,
            flats=len(counted.get(row.id, ())),
            due=sum(plans[door.flat_id].turn is not None for door in counted.get(row.id, ())),
        )
        for row in rows
    ]
    return sorted(listed, key=lambda each: -each.due)


def doors(member: Member, building_ids: Collection[int]) -> list[Door]:
    """Return the doors of buildings, with what of needs is in the member's sight."""
    everybody = scope_of(member, Permission.SEE_REGISTER).area_ids | _granted(member)
    asked: dict[str, Any] = {
        "all": sorted(everybody),
        "member": member.pk,
        "buildings": list(building_ids),
    }
    with policy.as_member(member), connection.cursor() as cursor:
        cursor.execute(_DOORS, asked)
        return [Door(*row) for row in cursor.fetchall()]


def plan_of(found: Iterable[Door]) -> dict[int, Due]:
    """Return each flat's part in today's plan, by its id; turns are counted within a building."""
    held = list(found)
    reasons = {door.flat_id: why_of(door) for door in held}
    turns: dict[int, int] = {}
    counts: dict[int, int] = {}
    for door in sorted((d for d in held if reasons[d.flat_id]), key=_pressing):
        counts[door.building_id] = counts.get(door.building_id, 0) + 1
        turns[door.flat_id] = counts[door.building_id]
    return {
        door.flat_id: Due(reasons[door.flat_id], turns.get(door.flat_id), resting_until(door))
        for door in held
    }


def why_of(door: Door) -> tuple[str, ...]:
    """Return why a door is worth a ring today, nothing for one that is left in peace."""
    if door.no_visit or door.use not in HOMES or resting_until(door) is not None:
        return ()
    return tuple(code for code in WHY if code in _reasons(door))


def resting_until(door: Door) -> dt.datetime | None:
    """Return until when a home is left in peace, ``None`` when it may be asked."""
    ends = []
    care = door.care
    if door.visited_at is not None and door.outcome is not None:
        days = REST_DAYS[door.outcome]
        days = min(days, CARE_REST_DAYS) if care and door.outcome in CONFIRMED else days
        ends.append(door.visited_at + dt.timedelta(days=days))
    if door.confirmed_at is not None:
        days = CARE_REST_DAYS if care else REST_DAYS[VisitOutcome.CONFIRMED]
        ends.append(door.confirmed_at + dt.timedelta(days=days))
    last = max(ends, default=None)
    return last if last is not None and last > clock.now() else None


def _reasons(door: Door) -> set[str]:
    found = {CARE} if door.care else set()
    if door.confirmed_at is None:
        found.add(NEVER)
    elif clock.now() - door.confirmed_at > dt.timedelta(days=FRESH_DAYS):
        found.add(OLD)
    if door.outcome == VisitOutcome.NOBODY_HOME:
        found.add(AGAIN)
    return found


def _pressing(door: Door) -> tuple[int, dt.datetime]:
    first = list(WHY).index(why_of(door)[0])
    return first, door.confirmed_at or dt.datetime.min.replace(tzinfo=dt.UTC)


def _granted(member: Member) -> frozenset[int]:
    """Return the areas on which a grid worker sees what others entered."""
    now = clock.now()
    rows = RegisterGrant.objects.filter(member_id=member.pk, valid_from__lte=now, valid_to__gt=now)
    return frozenset(rows.values_list("area_id", flat=True))
