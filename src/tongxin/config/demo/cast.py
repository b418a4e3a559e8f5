"""Everybody who serves in the demo district, invented, with grants, posts and log-ins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from tongxin.config.demo.drawn import (
    DistrictSize,
    DrawnArea,
    DrawnGrant,
    DrawnLandmark,
    DrawnMember,
    DrawnPost,
    DrawnTeam,
    StoryGround,
)
from tongxin.config.demo.ground import Ground
from tongxin.config.demo.names import NameBook, phone_number
from tongxin.config.demo.networks import Networks
from tongxin.config.demo.plane import to_degrees, to_metres
from tongxin.config.demo.roadside import Roadside
from tongxin.config.demo.story_ground import grids_by_beat

Floats = npt.NDArray[np.float64]
AUXILIARIES_A_BEAT = 2
VOLUNTEERS_PER_10_000 = 56
SKILLS = ("first_aid", "fire", "mediation", "sign_language", "dialect", "traffic", "water_rescue")
TOWN_PER_KM2 = 4_000.0
ONE_MINUTE_WEIGHT = 3.0
PARTNERS, GUARDS, REPRESENTATIVES, BUILDING_HEADS = 12, 40, 20, 40


@dataclass(frozen=True)
class Stage:
    """What the cast is set on."""

    ground: Ground
    networks: Networks
    roadside: Roadside
    size: DistrictSize
    posts: tuple[DrawnPost, ...]
    landmarks: tuple[DrawnLandmark, ...]
    story: StoryGround


def draw_cast(stage: Stage) -> tuple[tuple[DrawnMember, ...], tuple[DrawnTeam, ...]]:
    """Draw all members and teams; the demo log-ins are among them."""
    company = _Company(stage)
    crews, crew_teams = company.crews()
    beat_members, beat_teams = company.beats()
    members = [
        *beat_members, *crews, *company.villages(), *company.stations(), *company.desk(),
        *company.volunteers(), *company.neighbours(), *company.other_networks(),
    ]  # fmt: skip
    return _on_duty(members, stage.size.on_duty), (*beat_teams, *crew_teams)


def _on_duty(members: list[DrawnMember], wanted: int | None) -> tuple[DrawnMember, ...]:
    """Put other networks' staff and volunteers on duty until ``wanted`` are, if it is told."""
    lacking = 0 if wanted is None else wanted - sum(m.on_duty for m in members)
    reserves = [m for m in members if not m.on_duty and m.kind == "network_staff"]
    reserves += [m for m in members if not m.on_duty and m.kind == "security_volunteer"]
    called = {m.code for m in reserves[: max(lacking, 0)]}
    return tuple(replace(m, on_duty=True) if m.code in called else m for m in members)


class _Company:
    """Casts role by role; numbering and names run on."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._book, self._phones = NameBook("people"), count(10_000_000)
        self._rng = np.random.default_rng(23)
        self._serial = count(1)
        self._streets: dict[tuple[str, str], Floats] = {}
        manned = [p for p in stage.posts if p.kind in ("room", "station")]
        self._manned = manned
        self._manned_tree = KDTree(to_metres(np.array([[p.lon, p.lat] for p in manned])))
        self._point_of = {p.area_code: p.code for p in reversed(stage.posts) if p.kind == "point"}

    def beats(self) -> tuple[list[DrawnMember], list[DrawnTeam]]:
        """Cast officers, auxiliaries and grid workers, and the 1+2+N team of each beat."""
        beats = self._layer("police", "beat")
        second = self._doubled(beats, self._stage.size.officers - len(beats))
        workers = {m.grants[0].area_code: m for m in self._grid_workers()}
        grids = grids_by_beat(self._stage.ground, self._stage.networks)
        members, teams = list(workers.values()), []
        for beat in beats:
            own = [*self._beat_police(beat, 2 if beat.code in second else 1)]
            members += own
            crew = [*own, *(workers[g] for g in grids[beat.code])]
            teams.append(_team("one_two_n", f"B-{beat.code}", f"{beat.name} 1+2+N", beat, crew))
        return members, teams

    def _doubled(self, beats: Sequence[DrawnArea], extra: int) -> set[str]:
        """Return the beats with a second officer; the showcase of S01 has one."""
        others = [a for a in beats if a.code != self._stage.story.beat]
        return {a.code for a in sorted(others, key=lambda a: (-a.population, a.code))[:extra]}

    def _beat_police(self, beat: DrawnArea, officers: int) -> Iterator[DrawnMember]:
        here = beat.code == self._stage.story.beat
        for k in range(officers):
            login = "officer" if here and k == 0 else ""
            yield self._member(
                "community_officer", beat, mode="bicycle", on_duty=True, login=login,
                skills=("mediation", "first_aid"), manned=True,
            )  # fmt: skip
        for k in range(AUXILIARIES_A_BEAT):
            login = "auxiliary" if here and k == 0 else ""
            yield self._member("auxiliary", beat, mode="bicycle", on_duty=True, login=login)

    def _grid_workers(self) -> Iterator[DrawnMember]:
        beat = self._stage.story.beat
        mine = grids_by_beat(self._stage.ground, self._stage.networks)[beat][0]
        for grid in self._layer("governance", "grid"):
            yield self._member(
                "grid_worker", grid, on_duty=True, login="gridworker" if grid.code == mine else "",
                mode="bicycle" if grid.is_village else "foot",
                post=self._point_of.get(grid.code, ""),
            )  # fmt: skip

    def crews(self) -> tuple[list[DrawnMember], list[DrawnTeam]]:
        """Cast 72 crews of five in cars; they stand together on a street in built-up ground."""
        size = self._stage.size
        members, teams = [], []
        for number, block in enumerate(self._crew_blocks(size.crews), 1):
            code = self._stage.networks.code_at("police", "station", block)
            station = self._area("police", "station", code)
            spot = self._stage.roadside.near(self._stage.ground.middles[block])
            crew = [
                self._member("patrol_officer", station, spot=spot, mode="car", on_duty=True)
                for _ in range(size.crew_of)
            ]
            members += crew
            teams.append(_team("crew", f"CREW-{number:02d}", f"{number:02d}号车组", station, crew))
        return members, teams

    def _crew_blocks(self, crews: int) -> list[int]:
        """Choose blocks by people, in town only: crews cover lines, not fields."""
        ground = self._stage.ground
        town = ground.people / ground.size_m2 * 1e6 > TOWN_PER_KM2
        beats = self._stage.networks.layer("police", "beat")
        minutes = np.array([a.promise_minutes or 5 for a in beats.areas])[beats.of_block]
        # Where a minute is promised crews stand closer together, as the promise demands.
        weights = np.where(
            town, ground.people * np.where(minutes == 1, ONE_MINUTE_WEIGHT, 1.0), 0.0
        )
        heaped = np.cumsum(weights) / weights.sum()
        return [int(np.searchsorted(heaped, (k + 0.5) / crews)) for k in range(crews)]

    def villages(self) -> Iterator[DrawnMember]:
        """Cast at least one village officer each; the first of S12 lives near the quarrel."""
        story, size = self._stage.story, self._stage.size
        villages = [a for a in self._layer("governance", "community") if a.is_village]
        extra = size.village_officers - len(villages)
        for k, area in enumerate([*villages, *villages[:extra]]):
            first = area.code == story.village and k < len(villages)
            home = to_metres(np.array([story.home_of_village_officer]))[0] if first else None
            yield self._member(
                "village_officer", area, spot=home, mode="bicycle", on_duty=True,
                login="villageofficer" if first else "", skills=("mediation", "dialect"),
            )  # fmt: skip

    def stations(self) -> Iterator[DrawnMember]:
        """Cast each station's chief, deputy and assistant, who stand at the station."""
        own = self._stage.networks
        story = next(
            a.parent_code for a in own.layer("police", "beat").areas
            if a.code == self._stage.story.beat
        )  # fmt: skip
        spots = {m.area_code: m for m in self._stage.landmarks if m.kind == "station"}
        for area in self._layer("police", "station"):
            spot = to_metres(np.array([[spots[area.code].lon, spots[area.code].lat]]))[0]
            login = "chief" if area.code == story else ""
            yield self._member("station_chief", area, spot=spot, login=login, mode="car")
            yield self._member("deputy_station_chief", area, spot=spot, mode="car", on_duty=True)
            yield self._member("police_assistant", area, spot=spot, on_duty=True)

    def desk(self) -> Iterator[DrawnMember]:
        """Cast the branch: chief, dispatchers, supervisors and the three administrators."""
        branch = self._layer("police", "branch")[0]
        spot = self._stage.roadside.near(np.zeros(2))
        single = {
            "branch_chief": "", "system_administrator": "sysadmin",
            "security_administrator": "secadmin", "audit_administrator": "auditor",
        }  # fmt: skip
        for k in range(self._stage.size.dispatchers):
            login = "dispatcher" if k == 0 else ""
            yield self._member("dispatcher", branch, spot=spot, login=login)
        for k in range(3):
            yield self._member(
                "supervisor", branch, spot=spot, login="supervisor" if k == 0 else ""
            )
        for role, login in single.items():
            yield self._member(role, branch, spot=spot, login=login)

    def volunteers(self) -> Iterator[DrawnMember]:
        """Cast 56 volunteers for 10,000 residents in the showcase community, the rest elsewhere."""
        story, size = self._stage.story, self._stage.size
        areas = self._layer("governance", "community")
        showcase = self._area("governance", "community", story.community)
        here = round(showcase.population * VOLUNTEERS_PER_10_000 / 10_000)
        others = [a for a in areas if a.code != story.community]
        for k in range(here):
            login = "volunteer" if k == 0 else ""
            yield self._member("security_volunteer", showcase, login=login, skills=self._skills())
        total = sum(a.population for a in others)
        due = 0.0
        for area in others:
            due += (size.volunteers - here) * area.population / total
            for _ in range(round(due)):
                yield self._member("security_volunteer", area, skills=self._skills())
            due -= round(due)

    def neighbours(self) -> Iterator[DrawnMember]:
        """Cast those who help from where they are: managers, heads, cadres, partners, guards."""
        showcase = self._area("governance", "community", self._stage.story.community)
        communities = self._layer("governance", "community")
        estates = [a for a in self._layer("governance", "estate") if not a.is_village]
        by_people = sorted(estates, key=lambda a: (-a.population, a.code))
        mine = [a for a in estates if a.parent_code == showcase.code]
        for k in range(PARTNERS):
            yield self._member("partner", showcase, login="partner" if k == 0 else "")
        yield from (self._member("community_cadre", a) for a in communities)
        yield from (self._member("property_manager", a) for a in by_people[:75])
        yield from (self._member("security_guard", a) for a in by_people[:GUARDS])
        yield from (
            self._member("building_head", mine[k % len(mine)]) for k in range(BUILDING_HEADS)
        )
        yield from (
            self._member("residents_representative", mine[k % len(mine)])
            for k in range(REPRESENTATIVES)
        )
        schools = [m for m in self._stage.landmarks if m.kind == "school"]
        for school in schools:
            area = self._area("governance", "community", school.area_code)
            spot = to_metres(np.array([[school.lon, school.lat]]))[0]
            yield self._member("school_contact", area, spot=spot)

    def other_networks(self) -> Iterator[DrawnMember]:
        """Cast one worker for each grid of the civic and the urban-management network."""
        for network in ("civic", "urban"):
            for grid in self._layer(network, "grid"):
                yield self._member("network_staff", grid)

    def _skills(self) -> tuple[str, ...]:
        return tuple(s for s in SKILLS if self._rng.random() < 0.12)

    def _layer(self, network: str, level: str) -> list[DrawnArea]:
        return self._stage.networks.layer(network, level).areas

    def _area(self, network: str, level: str, code: str) -> DrawnArea:
        return next(a for a in self._layer(network, level) if a.code == code)

    def _member(
        self,
        role: str,
        area: DrawnArea,
        *,
        spot: Floats | None = None,
        mode: str = "foot",
        on_duty: bool = False,
        login: str = "",
        skills: tuple[str, ...] = (),
        post: str = "",
        manned: bool = False,
    ) -> DrawnMember:
        surname, name = self._book.person()
        where = self._somewhere(area) if spot is None else spot
        lon, lat = to_degrees(where[None])[0].round(6).tolist()
        return DrawnMember(
            code=f"M-{next(self._serial):05d}",
            kind=role,
            name=name,
            surname=surname,
            phone=phone_number(next(self._phones)),
            skills=skills,
            grants=(DrawnGrant(role, area.network, area.code),),
            lon=lon,
            lat=lat,
            mode=mode,
            on_duty=on_duty,
            post_code=self._nearest_post(where) if manned else post,
            login=login,
        )

    def _nearest_post(self, spot: Floats) -> str:
        return self._manned[int(self._manned_tree.query(spot)[1])].code

    def _somewhere(self, area: DrawnArea) -> Floats:
        key = (area.network, area.code)
        if key not in self._streets:
            self._streets[key] = self._stage.roadside.within(area.geometry)
        spots = self._streets[key]
        if not len(spots):
            inside = area.geometry.representative_point()
            return self._stage.roadside.near(to_metres(np.array([[inside.x, inside.y]]))[0])
        chosen: Floats = spots[int(self._rng.integers(len(spots)))]
        return chosen


def _team(
    kind: str, code: str, name: str, area: DrawnArea, members: Sequence[DrawnMember]
) -> DrawnTeam:
    return DrawnTeam(kind, code, name, area.code, tuple(m.code for m in members))
