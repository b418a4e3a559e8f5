from __future__ import annotations

import datetime as dt
import gzip
from collections import Counter
from pathlib import Path

import pytest
import shapely

from tongxin.config.demo.kinds import CallKind, CallUrgency
from tongxin.config.real import districts, feed, responses, street_calls
from tongxin.config.real.oregon import spot_from_feet
from tongxin.config.real.rows import PORTLAND_CORE, Bounds, Reason, parted
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import Spot, distance_m

ANYWHERE = Bounds(-180, -90, 180, 90)
GOOD_ROW = "ASSAULT - PRIORITY,2012-03-01,7647000,683000\n"
CUT_SHORT = gzip.compress(
    b"CASE_DESC,occ_date,x_coordina,y_coordina\n" + GOOD_ROW.encode() * 20_000
)[:-60]


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return folder


def atom(*entries: str) -> bytes:
    head = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:georss="http://www.georss.org/georss">'
    return f"{head}{''.join(entries)}</feed>".encode()


def entry(
    ref: str = "PP1",
    label: str = "THEFT - COLD",
    published: str = "2017-02-28T14:54:53.0-08:00",
    point: str = "<georss:point>45.50 -122.65</georss:point>",
) -> str:
    return (
        f"<entry><id>tag:x,2017:cad/{ref}</id><title>{label} at 100 MAIN ST</title>"
        f'<category label="{label}"/><published>{published}</published>{point}</entry>'
    )


def test_feet_become_degrees_where_the_city_is() -> None:
    # The corner of the extract's dense part; checked against the districts' neighbours.
    assert distance_m(spot_from_feet(7_644_000, 683_000), Spot(-122.6778, 45.5190)) < 600


def test_a_good_entry_is_read(tmp_path: Path) -> None:
    put(tmp_path, feed.FILE, atom(entry()))
    calls, refused = parted(feed.read_feed(tmp_path, PORTLAND_CORE))
    assert not refused
    [call] = calls
    assert call.ref == "PP1"
    assert call.at == dt.datetime(2017, 2, 28, 22, 54, 53, tzinfo=dt.UTC)
    assert call.spot == Spot(-122.65, 45.50)
    assert (call.kind, call.urgency) == (CallKind.HELP, CallUrgency.LOW)
    assert call.place == "100 MAIN ST"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (entry(point=""), Reason.NO_COORDINATES),
        (entry(point="<georss:point>north</georss:point>"), Reason.BAD_COORDINATES),
        (entry(point="<georss:point>99 -122</georss:point>"), Reason.BAD_COORDINATES),
        (entry(point="<georss:point>46.5 -122.65</georss:point>"), Reason.OUTSIDE_MAP),
        (entry(published="yesterday"), Reason.BAD_DATE),
        (entry(published="2017-02-28T14:54:53"), Reason.BAD_DATE),
        (entry(label=""), Reason.NO_KIND),
        (entry() + entry(), Reason.TWICE),
    ],
)
def test_a_bad_entry_is_refused_with_its_reason(tmp_path: Path, bad: str, reason: Reason) -> None:
    put(tmp_path, feed.FILE, atom(bad))
    _, refused = parted(feed.read_feed(tmp_path, PORTLAND_CORE))
    assert [r.reason for r in refused] == [reason]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no xml", "real.no_feed"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><feed/>', "real.entities"),
    ],
)
def test_a_hostile_feed_gives_one_clear_sentence(tmp_path: Path, content: bytes, code: str) -> None:
    put(tmp_path, feed.FILE, content)
    with pytest.raises(BadInput) as refused:
        list(feed.read_feed(tmp_path, ANYWHERE))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("ASSAULT - PRIORITY,2012-13-01,7641076,684831", Reason.BAD_DATE),
        ("ASSAULT - PRIORITY,2012-03-01,,684831", Reason.NO_COORDINATES),
        ("ASSAULT - PRIORITY,2012-03-01,east,684831", Reason.BAD_COORDINATES),
        ("ASSAULT - PRIORITY,2012-03-01,nan,684831", Reason.BAD_COORDINATES),
        ("ASSAULT - PRIORITY,2012-03-01,-122.6,45.5", Reason.BAD_COORDINATES),
        ("ASSAULT - PRIORITY,2012-03-01,7741076,684831", Reason.OUTSIDE_MAP),
        (",2012-03-01,7647000,683000", Reason.NO_KIND),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(tmp_path: Path, row: str, reason: Reason) -> None:
    table = f"CASE_DESC,occ_date,x_coordina,y_coordina\n{row}\n"
    put(tmp_path, street_calls.FILE, gzip.compress(table.encode()))
    _, refused = parted(street_calls.read_street_calls(tmp_path, PORTLAND_CORE))
    assert [(r.row, r.reason) for r in refused] == [(1, reason)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not gzip", "real.broken_table"),
        (CUT_SHORT, "real.broken_table"),
        (gzip.compress(b"occ_date,x_coordina\n"), "real.no_column"),
    ],
    ids=["not gzip", "cut short", "no column"],
)
def test_a_broken_table_gives_one_clear_sentence(tmp_path: Path, content: bytes, code: str) -> None:
    put(tmp_path, street_calls.FILE, content)
    with pytest.raises(BadInput) as refused:
        list(street_calls.read_street_calls(tmp_path, ANYWHERE))
    assert refused.value.code == code


def test_absent_files_are_told_as_such(tmp_path: Path) -> None:
    for read in (
        lambda: list(feed.read_feed(tmp_path, ANYWHERE)),
        lambda: list(street_calls.read_street_calls(tmp_path, ANYWHERE)),
        lambda: list(responses.read_responses(tmp_path)),
        lambda: list(districts.read_districts(tmp_path)),
    ):
        with pytest.raises(BadInput) as refused:
            read()
        assert refused.value.code == "real.no_file"


@pytest.mark.data
def test_the_real_files_are_read_whole(shared_data: Path) -> None:
    calls, refused = parted(street_calls.read_street_calls(shared_data, PORTLAND_CORE))
    assert len(calls) + len(refused) == 24_514
    assert {r.reason for r in refused} == {Reason.OUTSIDE_MAP}
    assert len(calls) > 7_000
    assert all(PORTLAND_CORE.holds(c.spot) and c.day_only for c in calls)
    heard, elsewhere = parted(feed.read_feed(shared_data, PORTLAND_CORE))
    assert len(heard) + len(elsewhere) == 100
    assert [c.at for c in heard] == sorted(c.at for c in heard)
    times = list(responses.read_responses(shared_data))
    assert len(times) == 154_247
    assert all(isinstance(t, responses.ResponseRow) for t in times)


@pytest.mark.data
def test_the_real_districts_lie_where_portland_is(shared_data: Path) -> None:
    rows = list(districts.read_districts(shared_data))
    assert len(rows) == 60
    assert Counter(r.precinct for r in rows).keys() == {"NO", "CE", "EA"}
    assert len({r.code for r in rows}) == 60
    city_hall = shapely.Point(-122.6789, 45.5150)
    assert any(shapely.buffer(r.polygon, 0).contains(city_hall) for r in rows)
