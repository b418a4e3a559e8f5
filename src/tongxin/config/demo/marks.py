"""Posts with their telephones, and landmarks as people say them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np
import numpy.typing as npt
import shapely

from tongxin.config.demo.drawn import DistrictSize, DrawnArea, DrawnLandmark, DrawnPost
from tongxin.config.demo.ground import Ground
from tongxin.config.demo.names import NameBook, phone_number
from tongxin.config.demo.networks import Networks
from tongxin.config.demo.plane import to_degrees, to_metres
from tongxin.config.demo.roadside import Roadside

Floats = npt.NDArray[np.float64]
Saying = tuple[str, tuple[str, ...]]
POST_PHONES = 90_000_000
IN_VILLAGES: tuple[Saying, ...] = (
    ("村西北排灌站", ("排灌站", "西北泵房")),
    ("老祠堂门口", ("祠堂",)),
    ("晒谷场", ("稻场",)),
    ("村口大樟树下", ("大樟树",)),
    ("东头石桥", ("石桥", "东桥")),
)
IN_TOWN: tuple[Saying, ...] = (
    ("菜场北门", ("菜市场",)),
    ("菜场南门", ()),
    ("地铁站B口", ("地铁口",)),
    ("地铁站D口", ()),
    ("过街天桥", ("天桥",)),
    ("桥头公交站", ("桥头",)),
    ("大超市门口", ("超市",)),
    ("夜市西口", ("夜市",)),
    ("健身广场", ("小广场",)),
    ("老粮店拐角", ("粮店",)),
    ("修车铺", ()),
    ("儿童公园东门", ("公园东门",)),
    ("社区医院门口", ("卫生服务中心",)),
    ("快递驿站", ("驿站",)),
    ("加油站", ()),
    ("红绿灯口", ("十字路口",)),
    ("河边步道", ("河边",)),
    ("早点一条街", ("早点街",)),
)
TOWN_MARKS_EACH = 3


class Marks:
    """Finds spots for posts and landmarks and keeps the numbering."""

    def __init__(
        self, ground: Ground, networks: Networks, roadside: Roadside, size: DistrictSize
    ) -> None:
        self._ground, self._networks = ground, networks
        self._roadside, self._size = roadside, size
        self._book = NameBook("marks")
        self._phones = count(POST_PHONES)
        self._rng = np.random.default_rng(11)

    def station_spots(self) -> dict[str, Floats]:
        """Return where each police station stands: on a street in its liveliest block, metres."""
        layer = self._networks.layer("police", "station")
        return {
            area.code: self._liveliest(layer.of_block == k) for k, area in enumerate(layer.areas)
        }

    def _liveliest(self, mine: npt.NDArray[np.bool_]) -> Floats:
        density = np.where(mine, self._ground.people / self._ground.size_m2, 0.0)
        big = np.where(self._ground.people > 150, density, density * 1e-3)
        return self._roadside.near(self._ground.middles[int(np.argmax(big))])

    def landmarks(self) -> tuple[DrawnLandmark, ...]:
        """Draw stations, schools, and a few marks in every village and community."""
        return (*self._stations(), *self._schools(), *self._sayings())

    def _stations(self) -> Iterator[DrawnLandmark]:
        names = {a.code: a.name for a in self._networks.layer("police", "station").areas}
        for code, spot in self.station_spots().items():
            yield self._mark("station", names[code], (), spot, code)

    def _schools(self) -> Iterator[DrawnLandmark]:
        communities = self._by_people("community")[::3][: self._size.schools]
        for k, area in enumerate(communities):
            stem = area.name.removesuffix("社区")
            kind = ("小学", "中学", "实验小学")[k % 3]
            yield self._mark(
                "school", stem + kind, (f"{stem}{kind}门口",), self._spot(area), area.code
            )

    def _sayings(self) -> Iterator[DrawnLandmark]:
        for area in self._networks.layer("governance", "community").areas:
            if area.is_village:
                stem = area.name.removesuffix("村")
                for said, aliases in IN_VILLAGES:
                    spot = self._outskirts(area) if "排灌站" in said else self._spot(area)
                    yield self._mark("village", stem + said, (said, *aliases), spot, area.code)
            else:
                stem = area.name.removesuffix("社区")
                start = int(self._rng.integers(len(IN_TOWN)))
                for k in range(TOWN_MARKS_EACH):
                    said, aliases = IN_TOWN[(start + 5 * k) % len(IN_TOWN)]
                    yield self._mark(
                        "town", stem + said, (said, *aliases), self._spot(area), area.code
                    )

    def _mark(
        self, kind: str, name: str, aliases: tuple[str, ...], spot: Floats, code: str
    ) -> DrawnLandmark:
        lon, lat = to_degrees(spot[None])[0].round(6).tolist()
        return DrawnLandmark(kind, name, aliases, lon, lat, code)

    def _spot(self, area: DrawnArea) -> Floats:
        """Return a spot on one of an area's streets, or by its middle."""
        spots = self._roadside.within(area.geometry)
        if len(spots):
            chosen: Floats = spots[int(self._rng.integers(len(spots)))]
            return chosen
        return self._middle(area)

    def _middle(self, area: DrawnArea) -> Floats:
        """Return the spot of an area without streets that is nearest to one."""
        held = shapely.contains_xy(area.geometry, to_degrees(self._ground.middles))
        middles = self._ground.middles[held]
        nearest: Floats = middles[int(np.argmin(self._roadside.gaps(middles)))]
        return nearest

    def _outskirts(self, area: DrawnArea) -> Floats:
        """Return the north-western-most spot by a street of an area."""
        spots = self._roadside.within(area.geometry)
        if not len(spots):
            return self._middle(area)
        chosen: Floats = spots[int(np.argmax(spots @ np.array([-1.0, 1.0])))]
        return chosen

    def _by_people(self, level: str) -> list[DrawnArea]:
        areas = self._networks.layer("governance", level).areas
        return sorted(areas, key=lambda a: (-a.population, a.code))

    def posts(self, landmarks: Sequence[DrawnLandmark]) -> tuple[DrawnPost, ...]:
        """Draw rooms, stations, points, grid rooms and school duty rooms to the stories' counts."""
        size = self._size
        estates = [a for a in self._by_people("estate") if not a.is_village]
        return (
            *self._posts("room", "R", "警务室", self._by_people("community")[: size.rooms]),
            *self._posts("station", "S", "警务站", estates[: size.station_posts]),
            *self._posts("point", "T", "警务点", self._point_grids()),
            *self._posts("grid_room", "W", "网格室", self._by_people("street")),
            *self._school_rooms(landmarks),
        )

    def _point_grids(self) -> list[DrawnArea]:
        """Return each point's grid: every grid one, the largest a second, as far as they go."""
        grids = self._by_people("grid")
        rounds = -(-self._size.points // len(grids))
        return (grids * rounds)[: self._size.points]

    def _posts(
        self, kind: str, letter: str, word: str, areas: Sequence[DrawnArea]
    ) -> Iterator[DrawnPost]:
        seen: Counter[str] = Counter()
        for k, area in enumerate(areas, 1):
            seen[area.code] += 1
            ordinal = "" if seen[area.code] == 1 else f"{seen[area.code]}号"
            name = f"{area.name}{ordinal}{word}"
            yield self._post(kind, f"{letter}-{k:03d}", name, self._spot(area), area.code)

    def _school_rooms(self, landmarks: Sequence[DrawnLandmark]) -> Iterator[DrawnPost]:
        for k, school in enumerate((m for m in landmarks if m.kind == "school"), 1):
            spot = to_metres(np.array([[school.lon, school.lat]]))[0]
            name = f"{school.name}护学岗"
            yield self._post("school_duty_room", f"H-{k:03d}", name, spot, school.area_code)

    def _post(self, kind: str, code: str, name: str, spot: Floats, area: str) -> DrawnPost:
        lon, lat = to_degrees(spot[None])[0].round(6).tolist()
        return DrawnPost(kind, code, name, lon, lat, phone_number(next(self._phones)), area)
