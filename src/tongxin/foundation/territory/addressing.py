"""Addresses as people say them: 铁塔寺小区3号楼2单元501, 三栋, 3-2-501."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
CHINESE = "零〇一二两三四五六七八九十百"
"""The signs of a number written in Chinese."""
_CLASSIFIERS = "号楼|号栋|栋|幢|座|单元|门洞|梯|层|楼|室|户"
_CHINESE_NUMBER = re.compile(rf"([{CHINESE}]+)(?={_CLASSIFIERS}|号[院楼])")
_HOUSE = re.compile(r"(\d+(?:-\d+)?[a-z]?|[a-z]\d*)(?:号楼|号栋|栋|幢|座|#楼|#)")
_NUMBER = r"[甲乙丙丁]?(?:\d+(?:-\d+)?[a-z]?|[a-z]\d*)"
_SPOKEN = re.compile(
    r"(?P<place>.*?)"
    rf"(?:(?P<building>{_NUMBER})(?:号楼|号(?=\d+单元)|楼(?=\d+单元)))?"
    r"(?:(?P<unit>\d+|[a-z])(?:单元|门洞|梯|门(?=\d)))?"
    r"(?:(?P<floor>\d+)(?:层|楼))?"
    r"(?:(?P<flat>\d{2,4}[a-z]?)(?P<said>室|户|房)?)?"
)
_DASHED = re.compile(
    r"(?P<place>.*?)(?P<building>\d{1,3}|[a-z])-(?:(?P<unit>\d{1,2})-)?(?P<flat>\d{2,4}[a-z]?)"
)
_ROAD = re.compile(r"[路街巷道弄]$|胡同$|大道$")
_NOISE = re.compile(r"[\s,,。.;;、:·()()\[\]“”\"']+")


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart; what was not said is empty.

    ``place`` is the estate, yard or street with its house number. ``floor`` follows from a flat
    number of three or four digits when it was not said.
    """

    place: str
    building: str = ""
    unit: str = ""
    floor: str = ""
    flat: str = ""

    @property
    def has_building(self) -> bool:
        """Tell whether a building was named."""
        return bool(self.building)


def parse(text: str) -> Address:
    """Take an address apart; text that has no building in it comes back whole as ``place``."""
    said = normal(text)
    dashed = _DASHED.fullmatch(said)
    if dashed and _is_inside(dashed):
        return _address(dashed)
    spoken = _SPOKEN.fullmatch(said)
    if spoken is None or not _says_more_than_a_place(spoken):
        return Address(said)
    return _address(spoken)


def normal(text: str) -> str:
    """Return text in one form: half-width, lower case, no spaces, 三栋 and 3# as 3号楼."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()
    plain = _CHINESE_NUMBER.sub(lambda found: str(chinese_value(found.group(1))), plain)
    return _HOUSE.sub(r"\1号楼", plain)


def building_number(name: str) -> str:
    """Return the number in a building's name (3号楼 → 3), empty when it has none."""
    return parse(name).building


def _address(found: re.Match[str]) -> Address:
    parts = {name: text or "" for name, text in found.groupdict().items() if name != "said"}
    flat = parts["flat"]
    if not parts.get("floor") and len(flat.rstrip("abcdefgh")) >= 3:
        parts["floor"] = flat.rstrip("abcdefgh")[:-2].lstrip("0")
    return Address(**parts)


def _is_inside(found: re.Match[str]) -> bool:
    """Tell 3-2-501 in an estate from 解放路12-3, which is a house number on a road."""
    on_road = _ROAD.search(found["place"])
    return bool(found["unit"]) or (not on_road and len(found["flat"]) >= 3)


def _says_more_than_a_place(found: re.Match[str]) -> bool:
    named = found["building"] or found["unit"] or found["floor"]
    return bool(named or (found["flat"] and found["said"]))


def chinese_value(number: str) -> int:
    """Read a Chinese number up to 999, or digit by digit (一〇三) where it has no 十 or 百."""
    if not set(number) & set("十百"):
        return int("".join(str(_DIGITS[character]) for character in number))
    total, digit = 0, 0
    for character in number:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit
