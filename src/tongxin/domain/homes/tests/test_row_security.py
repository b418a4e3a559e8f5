"""With the application's own role: no member, no row; a member, only that ground's rows."""

from __future__ import annotations

import pytest
from django.db import connection

from tongxin.domain.homes.models import Flat, Unit
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory.models import Building, Level
from tongxin.foundation.territory.tests.making import area, box

pytestmark = pytest.mark.django_db


@pytest.fixture
def beats() -> list[Member]:
    """Two officers of two beats, a building with one flat on the ground of each."""
    branch = area("B", box(0, 0, 8, 8), level=Level.BRANCH)
    station = area("S", box(0, 0, 8, 8), level=Level.STATION, parent=branch)
    officers = []
    for number in (0, 1):
        beat = area(f"P{number}", box(4 * number, 0, 4, 8), parent=station)
        officers.append(member(f"李{number}", Role.COMMUNITY_OFFICER, beat))
        building = Building.objects.create(
            code=f"H{number}", name=f"{number}号楼", address="", lon=0, lat=0
        )
        with acting_as("test"):
            unit = Unit.objects.create(building=building, number="1", area_ids=beat.path)
            Flat.objects.create(unit=unit, number="101", floor=1, area_ids=beat.path)
    return officers


def seen() -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM homes_flat ORDER BY id")
        return list(cursor.fetchall())


def test_raw_sql_without_a_member_sees_nothing(beats: list[Member]) -> None:
    assert seen() == []


def test_raw_sql_of_a_member_sees_the_own_ground_only(beats: list[Member]) -> None:
    found = []
    for officer in beats:
        with acting_as(officer):
            found.append(seen())
    assert [len(rows) for rows in found] == [1, 1]
    assert found[0] != found[1]
