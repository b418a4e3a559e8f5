"""Chinese personal names: surname, reading, and the key by which names are put in order."""

from __future__ import annotations

from pypinyin import Style, pinyin

SURNAME_READINGS: dict[str, str] = {
    "单": "shan4", "曾": "zeng1", "仇": "qiu2", "解": "xie4", "查": "zha1", "盖": "ge3",
    "朴": "piao2", "区": "ou1", "任": "ren2", "华": "hua4", "尹": "yin3", "燕": "yan1",
    "宁": "ning4", "折": "she2", "召": "shao4", "缪": "miao4", "乐": "yue4", "员": "yun4",
    "晟": "cheng2", "洗": "xian3", "冼": "xian3", "秘": "bi4", "种": "chong2", "繁": "po2",
    "那": "na1", "哈": "ha3", "翟": "zhai2", "瞿": "qu2", "纪": "ji3", "葛": "ge3",
    "祭": "zhai4", "黑": "he4", "覃": "qin2", "车": "che1", "牟": "mu4", "宓": "mi4",
    "尉": "wei4", "令": "ling2", "谌": "chen2", "逄": "pang2", "郇": "xun2", "幺": "yao1",
    "角": "jue2", "句": "gou1", "祝": "zhu4", "訾": "zi1", "贠": "yun4", "郄": "qie4",
    "过": "guo1", "贾": "jia3", "宿": "su4", "撒": "sa3", "适": "kuo4", "费": "fei4",
    "重": "chong2", "都": "du1", "会": "gui4", "参": "shen1", "俞": "yu2", "阚": "kan4",
    "占": "zhan1", "柏": "bai3", "卜": "bu3", "薄": "bo2", "晁": "chao2", "褚": "chu3",
    "佴": "nai4", "隗": "wei3", "臧": "zang1", "邵": "shao4", "於": "yu1", "佘": "she2",
}  # fmt: skip
"""Surnames whose reading differs from the character's usual one, or is often taken wrongly."""

COMPOUND_SURNAMES: dict[str, tuple[str, str]] = {
    "尉迟": ("yu4", "chi2"), "欧阳": ("ou1", "yang2"), "司马": ("si1", "ma3"),
    "诸葛": ("zhu1", "ge3"), "上官": ("shang4", "guan1"), "夏侯": ("xia4", "hou2"),
    "东方": ("dong1", "fang1"), "皇甫": ("huang2", "fu3"), "公孙": ("gong1", "sun1"),
    "慕容": ("mu4", "rong2"), "令狐": ("ling2", "hu2"), "长孙": ("zhang3", "sun1"),
    "宇文": ("yu3", "wen2"), "司徒": ("si1", "tu2"), "轩辕": ("xuan1", "yuan2"),
    "端木": ("duan1", "mu4"), "万俟": ("mo4", "qi2"), "澹台": ("tan2", "tai2"),
    "独孤": ("du2", "gu1"), "南宫": ("nan2", "gong1"), "呼延": ("hu1", "yan2"),
    "单于": ("chan2", "yu2"), "鲜于": ("xian1", "yu2"), "申屠": ("shen1", "tu2"),
    "闻人": ("wen2", "ren2"), "百里": ("bai3", "li3"), "东郭": ("dong1", "guo1"),
    "赫连": ("he4", "lian2"), "太史": ("tai4", "shi3"), "淳于": ("chun2", "yu2"),
    "公冶": ("gong1", "ye3"), "宗政": ("zong1", "zheng4"), "濮阳": ("pu2", "yang2"),
    "钟离": ("zhong1", "li2"), "公羊": ("gong1", "yang2"), "拓跋": ("tuo4", "ba2"),
    "完颜": ("wan2", "yan2"), "司空": ("si1", "kong1"), "西门": ("xi1", "men2"),
}  # fmt: skip


def surname_of(name: str) -> str:
    """Return the surname of a Chinese name, or the last word of a name in Latin letters."""
    name = name.strip()
    if not name:
        return ""
    if name.isascii():
        return name.split()[-1]
    pair = name[:2]
    return pair if pair in COMPOUND_SURNAMES and len(name) > 2 else name[:1]


def readings_of(name: str) -> list[str]:
    """Return the syllables of a name with tone digits: 单雄信 → shan4, xiong2, xin4."""
    name = name.strip()
    if not name or name.isascii():
        return name.lower().split()
    surname = surname_of(name)
    given = [syllable[0] for syllable in pinyin(name[len(surname) :], style=Style.TONE3)]
    return [*_surname_readings(surname), *given]


def order_key(name: str) -> str:
    """Return the key that puts names in Chinese order under byte-wise comparison.

    Syllable by syllable, then by tone, then by the characters themselves, so that namesakes in
    sound stay apart: ``shan4 xiong2 xin4 单雄信``.
    """
    return " ".join([*readings_of(name), name.strip()])[:120]


def _surname_readings(surname: str) -> list[str]:
    if surname in COMPOUND_SURNAMES:
        return list(COMPOUND_SURNAMES[surname])
    if surname in SURNAME_READINGS:
        return [SURNAME_READINGS[surname]]
    return [syllable[0] for syllable in pinyin(surname, style=Style.TONE3)]
