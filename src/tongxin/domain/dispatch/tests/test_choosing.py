"""Who is chosen, why, and what the plan says is lacking."""

from __future__ import annotations

import numpy as np
import pytest

from tongxin.domain.dispatch.choosing import Choice, Need, SupportWant, choose
from tongxin.domain.dispatch.people import role_mask
from tongxin.domain.dispatch.tests.boards import (
    BEAT,
    HERE,
    NEXT_BEAT,
    OTHER_BEAT,
    STATION,
    VILLAGE,
    Somebody,
    board_of,
)
from tongxin.foundation.access.models import Role

POLICE = role_mask(
    (Role.PATROL_OFFICER, Role.COMMUNITY_OFFICER, Role.VILLAGE_OFFICER, Role.AUXILIARY)
)
LEAD = role_mask((Role.COMMUNITY_OFFICER,))


def chosen(
    people: list[Somebody], seconds: list[float], estimate: bool = False, **need: object
) -> Choice:
    wanted = Need(**{"first": POLICE, "lead": 0, "area_ids": HERE, **need})  # type: ignore[arg-type]
    return choose(wanted, board_of(people), np.array(seconds), estimate=estimate)


def test_village_officer_two_minutes_away_goes_before_the_station_ten_minutes_away() -> None:
    choice = chosen(
        [
            Somebody(1, Role.PATROL_OFFICER, STATION),
            Somebody(2, Role.VILLAGE_OFFICER, VILLAGE, age_s=None),
            Somebody(3, Role.COMMUNITY_OFFICER, BEAT),
        ],
        [600.0, 120.0, 590.0],
        lead=LEAD,
    )
    assert choice.first is not None
    assert choice.lead is not None
    assert choice.first.member_id == 2
    assert {"fastest_by_road", "village_of_place", "place_assumed:post"} <= set(choice.first.why)
    assert choice.lead.member_id == 3
    assert "own_ground" in choice.lead.why


def test_the_fastest_goes_though_others_have_every_advantage() -> None:
    choice = chosen(
        [
            Somebody(1, skills=["first_aid"]),
            Somebody(2, on_duty_s=50_000, rested_s=60, age_s=500, task="support:accepted"),
        ],
        [102.0, 100.0],
        skills=("first_aid",),
    )
    assert choice.first is not None
    assert choice.first.member_id == 2
    assert "position_old" in choice.first.why  # said, but it does not decide
    assert choice.best_possible_seconds == 100.0


def test_of_two_equally_fast_the_one_with_less_on_hand_goes() -> None:
    choice = chosen([Somebody(1, task="support:asked"), Somebody(2)], [100.0, 100.1])
    assert choice.first is not None
    assert choice.first.member_id == 2
    assert "as_fast_and_freer" in choice.first.why


@pytest.mark.parametrize("task", ["first:asked", "support:departed", "lead:arrived"])
def test_who_is_first_elsewhere_or_on_the_way_is_not_called_first(task: str) -> None:
    choice = chosen([Somebody(1, task=task), Somebody(2)], [10.0, 900.0])
    assert choice.first is not None
    assert choice.first.member_id == 2
    assert "only_one_available" in choice.first.why


def test_a_crew_is_one_unit_busy_together_and_called_once() -> None:
    people = [
        Somebody(1, crew=7, task="first:accepted"),
        Somebody(2, crew=7),
        Somebody(3, crew=8),
        Somebody(4, crew=8),
        Somebody(5),
    ]
    want = SupportWant(role_mask((Role.PATROL_OFFICER,)), 2)
    choice = chosen(people, [5.0, 6.0, 50.0, 51.0, 400.0], support=(want,))
    assert choice.first is not None
    assert choice.first.member_id == 3
    assert choice.first.crew_id == 8
    assert [pick.member_id for picks in choice.support for pick in picks] == [5]
    assert "support_short:1" in choice.lacking


def test_neighbours_are_called_on_their_own_ground_only() -> None:
    mask = role_mask((Role.BUILDING_HEAD, Role.VILLAGE_OFFICER))
    people = [
        Somebody(1, Role.BUILDING_HEAD, OTHER_BEAT),
        Somebody(2, Role.VILLAGE_OFFICER, OTHER_BEAT),
        Somebody(3, Role.VILLAGE_OFFICER, NEXT_BEAT),
    ]
    choice = chosen(people, [10.0, 20.0, 300.0], first=mask)
    assert choice.first is not None
    assert choice.first.member_id == 3  # the next village of the same station


def test_the_officer_of_the_ground_who_is_first_leads_too() -> None:
    choice = chosen(
        [Somebody(1, Role.COMMUNITY_OFFICER, BEAT), Somebody(2)], [60.0, 90.0], lead=LEAD
    )
    assert choice.first is not None
    assert choice.first.leads_too
    assert choice.lead is None
    assert choice.lacking == ()


def test_without_the_officer_of_the_ground_the_station_leads_and_then_the_branch() -> None:
    station = Somebody(1, Role.STATION_CHIEF, STATION)
    neighbour = Somebody(2, Role.COMMUNITY_OFFICER, OTHER_BEAT)
    both = chosen([station, neighbour], [900.0, 60.0], first=0, lead=LEAD)
    assert both.lead is not None
    assert both.lead.member_id == 1
    assert "station_chain" in both.lead.why
    far = chosen([neighbour], [60.0], first=0, lead=LEAD)
    assert far.lead is not None
    assert "branch_chain" in far.lead.why


def test_a_free_officer_of_the_station_leads_before_the_busy_one_of_the_ground() -> None:
    choice = chosen(
        [
            Somebody(1, Role.COMMUNITY_OFFICER, BEAT, task="first:arrived"),
            Somebody(2, Role.COMMUNITY_OFFICER, NEXT_BEAT),
        ],
        [10.0, 200.0],
        first=0,
        lead=LEAD,
    )
    assert choice.lead is not None
    assert choice.lead.member_id == 2


@pytest.mark.parametrize(
    ("people", "seconds", "code"),
    [
        ([], [], "nobody_on_duty"),
        ([Somebody(1, Role.GRID_WORKER, BEAT)], [5.0], "nobody_on_duty"),
        ([Somebody(1, task="first:departed")], [5.0], "all_busy"),
        ([Somebody(1)], [np.inf], "no_road"),
    ],
)
def test_the_plan_says_why_nobody_goes(
    people: list[Somebody], seconds: list[float], code: str
) -> None:
    choice = chosen(people, seconds)
    assert choice.first is None
    assert choice.lacking[0] == code
    assert choice.best_possible_seconds is None


def test_who_declined_is_not_asked_again_nor_the_crew() -> None:
    choice = chosen([Somebody(1, crew=7), Somebody(2, crew=7)], [5.0, 6.0], excluded=frozenset({1}))
    assert choice.first is None
    assert choice.lacking[0] == "nobody_answers"


def test_the_plan_names_the_broken_promise_the_missing_skill_and_the_estimate() -> None:
    want = SupportWant(role_mask((Role.AUXILIARY,)), 1, ("first_aid",))
    choice = chosen(
        [Somebody(1), Somebody(2, Role.AUXILIARY, BEAT)],
        [200.0, 210.0],
        estimate=True,
        promise_s=180.0,
        support=(want,),
    )
    assert choice.first is not None
    assert choice.lacking == (
        "no_first_within_promise",
        "skill_missing:first_aid",
        "estimate_only",
    )
    assert "fastest_by_estimate" in choice.first.why


def test_support_prefers_the_skill_to_a_minute() -> None:
    want = SupportWant(role_mask((Role.AUXILIARY,)), 1, ("first_aid",))
    choice = chosen(
        [
            Somebody(1),
            Somebody(2, Role.AUXILIARY, BEAT),
            Somebody(3, Role.AUXILIARY, BEAT, skills=["first_aid"]),
        ],
        [50.0, 60.0, 120.0],
        support=(want,),
    )
    assert [pick.member_id for pick in choice.support[0]] == [3]
    assert "has_skill:first_aid" in choice.support[0][0].why
