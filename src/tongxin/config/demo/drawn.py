"""What is drawn: plain records of a district, free of any database."""

from __future__ import annotations

from dataclasses import dataclass, field

import shapely

from tongxin.config.demo.ground import Ground
from tongxin.config.demo.streets import StreetNet


@dataclass(frozen=True, slots=True)
class DistrictSize:
    """How much is drawn; counts that the stories fix (65 beats, 470 points…) never change."""

    name: str
    population: int = 1_200_000
    stations: int = 10
    beats: int = 65
    streets: int = 9
    communities: int = 100
    villages: int = 10
    estates: int = 210
    grids: int = 325
    civic_grids: int = 130
    urban_grids: int = 160
    buildings: int = 2_000
    volunteers: int = 1_000
    on_duty: int | None = None
    rooms: int = 10
    station_posts: int = 75
    points: int = 470
    schools: int = 24
    officers: int = 71
    crews: int = 72
    crew_of: int = 5
    dispatchers: int = 12
    village_officers: int = 12


SIZES = {
    "default": DistrictSize("default"),
    "large": DistrictSize(
        "large",
        estates=1_100,
        grids=3_200,
        civic_grids=900,
        urban_grids=900,
        buildings=9_000,
        volunteers=10_000,
        on_duty=4_000,
    ),
}


@dataclass(frozen=True, slots=True)
class DrawnArea:
    """An area: ``geometry`` in WGS-84 degrees; ``parent_code`` is empty at the top.

    ``number`` counts from 1 within network and level. ``promise_minutes`` is set on beats only.
    """

    network: str
    level: str
    code: str
    name: str
    number: int
    parent_code: str
    geometry: shapely.Geometry
    population: int
    is_village: bool = False
    promise_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class DrawnPost:
    """A post with its telephone; ``area_code`` is a governance area."""

    kind: str
    code: str
    name: str
    lon: float
    lat: float
    phone: str
    area_code: str


@dataclass(frozen=True, slots=True)
class DrawnLandmark:
    """A place as people say it; ``kind`` is one of station, school, village, town."""

    kind: str
    name: str
    aliases: tuple[str, ...]
    lon: float
    lat: float
    area_code: str


@dataclass(frozen=True, slots=True)
class DrawnBuilding:
    """A building: middle, footprint (degrees, closed ring, anticlockwise), units, floors, flats."""

    code: str
    name: str
    address: str
    estate: str
    estate_code: str
    beat_code: str
    lon: float
    lat: float
    footprint: tuple[tuple[float, float], ...]
    units: int
    floors: int
    flats: int


@dataclass(frozen=True, slots=True)
class DrawnGrant:
    """A role on an area of a network."""

    role: str
    network: str
    area_code: str


@dataclass(frozen=True, slots=True)
class DrawnMember:
    """Somebody who serves. ``login`` is empty for those without an account.

    ``mode`` is foot, bicycle or car; ``lon``/``lat`` is where the member stands when the demo
    opens; ``post_code`` the home post, empty for none.
    """

    code: str
    kind: str
    name: str
    surname: str
    phone: str
    skills: tuple[str, ...]
    grants: tuple[DrawnGrant, ...]
    lon: float
    lat: float
    mode: str = "foot"
    on_duty: bool = False
    post_code: str = ""
    login: str = ""


@dataclass(frozen=True, slots=True)
class DrawnTeam:
    """A crew, or the 1+2+N of a beat: ``area_code`` is a police area."""

    kind: str
    code: str
    name: str
    area_code: str
    member_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryGround:
    """Where the stories play.

    ``beat`` and ``community`` are the showcases of S01 and S02; ``village`` lies at least 6 km by
    road from ``far_station`` where the ground allows it, ``quarrel`` is a spot in its fields.
    """

    beat: str
    community: str
    village: str
    far_station: str
    far_metres: float
    quarrel: tuple[float, float]
    home_of_village_officer: tuple[float, float]


@dataclass(frozen=True)
class District:
    """The whole drawn district; deterministic for a size and a street net."""

    size: DistrictSize
    net: StreetNet
    ground: Ground
    areas: tuple[DrawnArea, ...]
    posts: tuple[DrawnPost, ...]
    landmarks: tuple[DrawnLandmark, ...]
    buildings: tuple[DrawnBuilding, ...]
    members: tuple[DrawnMember, ...]
    teams: tuple[DrawnTeam, ...]
    story: StoryGround
    by_code: dict[tuple[str, str], DrawnArea] = field(default_factory=dict)

    def area(self, network: str, code: str) -> DrawnArea:
        """Return an area by network and code.

        Raises:
            KeyError: no such area was drawn.
        """
        return self.by_code[(network, code)]
