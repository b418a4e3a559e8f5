from __future__ import annotations

import base64
import datetime as dt
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongxin.domain.incidents import feed110, importing, reconciling
from tongxin.domain.incidents.calllog import BadRow, Call, CallMapping, read_calls, read_mapping
from tongxin.domain.incidents.models import CaseCount, Feed110Line, Incident
from tongxin.domain.incidents.tests.making import HERE, Cast
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import ReferenceSystem, Spot, distance_m

COLUMNS = {
    "id": "编号",
    "time": "时间",
    "lon": "经度",
    "lat": "纬度",
    "kind": "类别",
    "what": "内容",
}
HEAD = "编号,时间,经度,纬度,类别,内容\n"
MAPPING = CallMapping(COLUMNS, kinds={"吵架": "dispute", "*": "help"})
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
AT = "2026-06-15T09:00:00+08:00"


def row(
    number: int, at: str = "2026-05-01 08:30", kind: str = "吵架", lon: object = HERE.lon
) -> str:
    return f"{number},{at},{lon},{HERE.lat},{kind},楼上太吵\n"


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "log.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_call_log_is_taken_over_once(cast: Cast, tmp_path: Path, encoding: str) -> None:
    file = written(tmp_path, HEAD + row(1) + row(2, kind="别的"), encoding)
    done = importing.take_in(read_calls(file, MAPPING))
    assert (done.taken, done.known, done.bad) == (2, 0, [])
    first, second = Incident.objects.order_by("external_ref")
    assert (first.kind, second.kind) == ("dispute", "help")
    assert first.opened_at == dt.datetime(2026, 5, 1, 0, 30, tzinfo=dt.UTC)
    assert (first.number[:8], first.is_open, first.source) == ("20260501", False, "import")
    again = importing.take_in(read_calls(file, MAPPING))
    assert (again.taken, again.known) == (0, 2)
    assert Incident.objects.count() == 2


def test_a_row_that_changed_since_is_told_and_not_taken(cast: Cast, tmp_path: Path) -> None:
    importing.take_in(read_calls(written(tmp_path, HEAD + row(1)), MAPPING))
    changed = written(tmp_path, HEAD + row(1, at="2026-05-02 08:30"))
    assert importing.take_in(read_calls(changed, MAPPING)).bad[0].line == 2
    assert Incident.objects.count() == 1


def test_equal_rows_without_a_number_are_each_taken_once(cast: Cast, tmp_path: Path) -> None:
    mapping = CallMapping({k: v for k, v in COLUMNS.items() if k != "id"}, kind="help")
    file = written(tmp_path, HEAD + row(7, kind="") * 3)
    assert importing.take_in(read_calls(file, mapping)).taken == 3
    assert importing.take_in(read_calls(file, mapping)).known == 3


def test_a_dry_run_lists_every_bad_row_with_line_and_column_and_writes_nothing(
    cast: Cast, tmp_path: Path
) -> None:
    text = HEAD + row(1) + row(2, at="gestern") + row(3, lon="ost") + row(4, lon=999)
    seen = importing.look_over(read_calls(written(tmp_path, text), MAPPING))
    assert [(bad.line, bad.column) for bad in seen.bad] == [(3, "时间"), (4, "经度"), (5, "")]
    assert seen.read == 4
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("system", "metres"),
    [("WGS-84", 0.01), ("GCJ-02", 700), ("EPSG:4490", 1)],
)
def test_coordinates_come_with_their_reference_system(
    cast: Cast, tmp_path: Path, system: str, metres: float
) -> None:
    mapping = CallMapping(COLUMNS, system=system, kinds={"*": "help"})
    (call,) = read_calls(written(tmp_path, HEAD + row(1)), mapping)
    assert isinstance(call, Call)
    apart = distance_m(call.report.spot, HERE)
    assert apart <= metres
    assert (apart > 100) == (system == "GCJ-02")


def test_feet_of_a_state_plane_land_where_they_belong(cast: Cast, tmp_path: Path) -> None:
    mapping = CallMapping(
        {"time": "t", "lon": "x", "lat": "y"}, zone="America/Los_Angeles", system="EPSG:2913",
        time_format="%m/%d/%Y", kind="help",
    )  # fmt: skip
    file = written(tmp_path, "t,x,y\n3/1/2012,7644058,682872\n")
    (call,) = read_calls(file, mapping)
    assert isinstance(call, Call)
    assert distance_m(call.report.spot, Spot(-122.68, 45.52)) < 5_000
    assert call.report.occurred_at == dt.datetime(2012, 3, 1, 8, tzinfo=dt.UTC)


@pytest.mark.data
def test_a_years_real_calls_are_read_without_a_bad_row(cast: Cast, shared_data: Path) -> None:
    file = shared_data / "incidents" / "portland_nij_street_crimes_2012.csv.gz"
    columns = {"time": "occ_date", "lon": "x_coordina", "lat": "y_coordina", "what": "CASE_DESC"}
    mapping = CallMapping(columns, zone="America/Los_Angeles", system="EPSG:2913", kind="help")
    rows = list(itertools.islice(read_calls(file, mapping), 2_000))
    bad = [each for each in rows if isinstance(each, BadRow)]
    assert len(rows) == 2_000
    assert not bad, bad[:3]


@pytest.mark.parametrize(
    "data",
    [b"\x00\xff\xfe\x81", b"", b"a,b\n1,2\n", b'"' + b"x" * 200_000, b"\x1f\x8b broken"],
)
def test_hostile_files_give_one_clear_sentence(cast: Cast, tmp_path: Path, data: bytes) -> None:
    for name in ("log.csv", "log.csv.gz"):
        file = tmp_path / name
        file.write_bytes(data)
        with pytest.raises(BadInput) as caught:
            list(read_calls(file, MAPPING))
        assert "\n" not in str(caught.value.message)


@pytest.mark.parametrize(
    "text",
    ["[", "columns: 3\nwings: 2\n", "zone: x\n"],
)
def test_a_wrong_mapping_is_refused(cast: Cast, tmp_path: Path, text: str) -> None:
    file = tmp_path / "map.yaml"
    file.write_text(text)
    with pytest.raises(BadInput):
        read_mapping(file)


@pytest.mark.parametrize(
    "change",
    [{"zone": "Mars/Olympus"}, {"system": "EPSG:0"}, {"system": "here"}, {"kind": "nonsense"},
     {"columns": {"time": "时间"}}, {"columns": {**COLUMNS, "wings": "x"}}],
)  # fmt: skip
def test_a_mapping_that_cannot_be_followed_is_refused(
    cast: Cast, tmp_path: Path, change: Mapping[str, Any]
) -> None:
    from dataclasses import replace

    file = written(tmp_path, HEAD + row(1))
    with pytest.raises(BadInput):
        list(read_calls(file, replace(MAPPING, **change)))


# --- the 110 feed -------------------------------------------------------------------------------


def call(number: int, **more: Any) -> dict[str, Any]:
    given = {"n": number, "at": AT, "kind": "dispute", "lon": HERE.lon, "lat": HERE.lat}
    return {**given, "what": "邻居吵架", "phone": "13900139000", **more}


def taken(lines: list[Mapping[str, Any]], theirs: int, **more: Any) -> reconciling.FeedSummary:
    data = feed110.sign(lines, {dt.date(2026, 6, 15): theirs}, KEY, **more)
    return reconciling.take_in(feed110.parse(data, KEY.public_key()))


def test_each_line_of_the_feed_is_taken_once(cast: Cast) -> None:
    count = {"n": 2, "at": AT, "count": {"class": "theft", "area": "P00", "cases": 3}}
    lines = [call(1), count, {"n": 3, "at": AT, "void": True}]
    done = taken(lines, 3)
    assert (done.taken, done.counted, done.void, done.refused, done.gaps) == (1, 1, 1, 0, ())
    again = taken(lines, 3)
    assert (again.taken, again.counted, again.known) == (0, 0, 3)
    incident = Incident.objects.get()
    assert (incident.source, incident.external_ref) == ("110", "110:1")
    assert incident.is_open
    assert CaseCount.objects.get().count == 3
    assert CaseCount.objects.get().area_id == cast.ground.beats[0].pk


def test_gaps_in_the_numbering_are_found_across_files(cast: Cast) -> None:
    taken([call(2), call(3)], 2)
    assert taken([call(7)], 3).gaps == ((1, 1), (4, 6))
    assert taken([call(1), call(4), call(5), call(6)], 7).gaps == ()


def test_the_table_shows_theirs_ours_and_the_difference(cast: Cast) -> None:
    taken([call(1), call(2, kind="nonsense")], 3)
    day = dt.date(2026, 6, 15)
    (balance,) = reconciling.balance(day, day)
    assert (balance.theirs, balance.ours, balance.refused, balance.difference) == (3, 1, 1, 2)
    taken([call(2), call(3)], 3)
    (balance,) = reconciling.balance(day, day)
    assert (balance.ours, balance.refused, balance.difference) == (3, 0, 0)


def test_a_line_that_cannot_be_taken_is_kept_with_its_reason(cast: Cast) -> None:
    wrong = [
        call(1, kind="nonsense"), call(2, lon=None), call(3, what=5), call(4, urgency=9),
        {"n": 5, "at": AT, "count": {"class": "theft", "area": "P00", "cases": 1, "name": "张三"}},
        {"n": 6, "at": AT, "count": {"class": "theft", "area": "nowhere", "cases": 1}},
    ]  # fmt: skip
    assert taken(wrong, 6).refused == 6
    assert not Incident.objects.exists()
    assert all(Feed110Line.objects.values_list("refused", flat=True))


def test_their_coordinates_are_brought_to_ours(cast: Cast) -> None:
    taken([call(1)], 1, system=ReferenceSystem.GCJ02)
    incident = Incident.objects.get()
    assert 100 < distance_m(HERE, Spot(incident.lon, incident.lat)) < 700


def test_a_file_that_was_touched_is_refused_whole(cast: Cast) -> None:
    good = feed110.sign([call(1)], {dt.date(2026, 6, 15): 1}, KEY)
    other = Ed25519PrivateKey.generate().public_key()
    for data, key in (
        (good.replace(b'"n": 1', b'"n": 2'), KEY.public_key()),
        (good, other),
        (good.rsplit(b"\n", 2)[0], KEY.public_key()),
        (b"", KEY.public_key()),
        (b"[" * 100_000, KEY.public_key()),
    ):
        with pytest.raises(BadInput) as caught:
            feed110.parse(data, key)
        assert caught.value.code == "feed.signature"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([{"n": 0, "at": AT}], "feed.number"),
        ([{"n": True, "at": AT}], "feed.number"),
        ([{"n": 1, "at": "2026-06-15T09:00:00"}], "feed.time"),
        ([{"n": 1}], "feed.time"),
    ],
)
def test_a_signed_file_with_a_line_that_has_no_number_or_time_is_refused_whole(
    cast: Cast, lines: list[Mapping[str, Any]], code: str
) -> None:
    with pytest.raises(BadInput) as caught:
        taken([call(9), *lines], 1)
    assert caught.value.code == code
    assert not Feed110Line.objects.exists()


def test_the_key_is_looked_for_where_it_is_said(cast: Cast, tmp_path: Path, settings: Any) -> None:
    settings.TONGXIN_DATA = tmp_path
    with pytest.raises(BadInput, match=r"feed110\.pub"):
        feed110.public_key()
    (tmp_path / "keys").mkdir()
    file = tmp_path / "keys" / "feed110.pub"
    file.write_bytes(base64.b64encode(KEY.public_key().public_bytes_raw()))
    assert feed110.public_key().public_bytes_raw() == KEY.public_key().public_bytes_raw()
    file.write_text("nonsense")
    with pytest.raises(BadInput):
        feed110.public_key()
