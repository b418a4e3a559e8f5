"""Laying out and drawing plans."""

from __future__ import annotations

from typing import Any

import pytest

from tongxin.domain.homes import actions, selectors
from tongxin.domain.homes.tests.making import Homes, by, enter
from tongxin.kernel.errors import BadInput, Conflict

pytestmark = pytest.mark.django_db


def numbers(homes: Homes, unit: int = 1) -> list[str]:
    plan = selectors.plan(homes.officer, homes.here.pk)
    return [cell.number for cell in plan.units[unit].flats]


def test_a_unit_is_laid_out_floor_by_floor(homes: Homes) -> None:
    unit = actions.lay_out_unit(homes.here.pk, "3", -1, 2, 2, actor=by(homes.officer))
    plan = selectors.plan(homes.officer, homes.here.pk)
    assert [u.number for u in plan.units] == ["1", "2", "3"]
    assert numbers(homes, 2) == ["201", "202", "101", "102", "b101", "b102"]
    assert {cell.fresh for cell in plan.units[2].flats} == {"unknown"}
    enlarged = actions.lay_out_unit(homes.here.pk, "3", 1, 3, 2, actor=by(homes.officer))
    assert enlarged.pk == unit.pk
    assert numbers(homes, 2)[:2] == ["301", "302"]


@pytest.mark.parametrize("bounds", [(3, 2, 2), (1, 400, 2), (1, 6, 0), (1, 120, 24), (0, 0, 1)])
def test_impossible_units_are_refused(homes: Homes, bounds: tuple[int, int, int]) -> None:
    with pytest.raises(BadInput):
        actions.lay_out_unit(homes.here.pk, "9", *bounds, actor=by(homes.officer))


def test_merged_flats_keep_their_people(homes: Homes) -> None:
    one, two = homes.flat("501"), homes.flat("502")
    enter(two, homes.officer)
    merged = actions.merge_flats([one.pk, two.pk], actor=by(homes.officer), number="501")
    assert (merged.column, merged.span, merged.rise) == (0, 2, 1)
    assert "502" not in numbers(homes)
    assert len(selectors.flat(homes.officer, merged.pk).residents) == 1
    again = actions.lay_out_unit(homes.here.pk, "2", 1, 6, 2, actor=by(homes.officer))
    assert again.columns == 2
    assert "502" not in numbers(homes)  # its place is taken


def test_odd_buildings_are_drawn_by_hand(homes: Homes) -> None:
    flat = actions.add_flat(
        homes.units[1].pk, actor=by(homes.officer), number="底商1", floor=1, column=2, use="shop"
    )
    shape = {"x": 0, "y": 6.5, "width": 2, "height": 0.5}
    actions.draw_shape(flat.pk, actor=by(homes.officer), shape=shape)
    cell = next(
        c
        for c in selectors.plan(homes.officer, homes.here.pk).units[1].flats
        if c.number == "底商1"
    )
    assert (cell.shape, cell.use) == (shape, "shop")
    bad: Any
    for bad in ({"x": 0}, {**shape, "width": 0}, {**shape, "x": "a"}, {**shape, "y": float("nan")}):
        with pytest.raises(BadInput):
            actions.draw_shape(flat.pk, actor=by(homes.officer), shape=bad)
    with pytest.raises(Conflict):
        actions.add_flat(homes.units[1].pk, actor=by(homes.officer), number="101", floor=1)


def test_confirming_makes_fresh_and_time_makes_old(homes: Homes, held_clock: Any) -> None:
    flat = homes.flat("501")
    actions.confirm_flat(flat.pk, actor=by(homes.officer))
    assert selectors.flat(homes.officer, flat.pk).cell.fresh == "fresh"
    held_clock.advance((selectors.FRESH_DAYS + 1) * 86_400)
    assert selectors.flat(homes.officer, flat.pk).cell.fresh == "old"
    (row,) = selectors.buildings(homes.officer)
    assert (row.units, row.flats, round(row.unknown_share, 2)) == (2, 24, 0.96)


@pytest.mark.parametrize("change", [{"state": "happy"}, {"floor": 0}, {"number": ""}, {"score": 3}])
def test_what_cannot_be_is_refused(homes: Homes, change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        actions.set_flat(homes.flat("501").pk, actor=by(homes.officer), **change)


def test_buildings_are_listed_with_what_is_known(homes: Homes) -> None:
    assert [row.label for row in selectors.buildings(homes.officer)] == ["铁塔寺小区3号楼"]
    assert selectors.buildings(homes.officer, query="东湖") == []
    assert len(selectors.buildings(homes.officer, query="铁塔寺")) == 1


def test_a_large_plan_takes_few_queries(homes: Homes, django_assert_max_num_queries: Any) -> None:
    for number in "345678":
        actions.lay_out_unit(homes.here.pk, number, 1, 33, 4, actor=by(homes.officer))
    with django_assert_max_num_queries(12):
        plan = selectors.plan(homes.officer, homes.here.pk)
    assert sum(len(unit.flats) for unit in plan.units) == 24 + 6 * 132
