"""Police rooms, stations and points as residents are shown them: name, place, telephone.

That is all the district has written down of them: no hours, no lists of papers are made up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tongxin.foundation.territory import locating
from tongxin.foundation.territory.locating import Located
from tongxin.foundation.territory.models import Level, Network, Post, PostKind
from tongxin.foundation.territory.selectors import place_label
from tongxin.kernel.geometry import Spot, distance_m

OPEN_TO_RESIDENTS = (PostKind.STATION, PostKind.ROOM, PostKind.POINT)
NEAREST = 3
LOOKED_AT = 20
MOST_LISTED = 150
"""A district with more lists its stations here; rooms and points are found by one's own place."""


@dataclass(frozen=True, slots=True)
class ShownPost:
    """One post; ``metres`` in a straight line from the place asked for, ``None`` in a list."""

    name: str
    kind: str
    place: str
    phone: str
    metres: int | None = None


def near(spot: Spot, located: Located) -> list[ShownPost]:
    """Return the nearest posts on the ground of the spot's own police station."""
    by_distance = sorted(
        ((distance_m(spot, _spot(post)), post) for post in _posts()), key=lambda pair: pair[0]
    )[:LOOKED_AT]
    theirs = locating.locate_many([_spot(post) for _metres, post in by_distance])
    own = station_of(located)
    found = [
        _shown(post, place, round(metres))
        for (metres, post), place in zip(by_distance, theirs, strict=True)
        if station_of(place) == own
    ]
    return found[:NEAREST]


def by_station() -> list[tuple[str, list[ShownPost]]]:
    """Return all posts under the names of their police stations, stations by number."""
    rows = _posts()
    if len(rows) > MOST_LISTED:
        rows = [post for post in rows if post.kind == PostKind.STATION][:MOST_LISTED]
    groups: dict[int | None, list[ShownPost]] = defaultdict(list)
    for post, place in zip(rows, locating.locate_many([_spot(post) for post in rows]), strict=True):
        groups[station_of(place)].append(_shown(post, place))
    order = {None: ("", -1)} | {
        key: (info.name, info.number) for key in groups if key and (info := locating.area_info(key))
    }
    return [(order[key][0], groups[key]) for key in sorted(groups, key=lambda key: order[key][1])]


def station_of(located: Located) -> int | None:
    """Return the id of the police station on whose ground something lies."""
    leaf = located.leaf.get(Network.POLICE)
    for area_id in leaf.path if leaf else ():
        if locating.area_info(area_id).level is Level.STATION:
            return area_id
    return None


def _posts() -> list[Post]:
    kinds = [kind.value for kind in OPEN_TO_RESIDENTS]
    rank = {kind: at for at, kind in enumerate(kinds)}
    rows: Iterable[Post] = Post.objects.filter(kind__in=kinds).defer("grams").order_by("code")
    return sorted(rows, key=lambda post: rank[post.kind])


def _spot(post: Post) -> Spot:
    return Spot(post.lon, post.lat)


def _shown(post: Post, located: Located, metres: int | None = None) -> ShownPost:
    place = place_label(_spot(post), located)[0]
    return ShownPost(
        name=post.name,
        kind=post.get_kind_display(),
        place="" if place == post.name else place,
        phone=post.phone,
        metres=metres,
    )
