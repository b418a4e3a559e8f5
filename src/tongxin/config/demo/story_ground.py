"""Chooses where the stories play: the showcase beat and community, and the village far away."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from tongxin.config.demo.drawn import DrawnArea, DrawnLandmark, StoryGround
from tongxin.config.demo.ground import Ground
from tongxin.config.demo.networks import Networks
from tongxin.config.demo.plane import to_degrees, to_metres
from tongxin.config.demo.roadside import Roadside

Floats = npt.NDArray[np.float64]
STORY_GRIDS = 5
FAR_M = 6_000.0
# Two minutes by e-bike: where the village officer of story S12 lives from the quarrel.
NEAR_M = (150.0, 420.0)


def grids_by_beat(ground: Ground, networks: Networks) -> dict[str, list[str]]:
    """Lay each governance grid to the beat where most of its people live: beat → grid codes."""
    beats, grids = networks.layer("police", "beat"), networks.layer("governance", "grid")
    table = np.zeros((len(grids.areas), len(beats.areas)))
    np.add.at(table, (grids.of_block, beats.of_block), ground.people)
    found: dict[str, list[str]] = {area.code: [] for area in beats.areas}
    for grid, beat in zip(grids.areas, table.argmax(axis=1), strict=True):
        found[beats.areas[int(beat)].code].append(grid.code)
    return found


def showcase_beat(ground: Ground, networks: Networks) -> str:
    """Return a well-peopled beat that has five grids, or the nearest to five."""
    grids = grids_by_beat(ground, networks)
    usual = round(sum(map(len, grids.values())) / len(grids))
    beats = networks.layer("police", "beat").areas
    wanted = STORY_GRIDS if usual <= 2 * STORY_GRIDS else usual
    return min(beats, key=lambda a: (abs(len(grids[a.code]) - wanted), -a.population)).code


def choose_story(
    ground: Ground,
    networks: Networks,
    roadside: Roadside,
    landmarks: tuple[DrawnLandmark, ...],
    beat: str,
) -> StoryGround:
    """Choose the grounds of S01, S02 and S12."""
    village, station, metres = _far_village(ground, networks, roadside, landmarks)
    pump = next(m for m in landmarks if m.area_code == village.code and "排灌站" in m.name)
    quarrel = to_metres(np.array([[pump.lon, pump.lat]]))[0]
    home = _near(roadside, village, quarrel)
    return StoryGround(
        beat=beat,
        community=_community_of(ground, networks, beat),
        village=village.code,
        far_station=station,
        far_metres=round(metres),
        quarrel=(pump.lon, pump.lat),
        home_of_village_officer=_pair(home),
    )


def _pair(spot: Floats) -> tuple[float, float]:
    lon, lat = to_degrees(spot[None])[0].round(6).tolist()
    return lon, lat


def _community_of(ground: Ground, networks: Networks, beat: str) -> str:
    """Return the community, no village, where most people of the beat live."""
    beats, layer = networks.layer("police", "beat"), networks.layer("governance", "community")
    mine = np.array([beats.areas[int(k)].code == beat for k in beats.of_block])
    people: Counter[int] = Counter()
    for block in np.flatnonzero(mine):
        area = int(layer.of_block[block])
        if not layer.areas[area].is_village:
            people[area] += round(float(ground.people[block]))
    return layer.areas[people.most_common(1)[0][0]].code


def _far_village(
    ground: Ground,
    networks: Networks,
    roadside: Roadside,
    landmarks: tuple[DrawnLandmark, ...],
) -> tuple[DrawnArea, str, float]:
    """Return the village nearest to 6 km by road from its station, but not nearer if possible."""
    stations = {m.area_code: m for m in landmarks if m.kind == "station"}
    ranked = []
    for area in networks.layer("governance", "community").areas:
        pump = next((m for m in landmarks if m.area_code == area.code and "排灌站" in m.name), None)
        if area.is_village and pump:
            spots = to_metres(np.array([[pump.lon, pump.lat]]))
            station = _station_at(ground, networks, spots[0])
            here = stations[station]
            origin = to_metres(np.array([[here.lon, here.lat]]))[0]
            metres = float(roadside.metres_from(origin, spots)[0])
            ranked.append(
                (abs(metres - FAR_M) if metres >= FAR_M else 1e9 - metres, area, station, metres)
            )
    best = min(ranked, key=lambda row: row[0])
    return best[1], best[2], best[3]


def _station_at(ground: Ground, networks: Networks, spot: Floats) -> str:
    nearest = int(np.argmin(np.hypot(*(ground.middles - spot).T)))
    return networks.code_at("police", "station", nearest)


def _near(roadside: Roadside, village: DrawnArea, spot: Floats) -> Floats:
    """Return a home in the village 150 to 420 m by road from ``spot``, or the nearest to that."""
    homes = roadside.within(village.geometry)
    if not len(homes):
        return spot
    metres = roadside.metres_from(spot, homes)
    good = (metres >= NEAR_M[0]) & (metres <= NEAR_M[1])
    off = np.where(good, 0.0, np.abs(metres - NEAR_M[1]))
    chosen: Floats = homes[int(np.argmin(off))]
    return chosen
