"""The terms of a passage and of a question, with their weights: BM25 over three kinds of terms.

Words, pairs of characters and pairs of syllables (``segmenting``) are kept apart by a letter before
them. A passage's weight of a term is what BM25 makes of its frequency and the passage's length; how
rare the term is comes in when a question is asked, from the stored counts. Constants were chosen on
the tuning half of ``benchmarks/answers_questions.csv``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tongxin.domain.desk import segmenting, vocabulary

SATURATION, LENGTH_SHARE = 1.2, 0.6  # BM25's k1 and b
USUAL_LENGTH = {"w": 60.0, "c": 90.0, "s": 105.0}
"""Terms of a usual passage, by kind; fixed, so that a new passage changes no other's weights."""
OF_KIND = {"w": 1.0, "c": 0.3, "s": 0.3}
OF_TITLE, OF_PLAIN, OF_MEANT = 0.8, 1.8, 0.5
LONGEST_TERM = 32
LONGEST_QUESTION = 300
"""Characters of a question that are looked at when something is to be found for it."""
_SLIGHT = (
    "违法 犯法 允许 许可 合法 法律 要求 责任 有人 谁 应该 管 问 处理 看 说 找 告诉 部门 "
    "东西 事 情况 关系 办 办理 去 不能 是不是 给 用 天 年 家 开 行不行 能不能 可不可以 "
    "需要 还 还要 自己 别人 法"
)
SLIGHT = frozenset(_SLIGHT.split())
"""Words with which anything is asked: they weigh a quarter."""
_AROUND = (
    "孩子 小孩 小区 邻居 房子 老人 警察 派出所 公司 单位 学校 装修 东西 电话 我家 "
    "未成年人 未成年 儿童 社区 物业 医院 朋友 地方 平台"
)
AROUND = frozenset(_AROUND.split())
"""Words that say where or with whom, seldom what: they weigh half."""


@dataclass(frozen=True)
class Text:
    """What a passage is found by: its ``body``, the ``title`` above it, and ``plain`` words."""

    body: str
    title: str = ""
    plain: str = ""


def of_passage(text: Text) -> dict[str, float]:
    """Return the terms of a passage with their weights."""
    weights: dict[str, float] = defaultdict(float)
    body, title, plain = (_kinds(each) for each in (text.body, text.title, text.plain))
    for kind, share in OF_KIND.items():
        length = sum(body[kind].values()) / USUAL_LENGTH[kind]
        damping = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length)
        for term, count in body[kind].items():
            weights[kind + term] += share * count * (SATURATION + 1) / (count + damping)
        for term in title[kind]:
            weights[kind + term] += share * OF_TITLE
        for term in plain[kind]:
            weights[kind + term] += share * OF_PLAIN
    return {term: weight for term, weight in weights.items() if len(term) <= LONGEST_TERM}


def of_question(text: str) -> dict[str, float]:
    """Return the terms of a question, those that are meant by its words as well."""
    said = text[:LONGEST_QUESTION]
    weights = {
        kind + term: _weight(kind, term) for kind, terms in _kinds(said).items() for term in terms
    }
    for word in vocabulary.meant_by(said):
        share = OF_MEANT * (0.5 if word in AROUND else 1.0)
        for kind, terms in _kinds(word).items():
            for term in terms:
                weights[kind + term] = max(weights.get(kind + term, 0.0), share)
    return weights


def _weight(kind: str, term: str) -> float:
    if kind == "w" and term in SLIGHT:
        return 0.25
    return 0.5 if term in AROUND else 1.0


def _kinds(text: str) -> Mapping[str, Counter[str]]:
    return {
        "w": Counter(segmenting.words(text)),
        "c": Counter(segmenting.pairs(text)),
        "s": Counter(segmenting.syllable_pairs(segmenting.syllables(text))),
    }
