"""Whoever stands there sets the place right, once called to it or with the right to sort out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tongxin.foundation.access.models import Role
from tongxin.foundation.territory.tests.making import spot
from tongxin.surfaces.field.tests.phones import page_of

if TYPE_CHECKING:
    from tongxin.surfaces.field.tests.phones import Phones


def test_one_who_was_called_and_accepted_moves_it_to_where_he_stands(phones: Phones) -> None:
    helper = phones.helper(Role.VILLAGE_OFFICER)
    row = phones.task(helper)
    place, there = f"{page_of(row.incident)}place/", spot(1.2, 1.1)
    where = {"lon": str(there.lon), "lat": str(there.lat)}
    assert phones.press(helper, place, **where)[0] in (403, 404)
    assert phones.press(helper, f"/field/tasks/{row.pk}/accept/")[0] == 200
    status, said = phones.press(helper, place)
    assert (status, said["field"]) == (422, "place")
    status, said = phones.press(helper, place, **where)
    assert (status, said["next"]) == (200, page_of(row.incident))
    row.incident.refresh_from_db()
    assert (round(row.incident.lon, 6), round(row.incident.lat, 6)) == (
        round(there.lon, 6),
        round(there.lat, 6),
    )
