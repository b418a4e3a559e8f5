"""Members invented for a real city's beats: a police force on duty, and who takes the calls."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import shapely

from tongxin.config.real.rows import Bounds
from tongxin.domain.dispatch import actions as dispatch
from tongxin.domain.dispatch.duty import Position
from tongxin.foundation.access import actions as access
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.scope import SystemActor, acting_as
from tongxin.foundation.territory.models import Area, Level, Network
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

ACTOR = SystemActor("demo")
UNITS_A_BEAT = (Role.COMMUNITY_OFFICER, Role.PATROL_OFFICER)
"""Who is on duty in each beat, each in a car of their own."""
_NAMES = (
    *("Ames", "Brook", "Carver", "Dale", "Ellis", "Frost", "Gray", "Hale", "Irwin", "Joyce"),
    *("Kent", "Lane", "Marsh", "North", "Orr", "Page", "Quill", "Reed", "Stone", "Tate"),
)


@dataclass(frozen=True)
class Force:
    """Who was put on duty: units in cars, and the ground that they stand on."""

    units: int
    beats: int


def put_on_duty(core: Bounds, *, password: str = "") -> Force:
    """Create a chief for each station, a desk, and two officers in cars on duty in each beat.

    They stand inside ``core`` where their beat reaches into it. With a ``password`` the desk, the
    chief and one officer can log in.
    """
    rng = random.Random(911)  # noqa: S311 - invented people, not secrets
    with acting_as(ACTOR):
        areas = list(Area.objects.filter(network=Network.POLICE).order_by("code"))
        by_id = {area.pk: area for area in areas}
        _desk(areas, password)
        units = 0
        for beat in (area for area in areas if area.level == Level.BEAT):
            for role in UNITS_A_BEAT:
                login = "officer" if units == 0 else ""
                ground = beat if role == Role.COMMUNITY_OFFICER else by_id[beat.parent_id or 0]
                _in_a_car(ground, role, _stand(beat, core, rng), login, password)
                units += 1
    return Force(units, units // len(UNITS_A_BEAT))


def _desk(areas: list[Area], password: str) -> None:
    branch = next(area for area in areas if area.level == Level.BRANCH)
    _member(branch, Role.DISPATCHER, "dispatcher", password)
    _member(branch, Role.DISPATCHER, "", "")
    for role, login in _OFFICE.items():
        _member(branch, role, login, password)
    stations = [area for area in areas if area.level == Level.STATION]
    for number, station in enumerate(stations):
        _member(station, Role.STATION_CHIEF, "" if number else "chief", password)


_OFFICE = {
    Role.SUPERVISOR: "supervisor",
    Role.SYSTEM_ADMINISTRATOR: "sysadmin",
    Role.SECURITY_ADMINISTRATOR: "secadmin",
    Role.AUDIT_ADMINISTRATOR: "auditor",
}


def _in_a_car(ground: Area, role: Role, spot: Spot, login: str, password: str) -> None:
    member = _member(ground, role, login, password, spot)
    dispatch.go_on_duty(member, "car")
    dispatch.post_positions(member, [Position(spot.lon, spot.lat, clock.now())])


def _member(area: Area, role: Role, login: str, password: str, home: Spot | None = None) -> Member:
    number = Member.objects.count() + 1
    new = access.NewMember(
        code=f"U-{number:04d}",
        name=f"{_NAMES[number % len(_NAMES)]} {number}",
        surname=_NAMES[number % len(_NAMES)],
        kind=role,
        phone=f"+1503555{number:04d}",
        home_lon=home.lon if home else None,
        home_lat=home.lat if home else None,
    )
    username = login if password else ""
    member = access.create_member(new=new, actor=ACTOR, username=username, password=password)
    access.grant(member=member, role=role, area=area, actor=ACTOR)
    return member


def _stand(beat: Area, core: Bounds, rng: random.Random) -> Spot:
    """Return a spot in the beat, inside the core where the beat reaches into it."""
    polygon = shapely.make_valid(shapely.geometry.shape(beat.geometry))
    inside = polygon.intersection(shapely.box(core.west, core.south, core.east, core.north))
    ground = polygon if inside.is_empty else inside
    spot = next(_spots_in(ground, rng))
    return Spot(round(spot.x, 7), round(spot.y, 7))


def _spots_in(ground: shapely.Geometry, rng: random.Random) -> Iterator[shapely.Point]:
    west, south, east, north = ground.bounds
    for _attempt in range(200):
        point = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
        if ground.contains(point):
            yield point
    yield ground.representative_point()
