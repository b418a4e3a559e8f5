"""Lists of members from Excel and CSV, with a dry run; what Tongxin refuses to hold stays out."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access import actions, policy
from tongxin.foundation.access.grants import grants_changed
from tongxin.foundation.access.models import Grant, Member, Role
from tongxin.foundation.access.phones import checked_phone
from tongxin.foundation.access.roles import ADMINISTRATORS, Permission
from tongxin.foundation.access.scope import Actor, MemberActor
from tongxin.foundation.access.selectors import valid_grants
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory.models import Area, Network
from tongxin.foundation.territory.reading import network_said
from tongxin.foundation.territory.tables import Table, read_table
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "编号", "工号", "警号"),
    "name": ("name", "姓名"),
    "role": ("role", "kind", "角色", "身份", "岗位"),
    "phone": ("phone", "电话", "手机", "工作电话", "联系电话"),
    "area": ("area", "辖区", "辖区编码", "区域编码"),
    "network": ("network", "网络"),
    "skills": ("skills", "技能", "特长"),
    "until": ("until", "valid_to", "有效期至"),
}
"""Our fields and the column names that are taken for them without being told."""

_NEEDED = ("code", "name", "role")
_ROLES = {
    "社区民警": Role.COMMUNITY_OFFICER, "片警": Role.COMMUNITY_OFFICER,
    "巡逻民警": Role.PATROL_OFFICER, "巡警": Role.PATROL_OFFICER, "辅警": Role.AUXILIARY,
    "警务助理": Role.POLICE_ASSISTANT, "网格员": Role.GRID_WORKER, "村警": Role.VILLAGE_OFFICER,
    "治安积极分子": Role.SECURITY_VOLUNTEER, "志愿者": Role.SECURITY_VOLUNTEER,
    "保安": Role.SECURITY_GUARD, "楼长": Role.BUILDING_HEAD, "楼栋长": Role.BUILDING_HEAD,
    "居民代表": Role.RESIDENTS_REPRESENTATIVE, "社区干部": Role.COMMUNITY_CADRE,
    "村干部": Role.COMMUNITY_CADRE, "物业": Role.PROPERTY_MANAGER,
    "物业经理": Role.PROPERTY_MANAGER, "学校联系人": Role.SCHOOL_CONTACT,
    "伙伴": Role.PARTNER, "共建伙伴": Role.PARTNER, "报信伙伴": Role.PARTNER,
    "其他网络工作人员": Role.NETWORK_STAFF, "接处警员": Role.DISPATCHER,
    "调度员": Role.DISPATCHER, "所长": Role.STATION_CHIEF,
    "副所长": Role.DEPUTY_STATION_CHIEF, "督察": Role.SUPERVISOR, "督导": Role.SUPERVISOR,
    "分局领导": Role.BRANCH_CHIEF, "系统管理员": Role.SYSTEM_ADMINISTRATOR,
    "安全管理员": Role.SECURITY_ADMINISTRATOR, "审计管理员": Role.AUDIT_ADMINISTRATOR,
}  # fmt: skip
"""Every role's Chinese name as the pages show it, and what else lists call it."""


class MemberFault(enum.StrEnum):
    """What can be wrong with a row; stable codes."""

    MISSING_COLUMN = "missing_column"
    MISSING_VALUE = "missing_value"
    UNKNOWN_ROLE = "unknown_role"
    UNKNOWN_AREA = "unknown_area"
    WRONG_PHONE = "wrong_phone"
    WRONG_VALUE = "wrong_value"
    DUPLICATE_CODE = "duplicate_code"


@dataclass(frozen=True, slots=True)
class BadMember:
    """One thing that is wrong with one row (0: with the file)."""

    source: str
    line: int
    code: str
    fault: MemberFault
    message: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One row that can be taken: a member, and the grant that comes with an area."""

    line: int
    new: actions.NewMember
    area_id: int | None
    until: dt.datetime | None


@dataclass(slots=True)
class MembersPlan:
    """What a list would write, and every row that is wrong."""

    source: str
    rows: list[MemberRow] = field(default_factory=list)
    bad: list[BadMember] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Tell whether there is no bad row."""
        return not self.bad

    def refuse(self, line: int, code: str, fault: MemberFault, message: object) -> None:
        """Add something that is wrong."""
        self.bad.append(BadMember(self.source, line, code, fault, str(message)))


@dataclass(frozen=True, slots=True)
class MembersApplied:
    """How many members were added, renewed, and how many grants were given."""

    added: int
    renewed: int
    granted: int


def plan_members(source: Path | Table, *, columns: Mapping[str, str] | None = None) -> MembersPlan:
    """Check a list of members; writes nothing.

    ``columns`` maps our fields to the file's columns. A column that Tongxin refuses to hold
    (ethnicity, identity number…) raises ``BadInput`` naming it.
    """
    table = read_table(source) if isinstance(source, Path) else source
    plan = MembersPlan(table.source)
    found = _columns_for(plan, table, columns or {})
    if plan.is_clean:
        areas = _areas(table, found)
        for line, cells in table.rows:
            values = {name: cells.get(column, "") for name, column in found.items()}
            _read_row(plan, line, values, areas)
        _drop_doubles(plan)
    return plan


@transaction.atomic
def apply_members(plan: MembersPlan, *, actor: Actor, accept: bool = False) -> MembersApplied:
    """Write a plan: known codes are renewed, others added, areas granted.

    Raises ``BadInput`` when there are bad rows and ``accept`` is false, ``Forbidden`` without the
    rights to manage members and grants.
    """
    policy.require_anywhere(actor, Permission.MANAGE_MEMBERS)
    if any(row.area_id for row in plan.rows):
        policy.require_anywhere(actor, Permission.MANAGE_GRANTS)
    if plan.bad and not accept:
        raise BadInput(
            "members.bad_rows",
            _("%(number)s bad rows: nothing was written. Mend them, or leave them out.")
            % {"number": len(plan.bad)},
        )
    members = {row.new.code: actions.member_from(row.new) for row in reversed(plan.rows)}
    known = Member.objects.filter(code__in=members).count()
    Member.objects.bulk_create(
        members.values(),
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "surname", "pinyin", "kind", "phone", "skills"],
    )
    done = MembersApplied(len(members) - known, known, _grant_all(plan, actor))
    audit.record(
        actor=str(actor),
        act="members.imported",
        subject="access:members",
        detail={"added": done.added, "renewed": done.renewed, "granted": done.granted},
    )
    return done


def _columns_for(plan: MembersPlan, table: Table, told: Mapping[str, str]) -> dict[str, str]:
    by_lower = {name.lower(): name for name in table.header}
    found: dict[str, str] = {}
    for target, usual in COLUMNS.items():
        names = (told[target].lower(),) if target in told else usual
        name = next((by_lower[each] for each in names if each in by_lower), None)
        found |= {target: name} if name else {}
    for target in _NEEDED:
        if target not in found:
            message = _("There is no column for “%(field)s”; the file has: %(columns)s.") % {
                "field": target,
                "columns": ", ".join(table.header),
            }
            plan.refuse(0, "", MemberFault.MISSING_COLUMN, message)
    return found


def _areas(table: Table, found: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """Return the valid areas that the list names, by (network, code) and by ("", code)."""
    codes = {cells.get(found["area"], "") for _line, cells in table.rows} if "area" in found else ()
    valid = Area.objects.filter(code__in=codes, valid_to__isnull=True)
    areas: dict[tuple[str, str], int] = {}
    order = [network.value for network in reversed(Network)]
    for area in sorted(valid, key=lambda area: order.index(area.network)):
        areas[area.network, area.code] = area.pk
        areas["", area.code] = area.pk  # the police network comes last and wins
    return areas


def _read_row(
    plan: MembersPlan,
    line: int,
    values: Mapping[str, str],
    areas: Mapping[tuple[str, str], int],
) -> None:
    before, code = len(plan.bad), values["code"]
    for name in _NEEDED:
        if not values[name]:
            message = _("The row has no %(field)s.") % {"field": name}
            plan.refuse(line, code, MemberFault.MISSING_VALUE, message)
    if len(code) > 40 or len(values["name"]) > 40:
        plan.refuse(line, code, MemberFault.WRONG_VALUE, _("The code or the name is too long."))
    role = _role(plan, line, values)
    phone = _phone(plan, line, values)
    area_id = _area(plan, line, values, areas)
    until = _until(plan, line, values)
    skills = _skills(plan, line, values)
    if role is not None and len(plan.bad) == before:
        new = actions.NewMember(
            code=code,
            name=values["name"],
            kind=role,
            phone=phone,
            skills=skills,
        )
        plan.rows.append(MemberRow(line, new, area_id, until))


def _skills(plan: MembersPlan, line: int, values: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return actions.skills_said(values.get("skills", ""))
    except BadInput as error:
        plan.refuse(line, values["code"], MemberFault.WRONG_VALUE, error.message)
        return ()


def _role(plan: MembersPlan, line: int, values: Mapping[str, str]) -> Role | None:
    text = values["role"]
    role = _ROLES.get(text) or (Role(text) if text in Role.values else None)
    if role in ADMINISTRATORS:
        alone = _("Administrators are appointed one by one, not by a list.")
        plan.refuse(line, values["code"], MemberFault.UNKNOWN_ROLE, alone)
        return None
    if role is None and text:
        message = _("There is no role “%(role)s”.") % {"role": text[:30]}
        plan.refuse(line, values["code"], MemberFault.UNKNOWN_ROLE, message)
    return role


def _phone(plan: MembersPlan, line: int, values: Mapping[str, str]) -> str:
    try:
        return checked_phone(values.get("phone", ""))
    except BadInput as error:
        plan.refuse(line, values["code"], MemberFault.WRONG_PHONE, error.message)
        return ""


def _area(
    plan: MembersPlan,
    line: int,
    values: Mapping[str, str],
    areas: Mapping[tuple[str, str], int],
) -> int | None:
    code = values.get("area", "")
    if not code:
        return None
    area_id = areas.get((network_said(values.get("network", "")), code))
    if area_id is None:
        message = _("There is no area “%(area)s”.") % {"area": code[:40]}
        plan.refuse(line, values["code"], MemberFault.UNKNOWN_AREA, message)
    return area_id


def _until(plan: MembersPlan, line: int, values: Mapping[str, str]) -> dt.datetime | None:
    """Read the last day of a grant: it holds to the end of that day."""
    text = values.get("until", "")
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text[:10].replace("/", "-"))
    except ValueError:
        message = _("“%(day)s” is no day; write 2026-12-31.") % {"day": text[:30]}
        plan.refuse(line, values["code"], MemberFault.WRONG_VALUE, message)
        return None
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))


def _drop_doubles(plan: MembersPlan) -> None:
    """List codes that stand for two people; one person with several areas has several rows."""
    first: dict[str, MemberRow] = {}
    for row in list(plan.rows):
        code = row.new.code
        known = first.setdefault(code, row)
        if known.new.name != row.new.name:
            message = _("The code %(code)s is given to two people.") % {"code": code}
            plan.refuse(row.line, code, MemberFault.DUPLICATE_CODE, message)
            plan.rows.remove(row)


def _grant_all(plan: MembersPlan, actor: Actor) -> int:
    """Give the areas that are not held yet; return how many grants that made."""
    codes = {row.new.code for row in plan.rows if row.area_id}
    ids = dict(Member.objects.filter(code__in=codes).values_list("code", "pk"))
    wanted = {
        (ids[row.new.code], row.new.kind.value, row.area_id): row.until
        for row in plan.rows
        if row.area_id
    }
    held = valid_grants().filter(member_id__in=ids.values())
    for key in held.values_list("member_id", "role", "area_id"):
        wanted.pop(key, None)
    granter = actor.member if isinstance(actor, MemberActor) else None
    made = Grant.objects.bulk_create(
        [
            Grant(
                member_id=member_id,
                role=role,
                area_id=area_id,
                valid_from=clock.now(),
                valid_to=until,
                granted_by=granter,
            )
            for (member_id, role, area_id), until in wanted.items()
        ],
        batch_size=1000,
    )
    grants_changed()
    audit.record_many(actions.grant_line(actor, "grant.given", each) for each in made)
    return len(made)
