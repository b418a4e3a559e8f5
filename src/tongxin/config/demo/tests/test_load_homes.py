"""The demo's floor plans: full on the story's beat, without anybody elsewhere, all invented."""

from __future__ import annotations

import pytest

from tongxin.config.demo.drawn import District
from tongxin.config.demo.load import load_district
from tongxin.config.demo.names import is_fictive
from tongxin.domain.homes import actions, selectors
from tongxin.domain.homes.models import Flat, Resident
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.foundation.territory.models import Building
from tongxin.kernel.errors import NotFound


@pytest.mark.django_db
def test_the_officers_beat_has_full_plans_and_a_leak_to_mend(district: District) -> None:
    loaded = load_district(district, password="a-password-for-this-test")
    officer = Member.objects.get(account__username="officer")
    rows = selectors.buildings(officer)
    assert len(rows) == 50
    assert sum(row.flats for row in rows) == 2_269
    assert loaded.residents > 2_269
    an_empty_flat_leaks(officer)
    nobody_elsewhere(officer, district)


def an_empty_flat_leaks(officer: Member) -> None:
    with acting_as(officer):
        tops = [
            flat
            for flat in Flat.objects.filter(state="empty", floor__gte=5).select_related("unit")
            if flat.floor == flat.unit.highest
        ]
        below = Flat.objects.get(unit=tops[0].unit, floor=tops[0].floor - 1, column=tops[0].column)
    found = selectors.above(officer, below.pk)
    assert found[0].straight
    assert found[0].owner_elsewhere
    opened = actions.open_residents(found[0].id, "find_owner", actor=MemberActor(officer))
    assert is_fictive(opened[0].phone)
    assert selectors.find_flats(officer, opened[0].phone, purpose="find_owner")


def nobody_elsewhere(officer: Member, district: District) -> None:
    code = next(b.code for b in district.buildings if b.beat_code != district.story.beat)
    other = Building.objects.get(code=code)
    with pytest.raises(NotFound):
        selectors.plan(officer, other.pk)
    with acting_as("test"):
        assert Flat.objects.filter(unit__building=other).exists()
        assert not Resident.objects.filter(flat__unit__building=other).exists()
