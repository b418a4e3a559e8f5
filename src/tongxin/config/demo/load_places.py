"""Writes areas, buildings, posts and landmarks of a drawn district, in bulk."""

from __future__ import annotations

import datetime as dt

import shapely
from django.db import connection
from django.utils import timezone

from tongxin.config.demo.drawn import District, DrawnArea
from tongxin.foundation.territory.models import (
    Area,
    Building,
    Landmark,
    LandmarkKind,
    Post,
)
from tongxin.kernel import clock

BATCH = 1_000

AreaIds = dict[tuple[str, str], int]


def write_areas(drawn: District) -> AreaIds:
    """Write all areas; return their ids by network and code."""
    taken = _take_ids(Area, len(drawn.areas))
    ids = {(a.network, a.code): i for a, i in zip(drawn.areas, taken, strict=True)}
    paths: dict[tuple[str, str], list[int]] = {}
    for area in drawn.areas:  # parents come before their children
        above = paths.get((area.network, area.parent_code), [])
        paths[(area.network, area.code)] = [*above, ids[(area.network, area.code)]]
    today = timezone.localdate(clock.now())
    Area.objects.bulk_create(
        [_area(area, paths[(area.network, area.code)], today) for area in drawn.areas],
        batch_size=BATCH,
    )
    return ids


def _area(area: DrawnArea, path: list[int], today: dt.date) -> Area:
    return Area(
        id=path[-1],
        network=area.network,
        level=area.level,
        code=area.code,
        name=area.name,
        number=area.number,
        parent_id=path[-2] if len(path) > 1 else None,
        path=path,
        geometry=shapely.geometry.mapping(area.geometry),
        is_village=area.is_village,
        promise_minutes=area.promise_minutes,
        population=area.population,
        valid_from=today,
    )


def _take_ids(model: type[Area], count: int) -> list[int]:
    """Take ids from the table's sequence beforehand: an area's path holds its own id."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def write_buildings(drawn: District) -> int:
    """Write all buildings; return how many."""
    rows = [
        Building(
            code=home.code,
            name=home.name,
            address=home.address,
            estate=home.estate,
            lon=home.lon,
            lat=home.lat,
            footprint={"type": "Polygon", "coordinates": [list(map(list, home.footprint))]},
            units=home.units,
            floors=home.floors,
        )
        for home in drawn.buildings
    ]
    return len(Building.objects.bulk_create(rows, batch_size=BATCH))


def write_posts(drawn: District, areas: AreaIds) -> dict[str, int]:
    """Write all posts; return their ids by code."""
    rows = [
        Post(
            kind=post.kind,
            code=post.code,
            name=post.name,
            lon=post.lon,
            lat=post.lat,
            phone=post.phone,
            area_id=areas[("governance", post.area_code)],
        )
        for post in drawn.posts
    ]
    written = Post.objects.bulk_create(rows, batch_size=BATCH)
    return {post.code: post.pk for post in written}


def write_landmarks(drawn: District) -> int:
    """Write landmarks, and every named street on the ground by one spot of it."""
    rows = [
        Landmark(name=m.name, aliases=list(m.aliases), lon=m.lon, lat=m.lat)
        for m in drawn.landmarks
    ]
    rows += [
        Landmark(kind=LandmarkKind.STREET, name=name, lon=lon, lat=lat)
        for name, (lon, lat) in _streets(drawn).items()
    ]
    return len(Landmark.objects.bulk_create(rows, batch_size=BATCH))


def _streets(drawn: District) -> dict[str, tuple[float, float]]:
    """Return a spot half way along each named street that crosses the ground."""
    ground = drawn.area("police", "P").geometry
    shapely.prepare(ground)
    spots: dict[str, list[tuple[float, float]]] = {}
    for street in drawn.net.lines:
        if street.name:
            spots.setdefault(street.name, []).append(street.points[len(street.points) // 2])
    found = {}
    for name, held in spots.items():
        inside = [s for s in held if shapely.contains_xy(ground, *s)]
        if inside:
            lon, lat = inside[len(inside) // 2]
            found[name] = (round(lon, 6), round(lat, 6))
    return found
