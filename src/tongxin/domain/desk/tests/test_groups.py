"""Residents' groups: who adds them, who sees which, whose name stands in them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tongxin.domain.desk import groups
from tongxin.domain.desk.groups import NewGroup
from tongxin.domain.dispatch.tests.making import Station
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.scope import MemberActor, ReporterActor
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory.tests.making import spot
from tongxin.kernel.errors import BadInput, Conflict, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def station() -> Station:
    return Station()


def new(station: Station, name: str = "铁塔寺小区居民群", **more: str) -> NewGroup:
    area = station.beats[0].pk
    return NewGroup(name=name, kind="estate", place="wechat", area_id=area, **more)


def test_an_officer_lists_groups_on_the_own_ground_only_and_once(station: Station) -> None:
    officer = MemberActor(member("李响", Role.COMMUNITY_OFFICER, station.beats[0]))
    away = MemberActor(member("王远", Role.COMMUNITY_OFFICER, station.beats[1]))
    made = groups.add_group(new(station, joining="打我电话"), actor=officer)
    assert [row.pk for row in groups.groups_of(officer.member)] == [made.pk]
    assert groups.groups_of(away.member) == []
    with pytest.raises(NotFound):
        groups.add_group(new(station, "别人的群"), actor=away)
    with pytest.raises(Conflict):
        groups.add_group(new(station), actor=officer)
    with pytest.raises(NotFound):
        groups.close_group(made.pk, actor=away)
    groups.close_group(made.pk, actor=officer)
    assert groups.groups_of(officer.member) == []
    assert groups.add_group(new(station), actor=officer).pk != made.pk


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("name", " "), ("kind", "church"), ("place", "moon"), ("joining", "长" * 161)],
)
def test_what_is_lacking_is_said(station: Station, field: str, wrong: str) -> None:
    officer = MemberActor(member("李响", Role.COMMUNITY_OFFICER, station.beats[0]))
    said = {"name": "群", "kind": "estate", "place": "wechat", "joining": "", field: wrong}
    with pytest.raises(BadInput) as caught:
        groups.add_group(NewGroup(area_id=station.beats[0].pk, **said), actor=officer)
    assert caught.value.field == field


def test_a_newcomer_sees_the_groups_of_the_own_estate_with_name_and_number(
    station: Station,
) -> None:
    officer = MemberActor(member("李响", Role.COMMUNITY_OFFICER, station.beats[0]))
    officer.member.phone = "13900000011"
    officer.member.save(update_fields=["phone"])
    groups.add_group(new(station, joining="打我电话，我拉您进群"), actor=officer)
    groups.add_group(new(station, "新华苑居民群", estate="新华苑"), actor=officer)
    given = incidents.Report("welcome", spot(1, 1), source="portal", legal_basis="consent",
                             notice_version="1", contact_phone="13700001111")  # fmt: skip
    wish = incidents.report(given, actor=ReporterActor()).incident
    page = Client().get(reverse("welcome_seen", args=[wish.public_token])).content.decode()
    for words in ("铁塔寺小区居民群", "新华苑居民群", "打我电话，我拉您进群", "13900000011", "李"):
        assert words in page
    Incident.objects.filter(pk=wish.pk).update(place="新华苑3号楼")
    page = Client().get(reverse("welcome_seen", args=[wish.public_token])).content.decode()
    assert page.index("新华苑居民群") < page.index("铁塔寺小区居民群")


def test_another_estates_group_is_left_out_where_ones_own_has_one(station: Station) -> None:
    officer = MemberActor(member("李响", Role.COMMUNITY_OFFICER, station.beats[0]))
    for estate in ("新华苑", "东风里"):
        groups.add_group(new(station, f"{estate}居民群", estate=estate), actor=officer)
    found = groups.groups_at([station.beats[0].pk], "新华苑3号楼")
    assert [row.name for row in found] == ["新华苑居民群"]
