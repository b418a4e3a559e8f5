"""What Tongxin refuses to hold about people: no column, field or key may carry it.

No score, label or prediction on a person; no ethnicity, religion, politics, biometrics, devices,
identity numbers, nor where a resident has been. Names are recognised in Chinese, pinyin, English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from tongxin.kernel.errors import BadInput

_CHINESE = (
    "民族", "族别", "宗教", "信仰", "教派", "政治面貌", "党派", "党员", "身份证", "证件号",
    "公民身份号码", "护照号", "指纹", "人脸", "面部", "虹膜", "声纹", "掌纹", "基因", "血型",
    "生物识别", "设备号", "串号", "手机型号", "轨迹", "行踪", "活动记录", "评分", "信用分",
    "积分等级", "风险等级", "风险值", "危险等级", "人员标签", "重点人员", "重点人口",
    "重点青少年", "特殊人群", "前科", "上访", "管控等级",
)  # fmt: skip
_PINYIN = (
    "minzu", "zongjiao", "xinyang", "zhengzhimianmao", "dangpai", "shenfenzheng", "sfzh", "sfzhm",
    "zhengjianhao", "zhiwen", "renlian", "hongmo", "shengwen", "shebeihao", "guiji", "xingzong",
    "pingfen", "xinyongfen", "fengxiandengji", "renyuanbiaoqian", "zhongdianrenyuan",
    "zhongdianrenkou", "qianke",
)  # fmt: skip
_ENGLISH = (
    "ethnicity", "ethnic group", "ethnic", "race", "religion", "religious", "faith", "creed",
    "politics", "political", "party member", "party membership", "id number", "id card",
    "identity number", "identity card", "national id", "citizen id", "passport", "fingerprint",
    "face id", "face image", "faceprint", "iris", "voiceprint", "biometric", "biometrics", "dna",
    "blood type", "imei", "imsi", "mac address", "device id", "trajectory", "whereabouts history",
    "location history", "risk score", "risk level", "person score", "social score", "credit score",
    "threat score", "person label", "key person", "key persons", "criminal record",
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def refused(name: str) -> str | None:
    """Return the refused term that a column, field or key is named after, or ``None``."""
    text = unicodedata.normalize("NFKC", name)
    squeezed = re.sub(r"[\s_\-./()]+", "", text).lower()
    for term in _CHINESE:
        if term in squeezed:
            return term
    if squeezed in _PINYIN:
        return squeezed
    words = f" {' '.join(word.lower() for word in _WORD.findall(text))} "
    return next((term for term in _ENGLISH if f" {term} " in words), None)


def check_columns(names: Iterable[str], sentence: str) -> None:
    """Raise ``BadInput`` that names every refused column.

    ``sentence`` is what to say, already in the reader's language, with ``{columns}`` in it.
    """
    found = [name for name in names if refused(name)]
    if found:
        raise BadInput("column.refused", sentence.format(columns=", ".join(found)), field=found[0])
