"""What a station's list or sheet says of homes: pure, rows of text in, what was said out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tongxin.domain.homes import addresses
from tongxin.domain.homes.books import Cells, Sheet
from tongxin.domain.homes.models import FlatState, Part
from tongxin.kernel import refusals

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "estate": ("小区", "小区名称", "楼盘", "村组", "estate"),
    "building": (
        "楼栋",
        "楼栋号",
        "楼号",
        "栋号",
        "幢号",
        "栋",
        "幢",
        "楼栋名称",
        "楼",
        "building",
    ),
    "unit": ("单元", "单元号", "门洞", "梯", "unit"),
    "flat": ("房号", "室号", "户号", "房间号", "房间", "门牌号", "室", "房屋", "flat"),
    "address": ("地址", "住址", "现住址", "详细地址", "居住地址", "address"),
    "name": ("姓名", "户主", "户主姓名", "业主", "业主姓名", "居民姓名", "联系人", "name"),
    "phone": ("电话", "联系电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "phone"),
    "part": ("关系", "与房屋关系", "人员类型", "居住类型", "类别", "身份", "part"),
    "state": ("状态", "房屋状态", "居住状态", "居住情况", "房屋使用情况", "state"),
    "note": ("备注", "说明", "note"),
}
"""Our fields and the headings that are taken for them without being told."""

NEEDED = ("flat", "address")
ALSO_REFUSED = (
    "文化程度", "学历", "婚姻", "婚否", "籍贯", "血型", "职业", "工作单位", "收入", "健康状况",
    "服务处所", "兵役",
)  # fmt: skip
"""Columns of census sheets that no floor plan needs (PIPL 6): named and dropped as well."""

_PARTS = {
    Part.OWNER: "业主 房主 产权人 房东 屋主",
    Part.TENANT: "租户 租客 承租人 租住 租房 承租",
    Part.RELATIVE: "亲属 亲戚 家属 子女 儿子 女儿 父亲 母亲 父母 兄弟 姐妹 配偶 紧急联系人",
    Part.MINDER: "代管 照看 中介 物业 托管 看护",
    Part.OCCUPANT: "住户 户主 本人 居民 自住 常住 居住人 家庭成员",
}
_STATES = {
    FlatState.LIVED_IN: "自住 常住 居住 在住 有人 入住",
    FlatState.LET: "出租 租住 已租 租 群租",
    FlatState.EMPTY: "空置 空房 空 无人 闲置 未入住 毛坯",
    FlatState.UNKNOWN: "未知 不详 不明",
}
PART_WORDS = {word: part for part, words in _PARTS.items() for word in words.split()}
STATE_WORDS = {word: state for state, words in _STATES.items() for word in words.split()}
MINOR_WORDS = frozenset(["孩子", "小孩", "婴儿", "未成年", "未成年人", "学生", "幼儿", "儿童"])
ELSEWHERE = ("外地", "不住", "住外", "搬走", "国外")

_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{15}(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|\+\d{9,14}(?!\d)"
                    r"|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)")  # fmt: skip
_FLAT = re.compile(r"(?:负|地下|[bB])?\d{3,4}[a-hA-H]?(?:室|户|号|房)?")
_FLOOR = re.compile(r"(?:负|地下|[bB])?(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:楼|层|[fF])?")
_UNIT = re.compile(r"(?:[\d一二三四五六七八九十甲乙丙丁东西中]{1,3})(?:单元|门洞|门|梯)")
_NAME = re.compile(r"[㐀-鿿·]{2,6}")
_SPLIT = re.compile(r"[\s,,、:：()()/]+")
_PEOPLE = re.compile(r"[\n\r;;]+")


@dataclass(frozen=True, slots=True)
class Said:
    """What one row, or one cell, says; empty where it says nothing.

    ``floor`` and ``column`` are known in a drawn sheet only. ``source`` and ``line`` say where.
    """

    source: str
    line: int
    estate: str = ""
    building: str = ""
    unit: str = ""
    flat: str = ""
    floor: int | None = None
    column: int | None = None
    name: str = ""
    phone: str = ""
    part: str = ""
    state: str = ""
    note: str = ""
    is_minor: bool = False

    @property
    def has_person(self) -> bool:
        """Tell whether somebody is named."""
        return bool(self.name or self.phone)


@dataclass(slots=True)
class Understood:
    """A book taken apart: what it says, the columns used, those refused, those left aside."""

    form: str = "list"
    said: list[Said] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    headings: Cells = ()
    identities: list[tuple[str, int]] = field(default_factory=list)


def understand(book: Sequence[Sheet], columns: Mapping[str, str]) -> Understood:
    """Take a book apart: one list with headings, else a sheet a building.

    ``columns`` maps our fields to headings, as told or remembered; the rest is guessed. Refused
    columns are named in ``refused`` and nothing of them is read.
    """
    made = Understood()
    for sheet in book:
        head = _heading_row(sheet, columns)
        if head is not None:
            _read_list(made, sheet, head, columns)
        else:
            made.form = "sheets"
            _read_drawn(made, sheet)
    return made


def fingerprint(headings: Sequence[str]) -> str:
    """Return what a list with the same headings is known by."""
    told = "\n".join(sorted(heading for heading in headings if heading))
    return hashlib.sha256(told.encode()).hexdigest()


def is_refused(heading: str) -> bool:
    """Tell whether a column is of a category that Tongxin does not hold, or no plan needs."""
    return refusals.refused(heading) is not None or any(word in heading for word in ALSO_REFUSED)


def holds_identity(text: str) -> bool:
    """Tell whether a text holds what looks like an identity number."""
    return bool(_IDENTITY.search(text))


def _heading_row(sheet: Sheet, columns: Mapping[str, str]) -> int | None:
    """Return which of the first rows has headings: two fields at least, one of them the flat."""
    for place, (_line, cells) in enumerate(sheet.rows[:6]):
        found = _columns_of(cells, columns)
        if len(found) >= 2 and any(name in found for name in NEEDED):
            return place
    return None


def _columns_of(headings: Cells, told: Mapping[str, str]) -> dict[str, int]:
    plain = [heading.replace(" ", "").replace("*", "").lower() for heading in headings]
    found: dict[str, int] = {}
    for name, usual in COLUMNS.items():
        wanted = (told[name].replace(" ", "").lower(),) if told.get(name) else usual
        place = next((plain.index(each) for each in wanted if each in plain), None)
        if place is not None and not is_refused(headings[place]):
            found[name] = place
    return found


def _read_list(made: Understood, sheet: Sheet, head: int, told: Mapping[str, str]) -> None:
    headings = sheet.rows[head][1]
    found = _columns_of(headings, told)
    made.headings = headings
    made.columns |= {name: headings[place] for name, place in found.items()}
    used = set(found.values())
    for place, heading in enumerate(headings):
        if heading and is_refused(heading):
            made.refused.append(heading)
        elif heading and place not in used:
            made.ignored.append(heading)
    for line, cells in sheet.rows[head + 1 :]:
        values = {n: cells[p] if p < len(cells) else "" for n, p in found.items()}
        if any(holds_identity(text) for text in values.values()):
            made.identities.append((sheet.title, line))
            continue
        made.said.append(_of_list(Said(sheet.title, line), values))


def _of_list(row: Said, values: Mapping[str, str]) -> Said:
    home = addresses.parse(values.get("address", ""))
    part = values.get("part", "")
    return replace(
        row,
        estate=values.get("estate", "") or home.place,
        building=values.get("building", "") or home.building,
        unit=values.get("unit", "") or home.unit,
        flat=values.get("flat", "") or home.flat,
        name=values.get("name", ""),
        phone=values.get("phone", ""),
        part=_word(part, PART_WORDS),
        state=_word(values.get("state", ""), STATE_WORDS) or _word(part, STATE_WORDS),
        note=values.get("note", ""),
        is_minor=any(word in part for word in MINOR_WORDS),
    )


def _word(text: str, words: Mapping[str, object]) -> str:
    """Return the code that a text's longest known word stands for, ``""`` for none."""
    held = [word for word in words if word in text]
    return str(words[max(held, key=len)]) if held else ""


def _read_drawn(made: Understood, sheet: Sheet) -> None:
    """Read a drawn sheet: rows are floors, columns flats; above them the units' names."""
    title = addresses.parse(sheet.title)
    unit_of: dict[int, str] = {}
    for line, cells in sheet.rows:
        floor = (
            addresses.floor_of(cells[0].rstrip("楼层fF")) if _FLOOR.fullmatch(cells[0]) else None
        )
        if floor is None:
            unit_of = _units_above(cells) or unit_of
            continue
        seat: dict[str, int] = {}
        for place, text in enumerate(cells[1:], 1):
            unit = unit_of.get(place, title.unit)
            column = seat.setdefault(unit, -1) + 1
            seat[unit] = column
            row = Said(
                sheet.title,
                line,
                estate=title.place,
                building=title.building,
                unit=unit,
                floor=floor,
                column=column,
            )
            read_cell(made, row, text)


def _units_above(cells: Cells) -> dict[int, str]:
    """Return the unit of each column; a merged heading stands over those right of it."""
    units: dict[int, str] = {}
    here = ""
    for place, text in enumerate(cells):
        here = text if _UNIT.fullmatch(text) else here
        if here:
            units[place] = addresses.number(here)
    return units


def read_cell(made: Understood, row: Said, text: str) -> None:
    """Read what one cell of a drawn sheet says: its flat, and who belongs to it, one a line."""
    if not text or text in {"/", "-", "—", "无"}:
        return
    if holds_identity(text):
        made.identities.append((row.source, row.line))
        return
    flat = ""
    for number, part in enumerate(piece for piece in _PEOPLE.split(text) if piece.strip()):
        one = _of_cell(row, part)
        flat = one.flat or flat
        if number == 0 or one.has_person:
            made.said.append(replace(one, flat=flat))


def _of_cell(row: Said, text: str) -> Said:
    phone = _PHONE.search(text)
    rest = text.replace(phone.group(), " ") if phone else text
    words = [word for word in _SPLIT.split(rest) if word]
    flat = next((word for word in words if _FLAT.fullmatch(word)), "")
    known = [word for word in words if word in PART_WORDS or word in STATE_WORDS]
    minor = any(word in MINOR_WORDS for word in words)
    others = [w for w in words if w != flat and w not in known and w not in MINOR_WORDS]
    name = next((w for w in others if _NAME.fullmatch(w) and not _says_elsewhere(w)), "")
    return replace(
        row,
        flat=flat,
        name=name,
        phone=phone.group() if phone else "",
        part=next((str(PART_WORDS[w]) for w in known if w in PART_WORDS), ""),
        state=next((str(STATE_WORDS[w]) for w in known if w in STATE_WORDS), ""),
        note=" ".join(w for w in others if w != name),
        is_minor=minor,
    )


def _says_elsewhere(text: str) -> bool:
    return any(word in text for word in ELSEWHERE)
