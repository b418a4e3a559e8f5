from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from tongxin.foundation.access import selectors
from tongxin.foundation.access.importing import (
    MemberFault,
    MembersPlan,
    apply_members,
    plan_members,
)
from tongxin.foundation.access.models import Grant, Member, Role
from tongxin.foundation.access.scope import MemberActor, SystemActor
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory.tests.making import District
from tongxin.kernel.errors import BadInput, Forbidden, TongxinError
from tongxin.kernel.refusals import refused

SYSTEM = SystemActor("test")
HEADER = ["编号", "姓名", "角色", "电话", "辖区", "技能", "有效期至"]


@pytest.fixture
def district(db) -> District:
    return District()


@pytest.fixture
def excel(tmp_path: Path):
    def write(*rows: list[object], header: list[str] = HEADER) -> Path:
        book = Workbook()
        for row in [header, *rows]:
            book.active.append(row)
        book.save(tmp_path / "members.xlsx")
        return tmp_path / "members.xlsx"

    return write


def faults(plan: MembersPlan) -> set[tuple[int, MemberFault]]:
    return {(bad.line, bad.fault) for bad in plan.bad}


def test_members_come_with_their_areas(district: District, excel) -> None:
    plan = plan_members(
        excel(
            ["J1", "单雄信", "社区民警", 13800001111, "P00", "急救、调解", None],
            ["J1", "单雄信", "社区民警", "13800001111", "P01", "急救、调解", None],
            ["J2", "赵格", "grid_worker", "027-8765 4321", "G0", None, "2027-01-31"],
        )
    )
    assert plan.is_clean

    done = apply_members(plan, actor=SYSTEM)

    assert (done.added, done.renewed, done.granted) == (2, 0, 3)
    officer = Member.objects.get(code="J1")
    assert (officer.surname, officer.phone) == ("单", "13800001111")
    assert officer.pinyin.startswith("shan4")
    assert officer.skills == ["急救", "调解"]
    assert [p.name for p in selectors.members_of(district.beats[1].pk)] == ["单雄信"]
    assert AuditEntry.objects.filter(act="grant.given").count() == 3
    end = Grant.objects.get(member__code="J2").valid_to
    assert end.isoformat() == "2027-01-31T16:00:00+00:00"  # midnight in Shanghai


@pytest.mark.parametrize(
    "said", ["governance", "Governance", "综治", "综治网", "综治网络", "治理网", " 综治网 "]
)
def test_a_network_may_be_said_in_chinese(district: District, excel, said: str) -> None:
    header = [*HEADER, "网络"]
    plan = plan_members(
        excel(["J2", "赵格", "网格员", None, "G0", None, None, said], header=header)
    )
    assert plan.is_clean
    assert plan.rows[0].area_id == district.grids[0].pk


def test_every_role_is_known_by_the_name_that_the_pages_show() -> None:
    from django.utils import translation

    from tongxin.foundation.access.importing import _ROLES

    with translation.override("zh-hans"):
        assert {str(role.label): role for role in Role}.items() <= _ROLES.items()
    assert _ROLES["调度员"] is _ROLES["接处警员"]  # lists of before stay good


def test_the_same_list_again_adds_nobody(district: District, excel) -> None:
    path = excel(["J1", "李响", "社区民警", "13800001111", "P00", None, None])
    apply_members(plan_members(path), actor=SYSTEM)

    done = apply_members(plan_members(path), actor=SYSTEM)

    assert (done.added, done.renewed, done.granted) == (0, 1, 0)


def test_every_bad_row_is_listed_and_nothing_written(district: District, excel) -> None:
    plan = plan_members(
        excel(
            ["J1", "李响", "社区民警", "13800001111", "P00", None, None],
            ["J2", "王力", "队长", "13800001112", "P00", None, None],
            ["J3", "赵格", "网格员", "not a phone", "G0", None, None],
            ["J4", "孙远", "村警", "13800001113", "nowhere", None, None],
            ["", "周高", "辅警", None, None, None, None],
            ["J1", "吴名", "辅警", None, None, None, None],
            ["J7", "郑新", "辅警", None, "P00", None, "soon"],
            ["J8", "钱多", "system_administrator", None, "B", None, None],
        )
    )
    assert faults(plan) == {
        (3, MemberFault.UNKNOWN_ROLE),
        (4, MemberFault.WRONG_PHONE),
        (5, MemberFault.UNKNOWN_AREA),
        (6, MemberFault.MISSING_VALUE),
        (7, MemberFault.DUPLICATE_CODE),
        (8, MemberFault.WRONG_VALUE),
        (9, MemberFault.UNKNOWN_ROLE),
    }
    with pytest.raises(BadInput):
        apply_members(plan, actor=SYSTEM)
    assert not Member.objects.exists()

    done = apply_members(plan, actor=SYSTEM, accept=True)
    assert (done.added, done.granted) == (1, 1)


def test_who_may_not_manage_members_imports_none(district: District, excel) -> None:
    plan = plan_members(excel(["J1", "李响", "社区民警", None, None, None, None]))
    chief = MemberActor(member("王前", Role.BRANCH_CHIEF, district.branch))
    with pytest.raises(Forbidden):
        apply_members(plan, actor=chief)


@pytest.mark.parametrize(
    "column", ["民族", "政治面貌", "身份证号", "指纹", "Religion", "riskScore", "sfzh"]
)
def test_refused_columns_are_named(excel, column: str) -> None:
    with pytest.raises(BadInput) as refusal:
        plan_members(excel(["J1", "李响", "社区民警", "x"], header=[*HEADER[:3], column]))
    assert column in str(refusal.value)


@pytest.mark.parametrize(
    "column", ["name", "地址", "place", "trace", "terrace", "phone", "number", "编号"]
)
def test_ordinary_columns_are_not_refused(column: str) -> None:
    assert refused(column) is None


def test_a_missing_column_says_what_is_there(excel) -> None:
    plan = plan_members(excel(["J1", "李响"], header=["编号", "姓名"]))
    assert [(b.fault, b.line) for b in plan.bad] == [(MemberFault.MISSING_COLUMN, 0)]
    assert "编号, 姓名" in plan.bad[0].message


HOSTILE = {
    "zip.xlsx": b"PK\x03\x04" + b"\x00" * 60,
    "text.xlsx": b"hello",
    "binary.csv": b"\x00\x01\x02",
    "empty.csv": b"",
    "quote.csv": '编号,姓名,角色\n"J1,李响'.encode(),
    "latin.csv": b"code,name,role\n\xff\xfe\xfa,b,c\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_give_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with pytest.raises(TongxinError) as refusal:
        plan_members(path)
    assert "\n" not in str(refusal.value)


def test_gb18030_is_read(tmp_path: Path, db) -> None:
    path = tmp_path / "members.csv"
    path.write_bytes("编号;姓名;角色\nJ1;单雄信;辅警\n".encode("gb18030"))
    plan = plan_members(path)
    assert plan.rows[0].new.name == "单雄信"


def test_the_list_page_needs_few_queries(district: District, django_assert_max_num_queries) -> None:
    for number in range(30):
        member(f"李{number}", Role.GRID_WORKER, district.grids[number % 2])
    member("单磊", Role.COMMUNITY_OFFICER, district.beats[0])

    with django_assert_max_num_queries(3):
        page = list(selectors.member_list()[:25])
        assert page[0].held[0].area.code == "G0"
    names = [m.name for m in selectors.member_list(text="shan")]
    assert names == ["单磊"]
    on_beats = selectors.member_list(area_id=district.station.pk)
    assert [m.name for m in on_beats] == ["单磊"]
