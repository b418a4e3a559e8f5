"""Who may see and change what of the register, and how a flat, a building, a resident is reached.

Outside the actor's ground everything is ``NotFound`` (the database shows no row); on it, without
the right, ``Forbidden``. The glass that a member broke opens one foreign building for looks only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes.models import BreakGlass, CareMark, Flat, RegisterGrant, Resident, Unit
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.grants import acting
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, SystemActor, acting_as
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Building
from tongxin.kernel import clock, prepared
from tongxin.kernel.errors import Conflict, Forbidden, NotFound
from tongxin.kernel.geometry import Spot

_CELL = """
    SELECT f.id, u.building_id, f.area_ids
    FROM homes_flat f JOIN homes_unit u ON u.id = f.unit_id WHERE f.id = %s
"""
NO_PLANS = _("Your role does not use the floor plans here.")


@dataclass(frozen=True, slots=True)
class Sight:
    """What an actor sees of the register on a piece of ground.

    ``all_people``: everybody (an officer there, a register grant, broken glass). Else, where he
    ``tends``, those whom he entered himself. ``glass_id``: through broken glass, so looks only.
    """

    member_id: int
    all_people: bool
    tends: bool
    glass_id: int | None = None

    def __bool__(self) -> bool:
        return self.all_people or self.tends

    @property
    def may_edit(self) -> bool:
        """Tell whether plans, contacts and care marks may be changed."""
        return bool(self) and self.glass_id is None

    def sees(self, entered: Resident | CareMark) -> bool:
        """Tell whether a resident's row, or a care mark, is for these eyes."""
        if isinstance(entered, Resident) and entered.is_protected:
            return False
        return self.all_people or (self.tends and entered.entered_by == self.member_id)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a flat lies: its id, building and areas."""

    id: int
    building_id: int
    area_ids: tuple[int, ...]


def sight(actor: Actor, area_ids: Iterable[int]) -> Sight:
    """Return what the actor sees on a piece of ground; falsy means nothing."""
    ids = tuple(area_ids)
    if isinstance(actor, SystemActor):
        return Sight(0, all_people=True, tends=True)
    if not isinstance(actor, MemberActor):
        return Sight(0, all_people=False, tends=False)
    member_id = actor.member.pk
    if access.may(actor, Permission.SEE_REGISTER, ids):
        return Sight(member_id, all_people=True, tends=True)
    if not access.may(actor, Permission.TEND_REGISTER, ids):
        return Sight(member_id, all_people=False, tends=False)
    return Sight(member_id, all_people=_has_register_grant(member_id, ids), tends=True)


def sights(actor: Actor, grounds: Iterable[Iterable[int]]) -> dict[tuple[int, ...], Sight]:
    """Return what the actor sees on several pieces of ground, each asked about once."""
    return {ground: sight(actor, ground) for ground in {tuple(ids) for ids in grounds}}


def require_sight(actor: Actor, area_ids: Iterable[int]) -> Sight:
    """Return the sight, or raise ``Forbidden`` when it is none."""
    seen = sight(actor, area_ids)
    if not seen:
        raise Forbidden("homes.forbidden", NO_PLANS, field="register")
    return seen


def require_officer(actor: Actor, area_ids: Iterable[int]) -> None:
    """Raise ``Forbidden`` unless the actor is an officer, or chief, of this ground."""
    access.require(actor, Permission.SEE_REGISTER, area_ids)


def member_of(actor: Actor) -> Member:
    """Return the member who acts; raises ``Forbidden`` for anybody else."""
    if not isinstance(actor, MemberActor):
        raise Forbidden("homes.member_only", _("Only a member opens personal data."))
    return actor.member


def as_member(who: Member | Actor) -> AbstractContextManager[object]:
    """Return the block in which the database shows this member's ground; none within his own."""
    member_id = (
        who.pk if isinstance(who, Member) else getattr(getattr(who, "member", None), "pk", 0)
    )
    here = acting.get()
    if here is not None and here.member_id is not None and here.member_id == member_id:
        return nullcontext()
    return acting_as(who)


@contextmanager
def at_flat(flat_id: int, actor: Actor, *, lock: bool = False) -> Iterator[tuple[Flat, Sight]]:
    """Yield a flat (with unit and building) to change, in a transaction as the actor.

    Raises ``NotFound`` off the actor's ground, ``Forbidden`` without the right.
    """
    with acting_as(actor):
        flat = _flat(flat_id, lock=lock)
        if flat is None:
            raise absent()
        yield flat, require_sight(actor, flat.area_ids)


@contextmanager
def looking_at_flat(flat_id: int, actor: Actor) -> Iterator[tuple[Flat, Sight]]:
    """Yield a flat to look at: on the actor's ground, or through glass that he broke."""
    with looking_at_cell(flat_id, actor) as (_cell, seen):
        flat = _flat(flat_id)
        if flat is None:
            raise absent()
        yield flat, seen


@contextmanager
def looking_at_cell(flat_id: int, actor: Actor) -> Iterator[tuple[Cell, Sight]]:
    """Yield of a flat only where it lies, as ``looking_at_flat``: while somebody waits to ring."""
    with as_member(actor):
        cell = _cell(flat_id)
        if cell is not None:
            seen = sight(actor, cell.area_ids)
            yield cell, seen or _through_glass(actor, cell.area_ids, cell.building_id)
            return
    with acting_as("homes.glass"):
        cell = _cell(flat_id)
        if cell is None or open_glass(actor, cell.building_id) is None:
            raise absent()
        yield cell, _through_glass(actor, cell.area_ids, cell.building_id)


@contextmanager
def looking_at_building(building_id: int, actor: Actor) -> Iterator[tuple[Building, Sight]]:
    """Yield a building to look at: on the actor's ground, or through glass that he broke."""
    building = Building.objects.defer("grams").filter(pk=building_id).first()
    if building is None:
        raise absent()
    areas = ground_of(building)
    seen = sight(actor, areas)
    if seen:
        with as_member(actor):
            yield building, seen
        return
    if open_glass(actor, building_id) is None:
        require_ground(actor, areas)
    seen = _through_glass(actor, areas, building_id)
    with acting_as("homes.glass"):
        yield building, seen


@contextmanager
def at_building(building_id: int, actor: Actor) -> Iterator[tuple[Building, list[int], Sight]]:
    """Yield a building and its areas to change, in a transaction as the actor."""
    building = Building.objects.defer("grams").filter(pk=building_id).first()
    if building is None:
        raise absent()
    areas = ground_of(building)
    require_ground(actor, areas)
    with acting_as(actor):
        yield building, areas, require_sight(actor, areas)


@contextmanager
def at_unit(unit_id: int, actor: Actor) -> Iterator[tuple[Unit, Sight]]:
    """Yield a unit, locked, to change, in a transaction as the actor."""
    with acting_as(actor):
        unit = Unit.objects.select_for_update(of=("self",)).select_related("building")
        found = unit.filter(pk=unit_id).first()
        if found is None:
            raise absent()
        yield found, require_sight(actor, found.area_ids)


@contextmanager
def at_resident(resident_id: int, actor: Actor) -> Iterator[tuple[Resident, Sight]]:
    """Yield a resident, locked, whom the actor may amend, in a transaction as the actor.

    Who is protected is ``NotFound`` for everybody; who was entered by somebody else is
    ``Forbidden`` for a grid worker without a register grant.
    """
    with acting_as(actor):
        lock_flat_of(resident_id)
        rows = Resident.objects.select_for_update(of=("self",)).select_related("flat__unit")
        found = rows.filter(pk=resident_id, is_protected=False).first()
        if found is None:
            raise absent()
        seen = require_sight(actor, found.area_ids)
        if not seen.sees(found):
            raise not_yours()
        yield found, seen


def lock_flat_of(resident_id: int) -> None:
    """Take the lock of a resident's flat: always before the resident's own, so none dead-lock."""
    held = Resident.objects.filter(pk=resident_id).values("flat_id")
    Flat.objects.select_for_update().filter(pk__in=held).first()


def require_ground(actor: Actor, area_ids: Iterable[int]) -> None:
    """Raise ``NotFound`` unless any grant of the actor's reaches this ground."""
    from tongxin.foundation.access.grants import held_grants

    if isinstance(actor, SystemActor):
        return
    ids = frozenset(area_ids)
    grants = held_grants(actor.member) if isinstance(actor, MemberActor) else ()
    if not any(not ids.isdisjoint(grant.area_ids) for grant in grants):
        raise absent()


def ground_of(building: Building) -> list[int]:
    """Return the areas, with ancestors, in which a building lies today."""
    return list(locating.locate(Spot(building.lon, building.lat)).area_ids)


def open_glass(actor: Actor, building_id: int) -> BreakGlass | None:
    """Return the glass over a building that the actor broke and that is still open."""
    if not isinstance(actor, MemberActor):
        return None
    with acting_as("homes.glass"):
        rows = BreakGlass.objects.filter(
            member_id=actor.member.pk, building_id=building_id, valid_to__gt=clock.now()
        )
        return rows.order_by("-valid_to").first()


def check_version(row: models.Model, version: int | None) -> None:
    """Raise ``Conflict`` when somebody changed the row since ``version`` was seen."""
    if version is not None and version != row.version:  # type: ignore[attr-defined]
        raise stale()


def stale() -> Conflict:
    """Return the answer for what is no longer as the actor saw it."""
    said = _("Somebody was faster: this has changed since you opened it. Look again.")
    return Conflict("homes.stale", said, field="version")


def absent() -> NotFound:
    """Return the one answer for what is absent and what is off the actor's ground."""
    return NotFound("homes.absent", _("There is no such home, or it is not on your ground."))


def not_yours() -> Forbidden:
    """Return the answer for what another member entered."""
    return Forbidden(
        "homes.not_yours", _("Another member entered this; ask the officer for a register grant.")
    )


def _cell(flat_id: int) -> Cell | None:
    row = prepared.row(_CELL, [flat_id])
    return Cell(row[0], row[1], tuple(row[2])) if row else None


def _flat(flat_id: int, *, lock: bool = False) -> Flat | None:
    rows = Flat.objects.select_related("unit__building").defer("unit__building__grams")
    if lock:
        rows = rows.select_for_update(of=("self",))
    return rows.filter(pk=flat_id).first()


def _through_glass(actor: Actor, area_ids: Iterable[int], building_id: int) -> Sight:
    """Return what is seen through glass that is open, else raise ``Forbidden``."""
    glass = open_glass(actor, building_id)
    if glass is None:
        return require_sight(actor, area_ids)
    return Sight(glass.member_id, all_people=True, tends=False, glass_id=glass.pk)


def _has_register_grant(member_id: int, area_ids: tuple[int, ...]) -> bool:
    now = clock.now()
    rows = RegisterGrant.objects.filter(member_id=member_id, area_id__in=area_ids)
    return rows.filter(valid_from__lte=now, valid_to__gt=now).exists()
