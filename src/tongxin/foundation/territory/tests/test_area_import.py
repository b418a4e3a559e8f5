from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from tongxin.foundation.access.models import Grant, Role
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory import faulting, locating
from tongxin.foundation.territory.actions import locate_and_record
from tongxin.foundation.territory.importing import (
    AreaPlan,
    AreasApplied,
    AreaSource,
    RowFault,
    apply_areas,
    plan_areas,
    read_areas,
)
from tongxin.foundation.territory.models import Area, GroundFault, Network, Post, TerritoryVersion
from tongxin.foundation.territory.reading import network_said
from tongxin.foundation.territory.tests.making import SIDE, SOUTH, WEST, District, box, spot
from tongxin.kernel.errors import BadInput, Conflict, TongxinError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("held_clock")]
DAY = dt.date(2026, 6, 15)
BEATS = {"network": "police", "level": "beat"}


def feature(code: str, geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"code": code, "name": code, "parent": "S", **BEATS, **properties},
    }


@pytest.fixture
def write(tmp_path: Path):
    def write(*features: dict[str, Any], name: str = "areas.geojson") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
        return path

    return write


def upper() -> list[dict[str, Any]]:
    return [
        feature("B", box(0, 0, 2, 2), parent="", level="branch"),
        feature("S", box(0, 0, 2, 2), parent="B", level="station"),
    ]


def four_beats() -> list[dict[str, Any]]:
    return [feature(f"P{i}{j}", box(i, j)) for i in (0, 1) for j in (0, 1)]


def plan(path: Path | list[Path], day: dt.date = DAY, **options: Any) -> AreaPlan:
    options.setdefault("srs", "WGS-84")
    return plan_areas(read_areas(path, AreaSource(**options)), on=day)


def apply(made: AreaPlan, *, accept: bool = False) -> AreasApplied:
    return apply_areas(made, actor="system:test", accept=accept)


def faults(made: AreaPlan) -> set[tuple[str, RowFault]]:
    return {(bad.code, bad.fault) for bad in made.bad}


def test_a_clean_file_is_written_with_paths_and_a_trace(write) -> None:
    made = plan(write(*upper(), *four_beats()))
    assert made.is_clean
    assert len(made.start) == 6
    assert not Area.objects.exists()  # a dry run writes nothing
    before = TerritoryVersion.objects.get().version

    done = apply(made)

    assert (done.started, done.changed, done.ended) == (6, 0, 0)
    beat = Area.objects.get(code="P11")
    assert [Area.objects.get(pk=i).code for i in beat.path] == ["B", "S", "P11"]
    assert beat.valid_from == DAY
    assert TerritoryVersion.objects.get().version > before
    assert locating.locate(spot(1.5, 1.5), DAY).leaf[Network.POLICE].code == "P11"
    assert AuditEntry.objects.get().act == "territory.imported"


def test_every_bad_row_is_listed_and_nothing_is_written(write) -> None:
    bowtie = {
        "type": "Polygon",
        "coordinates": [
            [[WEST, SOUTH], [WEST + SIDE, SOUTH + SIDE], [WEST + SIDE, SOUTH],
             [WEST, SOUTH + SIDE], [WEST, SOUTH]]
        ],
    }  # fmt: skip
    feet = {
        "type": "Polygon",
        "coordinates": [[[7e6, 7e5], [7.1e6, 7e5], [7.1e6, 7.1e5], [7e6, 7e5]]],
    }
    swapped = {
        "type": "Polygon",
        "coordinates": [[[30.5, 114.3], [30.5, 114.4], [30.6, 114.4], [30.5, 114.3]]],
    }
    path = write(
        *upper(),
        feature("X", bowtie),
        feature("P01", box(0, 1)),
        feature("P10", box(1, 0, 1, 1.2)),
        feature("P11", box(1, 1)),
        feature("P11", box(1, 1)),
        feature("U", box(0, 0), parent="nobody"),
        feature("L", box(0, 0), level="grid"),
        feature("F", feet),
        feature("W", swapped),
        feature("N", None),
        feature("T", {"type": "Point", "coordinates": [WEST, SOUTH]}),
        feature("", box(0, 0)),
    )

    made = plan(path)

    assert faults(made) == {
        ("X", RowFault.SELF_CROSSING),
        ("S", RowFault.GAP),
        ("P10", RowFault.OVERLAP),
        ("P11", RowFault.DUPLICATE_CODE),
        ("U", RowFault.UNKNOWN_PARENT),
        ("L", RowFault.WRONG_LEVEL),
        ("F", RowFault.WRONG_REFERENCE_SYSTEM),
        ("W", RowFault.WRONG_REFERENCE_SYSTEM),
        ("N", RowFault.NOT_A_POLYGON),
        ("T", RowFault.NOT_A_POLYGON),
        ("", RowFault.MISSING_VALUE),
    }
    crossing = next(b for b in made.bad if b.fault is RowFault.SELF_CROSSING)
    assert crossing.spot == pytest.approx((WEST + SIDE / 2, SOUTH + SIDE / 2))
    overlap = next(b for b in made.bad if b.fault is RowFault.OVERLAP)
    assert "P11" in overlap.message
    assert overlap.square_metres == pytest.approx(0.2 * 959.8 * 1108.7, rel=0.01)
    with pytest.raises(BadInput):
        apply(made)
    assert not Area.objects.exists()


def test_accept_mends_crossings_and_leaves_out_what_cannot_be_taken(write) -> None:
    ring = box(0, 0)["coordinates"][0]
    loop = [[WEST + SIDE, SOUTH + SIDE], [WEST + SIDE * 1.001, SOUTH + SIDE * 0.9]]
    crossed = {"type": "Polygon", "coordinates": [[*ring[:3], *loop, ring[2], *ring[3:]]]}
    made = plan(write(*upper(), feature("P00", crossed), feature("U", box(1, 1), parent="?")))
    assert ("P00", RowFault.SELF_CROSSING) in faults(made)

    done = apply(made, accept=True)

    assert done.left_out == 1
    assert set(Area.objects.values_list("code", flat=True)) == {"B", "S", "P00"}
    drawn = shapely.from_geojson(json.dumps(Area.objects.get(code="P00").geometry))
    assert drawn.is_valid
    assert drawn.area == pytest.approx(SIDE * SIDE, rel=0.01)


def test_a_new_import_ends_starts_and_keeps_history(write) -> None:
    apply(plan(write(*upper(), *four_beats())))
    ids = dict(Area.objects.values_list("code", "pk"))
    later = DAY + dt.timedelta(days=30)
    beats = [feature("P00", box(0, 0, 1, 2)), feature("P10", box(1, 0)), feature("P11", box(1, 1))]

    done = apply(plan(write(*upper(), *beats), day=later))

    assert (done.started, done.changed, done.ended) == (0, 1, 1)
    old, new = (
        locating.locate(spot(0.5, 1.5), day).leaf[Network.POLICE]
        for day in (later - dt.timedelta(days=1), later)
    )
    assert (old.code, new.code) == ("P01", "P00")
    assert Area.objects.get(pk=ids["P01"]).valid_to == later
    assert Area.objects.get(pk=ids["P00"]).valid_to == later
    assert Area.objects.get(pk=ids["P10"]).valid_to is None  # unchanged: the same row


def test_the_same_file_again_changes_nothing(write) -> None:
    path = write(*upper(), *four_beats())
    apply(plan(path))
    ids = set(Area.objects.values_list("pk", flat=True))

    again = plan(path, day=DAY + dt.timedelta(days=1))
    done = apply(again)

    assert (done.started, done.changed, done.ended) == (0, 0, 0)
    assert set(Area.objects.values_list("pk", flat=True)) == ids


def test_a_station_drawn_anew_takes_its_beats_grants_and_posts_along(write) -> None:
    apply(plan(write(*upper(), *four_beats())))
    station, beat = Area.objects.get(code="S"), Area.objects.get(code="P00")
    officer = member("李响", Role.COMMUNITY_OFFICER, beat)
    Post.objects.create(kind="room", code="R", name="R", area=beat, lon=WEST, lat=SOUTH)
    only_station = feature("S", box(0, 0, 2, 2), parent="B", level="station", name="北关派出所")

    done = apply(plan(write(only_station), day=DAY))

    fresh = Area.objects.get(code="P00", valid_to=None)
    assert fresh.pk != beat.pk
    assert fresh.path[1] == Area.objects.get(code="S", valid_to=None).pk != station.pk
    assert done.changed == 5
    assert Post.objects.get().area_id == fresh.pk
    assert Grant.objects.get(member=officer, valid_to=None).area_id == fresh.pk
    assert Grant.objects.filter(member=officer).count() == 2


def test_two_imports_on_one_day_keep_their_ids_for_what_happened_between(write) -> None:
    apply(plan(write(*upper(), *four_beats())))
    first = Area.objects.get(code="P00")
    moved = [feature("P00", box(0, 0, 1, 0.9)), *four_beats()[1:]]

    apply(plan(write(*upper(), *moved)), accept=True)

    first.refresh_from_db()
    assert (first.valid_from, first.valid_to) == (DAY, DAY)
    assert locating.area_info(Area.objects.get(code="P00", valid_to=None).pk)


def test_a_plan_made_before_another_change_is_refused(write) -> None:
    made = plan(write(*upper(), *four_beats()))
    District()
    with pytest.raises(Conflict):
        apply(made)


def test_an_area_is_not_ended_while_others_lie_under_it(write) -> None:
    apply(plan(write(*upper(), *four_beats())))
    made = plan(write(feature("S2", box(5, 5), parent="B", level="station")))
    assert ("S", RowFault.OUTSIDE) in faults(made)
    apply(made, accept=True)
    assert Area.objects.get(code="S").valid_to is None


def test_a_mended_border_ticks_off_its_fault(write) -> None:
    apply(plan(write(*upper(), *four_beats()[1:])), accept=True)
    locate_and_record(spot(0.5, 0.5))
    assert GroundFault.objects.get().mended_at is None

    done = apply(plan(write(*upper(), *four_beats()), day=DAY))

    assert done.faults_mended == 1


def test_a_survey_draws_gaps_and_overlaps_with_their_size(write) -> None:
    beats = [
        feature("P00", box(0, 0)),
        feature("P10", box(0.9, 0, 1.1, 1)),
        feature("P11", box(1, 1)),
    ]
    apply(plan(write(*upper(), *beats)), accept=True)

    found = {fault.kind.value: fault for fault in faulting.survey(Network.POLICE, DAY)}

    square = 959.8 * 1108.7
    assert found["gap"].square_metres == pytest.approx(square, rel=0.01)
    assert [area.code for area in found["gap"].areas] == ["S"]
    assert found["overlap"].square_metres == pytest.approx(0.1 * square, rel=0.01)
    assert shapely.contains_xy(found["gap"].shape, *spot(0.5, 1.5))


def test_a_file_must_say_its_reference_system(write) -> None:
    made = plan(write(*upper()), srs=None)
    assert [(b.line, b.fault) for b in made.bad] == [(0, RowFault.WRONG_REFERENCE_SYSTEM)]
    assert "--srs" in made.bad[0].message
    stated = write(*upper())
    content = json.loads(stated.read_text())
    content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    stated.write_text(json.dumps(content))
    assert plan(stated, srs=None).is_clean


def test_gcj02_lands_some_hundred_metres_away(write) -> None:
    from tongxin.kernel.geometry import distance_m

    rows = read_areas(write(*upper()), AreaSource(srs="GCJ-02")).rows
    moved = rows[0].shape.centroid
    away = distance_m(spot(1, 1), locating.Spot(moved.x, moved.y))
    assert 100 < away < 800


def test_gcj02_outside_china_is_refused(write) -> None:
    abroad = [[-122.7, 45.5], [-122.6, 45.5], [-122.6, 45.6], [-122.7, 45.5]]
    geometry = {"type": "Polygon", "coordinates": [abroad]}
    made = plan(write(*upper(), feature("X", geometry)), srs="GCJ-02")
    assert ("X", RowFault.WRONG_REFERENCE_SYSTEM) in faults(made)
    assert "X" not in {row.code for row in made.rows}


def test_columns_may_have_other_names(write) -> None:
    path = write(
        {"type": "Feature", "geometry": box(0, 0), "properties": {"编码": "G1", "名称": "一号网格"}}
    )
    made = plan(path, constants={"network": "综治", "level": "网格"})
    assert made.is_clean
    assert (made.rows[0].network, made.rows[0].level) == ("governance", "grid")
    missing = plan(path, columns={"code": "nonsense"}, constants=BEATS)
    assert faults(missing) == {("", RowFault.MISSING_COLUMN)}


@pytest.mark.parametrize(
    ("said", "network"),
    [("公安网", "police"), ("警务网", "police"), ("综治网", "governance"), ("民政", "civic"),
     ("民政网", "civic"), ("城管网", "urban"), ("城管网络", "urban"), ("Police", "police")],
)  # fmt: skip
def test_a_network_may_be_said_in_chinese(said: str, network: str) -> None:
    assert network_said(said) == network


def test_refused_columns_are_named(write) -> None:
    with pytest.raises(BadInput, match="民族"):
        plan(write(feature("B", box(0, 0), 民族="x")))


HOSTILE = {
    "empty.geojson": b"",
    "cut.geojson": b'{"type": "FeatureCollection", "features": [{"type": "Feat',
    "deep.geojson": b'{"type":"FeatureCollection","features":' + b"[" * 100_000,
    "list.geojson": b"[1, 2]",
    "vrt.geojson": b"<OGRVRTDataSource></OGRVRTDataSource>",
    "binary.geojson": b"{\x00\xff\xfe",
    "fake.gpkg": b"SQLite format 3\x00" + b"\x00" * 200,
    "fake.shp": b"\x00\x00\x27\x0a" + b"\xff" * 200,
    "text.shp": b"hello",
    "areas.exe": b"MZ",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_give_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with pytest.raises(TongxinError) as refused:
        plan(path)
    assert len(str(refused.value)) < 200
    assert "\n" not in str(refused.value)


def test_numbers_out_of_this_world_are_bad_rows(write) -> None:
    ring = [[1e308, 1e308], [-1e308, 1e308], [-1e308, -1e308], [1e308, 1e308]]
    made = plan(write(feature("X", {"type": "Polygon", "coordinates": [ring]}, parent="")))
    assert [bad.fault for bad in made.bad] == [RowFault.WRONG_REFERENCE_SYSTEM]


@pytest.mark.data
def test_jining_counties_come_in_from_gcj02(shared_data: Path) -> None:
    files = sorted((shared_data / "cn/geojson/jining").glob("*.geojson"))
    counties = {"constants": {"network": "governance", "level": "street"}}

    made = plan(files, srs="GCJ-02", **counties)

    crossing = {b.source for b in made.bad if b.fault is RowFault.SELF_CROSSING}
    assert crossing == {f"{n}.geojson" for n in ("兖州区", "微山县", "曲阜市", "金乡县", "鱼台县")}
    assert all(bad.spot is not None for bad in made.bad if bad.fault is RowFault.SELF_CROSSING)
    apply(made, accept=True)
    assert Area.objects.count() == 11
    qufu = locating.locate(locating.Spot(116.986, 35.581), DAY).leaf[Network.GOVERNANCE]
    assert qufu.name == "曲阜市"


@pytest.mark.data
def test_portland_districts_come_in_from_feet(shared_data: Path) -> None:
    path = shared_data / "incidents/portland_police_districts/Portland_Police_Districts.shp"
    columns = {"columns": {"code": "DISTRICT", "name": "DISTRICT"}, "constants": BEATS}

    silent = plan(path, srs=None, **columns)
    assert [bad.fault for bad in silent.bad] == [RowFault.WRONG_REFERENCE_SYSTEM]

    made = plan(
        path, srs="EPSG:2913", dissolve={"station": "PRECINCT", "branch": "AGENCY"}, **columns
    )
    apply(made, accept=True)

    assert Area.objects.filter(level="beat").count() == 60 - len(made.left_out)
    assert {a.level for a in Area.objects.filter(parent=None)} == {"branch"}
    downtown = locating.locate(locating.Spot(-122.6765, 45.5231), DAY)
    assert downtown.leaf[Network.POLICE].level == "beat"
    assert len(downtown.area_ids) == 3
