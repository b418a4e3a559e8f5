"""Homes as people say them: 铁塔寺小区3号楼2单元501, 3-2-501, 三号楼二单元五零一, 3幢乙单元5楼东户.

Pure: text in, parts out. `territory.addressing` finds buildings; this goes on to the flat, and
gives each flat the key under which it is looked up.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from tongxin.foundation.territory.addressing import CHINESE, chinese_value

_STEMS = {"甲": "1", "乙": "2", "丙": "3", "丁": "4", "戊": "5"}
_N = (
    rf"(?:[甲乙丙丁戊]|(?:地下|负|b)?(?:\d{{1,4}}|[{CHINESE}]{{1,5}})[a-h]?"
    r"|(?<![a-z])[a-z]\d{0,3})"
)
_UNIT_N = rf"(?:{_N}|[东西中南北])"
_SIDE = "东西中南北左右"
_SPOKEN = re.compile(
    r"(?P<place>.*?)"
    rf"(?:(?P<building>{_N})(?:号楼|号栋|号院|栋|幢|座|#楼|#|号(?={_UNIT_N}单元)|楼(?={_UNIT_N}单元)))?"
    rf"(?:(?P<unit>{_UNIT_N})(?:单元|门洞|门|梯))?"
    rf"(?:(?P<floor>{_N})(?:楼|层))?"
    rf"(?:(?P<flat>{_N})(?P<said>室|户|号|房)?|(?P<side>[{_SIDE}])(?:边)?(?:户|门|室))?"
)
_DASHED = re.compile(
    rf"(?P<place>.*?)(?P<building>{_N})-(?:(?P<unit>{_UNIT_N})-)?(?P<flat>(?:地下|负|b)?\d{{1,4}}[a-h]?)"
    r"(?:室|户|号|房)?"
)
_ROAD = re.compile(r"(?:[路街巷弄]|胡同|大道)$")
_HOUSE = re.compile(rf"(?P<place>.+?)(?P<building>{_N})号")
_NOISE = re.compile(r"[\s,,。.;;、:·()()\[\]“”\"'的]+")
_DASHES = re.compile(r"[-‐‑‒–—―~－至]+")
_LETTER_AFTER = re.compile(r"[a-h]$")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Home:
    """A home taken apart; what was not said is empty.

    ``place`` is estate, yard or village; numbers are in digits (三 → 3, 乙单元 → unit 2), floors
    and flats below ground begin with ``b``. ``side`` (东, 西, 中, 左…) stands for the flat's number
    where only that was said.
    """

    place: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    flat: str = ""
    side: str = ""

    @property
    def names_a_flat(self) -> bool:
        """Tell whether it leads to one flat (of a building, perhaps of several)."""
        return bool(self.flat or (self.side and self.floor))


def parse(text: str) -> Home:
    """Take a home apart; text with no building or flat in it comes back whole as ``place``."""
    said = plain(text)[:_LONGEST]
    dashed = _DASHED.fullmatch(said)
    if dashed and _is_inside(dashed):
        return _home(dashed)
    spoken = _SPOKEN.fullmatch(said)
    if spoken and _says_a_home(spoken):
        return _home(spoken)
    house = _HOUSE.fullmatch(said)
    if house and not _ROAD.search(house["place"]):
        return _home(house)
    return Home(place=said)


def plain(text: str) -> str:
    """Return text half-width, in lower case, without spaces and punctuation, dashes as ``-``."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return _DASHES.sub("-", _NOISE.sub("", folded)).strip("-")


def say(home: Home) -> str:
    """Return the usual way to say a home; ``parse`` takes it apart to the same parts."""
    parts = [home.place]
    parts += [f"{home.building}号楼"] if home.building else []
    parts += [f"{home.unit}单元"] if home.unit else []
    if home.side and not home.flat:
        parts += [f"{home.floor}楼{home.side}户" if home.floor else f"{home.side}户"]
    elif home.flat:
        parts += [f"{home.flat}室"]
    elif home.floor:
        parts += [f"{home.floor}楼"]
    return "".join(parts)


def dashed(home: Home) -> str:
    """Return the short way: 3-2-501."""
    inside_it = "-".join(part for part in (home.building, home.unit, home.flat) if part)
    return home.place + inside_it


def inside(unit: str, flat: str) -> str:
    """Return what follows the building's name: 2单元501, or 501 in a building of one unit."""
    named = unit if unit.endswith(("单元", "门", "梯")) else f"{unit}单元"
    return (named if unit else "") + flat


def key_of(building_name: str, unit: str, flat: str) -> str:
    """Return a flat's key ``building/flat/unit``: so that it is found without its unit too."""
    return f"{number_of(building_name)}/{flat_number(flat)}/{number(unit)}"[:48]


def number_of(building_name: str) -> str:
    """Return the number in a building's name: 3号楼 → 3, 沈家湾东湾12号 → 12; else nothing."""
    return parse(building_name).building


def flat_number(said: str) -> str:
    """Return a flat's number in its normal form: 五零一室 → 501, 负101 → b101."""
    return number(re.sub(r"(?:室|户|号|房)$", "", plain(said)))


def number(said: str) -> str:
    """Return a number in its normal form: 三 → 3, 乙 → 2, 二单元 → 2, 五零一 → 501, 负一 → b1."""
    text = re.sub(r"(?:单元|门洞|门|梯|号楼|栋|幢|座)$", "", plain(said))
    below = re.match(r"(?:地下|负|b(?=\d)|-(?=\d))", text)
    text = text[below.end() :] if below else text
    letter = _LETTER_AFTER.search(text) if len(text) > 1 else None
    core = text[: letter.start()] if letter else text
    if core and all(c in CHINESE for c in core):
        core = str(chinese_value(core))
    core = _STEMS.get(core, core)
    if core.isdigit():
        core = str(int(core))
    return ("b" if below else "") + core + (letter.group() if letter else "")


def floor_of(said: str) -> int | None:
    """Return a floor as a number, below ground negative: b1 → -1; ``None`` when it is none."""
    text = number(said)
    value = text.removeprefix("b")
    if not value.isdigit() or int(value) == 0:
        return None
    return -int(value) if text.startswith("b") else int(value)


def column_of(side: str, columns: int) -> int | None:
    """Return the column meant by a side, seen from the street; ``None`` when it says nothing."""
    if side in ("西", "左"):
        return 0
    if side in ("东", "右"):
        return columns - 1
    if side == "中" and columns % 2:
        return columns // 2
    return None


def _home(found: re.Match[str]) -> Home:
    said = {name: text or "" for name, text in found.groupdict().items()}
    flat = number(said.get("flat", ""))
    floor = number(said.get("floor", "")) or _floor_in(flat)
    return Home(
        place=said["place"],
        building=number(said.get("building", "")),
        unit=number(said.get("unit", "")),
        floor=floor,
        flat=flat,
        side=said.get("side", ""),
    )


def _floor_in(flat: str) -> str:
    """Return the floor in a flat's number of three or four digits: 1203 → 12, b101 → b1."""
    below, digits = ("b", flat[1:]) if flat.startswith("b") else ("", flat)
    digits = _LETTER_AFTER.sub("", digits)
    return below + digits[:-2] if len(digits) >= 3 and digits.isdigit() else ""


def _is_inside(found: re.Match[str]) -> bool:
    """Tell 3-2-501 in an estate from 解放路12-3, which is a house number on a road."""
    on_road = _ROAD.search(found["place"])
    return bool(found["unit"]) or (not on_road and len(found["flat"]) >= 3)


def _says_a_home(found: re.Match[str]) -> bool:
    flat = found["flat"] or ""
    if found["building"] or found["unit"]:
        return True
    if found["side"]:
        return bool(found["floor"])
    # A bare number counts as a flat only with its word, or alone: 解放路12号 is a house.
    if found["said"] == "号":
        return not found["place"]
    return bool(found["floor"] and flat) or bool(flat and (found["said"] or not found["place"]))
