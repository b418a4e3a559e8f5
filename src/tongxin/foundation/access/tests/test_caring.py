from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from tongxin.foundation.access import names, selectors
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.roles import POLICE_OFFICERS
from tongxin.foundation.access.tests.making import give, member
from tongxin.foundation.access.titles import title_of
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Network
from tongxin.foundation.territory.tests.making import District, spot
from tongxin.kernel import clock

HERE = spot(0.5, 0.5)


@pytest.fixture
def district(db) -> District:
    return District()


def test_every_network_answers_with_people_and_the_beat_with_its_team(
    district: District, django_assert_num_queries
) -> None:
    officer = member("李响", Role.COMMUNITY_OFFICER, district.beats[0])
    helper = member("王力", Role.AUXILIARY, district.beats[0])
    walker = member("赵格", Role.GRID_WORKER, district.grids[0])
    member("孙远", Role.COMMUNITY_OFFICER, district.beats[1])
    for number in range(3):
        member(f"志愿{number}", Role.SECURITY_VOLUNTEER, district.beats[0])
    locating.locate(HERE)

    with django_assert_num_queries(1):
        answer = selectors.who_looks_after(HERE)

    assert [p.member_id for p in answer.people[Network.POLICE]] == [officer.pk, helper.pk]
    assert [p.member_id for p in answer.people[Network.GOVERNANCE]] == [walker.pk]
    assert answer.people[Network.CIVIC] == []
    assert answer.first.phone == officer.phone
    assert answer.first.area.code == "P00"
    assert [p.name for p in answer.team.officers] == ["李响"]
    assert [p.name for p in answer.team.auxiliaries] == ["王力"]
    assert [p.name for p in answer.team.grid_workers] == ["赵格"]
    assert answer.team.volunteers == 3


def test_where_nobody_is_the_next_level_up_answers(district: District) -> None:
    member("陈光", Role.SECURITY_VOLUNTEER, district.beats[0])
    chief = member("王前", Role.STATION_CHIEF, district.station)
    member("周高", Role.BRANCH_CHIEF, district.branch)

    answer = selectors.who_looks_after(HERE)

    assert [p.member_id for p in answer.people[Network.POLICE]] == [chief.pk]
    assert answer.first.phone == chief.phone


def test_a_level_without_a_phone_is_helped_out_by_the_one_above(district: District) -> None:
    member("李响", Role.COMMUNITY_OFFICER, district.beats[0], phone="")
    member("王前", Role.STATION_CHIEF, district.station)

    people = selectors.who_looks_after(HERE).people[Network.POLICE]

    assert [p.name for p in people] == ["李响", "王前"]
    assert selectors.who_looks_after(HERE).first.name == "王前"


def test_the_people_are_those_of_the_day(district: District) -> None:
    former = member("李响", Role.COMMUNITY_OFFICER)
    give(former, Role.COMMUNITY_OFFICER, district.beats[0], clock.now())
    tomorrow = (clock.now() + dt.timedelta(days=1)).date()
    assert selectors.who_looks_after(HERE).first is None
    assert selectors.who_looks_after(HERE, on=tomorrow).first is None


def test_only_police_officers_are_addressed_as_such() -> None:
    with translation.override("en"):
        officers = {role for role in Role if title_of("李", role).startswith("Officer")}
        assert officers <= POLICE_OFFICERS
        assert title_of("孙", Role.VILLAGE_OFFICER) == "Village officer 孙"


@pytest.mark.parametrize(
    ("name", "surname", "first"),
    [
        ("单雄信", "单", "shan4"),
        ("曾国藩", "曾", "zeng1"),
        ("仇英", "仇", "qiu2"),
        ("解缙", "解", "xie4"),
        ("查良镛", "查", "zha1"),
        ("盖叫天", "盖", "ge3"),
        ("朴树", "朴", "piao2"),
        ("区文", "区", "ou1"),
        ("尉迟恭", "尉迟", "yu4"),
        ("欧阳修", "欧阳", "ou1"),
        ("Ann Lee", "Lee", "ann"),
    ],
)
def test_surnames_are_read_as_surnames(name: str, surname: str, first: str) -> None:
    assert names.surname_of(name) == surname
    assert names.readings_of(name)[0] == first


def test_names_stand_in_chinese_order(db) -> None:
    for name in ("张三", "单雄信", "曾巩", "安宁", "尚可", "欧阳修", "单磊", "沈括"):
        member(name, Role.PARTNER)
    ordered = list(Member.objects.order_by("pinyin").values_list("name", flat=True))
    assert ordered == ["安宁", "欧阳修", "单磊", "单雄信", "尚可", "沈括", "曾巩", "张三"]


@pytest.mark.parametrize(
    ("surname", "role", "said"),
    [
        ("李", Role.COMMUNITY_OFFICER, "李警官"),
        ("王", Role.AUXILIARY, "王辅警"),
        ("赵", Role.GRID_WORKER, "赵网格员"),
        ("孙", Role.VILLAGE_OFFICER, "孙村警"),
        ("尉迟", Role.STATION_CHIEF, "尉迟所长"),
    ],
)
def test_people_are_addressed_in_chinese_by_their_own_titles(
    surname: str, role: Role, said: str
) -> None:
    with translation.override("zh-hans"):
        assert title_of(surname, role) == said
        assert sum("警官" in title_of("李", each) for each in Role) == 2
