"""Excel as stations keep it, in and out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tongxin.domain.homes import actions, exporting, importing, selectors
from tongxin.domain.homes.importing import HomesPlan
from tongxin.domain.homes.keeping import Ground
from tongxin.domain.homes.models import Resident
from tongxin.domain.homes.tests.making import Homes, building, by, enter
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory import lookup
from tongxin.kernel.errors import BadInput, Forbidden, NotFound
from tongxin.plumbing.vault import actions as vault

pytestmark = pytest.mark.django_db
DUTY = Ground("duty", "police_law_21", "2026-1")
LIST = [
    row.split(",")
    for row in (
        "小区,楼栋,单元,房号,姓名,联系电话,关系,状态,备注,民族,身份证号码",
        "铁塔寺小区,3号楼,2单元,501,单雄信,13800138000,业主,空置,住外地,汉,42010619900101001X",
        "铁塔寺小区,3栋,2,502室,秦叔宝,138 0013 8001,租户,出租,,满,",
        "铁塔寺小区,三号楼,一单元,101,,,,空置,,,",
    )
]


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    made = Workbook()
    del made["Sheet"]
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def plan(homes: Homes, path: Path, **more: Any) -> HomesPlan:
    given = {"actor": by(homes.officer), "area_id": homes.ground.beats[0].pk}
    return importing.plan_homes(path, **{**given, **more})


def opened(homes: Homes, number: str, who: Member | None = None) -> list[tuple[str, str]]:
    flat = homes.flat(number)
    people = actions.open_residents(flat.pk, "find_owner", actor=by(who or homes.officer))
    return [(person.name, person.phone) for person in people]


def test_a_list_is_taken_over_with_refused_columns_named_and_dropped(
    homes: Homes, tmp_path: Path
) -> None:
    planned = plan(homes, book(tmp_path / "住户.xlsx", {"Sheet1": LIST}))
    assert planned.is_clean, planned.bad
    assert planned.refused == ["民族", "身份证号码"]
    assert planned.columns["phone"] == "联系电话"
    with acting_as("test"):
        assert not Resident.objects.exists()
    done = importing.apply_homes(planned, actor=by(homes.officer), ground=DUTY)
    assert (done.people, done.units, done.flats) == (2, 0, 0)
    assert opened(homes, "501") == [("单雄信", "13800138000")]
    card = selectors.flat(homes.officer, homes.flat("501").pk)
    assert (card.cell.state, card.residents[0].lives_here) == ("empty", False)
    assert card.residents[0].legal_basis == "duty"
    assert homes.flat("101", homes.units[0]).state == "empty"
    with vault.opened() as cursor:
        cursor.execute(
            "SELECT count(*) FROM vault_entry WHERE field NOT IN ('name','phone','note')"
        )
        assert cursor.fetchone()[0] == 0


def test_every_bad_row_is_named_and_nothing_written_until_told(
    homes: Homes, tmp_path: Path
) -> None:
    rows = [
        *LIST,
        ["东湖花园", "3号楼", "2", "501", "远人", "", "", "", "", "", ""],
        ["铁塔寺小区", "9号楼", "1", "101", "无楼", "", "", "", "", "", ""],
        ["铁塔寺小区", "3号楼", "1", "", "无房", "", "", "", "", "", ""],
        ["铁塔寺小区", "3号楼", "1", "201", "错号", "王五", "", "", "", "", ""],
        ["铁塔寺小区", "3号楼", "1", "202", "娃", "", "小孩", "", "", "", ""],
        ["铁塔寺小区", "3号楼", "1", "301", "藏号", "", "", "", "证42010619900101001X", "", ""],
    ]
    planned = plan(homes, book(tmp_path / "a.xlsx", {"S": rows}))
    assert sorted(bad.fault.value for bad in planned.bad) == sorted(
        [
            *("unknown_building", "unknown_building", "no_flat"),
            *("wrong_phone", "minor", "identity"),
        ]
    )
    assert {bad.line for bad in planned.bad} == set(range(5, 11))
    with pytest.raises(BadInput):
        importing.apply_homes(planned, actor=by(homes.officer), ground=DUTY)
    done = importing.apply_homes(planned, actor=by(homes.officer), ground=DUTY, accept=True)
    assert done.people == 2


def test_the_same_list_again_adds_nobody(homes: Homes, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"S": [*LIST, LIST[1]]})
    first = plan(homes, path)
    assert first.duplicates == 1
    importing.apply_homes(first, actor=by(homes.officer), ground=DUTY)
    again = plan(homes, path)
    assert (again.people, again.duplicates) == (0, 3)
    assert importing.apply_homes(again, actor=by(homes.officer), ground=DUTY).people == 0
    assert len(opened(homes, "501")) == 1


def test_a_drawn_sheet_a_building(homes: Homes, tmp_path: Path) -> None:
    made = building("铁塔寺小区", 4, 0.55, 0.5)
    lookup.forget()
    sheet = [
        ["铁塔寺小区4号楼平面图"],
        ["楼层", "1单元", "", "2单元", ""],
        ["3层", "301 尉迟恭 13900139000", "302空", "301 出租 租户 罗成\n13800000001", ""],
        ["2层", "201\n程咬金 业主 住外地 13700137000", "202 空置", "", "202 徐茂公"],
        ["1层", "", "", "", ""],
    ]
    planned = plan(homes, book(tmp_path / "图.xlsx", {"铁塔寺小区4号楼": sheet}))
    assert planned.form == "sheets"
    assert planned.is_clean, planned.bad
    importing.apply_homes(planned, actor=by(homes.officer), ground=DUTY)
    drawn = selectors.plan(homes.officer, made.pk)
    assert [(u.number, u.columns, u.highest) for u in drawn.units] == [("1", 2, 3), ("2", 2, 3)]
    cells = {(u.number, c.number): c for u in drawn.units for c in u.flats}
    assert cells["1", "202"].state == "empty"
    assert (cells["2", "301"].state, cells["2", "301"].people) == ("let", 2)
    flat = cells["1", "201"].id
    (person,) = actions.open_residents(flat, "find_owner", actor=by(homes.officer))
    assert (person.name, person.part, person.lives_here) == ("程咬金", "owner", False)


def test_what_a_column_means_is_told_once(homes: Homes, tmp_path: Path) -> None:
    rows = [["房子", "主人", "号码"], ["铁塔寺小区3号楼2单元501", "单雄信", "13800138000"]]
    path = book(tmp_path / "a.xlsx", {"S": rows})
    assert not plan(homes, path).people
    told = {"address": "房子", "name": "主人", "phone": "号码"}
    planned = plan(homes, path, columns=told)
    assert planned.people == 1
    importing.apply_homes(planned, actor=by(homes.officer), ground=DUTY)
    assert plan(homes, path).columns == told
    other = plan(homes, path, actor=by(homes.chief))  # remembered for the beat too
    assert other.columns == told


def test_only_on_the_own_ground_with_the_right(homes: Homes, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"S": LIST})
    with pytest.raises(NotFound):
        plan(homes, path, actor=by(homes.outsider))
    with pytest.raises(Forbidden):
        plan(homes, path, actor=by(homes.volunteer))


def test_a_list_needs_its_legal_ground(homes: Homes, tmp_path: Path) -> None:
    planned = plan(homes, book(tmp_path / "a.xlsx", {"S": LIST}))
    for ground in (Ground("consent"), Ground("duty"), Ground("")):
        with pytest.raises(BadInput):
            importing.apply_homes(planned, actor=by(homes.officer), ground=ground)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"\xff\xfe\x00\x01\x02"])
def test_what_is_no_book_is_refused_in_one_sentence(
    homes: Homes, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        plan(homes, path)


def read(content: bytes) -> list[list[Any]]:
    sheet = load_workbook(io.BytesIO(content)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_an_export_names_who_and_when_and_is_in_the_trail(homes: Homes) -> None:
    enter(homes.flat("501"), homes.officer, name="单雄信")
    content = exporting.export_homes([homes.here.pk], "find_owner", actor=by(homes.officer))
    rows = read(content)
    assert homes.officer.name in rows[0][0]
    assert homes.officer.code in rows[0][0]
    assert len(rows) == 2 + 24
    assert any("单雄信" in row for row in rows)
    sheet = load_workbook(io.BytesIO(content)).active
    assert homes.officer.name in sheet.oddHeader.center.text
    assert sheet.print_title_rows == "$1:$2"
    assert AuditEntry.objects.filter(act="homes.exported", purpose="find_owner").exists()


def test_an_export_needs_a_purpose_and_the_own_ground(homes: Homes) -> None:
    enter(homes.flat("501"), homes.officer)
    with pytest.raises(Forbidden):
        exporting.export_homes([homes.here.pk], "", actor=by(homes.officer))
    with pytest.raises(NotFound):
        exporting.export_homes([homes.there.pk], "find_owner", actor=by(homes.officer))
    with pytest.raises(Forbidden):
        exporting.export_homes([homes.here.pk], "find_owner", actor=by(homes.grid_worker))


def test_over_several_buildings_no_care_and_no_empty_flat(homes: Homes) -> None:
    """Refusal 12: such a list would serve a burglar."""
    second = building("铁塔寺小区", 4, 0.55, 0.5)
    unit = actions.lay_out_unit(second.pk, "1", 1, 2, 2, actor=by(homes.officer))
    lived, empty = homes.flat("101", unit), homes.flat("501")
    person = enter(lived, homes.officer, name="在家")
    enter(empty, homes.officer, name="不在", part="owner", lives_here=False)
    actions.set_flat(empty.pk, actor=by(homes.officer), state="empty")
    actions.add_care(
        person.pk, "lives_alone", actor=by(homes.officer), legal_basis="consent", consented=True
    )
    hidden = enter(homes.flat("102", unit), homes.officer, name="隐去")
    actions.protect(hidden.pk, True, actor=by(homes.officer))
    both = exporting.export_homes(
        [homes.here.pk, second.pk], "handle_incident", actor=by(homes.officer)
    )
    text = str(read(both))
    assert "在家" in text
    assert "不在" not in text
    for word in ("独居", "Lives alone", "lives_alone", "空置", "Empty", "empty", "隐去"):
        assert word not in text
    assert len(read(both)) == 3
    assert len(read(both)[1]) == len(exporting.SEVERAL_BUILDINGS)


def test_nobodys_words_become_a_formula(homes: Homes) -> None:
    enter(homes.flat("501"), homes.officer, name="=HYPERLINK(1)")
    content = exporting.export_homes([homes.here.pk], "find_owner", actor=by(homes.officer))
    assert "'=HYPERLINK(1)" in str(read(content))
