"""Where calls come from, read from the district in the database."""

from __future__ import annotations

import bisect
import random
from itertools import accumulate

from tongxin.config.demo.calls import DemoPlace, Sampler
from tongxin.config.demo.drawing import AT_LANDMARKS
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Building, Landmark, LandmarkKind, Network
from tongxin.kernel.geometry import Spot

ACTOR = "demo"


def places_of_the_district() -> Sampler:
    """Return a sampler: homes by their size, and landmarks, as the drawn district's own."""
    with acting_as(ACTOR):
        rows = Building.objects.order_by("pk")
        homes = list(rows.values_list("lon", "lat", "name", "units", "floors"))
        marks = Landmark.objects.exclude(kind=LandmarkKind.STREET).order_by("pk")
        named = list(marks.values_list("lon", "lat", "name"))
    houses = _places([row[:3] for row in homes])
    landmarks = _places(named)
    heaped = list(accumulate(units * floors for *_place, units, floors in homes))

    def sample(rng: random.Random) -> DemoPlace:
        if landmarks and rng.random() < AT_LANDMARKS:
            return rng.choice(landmarks)
        return houses[bisect.bisect(heaped, rng.random() * heaped[-1])]

    return sample


def _places(rows: list[tuple[float, float, str]]) -> list[DemoPlace]:
    found = locating.locate_many([Spot(lon, lat) for lon, lat, _name in rows])
    places = []
    for (lon, lat, name), located in zip(rows, found, strict=True):
        leaf = located.leaf.get(Network.GOVERNANCE)
        places.append(DemoPlace(lon, lat, name, leaf is not None and leaf.is_village))
    return places
