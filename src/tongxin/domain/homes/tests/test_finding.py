"""From words to a flat, on the own ground only."""

from __future__ import annotations

import pytest

from tongxin.domain.homes import actions, selectors
from tongxin.domain.homes.tests.making import Homes, building, by, enter
from tongxin.foundation.access.models import Member
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory import lookup
from tongxin.foundation.territory.models import Building
from tongxin.foundation.territory.tests.making import spot
from tongxin.kernel.errors import Forbidden

pytestmark = pytest.mark.django_db


def labels(who: Member, words: str, **more: object) -> list[str]:
    return [hit.label for hit in selectors.find_flats(who, words, **more)]  # type: ignore[arg-type]


@pytest.fixture
def second(homes: Homes) -> Building:
    """Another estate on the officer's beat, with a building of the same number."""
    made = building("光明新村", 3, 0.7, 0.7)
    lookup.forget()
    actions.lay_out_unit(made.pk, "2", 1, 6, 2, actor=by(homes.officer))
    return made


@pytest.mark.parametrize(
    "words",
    [
        "铁塔寺小区3号楼2单元501",
        "三号楼二单元五零一",
        "3-2-501",
        "3栋2门501室",
        "３幢乙单元501",
        "3号楼2单元5楼西户",
        "铁塔寺3-2-501",
        "tietasi 3-2-501",
        "铁答寺小区3号楼2单元501",
    ],
)
def test_people_say_it_in_many_ways(homes: Homes, words: str) -> None:
    assert labels(homes.officer, words)[0] == "铁塔寺小区3号楼2单元501"


def test_a_choice_where_two_estates_fit_else_the_one_one_stands_in(
    homes: Homes, second: Building
) -> None:
    both = ["光明新村3号楼2单元501", "铁塔寺小区3号楼2单元501"]
    assert labels(homes.officer, "3-2-501") == both
    assert labels(homes.officer, "3-2-501", near=spot(0.7, 0.7))[0] == both[0]
    assert labels(homes.officer, "3-2-501", building_id=homes.here.pk)[0] == both[1]
    assert labels(homes.officer, "光明新村3-2-501") == both[:1]
    assert labels(homes.officer, "501室", building_id=second.pk) == both[:1]


def test_without_its_unit_all_units_answer(homes: Homes) -> None:
    assert labels(homes.officer, "铁塔寺小区3号楼501") == [
        "铁塔寺小区3号楼1单元501",
        "铁塔寺小区3号楼2单元501",
    ]


def test_without_a_flat_the_building_answers(homes: Homes) -> None:
    for words in ("铁塔寺小区3号楼", "铁塔寺小区"):
        hits = selectors.find_flats(homes.officer, words)
        assert [(h.flat_id, h.building_id) for h in hits] == [(None, homes.here.pk)]


def test_a_foreign_beat_is_not_found_by_address_name_or_phone(homes: Homes) -> None:
    enter(homes.flat("501", homes.far_unit), homes.outsider, name="东方朔", phone="13700137000")
    assert labels(homes.officer, "东湖花园3号楼2单元501") == []
    for words in ("东方朔", "13700137000", "dongfang shuo"):
        assert labels(homes.officer, words, purpose="find_owner") == []
        assert labels(homes.outsider, words, purpose="find_owner") == ["东湖花园3号楼2单元501"]


def test_by_name_pinyin_and_phone_for_a_purpose(homes: Homes) -> None:
    enter(homes.flat("602"), homes.officer, name="单雄信", phone="13800138000")
    for words in ("单雄信", "shan xiong xin", "Shanxiongxin", "138 0013 8000", "+8613800138000"):
        assert labels(homes.officer, words, purpose="find_owner") == ["铁塔寺小区3号楼2单元602"]
    looks = AuditEntry.objects.filter(subject__startswith="homes-search:")
    assert looks.filter(purpose="find_owner", actor=f"member:{homes.officer.pk}").count() == 5
    with pytest.raises(Forbidden):
        selectors.find_flats(homes.officer, "单雄信")


def test_who_moved_out_or_is_under_age_is_not_found(homes: Homes) -> None:
    flat = homes.flat("501")
    gone = enter(flat, homes.officer, name="去某")
    actions.move_out(gone.pk, actor=by(homes.officer))
    enter(
        flat,
        homes.officer,
        name="小某",
        is_minor=True,
        legal_basis="guardian",
        guardian_consented=True,
    )
    for words in ("去某", "小某"):
        assert labels(homes.officer, words, purpose="find_owner") == []


def test_a_former_phone_number_finds_nobody(homes: Homes) -> None:
    person = enter(homes.flat("501"), homes.officer, phone="13800138000")
    actions.amend_resident(person.pk, actor=by(homes.officer), phone="13900139000")
    assert labels(homes.officer, "13800138000", purpose="find_owner") == []
    assert labels(homes.officer, "13900139000", purpose="find_owner")


def test_a_grid_worker_finds_whom_he_entered(homes: Homes) -> None:
    enter(homes.flat("501"), homes.officer, name="甲某某")
    enter(homes.flat("502"), homes.grid_worker, name="乙某某")
    assert labels(homes.grid_worker, "甲某某", purpose="find_owner") == []
    assert labels(homes.grid_worker, "乙某某", purpose="find_owner") == ["铁塔寺小区3号楼2单元502"]
