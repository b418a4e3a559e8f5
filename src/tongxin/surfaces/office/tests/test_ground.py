"""Areas, faults, who looks after a spot, imports through the page."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tongxin.foundation.access.models import Grant, Member
from tongxin.foundation.territory import actions, locating
from tongxin.foundation.territory.models import Area, Building, GroundFault, Level, Network
from tongxin.foundation.territory.tests.making import area, box, spot

if TYPE_CHECKING:
    from tongxin.surfaces.office.tests.people import Office


def feature(code: str, geometry: dict[str, Any], parent: str = "S") -> dict[str, Any]:
    said = {"code": code, "name": code, "network": "police", "level": "beat", "parent": parent}
    return {"type": "Feature", "geometry": geometry, "properties": said}


def geojson(*features: dict[str, Any]) -> SimpleUploadedFile:
    text = json.dumps({"type": "FeatureCollection", "features": list(features)})
    return SimpleUploadedFile("beats.geojson", text.encode())


def whole() -> list[dict[str, Any]]:
    """Return the four beats, the first two drawn anew."""
    return [
        feature("P00", box(0, 0, 1, 1.5)), feature("P01", box(0, 1.5, 1, 0.5)),
        feature("P10", box(1, 0)), feature("P11", box(1, 1)),
    ]  # fmt: skip


def test_areas_by_network_and_level_with_their_map(office: Office) -> None:
    client = office.log_in("chief")
    page = client.get(reverse("office_areas"), {"network": "governance", "level": "grid"})
    assert "G0" in page.content.decode()
    drawn = client.get(reverse("office_map_areas"), {"network": "governance", "level": "grid"})
    assert [f["properties"]["code"] for f in drawn.json()["features"]] == ["G0", "G1"]
    one = client.get(reverse("office_area", args=[office.ground.beats[0].pk])).content.decode()
    assert "李响" in one
    assert "第一警务室" in one
    csv = client.get(reverse("office_areas"), {"csv": "1"}).content.decode("utf-8-sig")
    assert csv.splitlines()[1].startswith("P00,P00,")


def test_people_of_an_area_are_not_for_the_system_administrator(office: Office) -> None:
    url = reverse("office_area", args=[office.ground.beats[0].pk])
    assert "李响" not in office.log_in("sysadmin").get(url).content.decode()


def test_a_spot_is_answered_in_all_four_networks_with_phones(office: Office) -> None:
    here = spot(0.5, 0.5)
    answer = office.log_in("chief").post(
        reverse("office_spot"),
        {"lon": here.lon, "lat": here.lat},
        headers={"HX-Request": "true"},
    )
    html = answer.content.decode()
    assert html.count("<article") == 4
    assert office.people["officer"].phone in html.replace(" ", "")
    assert "Grid worker 赵" in html
    assert "<html" not in html  # a fragment


def test_a_spot_in_a_gap_is_answered_and_written_down(office: Office) -> None:
    office.ground.beats[3].delete()
    locating.forget()
    here = spot(1.9, 1.9)
    answer = office.log_in("chief").post(reverse("office_spot"), {"lon": here.lon, "lat": here.lat})
    assert "Gap of the ground here" in answer.content.decode()
    assert GroundFault.objects.filter(kind="gap", network="police").count() == 1


def test_a_place_nobody_knows_says_what_to_do(office: Office) -> None:
    answer = office.log_in("chief").post(reverse("office_spot"), {"place": "没有的地方啊"})
    assert "press on the map" in answer.content.decode()


def test_faults_are_listed_drawn_and_put_away(office: Office) -> None:
    area("P99", box(0.5, 0.5, 0.4, 0.4), parent=office.ground.station)
    locating.forget()
    actions.locate_and_record(spot(0.6, 0.6))
    client = office.log_in("sysadmin")
    page = client.get(reverse("office_faults"), {"network": "police", "survey": "1"})
    html = page.content.decode()
    assert "Overlap" in html
    assert "The survey finds 1 fault." in html
    marks = client.get(reverse("office_map_faults")).json()["features"]
    assert [m["properties"]["label"] for m in marks] == ["Overlap 1×"]
    shapes = client.get(reverse("office_map_survey"), {"network": "police"}).json()["features"]
    assert sum(bool(f["properties"].get("fault")) for f in shapes) == 1
    fault = GroundFault.objects.get()
    client.post(reverse("office_fault_mended", args=[fault.pk]))
    fault.refresh_from_db()
    assert fault.mended_at is not None
    actions.locate_and_record(spot(0.6, 0.6))
    fault.refresh_from_db()
    assert fault.mended_at is None  # met again: open again


def test_a_chief_mends_nothing(office: Office) -> None:
    assert office.log_in("chief").post(reverse("office_fault_mended", args=[1])).status_code == 403


def test_an_import_shows_bad_rows_and_writes_nothing_until_accepted(office: Office) -> None:
    client = office.log_in("sysadmin")
    crooked = feature(
        "P00",
        {
            "type": "Polygon",
            "coordinates": [
                [
                    [114.30, 30.50],
                    [114.31, 30.51],
                    [114.31, 30.50],
                    [114.30, 30.51],
                    [114.30, 30.50],
                ]
            ],
        },
    )
    dry = client.post(
        reverse("office_import_run"),
        {"sort": "areas", "file": geojson(crooked, *whole()[1:]), "srs": "WGS-84"},
    )
    html = dry.content.decode()
    assert "Dry run: nothing is written yet" in html
    assert "Bad rows" in html
    assert Area.objects.filter(level=Level.BEAT, valid_to__isnull=False).count() == 0


def test_a_clean_import_is_taken_over_and_grants_follow(office: Office) -> None:
    client = office.log_in("sysadmin")
    url = reverse("office_import_run")
    dry = client.post(url, {"sort": "areas", "file": geojson(*whole()), "srs": "WGS-84"})
    html = dry.content.decode()
    assert "No bad row." in html
    key = html.split('name="key" value="')[1].split('"')[0]
    done = client.post(url, {"sort": "areas", "srs": "WGS-84", "key": key, "apply": "1"})
    assert "Taken over: areas started 0 · drawn anew 2" in done.content.decode()
    now = Area.objects.get(code="P00", valid_to__isnull=True)
    assert now.pk != office.ground.beats[0].pk
    held = Grant.objects.filter(member=office.people["officer"], valid_to__isnull=True)
    assert [grant.area_id for grant in held] == [now.pk]
    assert not list((Path(settings.TONGXIN_DATA) / "uploads").glob(f"{key}*"))
    gone = client.post(url, {"sort": "areas", "key": key, "apply": "1"})
    assert "The file is gone" in gone.content.decode()


def test_areas_that_a_file_lacks_stay_unless_their_end_is_chosen(office: Office) -> None:
    client, url = office.log_in("sysadmin"), reverse("office_import_run")
    some = geojson(whole()[0])
    form = {"sort": "areas", "srs": "WGS-84"}
    dry = client.post(url, form | {"file": some}).content.decode()
    beats = Area.objects.filter(level=Level.BEAT, valid_to__isnull=True)
    lacking = beats.count() - 1
    assert f"{lacking} areas in force are not in the file" in dry
    assert "They stay as they are." in dry
    assert "P11" in dry
    key = dry.split('name="key" value="')[1].split('"')[0]
    ending = client.post(url, form | {"key": key, "others": "end"}).content.decode()
    assert "They end when it is taken over." in ending
    assert 'name="others" value="end"' in ending.split('name="apply"')[0].rsplit("<form", 1)[1]
    client.post(url, form | {"key": key, "others": "stay", "accept": "1", "apply": "1"})
    assert beats.count() == lacking + 1  # none ended


def test_a_shapefile_comes_in_a_zip_and_no_path_leaves_the_folder(office: Office) -> None:
    import pyarrow
    import pyogrio
    import shapely

    shapes = [shapely.geometry.shape(f["geometry"]) for f in whole()]
    table = pyarrow.table(
        {"code": ["P00", "P01", "P10", "P11"], "geometry": shapely.to_wkb(shapes)}
    )
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w") as archive:
        pyogrio.write_arrow(
            table, Path(folder) / "b.shp", geometry_name="geometry", geometry_type="Polygon",
            crs="EPSG:4326",
        )  # fmt: skip
        for part in Path(folder).iterdir():
            archive.write(part, f"../../{part.name}")
    client = office.log_in("sysadmin")
    answer = client.post(
        reverse("office_import_run"),
        {"sort": "areas", "file": SimpleUploadedFile("beats.zip", packed.getvalue()),
         "network": "police", "level": "beat", "columns": "name=code"},
    )  # fmt: skip
    assert "Dry run" in answer.content.decode()
    assert not (Path(settings.TONGXIN_DATA).parent / "b.shp").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.exe", b"MZ", "takes files that end in"),
        ("x.zip", b"no zip", "cannot be opened"),
        ("x.geojson", b"{", "is broken at line 1"),
        ("x.geojson", b'{"type": "Feature", "geometry": null, "properties": {"ethnicity": "x"}}',
         "refuses to hold"),
    ],
)  # fmt: skip
def test_a_hostile_file_gets_one_clear_sentence(
    office: Office, name: str, content: bytes, said: str
) -> None:
    answer = office.log_in("sysadmin").post(
        reverse("office_import_run"), {"sort": "areas", "file": SimpleUploadedFile(name, content)}
    )
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_lists_come_with_their_reference_system(office: Office) -> None:
    csv = "code,name,lon,lat\nB1,1号楼,114.3105,30.5035\n"
    client, url = office.log_in("sysadmin"), reverse("office_import_run")
    form = {"sort": "buildings", "srs": "GCJ-02"}
    dry = client.post(url, form | {"file": SimpleUploadedFile("b.csv", csv.encode())})
    key = dry.content.decode().split('name="key" value="')[1].split('"')[0]
    client.post(url, form | {"key": key, "apply": "1", "accept": "1"})
    made = Building.objects.get(code="B1")
    assert made.lon == pytest.approx(114.3105 - 0.0055, abs=0.002)
    assert made.lon != pytest.approx(114.3105, abs=1e-4)


def test_members_are_imported_by_the_security_administrator_only(office: Office) -> None:
    csv = "编号,姓名,角色,电话,辖区\nM900,钱多,辅警,13800138000,P01\n"
    url, form = reverse("office_import_run"), {"sort": "members"}
    refused = office.log_in("sysadmin").post(
        url, form | {"file": SimpleUploadedFile("m.csv", csv.encode())}
    )
    assert "Choose what to import." in refused.content.decode()
    client = office.log_in("secadmin")
    dry = client.post(url, form | {"file": SimpleUploadedFile("m.csv", csv.encode())})
    assert not Member.objects.filter(code="M900").exists()
    key = dry.content.decode().split('name="key" value="')[1].split('"')[0]
    client.post(url, form | {"key": key, "apply": "1"})
    assert Member.objects.get(code="M900").grants.get().area == office.ground.beats[1]
    assert Network.POLICE in Network
