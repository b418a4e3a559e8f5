"""Invented names and numbers: nobody real is meant and nobody is rung.

Names of people are drawn from lists of common surnames and given-name characters, so a name may by
chance be somebody's, as any Chinese name may; no list of real people was used. Telephone numbers
stand under the country code +999, which the numbering plan (ITU-T E.164) assigns to nobody: no
network routes them, and `phonenumbers` refuses them (a test holds this).
"""

from __future__ import annotations

import random
from collections.abc import Callable

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
    "余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯"
)
GIVEN = (
    "安柏波川春冬方枫歌光桂海禾河荷恒虹华慧嘉建江洁今晶静军凯岚朗乐磊力丽亮林凌岭柳龙"
    "璐满梅敏明木楠宁宁鹏平萍启谦青清庆琼秋泉荣融瑞山杉少胜诗石水松涛天田廷桐婉望巍文"
    "武希夏先晓欣新星秀雪亚岩燕杨叶宜毅银英永宇雨玉远月云泽昭哲真芝舟竹子"
)
_FIRST = "云松竹梅兰枫桐柳桂荷星月晴晓春秋清明宁安和平长永福祥瑞丰裕康乐文启新东南西北青翠碧锦绣"
_SECOND = "栖涛影溪泉湖岭坡桥亭台阁苑园庭洲湾渡林岸汀川原野谷峰峦石玉霞辉光华荣盛兴达泰顺和景"
_ESTATE_SUFFIXES = ("小区", "花园", "苑", "家园", "新村", "公馆", "里")
_BLOCK_SUFFIXES = ("片区", "街坊")
_VILLAGE_SECOND = ("家湾", "家坝", "家岗", "家咀", "家墩", "家大湾", "家垱", "家畈", "家桥", "家塘")
_GROUPS = "东西南北前后上下中新"
_AGAIN = ("", "二", "三", "四", "五", "六", "七", "八", "九", "十")

PHONE_COUNTRY = "+999"


def is_fictive(phone: str) -> bool:
    """Tell whether a number is the demo's own and must never be dialled by a gateway."""
    return phone.startswith(PHONE_COUNTRY)


def phone_number(serial: int) -> str:
    """Return the demo's ``serial``-th telephone number; different serials, different numbers."""
    return f"{PHONE_COUNTRY}27{serial:08d}"


class NameBook:
    """Gives invented names, each place name once; the same subject gives the same names."""

    def __init__(self, subject: str) -> None:
        self._rng = random.Random(f"tongxin/{subject}")  # noqa: S311 - names, not secrets
        self._given: set[str] = set()

    def person(self) -> tuple[str, str]:
        """Return surname and full name of an invented person."""
        surname = self._rng.choice(SURNAMES)
        given = "".join(self._rng.sample(GIVEN, self._rng.choice((1, 2, 2))))
        return surname, surname + given

    def street(self, suffix: str) -> str:
        """Return a street's name ending in ``suffix``."""
        return self._once(lambda: self._pair() + suffix)

    def place(self) -> str:
        """Return two characters for a district, street office, station or community."""
        return self._once(self._pair)

    def estate(self) -> str:
        """Return the name of an estate 小区."""
        return self._once(lambda: self._pair() + self._rng.choice(_ESTATE_SUFFIXES))

    def blocks(self) -> str:
        """Return the name of a group of blocks 片区 without a gate of its own."""
        return self._once(lambda: self._pair() + self._rng.choice(_BLOCK_SUFFIXES))

    def village(self) -> str:
        """Return a village's name without 村, such as 沈家湾."""
        return self._once(lambda: self._rng.choice(SURNAMES) + self._rng.choice(_VILLAGE_SECOND))

    def group(self, village: str, position: int) -> str:
        """Return the name of a village's ``position``-th group of houses 湾子."""
        again, side = divmod(position, len(_GROUPS))
        return f"{village}{_GROUPS[side]}{_AGAIN[again]}湾"

    def choose(self, options: tuple[str, ...] | list[str]) -> str:
        """Return one of several phrases."""
        return self._rng.choice(options)

    def _pair(self) -> str:
        return self._rng.choice(_FIRST) + self._rng.choice(_SECOND)

    def _once(self, draw: Callable[[], str]) -> str:
        for attempt in range(400):
            name = draw()
            if attempt > 40:  # the two-character pool runs low: a third character widens it
                name = self._rng.choice(_FIRST) + name
            if name not in self._given:
                self._given.add(name)
                return name
        raise LookupError("the demo's pool of place names is used up")
