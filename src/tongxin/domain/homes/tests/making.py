"""A small district with buildings, flats and people in them, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tongxin.domain.homes import actions
from tongxin.domain.homes.models import Flat, Resident, Unit
from tongxin.domain.incidents.tests.making import Cast, by
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory import locating, lookup
from tongxin.foundation.territory.models import Building
from tongxin.foundation.territory.tests.making import spot

__all__ = ["Homes", "building", "by", "enter", "standing_homes"]


class Homes(Cast):
    """The cast, 铁塔寺小区3号楼 (two units of six floors) on the officer's beat, one elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        ground = self.ground
        self.supervisor = member("冯督", Role.SUPERVISOR, ground.branch)
        self.partner = member("陈伴", Role.PARTNER, ground.beats[0])
        self.patrol = member("褚巡", Role.PATROL_OFFICER, ground.station)
        self.far_worker = member("卫格", Role.GRID_WORKER, ground.grids[0])
        self.administrators = [
            member("管某", role, ground.branch)
            for role in (
                Role.SYSTEM_ADMINISTRATOR,
                Role.SECURITY_ADMINISTRATOR,
                Role.AUDIT_ADMINISTRATOR,
            )
        ]
        self.here = building("铁塔寺小区", 3, 0.5, 0.5)
        self.there = building("东湖花园", 3, 1.5, 1.5)
        lookup.forget()
        locating.forget()
        self.units = [
            actions.lay_out_unit(self.here.pk, number, 1, 6, 2, actor=by(self.officer))
            for number in ("1", "2")
        ]
        self.far_unit = actions.lay_out_unit(self.there.pk, "2", 1, 6, 2, actor=by(self.outsider))

    def flat(self, number: str, unit: Unit | None = None) -> Flat:
        """Return a flat of the second unit (or another) as the officer sees it."""
        from tongxin.foundation.access.scope import acting_as

        with acting_as("test"):
            return Flat.objects.select_related("unit").get(
                unit=unit or self.units[1], number=number
            )


def building(estate: str, number: int, column: float, row: float, **more: Any) -> Building:
    """Write a building of an estate on the chessboard."""
    at = spot(column, row)
    return Building.objects.create(
        code=f"{estate}-{number}",
        name=f"{number}号楼",
        estate=estate,
        address=f"解放路{number}号{estate}{number}号楼",
        lon=at.lon,
        lat=at.lat,
        **{"units": 2, "floors": 6, **more},
    )


def enter(flat: Flat, who: Member, **more: Any) -> Resident:
    """Have a member enter somebody of a flat, by consent unless something else is given."""
    given: dict[str, Any] = {
        "part": "occupant",
        "name": "单雄信",
        "phone": "13800138000",
        "legal_basis": "consent",
        "consented": True,
        "notice_version": "2026-1",
    }
    return actions.add_resident(flat.pk, actor=by(who), **{**given, **more})


def standing_homes() -> Iterator[Homes]:
    """Yield the district with buildings and people; what memory holds of it goes afterwards."""
    yield Homes()
    locating.forget()
    lookup.forget()
