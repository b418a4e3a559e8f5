from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.foundation.territory.importing import ListPlan, RowFault, apply_lists, plan_lists
from tongxin.foundation.territory.listing import ListKind
from tongxin.foundation.territory.models import Building, Landmark, Post
from tongxin.foundation.territory.selectors import find_place, posts
from tongxin.foundation.territory.tests.making import District, spot
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import Spot, distance_m

HERE = spot(0.5, 0.5)


@pytest.fixture
def district(db) -> District:
    return District()


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def faults(plan: ListPlan) -> set[tuple[int, RowFault]]:
    return {(bad.line, bad.fault) for bad in plan.bad}


def test_buildings_are_written_found_and_renewed(district: District, table) -> None:
    header = "编码,名称,小区,地址,经度,纬度,单元数,层数"
    text = f"{header}\nL1,3号楼,铁塔寺小区,解放路1号,{HERE.lon},{HERE.lat},3,18\n"
    plan = plan_lists(ListKind.BUILDINGS, table(text), srs="WGS-84")
    assert plan.is_clean
    assert apply_lists(plan, actor="system:test") == 1
    assert find_place("铁塔寺小区3号楼")[0].exact

    renewed = table(text.replace("铁塔寺", "钟楼"))
    apply_lists(plan_lists(ListKind.BUILDINGS, renewed, srs="WGS-84"), actor="system:test")

    building = Building.objects.get()
    assert (building.label, building.units, building.floors) == ("钟楼小区3号楼", 3, 18)
    assert find_place("zhonglou")[0].label == "钟楼小区"


def test_the_reference_system_may_change_from_row_to_row(district: District, table) -> None:
    rows = "".join(
        f"{name},{HERE.lon},{HERE.lat},{name}\n" for name in ("WGS-84", "GCJ-02", "百度")
    )
    plan = plan_lists(ListKind.LANDMARKS, table("名称,经度,纬度,坐标系\n" + rows))
    assert plan.is_clean
    apply_lists(plan, actor="system:test")
    away = {
        mark.name: distance_m(HERE, Spot(mark.lon, mark.lat)) for mark in Landmark.objects.all()
    }
    assert away["WGS-84"] == 0
    assert 100 < away["GCJ-02"] < 800
    assert away["百度"] > away["GCJ-02"]


def test_every_bad_row_is_listed(district: District, table) -> None:
    good = f"{HERE.lon},{HERE.lat}"
    plan = plan_lists(
        ListKind.POSTS,
        table(
            "类型,编码,名称,经度,纬度,辖区\n"
            f"警务室,R1,一号,{good},P00\n"
            f"警务室,R1,又一号,{good},P00\n"
            f"茶馆,R3,三号,{good},P00\n"
            f"警务站,R4,四号,{good},nowhere\n"
            f"警务站,R5,五号,{HERE.lat},{HERE.lon},P00\n"
            "警务站,R6,六号,7604004,651315,P00\n"
            "警务站,R7,七号,a,b,P00\n"
            f"警务站,,八号,{good},P00\n"
            "警务站,R9,九号,116.4,39.9,P00\n"
            "警务点,R10,十号,114.5,30.7,P00\n"
        ),
        srs="WGS-84",
    )
    assert faults(plan) == {
        (3, RowFault.DUPLICATE_CODE),
        (4, RowFault.WRONG_VALUE),
        (5, RowFault.UNKNOWN_AREA),
        (6, RowFault.WRONG_REFERENCE_SYSTEM),
        (7, RowFault.WRONG_REFERENCE_SYSTEM),
        (8, RowFault.WRONG_VALUE),
        (9, RowFault.MISSING_VALUE),
        (10, RowFault.WRONG_REFERENCE_SYSTEM),
        (11, RowFault.OUTSIDE),
    }
    with pytest.raises(BadInput):
        apply_lists(plan, actor="system:test")
    assert not Post.objects.exists()
    assert apply_lists(plan, actor="system:test", accept=True) == 2
    assert [post.code for post in posts()] == ["R10", "R1"]


def test_a_post_without_an_area_stands_where_it_stands(district: District, table) -> None:
    plan = plan_lists(
        ListKind.POSTS, table(f"kind,code,name,lon,lat\nroom,R1,一号,{HERE.lon},{HERE.lat}\n"),
        srs="CGCS2000",
    )  # fmt: skip
    apply_lists(plan, actor="system:test")
    assert Post.objects.get().area_id == district.beats[0].pk


def test_a_landmark_of_the_same_name_near_by_is_the_same(district: District, table) -> None:
    for shift, aliases in ((0.0, "老泵房、泵站"), (0.0005, "泵房")):
        text = f"name,aliases,lon,lat\n排灌站,{aliases},{HERE.lon + shift},{HERE.lat}\n"
        plan = plan_lists(ListKind.LANDMARKS, table(text), srs="WGS-84")
        apply_lists(plan, actor="system:test")
    assert Landmark.objects.get().aliases == ["泵房"]


def test_a_list_must_say_its_system_and_its_columns(district: District, table) -> None:
    plan = plan_lists(ListKind.BUILDINGS, table("名称,经度\n一号,114\n"))
    assert faults(plan) == {(0, RowFault.MISSING_COLUMN), (0, RowFault.WRONG_REFERENCE_SYSTEM)}


def test_columns_may_be_told(district: District, table) -> None:
    text = f"bianma;mingcheng;X;Y\nL1;3号楼;{HERE.lon};{HERE.lat}\n"
    plan = plan_lists(
        ListKind.BUILDINGS,
        table(text),
        srs="EPSG:4490",
        columns={"code": "bianma", "name": "mingcheng"},
    )
    assert plan.is_clean
    assert plan.rows[0].spot == pytest.approx(HERE)


@pytest.mark.data
def test_the_villages_of_jining_are_read_and_searched(
    district: District, shared_data: Path
) -> None:
    """62,074 names without coordinates: read whole, refused for want of them, then searched."""
    import csv
    import gzip

    source = shared_data / "cn/admin/villages-shandong.csv.gz"
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        names = [row["name"] for row in csv.DictReader(lines) if row["cityCode"] == "3708"]
    assert len(names) == 4927
    Landmark.objects.bulk_create(
        [Landmark(name=name, lon=HERE.lon, lat=HERE.lat) for name in dict.fromkeys(names)],
        batch_size=1000,
    )
    wanted = names[100]
    assert wanted in {place.label for place in find_place(wanted)}
