from __future__ import annotations

import pytest

from tongxin.foundation.territory import locating
from tongxin.foundation.territory.addressing import Address, parse
from tongxin.foundation.territory.models import Building, Landmark, LandmarkKind, Post, PostKind
from tongxin.foundation.territory.selectors import find_place, place_label
from tongxin.foundation.territory.tests.making import District, spot


@pytest.fixture
def district(db) -> District:
    district = District()
    buildings = [
        Building(
            code=f"{estate}{number}",
            name=f"{number}号楼",
            estate=estate,
            address=f"{road}{number}号",
            lon=spot(column, 0.2 + number / 100).lon,
            lat=spot(column, 0.2 + number / 100).lat,
        )
        for estate, road, column in (
            ("铁塔寺小区", "解放路", 0.3),
            ("铜塔寺小区", "和平路", 1.3),
            ("阳光花园", "光明街", 1.6),
        )
        for number in range(1, 13)
    ]
    Building.objects.bulk_create(buildings)
    pump = spot(0.5, 1.5)
    Landmark.objects.create(name="村西北排灌站", aliases=["老泵房"], lon=pump.lon, lat=pump.lat)
    street = spot(0.9, 0.9)
    Landmark.objects.create(
        name="建设大道", kind=LandmarkKind.STREET, lon=street.lon, lat=street.lat
    )
    Post.objects.create(
        kind=PostKind.ROOM, code="R1", name="北关警务室", lon=pump.lon, lat=pump.lat,
        area=district.beats[1],
    )  # fmt: skip
    return district


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("铁塔寺小区3号楼2单元501", Address("铁塔寺小区", "3", "2", "5", "501")),
        ("铁塔寺小区 ３号楼 ２单元 ５０１室", Address("铁塔寺小区", "3", "2", "5", "501")),
        ("铁塔寺小区三栋二单元", Address("铁塔寺小区", "3", "2")),
        ("铁塔寺小区3-2-501", Address("铁塔寺小区", "3", "2", "5", "501")),
        ("3-2-501", Address("", "3", "2", "5", "501")),
        ("3#2单元1203户", Address("", "3", "2", "12", "1203")),
        ("阳光花园12-304", Address("阳光花园", "12", "", "3", "304")),
        ("解放路12-3", Address("解放路12-3")),
        ("解放路12号院三号楼", Address("解放路12号院", "3")),
        ("A座1203", Address("", "a", "", "12", "1203")),
        ("村西北排灌站", Address("村西北排灌站")),
        ("", Address("")),
    ],
)
def test_addresses_are_taken_apart(said: str, meant: Address) -> None:
    assert parse(said) == meant


@pytest.mark.parametrize(
    ("said", "label", "kind"),
    [
        ("铁塔寺小区3号楼2单元501", "铁塔寺小区3号楼", "building"),
        ("铁塔寺小区十二栋", "铁塔寺小区12号楼", "building"),
        ("铁塔寺", "铁塔寺小区", "building"),
        ("铁搭寺小区3号楼", "铁塔寺小区3号楼", "building"),
        ("tietasi", "铁塔寺小区", "building"),
        ("tietasixiaoqu", "铁塔寺小区", "building"),
        ("ttsxq", "铁塔寺小区", "building"),
        ("tieyasixiaoqu", "铁塔寺小区", "building"),
        ("杨光花园", "阳光花园", "building"),
        ("排灌站", "村西北排灌站", "landmark"),
        ("老泵房", "村西北排灌站", "landmark"),
        ("cxbpgz", "村西北排灌站", "landmark"),
        ("我在村西北排灌站旁边", "村西北排灌站", "landmark"),
        ("建设大道", "建设大道", "street"),
        ("北关警务室", "北关警务室", "post"),
        ("解放路7号", "铁塔寺小区", "building"),
    ],
)
def test_what_people_say_is_found(district: District, said: str, label: str, kind: str) -> None:
    best = find_place(said)[0]
    assert (best.label, best.kind) == (label, kind)


def test_unit_and_flat_are_kept_apart_from_the_label(district: District) -> None:
    best = find_place("铁塔寺小区3号楼2单元501")[0]
    assert best.exact
    assert (best.address.unit, best.address.floor, best.address.flat) == ("2", "5", "501")
    assert "501" not in best.label
    assert Building.objects.get(pk=best.ref).code == "铁塔寺小区3"


def test_nothing_alike_is_nothing(district: District) -> None:
    assert find_place("量子对撞机") == []
    assert find_place("") == []
    assert find_place("'; DROP TABLE territory_building; --") == []


def test_a_place_outside_the_given_ground_is_not_found(district: District) -> None:
    home, other = district.beats[0].pk, district.beats[2].pk
    assert find_place("铁塔寺小区3号楼", within={home})[0].label == "铁塔寺小区3号楼"
    assert "铁塔寺小区3号楼" not in {p.label for p in find_place("铁塔寺小区3号楼", within={other})}
    assert find_place("铁塔寺小区3号楼", within=[]) == []


def test_a_spot_is_called_by_what_stands_there(district: District) -> None:
    building = Building.objects.get(code="阳光花园5")
    assert place_label(locating.Spot(building.lon + 0.0003, building.lat)) == (
        "阳光花园5号楼",
        True,
    )
    assert place_label(spot(0.5, 1.5)) == ("村西北排灌站", True)
    assert place_label(spot(0.9, 0.9)) == ("CG0", False)  # a street's spot names no spot


def test_areas_are_found_by_name(district: District) -> None:
    district.station.name = "北关派出所"
    district.station.save()
    best = find_place("beiguan")[0]
    assert best.kind in {"area", "post"}
    found = {p.label: p for p in find_place("北关派出所")}
    assert found["北关派出所"].exact
    assert found["北关派出所"].spot == locating.area_info(district.station.pk).centroid
