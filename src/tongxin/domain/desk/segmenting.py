"""What a text is found by: its words, pairs of neighbouring characters, and pairs of syllables.

Words are cut by a dictionary; pairs of characters bridge words cut differently; pairs of syllables
find what was typed with a homophone or in pinyin. Syllables are made alike where speakers of the
district mix them up (zh and z, ing and in).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import rjieba
from pypinyin import lazy_pinyin

_RUNS = re.compile(r"[\u4e00-\u9fff]+|[a-zA-ZüÜ]+|[0-9]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ü", "v"))
_INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s y w"
_FINALS = (
    "a o e i u v ai ei ui ao ou iu ie ue ve er an en in un vn ang eng ing ong ia ian "
    "iang iao iong ua uai uan uang uo van"
)
_ALONE = "a o e ai ei ao ou an en ang eng er"
_LONGEST_SYLLABLE = 6

_IDLE = (
    "的 了 吗 呢 吧 啊 呀 哩 我 你 他 她 俺 恁 咱 是 在 有 和 与 或 或者 及 以及 就 都 "
    "也 还 又 把 被 给 让 叫 要 能 会 可以 应当 怎么 怎样 怎么办 什么 啥 咋 哪 哪里 那 "
    "这 个 些 人 不 没 没有 得 地 着 过 到 去 来 上 下 里 对 向 从 由 于 为 等 其 其他 "
    "该 本法 本 条例 规定 有关 依法 依照 按照 进行 如果 因为 所以 但是 但 一 一个 说 想 "
    "行 好 多少 几 多久 多长时间 时候 中 不得 以上 以下 下列"
)
IDLE = frozenset(_IDLE.split())
"""Words that say nothing of what is asked; alone they neither find nor weigh."""


def words(text: str) -> list[str]:
    """Return the words of a text, longer ones with the shorter ones inside, idle ones left out."""
    found: list[str] = []
    for run in _RUNS.findall(text.lower()):
        if _HAN.match(run):
            found += (word for word in rjieba.cut_for_search(run) if word not in IDLE)
        elif run.isdigit():
            found.append(run)
    return found


def pairs(text: str) -> list[str]:
    """Return each pair of neighbouring characters."""
    return [
        run[at : at + 2]
        for run in _RUNS.findall(text)
        if _HAN.match(run)
        for at in range(len(run) - 1)
    ]


def syllables(text: str) -> list[list[str]]:
    """Return the runs of syllables, made alike; letters are taken for pinyin where they are.

    Characters and pinyin side by side (``居住zheng``) make one run.
    """
    runs: list[list[str]] = []
    end_of_last = -1
    for match in _RUNS.finditer(text):
        run = match.group()
        said = _of_characters(run) if _HAN.match(run) else _of_letters(run.lower())
        spaces_only = runs and not text[end_of_last : match.start()].strip()
        if said and spaces_only:
            runs[-1] += said
        elif said:
            runs.append(list(said))
        end_of_last = match.end()
    return runs


def syllable_pairs(runs: Iterable[list[str]]) -> Iterator[str]:
    """Yield each pair of neighbouring syllables."""
    for run in runs:
        for at in range(len(run) - 1):
            yield f"{run[at]} {run[at + 1]}"


def _of_characters(run: str) -> list[str]:
    return [alike(each) for each in lazy_pinyin(run, v_to_u=False)]


@lru_cache(maxsize=4096)
def _of_letters(run: str) -> tuple[str, ...]:
    """Cut letters into syllables, as few as possible; what is no pinyin gives nothing."""
    run = run.replace("ü", "v")
    best: list[tuple[str, ...] | None] = [(), *([None] * len(run))]
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            head = best[start]
            if head is None or run[start:end] not in _syllables():
                continue
            if best[end] is None or len(head) + 1 <= len(best[end] or ()):
                best[end] = (*head, run[start:end])
    return tuple(alike(each) for each in best[len(run)] or ())


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    joined = {first + last for first in _INITIALS.split() for last in _FINALS.split()}
    return frozenset(joined.union(_ALONE.split()))


@lru_cache(maxsize=2048)
def alike(syllable: str) -> str:
    """Return a syllable as those of the same sound here are written."""
    for one, other in _ALIKE:
        syllable = syllable.replace(one, other)
    return syllable
