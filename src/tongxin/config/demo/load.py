"""Writes a drawn district into the database, and its streets into the road engine.

The whole district is one transaction: it stands or it does not. A second run finds it and does
nothing. Places and people are written in bulk through the models: there are thousands, and nobody
acts yet whose rights an action would have to ask for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from shapely import Polygon

from tongxin.config.demo import load_homes, load_people, load_places
from tongxin.config.demo.drawn import District, DistrictSize
from tongxin.foundation.access.models import Account, Member
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.roads.features import Features
from tongxin.foundation.roads.folders import current_folder
from tongxin.foundation.roads.importing import RoadLine, import_lines
from tongxin.foundation.territory.models import Area, Building
from tongxin.kernel.errors import Conflict
from tongxin.kernel.geometry import Spot

ACTOR = "demo"
LOG_IN = "dispatcher"

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was written; all zero when the district stood already."""

    areas: int = 0
    buildings: int = 0
    places: int = 0
    members: int = 0
    on_duty: int = 0
    residents: int = 0


def district_stands(size: DistrictSize) -> bool:
    """Tell whether a demo district of this size is in the database; one query, no drawing.

    Raises:
        Conflict: the database holds another district, or a demo of another size.
    """
    buildings = Building.objects.count()
    if buildings == 0 and not Area.objects.exists():
        return False
    demo = Account.objects.filter(username=LOG_IN).exists()
    if demo and buildings == size.buildings and Member.objects.filter(code="M-00001").exists():
        return True
    raise Conflict(
        "demo.other_district",
        _(
            "This database holds another district; choose another TONGXIN_DATA or DATABASE_URL for"
            " the demo."
        ),
    )


def load_district(
    drawn: District, *, password: str, progress: Progress = lambda _stage, _share: None
) -> Loaded:
    """Write areas, places, buildings, members, accounts, grants, teams, call and floor plans.

    Everybody whom the cast has on duty is on duty at once, where the drawing puts them.
    ``progress(stage, share)`` hears a word and the share done, 0.0 to 1.0. Idempotent.

    Raises:
        Conflict: the database holds another district.
    """
    if district_stands(drawn.size):
        return Loaded()
    with acting_as(ACTOR):
        progress("areas", 0.0)
        area_ids = load_places.write_areas(drawn)
        progress("buildings", 0.2)
        load_places.write_buildings(drawn)
        progress("posts and landmarks", 0.5)
        post_ids = load_places.write_posts(drawn, area_ids)
        places = load_places.write_landmarks(drawn)
        progress("members", 0.65)
        member_ids = load_people.write_members(drawn, area_ids, post_ids, password=password)
        progress("teams and call plans", 0.9)
        team_of = load_people.write_teams(drawn, area_ids, member_ids)
        load_people.write_call_plans(drawn, area_ids, post_ids, member_ids)
        on_duty = load_people.put_on_duty(drawn, member_ids, team_of)
        progress("floor plans", 0.95)
        residents = load_homes.write_homes(drawn, member_ids)
        audit.record(actor=f"system:{ACTOR}", act="demo.loaded", subject=drawn.size.name)
    progress("members", 1.0)
    return Loaded(
        areas=len(area_ids),
        buildings=len(drawn.buildings),
        places=len(post_ids) + places,
        members=len(member_ids),
        on_duty=on_duty,
        residents=residents,
    )


def load_roads(drawn: District, data: Path, progress: Progress = lambda _s, _d: None) -> bool:
    """Build the road engine's data from the demo's streets; false when a map is in force already.

    Raises:
        Conflict: another import is running.
    """
    if current_folder(data) is not None:
        return False
    import_lines(road_lines(drawn), data, progress, features=map_features(drawn))
    return True


def road_lines(drawn: District) -> list[RoadLine]:
    """Return the demo's streets as the road engine takes them."""
    return [
        RoadLine(coords=list(street.points), highway=street.road_class, name=street.name)
        for street in drawn.net.lines
    ]


def map_features(drawn: District) -> Features:
    """Return what the base map draws beside the roads: buildings, and places by name."""
    features = Features()
    for home in drawn.buildings:
        features.add_area("buildings", Polygon(home.footprint), "yes", home.name)
    for area in drawn.areas:
        if area.network == "governance" and area.level in ("street", "community"):
            inside = area.geometry.representative_point()
            kind = "village" if area.is_village else _PLACE_KINDS[area.level]
            features.add_place(Spot(inside.x, inside.y), kind, area.name)
    for mark in drawn.landmarks:
        if mark.kind in ("school", "station"):
            kind = "police" if mark.kind == "station" else "school"
            features.add_place(Spot(mark.lon, mark.lat), kind, mark.name)
    return features


_PLACE_KINDS = {"street": "suburb", "community": "neighbourhood"}
