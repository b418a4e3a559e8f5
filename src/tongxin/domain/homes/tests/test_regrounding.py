"""A beat is split: the half that goes over to another officer goes with all that is kept of it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from tongxin.domain.homes import actions, regrounding, selectors
from tongxin.domain.homes.models import CareMark, Flat, HomeQuestion, RegisterGrant, Resident, Unit
from tongxin.domain.homes.tests.making import Homes, building, by, enter
from tongxin.foundation.access.models import Grant, Role
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory import locating, lookup
from tongxin.foundation.territory.importing import AreaSource, apply_areas, plan_areas, read_areas
from tongxin.foundation.territory.models import Area
from tongxin.foundation.territory.tests.making import box
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound

pytestmark = pytest.mark.django_db
BEATS = {"network": "police", "level": "beat", "parent": "S"}


def split(tmp_path: Path, beat: Area, day: dt.date) -> None:
    """Draw the officer's beat anew as its western half, and its eastern half as a new beat."""
    halves = {beat.code: box(0, 0, 0.7, 1), "NEW": box(0.7, 0, 0.3, 1)}
    halves |= {f"P{i}{j}": box(i, j) for i, j in ((0, 1), (1, 0), (1, 1))}
    features = [
        {"type": "Feature", "geometry": shape, "properties": {"code": code, "name": code, **BEATS}}
        for code, shape in halves.items()
    ]
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    plan = plan_areas(read_areas(path, AreaSource(srs="WGS-84")), on=day)
    assert plan.is_clean, plan.bad
    apply_areas(plan, actor="system:test")


@pytest.fixture
def second(homes: Homes) -> Any:
    """A second building in the half that goes over, with somebody who needs care, and a sheet."""
    other = building("东里小区", 8, 0.9, 0.5)
    lookup.forget()
    locating.forget()
    unit = actions.lay_out_unit(other.pk, "1", 1, 2, 2, actor=by(homes.officer))
    flat = homes.flat("201", unit)
    person = enter(flat, homes.officer, name="东里人")
    actions.add_care(
        person.pk, "oxygen", actor=by(homes.officer), legal_basis="consent", consented=True
    )
    return flat


def newcomer() -> Any:
    """The officer of the new beat, whose grant begins with it."""
    return member("尤新", Role.COMMUNITY_OFFICER, Area.objects.get(code="NEW", valid_to=None))


def test_after_a_split_each_sees_his_own_half(homes: Homes, second: Any, tmp_path: Path) -> None:
    beat = homes.ground.beats[0]
    split(tmp_path, beat, clock.now().date())
    officer, other = homes.officer, newcomer()
    regrounding.tick()
    assert [row.id for row in selectors.buildings(officer)] == [homes.here.pk]
    assert [row.label for row in selectors.buildings(other)] == ["东里小区8号楼"]
    with pytest.raises(NotFound):
        selectors.flat(officer, second.pk)
    with pytest.raises(NotFound):
        actions.open_residents(second.pk, "find_owner", actor=by(officer))
    opened = actions.open_residents(second.pk, "find_owner", actor=by(other))
    assert [person.name for person in opened] == ["东里人"]
    assert selectors.flat(other, second.pk).cell.care == ("oxygen",)
    with pytest.raises(NotFound):
        selectors.plan(other, homes.here.pk)
    # who stays sees his own as before, though his beat has another id by now
    assert selectors.plan(officer, homes.here.pk).may_edit
    assert actions.set_flat(homes.flat("101").pk, actor=by(officer), state="let").state == "let"


def test_what_is_done_twice_moves_nothing_and_stands_in_the_trail(
    homes: Homes, second: Any, tmp_path: Path
) -> None:
    split(tmp_path, homes.ground.beats[0], clock.now().date())
    assert regrounding.follow_ground() == 2  # the one goes over, the other's beat has a new id
    assert regrounding.follow_ground() == 0
    lines = AuditEntry.objects.filter(act="homes.ground_followed")
    assert {line.actor for line in lines} == {"system:homes.ground"}
    areas = set(locating.locate(_spot(second)).area_ids)
    with acting_as("test"):
        for model in (Unit, Flat, Resident, CareMark):
            for row in model.objects.filter(**_of(model, second.unit.building_id)):
                assert set(row.area_ids) == areas, model


def test_a_split_on_a_day_to_come_waits_for_that_day(
    homes: Homes, second: Any, tmp_path: Path, held_clock: Any
) -> None:
    tomorrow = clock.now().date() + dt.timedelta(days=1)
    split(tmp_path, homes.ground.beats[0], tomorrow)
    regrounding.tick()
    with acting_as("test"):
        assert homes.ground.beats[0].pk in Flat.objects.get(pk=second.pk).area_ids
    held_clock.advance(24 * 3600)
    regrounding.tick()
    with acting_as("test"):
        held = Flat.objects.get(pk=second.pk).area_ids
    assert Area.objects.get(code="NEW").pk in held
    assert homes.ground.beats[0].pk not in held


def test_register_grants_and_open_questions_go_over_to_the_redrawn_beat(
    homes: Homes, tmp_path: Path
) -> None:
    from tongxin.domain.incidents.tests.making import reported

    beat = homes.ground.beats[0]
    enter(homes.flat("501"), homes.officer, name="单雄信")
    until = clock.now() + dt.timedelta(days=30)
    actions.give_register_grant(homes.grid_worker.pk, beat.pk, actor=by(homes.officer), until=until)
    incident = reported()
    asked = actions.ask_home_beat(incident.pk, beat.pk, "他的家人是谁", actor=by(homes.chief))
    split(tmp_path, beat, clock.now().date())
    regrounding.tick()
    heir = Grant.objects.get(member=homes.officer, valid_to=None).area_id
    assert heir != beat.pk
    assert RegisterGrant.objects.get().area_id == heir
    flat = homes.flat("501")
    assert len(selectors.flat(homes.grid_worker, flat.pk).residents) == 1
    assert [card.id for card in selectors.home_questions(homes.officer)] == [asked.pk]
    with acting_as("test"):
        assert HomeQuestion.objects.get().beat_id == heir
    actions.answer_home_question(asked.pk, "是张三的父亲", actor=by(homes.officer))


def _spot(flat: Any) -> Any:
    from tongxin.kernel.geometry import Spot

    at = flat.unit.building
    return Spot(at.lon, at.lat)


def _of(model: Any, building_id: int) -> dict[str, int]:
    way = {
        Unit: "building_id",
        Flat: "unit__building_id",
        Resident: "flat__unit__building_id",
        CareMark: "resident__flat__unit__building_id",
    }
    return {way[model]: building_id}
