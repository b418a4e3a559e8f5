from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth import authenticate

from tongxin.config.demo.drawn import District
from tongxin.config.demo.load import (
    district_stands,
    load_district,
    map_features,
    road_lines,
)
from tongxin.config.demo.load_people import refresh_positions
from tongxin.domain.dispatch.models import CallPlanStep, DutySession, Whereabouts
from tongxin.foundation.access.caring import who_looks_after
from tongxin.foundation.access.models import Account, Member, Role, Team
from tongxin.foundation.roads.importing import raw_from_lines
from tongxin.foundation.territory.finding import find_place
from tongxin.foundation.territory.models import Area, Building, Network, Post
from tongxin.kernel import clock
from tongxin.kernel.errors import Conflict
from tongxin.kernel.geometry import Spot

PASSWORD = "a-password-for-this-test"


@pytest.fixture(scope="session")
def small(district: District) -> District:
    """The same district with 200 of its buildings, to be written quickly."""
    homes = sorted(district.buildings, key=lambda b: b.beat_code != district.story.beat)[:200]
    return replace(district, size=replace(district.size, buildings=200), buildings=tuple(homes))


@pytest.mark.django_db
def test_the_district_stands_once_as_it_was_drawn(small: District) -> None:
    """One load for all that is seen of it: loading takes seconds."""
    told: list[str] = []
    assert not district_stands(small.size)
    loaded = load_district(small, password=PASSWORD, progress=lambda stage, _: told.append(stage))
    assert told[0] == "areas"
    assert (loaded.areas, loaded.buildings) == (len(small.areas), 200)
    somebody_looks_after_a_home_in_every_network(small)
    log_ins_open_with_the_demos_password(small)
    everybody_on_duty_is_where_drawn(small)
    a_call_rings_the_officer_first_and_a_post_last(small)
    places_are_found_as_people_say_them(small)
    positions_are_said_anew_after_a_stop(small)
    a_second_run_writes_nothing(small)


def somebody_looks_after_a_home_in_every_network(small: District) -> None:
    home = next(b for b in small.buildings if b.beat_code == small.story.beat)
    cared = who_looks_after(Spot(home.lon, home.lat))
    assert not cared.located.faults
    assert set(cared.people) == set(Network)
    assert all(cared.people.values())
    officer = Member.objects.get(account__username="officer")
    assert cared.team.officers[0].member_id == officer.pk
    assert all(person.phone for group in cared.people.values() for person in group)


def log_ins_open_with_the_demos_password(small: District) -> None:
    assert Account.objects.count() == 12
    account = authenticate(username="villageofficer", password=PASSWORD)
    assert account is not None
    member = Member.objects.get(account=account)
    assert member.kind == Role.VILLAGE_OFFICER
    stands = Whereabouts.objects.get(pk=member.pk)
    assert (stands.lon, stands.lat) == small.story.home_of_village_officer


def everybody_on_duty_is_where_drawn(small: District) -> None:
    on_duty = sum(m.on_duty for m in small.members)
    assert DutySession.objects.filter(ended_at__isnull=True).count() == on_duty
    crews = Team.objects.filter(kind="crew")
    assert crews.count() == 72
    assert DutySession.objects.filter(team_id__in=crews.values("pk")).count() == 360


def a_call_rings_the_officer_first_and_a_post_last(small: District) -> None:
    officer = Member.objects.get(account__username="officer")
    beat = Area.objects.get(network="police", code=small.story.beat)
    steps = list(CallPlanStep.objects.filter(beat_id=beat.pk).order_by("position"))
    assert steps[0].member_id == officer.pk
    assert Post.objects.filter(pk=steps[-1].post_id).exists()
    assert {s.ring_seconds for s in steps} == {20}
    assert CallPlanStep.objects.values("beat_id").distinct().count() == 65


def places_are_found_as_people_say_them(small: District) -> None:
    village = small.area("governance", small.story.village).name.removesuffix("村")
    found = find_place(f"{village}村西北排灌站")
    assert (found[0].lon, found[0].lat) == small.story.quarrel


def positions_are_said_anew_after_a_stop(small: District) -> None:
    Whereabouts.objects.update(at=clock.now().replace(year=2020))
    assert refresh_positions() == sum(m.on_duty for m in small.members)
    assert Whereabouts.objects.filter(at__year=2020).count() == 0


def a_second_run_writes_nothing(small: District) -> None:
    assert district_stands(small.size)
    again = load_district(small, password="another")
    assert (again.areas, again.members) == (0, 0)
    assert Building.objects.count() == 200
    assert authenticate(username="officer", password="another") is None


@pytest.mark.django_db
def test_a_database_with_another_district_is_left_alone(small: District) -> None:
    Area.objects.create(
        network="police", level="branch", code="X", name="Elsewhere", geometry={},
        valid_from=clock.now().date(),
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        load_district(small, password=PASSWORD)
    assert refused.value.code == "demo.other_district"
    assert Area.objects.count() == 1


def test_streets_and_map_are_what_the_road_engine_takes(small: District) -> None:
    lines = road_lines(small)
    raw = raw_from_lines(lines)
    assert len(raw.way_ids) == len(lines)
    features = map_features(small)
    assert len(features.layers["buildings"].shapes) == 200
    assert small.area("governance", small.story.village).name in features.layers["places"].names
