"""Draws the whole demo district on a street net: areas, buildings, posts, landmarks, people."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

from tongxin.config.demo.calls import DemoPlace, Sampler
from tongxin.config.demo.cast import Stage, draw_cast
from tongxin.config.demo.drawn import SIZES, District, DistrictSize
from tongxin.config.demo.ground import cut_ground
from tongxin.config.demo.marks import Marks
from tongxin.config.demo.networks import draw_networks
from tongxin.config.demo.places import draw_buildings
from tongxin.config.demo.roadside import Roadside
from tongxin.config.demo.story_ground import choose_story, showcase_beat
from tongxin.config.demo.streets import StreetNet, demo_streets

# Blocks a grid is put together of, so that networks have something to differ by.
BLOCKS_A_GRID = 4
AT_LANDMARKS = 0.2

Progress = Callable[[str], None]


def draw_demo(
    downloads: Path, *, size: str = "default", offline: bool = False, told: Progress = print
) -> District:
    """Fetch or make the streets, then draw the district of a named size (default or large)."""
    return draw_district(demo_streets(downloads, offline=offline), SIZES[size], told=told)


def draw_district(
    net: StreetNet, size: DistrictSize, *, told: Progress = lambda _: None
) -> District:
    """Draw a district on a street net; the same net and size give the same district.

    ``told`` hears each step in a few words. Takes a few seconds, the large size under a minute.
    """
    told("blocks along the streets")
    most = size.population / (size.grids * BLOCKS_A_GRID)
    ground = cut_ground(net.lines, population=size.population, most_people=most)
    told("areas of four networks")
    networks = draw_networks(ground, size)
    roadside = Roadside(net.lines)
    beat = showcase_beat(ground, networks)
    told("buildings, posts and landmarks")
    buildings = draw_buildings(ground, networks, roadside, size, beat)
    marks = Marks(ground, networks, roadside, size)
    landmarks = marks.landmarks()
    posts = marks.posts(landmarks)
    told("people")
    story = choose_story(ground, networks, roadside, landmarks, beat)
    members, teams = draw_cast(Stage(ground, networks, roadside, size, posts, landmarks, story))
    areas = networks.areas()
    return District(
        size, net, ground, areas, posts, landmarks, buildings, members, teams, story,
        {(a.network, a.code): a for a in areas},
    )  # fmt: skip


def call_places(district: District) -> Sampler:
    """Return a sampler of where calls come from: homes by their flats, and landmarks."""
    villages = {a.code for a in district.areas if a.is_village}
    homes, marks = district.buildings, district.landmarks
    heaped = list(accumulate(b.flats for b in homes))

    def sample(rng: random.Random) -> DemoPlace:
        if rng.random() < AT_LANDMARKS:
            mark = rng.choice(marks)
            return DemoPlace(mark.lon, mark.lat, mark.name, mark.area_code in villages)
        home = homes[bisect.bisect(heaped, rng.random() * heaped[-1])]
        return DemoPlace(home.lon, home.lat, home.name, home.estate_code in villages)

    return sample
