"""Drawing plans: units and flats. Nothing here is about a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import addresses, policy, stamping
from tongxin.domain.homes.models import (
    Flat,
    FlatState,
    FlatUse,
    Resident,
    SyncConflict,
    Unit,
    Visit,
)
from tongxin.foundation.access.scope import Actor, MemberActor
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict

HIGHEST, LOWEST, MOST_COLUMNS, MOST_CELLS = 120, -6, 24, 1_000
_SIDES = ("x", "y", "width", "height")


def lay_out_unit(
    building_id: int,
    number: str,
    lowest: int,
    highest: int,
    columns: int,
    *,
    actor: Actor,
    position: int | None = None,
    version: int | None = None,
) -> Unit:
    """Lay out a unit of ``columns`` flats on each floor from ``lowest`` to ``highest`` (no 0).

    Flats are numbered floor by floor (501, 502; b101 below ground). A unit that stands already is
    enlarged: flats that are lacking are added, none is taken away. Raises ``NotFound``,
    ``Forbidden``, ``Conflict`` (stale ``version``), ``BadInput`` for figures out of bounds.
    """
    _check_bounds(lowest, highest, columns)
    with policy.at_building(building_id, actor) as (building, areas, _seen):
        unit = Unit.objects.select_for_update().filter(building=building, number=number).first()
        if unit is None:
            place = Unit.objects.filter(building=building).count()
            unit = Unit(building=building, number=number, position=place, area_ids=areas, version=0)
        else:
            policy.check_version(unit, version)
            lowest, highest = min(lowest, unit.lowest), max(highest, unit.highest)
            columns = max(columns, unit.columns)
        unit.lowest, unit.highest, unit.columns = lowest, highest, columns
        unit.position = unit.position if position is None else position
        unit.version += 1
        unit.save()
        Flat.objects.bulk_create(_lacking(unit, building.name))
        _note(actor, "homes.unit_laid_out", f"unit:{unit.pk}", floors=highest, columns=columns)
    return unit


def set_flat(
    flat_id: int,
    *,
    actor: Actor,
    version: int | None = None,
    at: dt.datetime | None = None,
    **changes: object,
) -> Flat:
    """Change what is given: number, floor, column, use, state, has_dog, charging_hazard, no_visit.

    A ``state`` that is stated has been seen, so the flat is fresh, as of ``at`` where it comes late
    from a phone. Raises ``NotFound``, ``Forbidden``, ``Conflict`` (stale, or the number is taken),
    ``BadInput``.
    """
    checked = _checked(changes)
    with policy.at_flat(flat_id, actor, lock=True) as (flat, _seen):
        policy.check_version(flat, version)
        changed = [name for name, value in checked.items() if getattr(flat, name) != value]
        stamping.bump(flat, [name for name in changed if name in stamping.FLAT_FIELDS], at)
        for name in changed:
            setattr(flat, name, checked[name])
        if "state" in checked:
            _confirm(flat, actor, at)
        _save(flat)
    return flat


def add_flat(
    unit_id: int,
    *,
    actor: Actor,
    number: str,
    floor: int,
    column: int = 0,
    span: int = 1,
    rise: int = 1,
    use: str = FlatUse.FLAT,
    shape: Mapping[str, float] | None = None,
) -> Flat:
    """Add a flat, shop, bungalow, court… to a unit; raises ``Conflict`` for a number twice."""
    checked = _checked({"number": number, "floor": floor, "column": column, "use": use})
    with policy.at_unit(unit_id, actor) as (unit, _seen):
        if unit.flats.count() >= MOST_CELLS:
            raise BadInput("homes.too_many", _("This unit has enough flats."), field="number")
        flat = Flat(
            unit=unit,
            span=max(1, min(span, MOST_COLUMNS)),
            rise=max(1, min(rise, 8)),
            shape=_shape(shape),
            area_ids=unit.area_ids,
            version=0,
            **checked,
        )
        _save(flat)
        unit.lowest, unit.highest = min(unit.lowest, floor), max(unit.highest, floor)
        unit.columns = max(unit.columns, flat.column + flat.span)
        unit.version += 1
        unit.save()
    return flat


def merge_flats(flat_ids: Sequence[int], *, actor: Actor, number: str = "") -> Flat:
    """Make one flat of several neighbours of a unit; who belonged to any belongs to it.

    It keeps the first one's place, state and (unless given) number. Raises ``BadInput`` for flats
    of different units or fewer than two, else as ``set_flat``.
    """
    if len(set(flat_ids)) < 2:
        raise BadInput("homes.merge", _("Choose two flats or more."), field="flats")
    with policy.at_flat(flat_ids[0], actor, lock=True) as (first, _seen):
        rows = Flat.objects.select_for_update().filter(pk__in=flat_ids, unit_id=first.unit_id)
        flats = sorted(rows, key=lambda f: (f.floor, f.column))
        if len(flats) != len(set(flat_ids)):
            raise BadInput("homes.merge", _("These flats are not of one unit."), field="flats")
        kept = next(flat for flat in flats if flat.pk == first.pk)
        others = [flat.pk for flat in flats if flat.pk != kept.pk]
        kept.column, kept.floor = min(f.column for f in flats), min(f.floor for f in flats)
        kept.span = max(f.column + f.span for f in flats) - kept.column
        kept.rise = max(f.floor + f.rise for f in flats) - kept.floor
        kept.number = _checked({"number": number})["number"] if number else kept.number
        with transaction.atomic():
            for theirs in (Resident, Visit, SyncConflict):
                theirs.objects.filter(flat_id__in=others).update(flat_id=kept.pk)
            Flat.objects.filter(pk__in=others).delete()
        kept.unit = first.unit
        _save(kept)
        _note(actor, "homes.flats_merged", f"flat:{kept.pk}", others=others)
    return kept


def remove_flat(flat_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Take a cell away that stands for nothing; ``Conflict`` while anybody belongs to it."""
    with policy.at_flat(flat_id, actor, lock=True) as (flat, _seen):
        policy.check_version(flat, version)
        if Resident.objects.filter(flat_id=flat.pk).exists():
            said = _("Somebody belongs to this flat: it stays.")
            raise Conflict("homes.lived_in", said, field="flat")
        Flat.objects.filter(pk=flat.pk).delete()
        _note(actor, "homes.flat_removed", f"unit:{flat.unit_id}", flat=flat.pk)


def draw_shape(
    flat_id: int,
    *,
    actor: Actor,
    shape: Mapping[str, float] | None,
    version: int | None = None,
) -> Flat:
    """Draw a flat by hand: ``x, y, width, height`` in cells from the unit's top left.

    ``None`` puts it back into its row and column.
    """
    drawn = _shape(shape)
    with policy.at_flat(flat_id, actor, lock=True) as (flat, _seen):
        policy.check_version(flat, version)
        flat.shape = drawn
        _save(flat)
    return flat


def confirm_flat(
    flat_id: int, *, actor: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Flat:
    """Say that all of it is still so: the flat, and those of its people in sight, are fresh.

    As of ``at`` where it comes late from a phone: what was confirmed since stays as fresh as it is.
    """
    with policy.at_flat(flat_id, actor, lock=True) as (flat, seen):
        policy.check_version(flat, version)
        moment = _confirm(flat, actor, at)
        people = Resident.objects.filter(flat_id=flat.pk, left_at__isnull=True, is_protected=False)
        if not seen.all_people:
            people = people.filter(entered_by=seen.member_id)
        people.update(confirmed_at=Greatest("confirmed_at", Value(moment)))
        _save(flat)
    return flat


def default_number(floor: int, column: int) -> str:
    """Return the usual number of a flat: floor 5, column 0 → 501; floor -1 → b101."""
    return f"{'b' if floor < 0 else ''}{abs(floor)}{column + 1:02d}"


def _lacking(unit: Unit, building_name: str) -> list[Flat]:
    """Return the flats that the unit's floors and columns lack."""
    held = list(unit.flats.all()) if unit.pk else []
    covered = {
        (flat.floor + up, flat.column + aside)
        for flat in held
        for up in range(flat.rise)
        for aside in range(flat.span)
    }
    numbers = {flat.number for flat in held}
    made = []
    for floor in range(unit.lowest, unit.highest + 1):
        for column in range(unit.columns if floor else 0):
            number = default_number(floor, column)
            if (floor, column) not in covered and number not in numbers:
                made.append(new_flat(unit, building_name, number, floor, column))
    return made


def new_flat(unit: Unit, building_name: str, number: str, floor: int, column: int) -> Flat:
    """Return a flat of a unit, not yet written, with what it is found by."""
    return Flat(
        unit=unit,
        number=number,
        floor=floor,
        column=column,
        area_ids=unit.area_ids,
        changed_at=clock.now(),
        address_key=addresses.key_of(building_name, unit.number, number),
    )


def _checked(changes: Mapping[str, object]) -> dict[str, Any]:
    """Return changes in their form; raises ``BadInput`` naming the one that is not."""
    good: dict[str, Any] = {}
    for name, value in changes.items():
        check = _CHECKS.get(name)
        if check is None:
            raise BadInput("homes.field", _("A flat has no such thing."), field=name)
        if value is None:
            continue
        good[name] = check(value)
        if good[name] is None:
            raise BadInput("homes.value", _("This cannot be so."), field=name)
    return good


def _number(value: object) -> str | None:
    text = str(value).strip()
    return text if 0 < len(text) <= 16 else None


def _floor(value: object) -> int | None:
    whole = _whole(value)
    return whole if whole and LOWEST <= whole <= HIGHEST else None


def _column(value: object) -> int | None:
    whole = _whole(value)
    return whole if whole is not None and 0 <= whole < MOST_COLUMNS else None


def _whole(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


_CHECKS: Mapping[str, Any] = {
    "number": _number,
    "floor": _floor,
    "column": _column,
    "use": lambda value: value if value in FlatUse.values else None,
    "state": lambda value: value if value in FlatState.values else None,
    "has_dog": bool,
    "charging_hazard": bool,
    "no_visit": bool,
}


def _shape(shape: Mapping[str, float] | None) -> dict[str, float] | None:
    if shape is None:
        return None
    try:
        drawn = {side: float(shape[side]) for side in _SIDES}
    except (KeyError, TypeError, ValueError):
        drawn = {}
    inside = drawn and all(abs(each) <= 500 for each in drawn.values())
    if not inside or drawn["width"] <= 0 or drawn["height"] <= 0:
        raise BadInput("homes.shape", _("This shape cannot be drawn."), field="shape")
    return drawn


def _check_bounds(lowest: int, highest: int, columns: int) -> None:
    if not (LOWEST <= lowest <= highest <= HIGHEST) or (lowest == highest == 0):
        raise BadInput("homes.floors", _("These floors cannot be."), field="highest")
    if not 1 <= columns <= MOST_COLUMNS or (highest - lowest + 1) * columns > MOST_CELLS:
        raise BadInput("homes.columns", _("So many flats cannot be."), field="columns")


def _confirm(flat: Flat, actor: Actor, at: dt.datetime | None = None) -> dt.datetime:
    """Make a flat fresh as of a moment, never staler than it is; return the moment."""
    moment = at or clock.now()
    if flat.confirmed_at is None or flat.confirmed_at < moment:
        flat.confirmed_at = moment
        flat.confirmed_by = actor.member.pk if isinstance(actor, MemberActor) else None
    return moment


def _save(flat: Flat) -> None:
    unit = flat.unit
    flat.address_key = addresses.key_of(unit.building.name, unit.number, flat.number)
    flat.version += 1
    flat.changed_at = clock.now()
    try:
        with transaction.atomic():
            flat.save()
    except IntegrityError:
        said = _("The unit has a flat of this number already.")
        raise Conflict("homes.number_taken", said, field="number") from None


def _note(actor: Actor, act: str, subject: str, **detail: object) -> None:
    audit.record(actor=str(actor), act=act, subject=subject, detail=detail)
