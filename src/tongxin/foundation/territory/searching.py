"""How names are found again: pieces of text and of pinyin to look up, and a score to rank by.

Each name is kept with the pieces (grams) of its text: pairs of characters, triples of pinyin
letters, pairs of initials. A mistyped name still shares most pieces with what was meant; the
candidates are then ranked by edit distance, in characters and in pinyin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin

from tongxin.foundation.territory import addressing

_MOST_GRAMS = 160
_LONGEST = 24
"""Longer texts are sentences: only a name that is written in them as it is counts."""
_HAN = re.compile(r"[㐀-鿿]+")
_LATIN = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Sound:
    """How a name sounds: all its pinyin letters, and the first letter of each syllable."""

    letters: str
    initials: str


@lru_cache(maxsize=20_000)
def sound_of(text: str) -> Sound:
    """Return the sound of a normalised text; digits and Latin letters stand for themselves."""
    syllables = lazy_pinyin(text)
    return Sound("".join(syllables), "".join(syllable[:1] for syllable in syllables))


def pinyin_of(name: str) -> str:
    """Return the syllables of a name with spaces between them, for order and display."""
    return " ".join(lazy_pinyin(addressing.normal(name)))[:240]


def grams_of(names: Iterable[str]) -> list[str]:
    """Return the pieces under which a place with these names is found."""
    grams: dict[str, None] = {}
    for name in names:
        text = addressing.normal(name)
        grams |= dict.fromkeys(_text_grams(text))
        for han in _HAN.findall(text):
            grams |= dict.fromkeys(_sound_grams(sound_of(han)))
    return list(grams)[:_MOST_GRAMS]


def some_pieces(text: str) -> list[str]:
    """Return the pieces of what somebody typed, for a place that shares only some of them."""
    said = addressing.normal(text)
    grams = dict.fromkeys(_text_grams(said))
    for han in _HAN.findall(said):
        grams |= dict.fromkeys(_triples(sound_of(han).letters))
    for latin in _LATIN.findall(said):
        grams |= dict.fromkeys([*_triples(latin), *_initials(latin)])
    return list(grams)


def all_pieces(text: str) -> list[list[str]]:
    """Return ways to look up a place that was typed rightly: it has every piece of one of them.

    As text; and, for Latin letters, as full pinyin and as initials.
    """
    said = addressing.normal(text)
    if not said:
        return []
    ways = [_text_grams(said)[1:] or _text_grams(said)]
    if said.isascii() and said.isalpha():
        ways += [way for way in (_triples(said), _initials(said)) if way]
    return ways


def likeness(said: str, name: str) -> float:
    """Return from 0 to 1 how well a name answers what was said; both normalised.

    1 is the same text. A part of the name counts 0.9 and more, a name within a longer sentence
    0.8 and more, a typing mistake less with every wrong character, a name that only sounds alike
    a little less than one that is written alike.
    """
    if not said or not name:
        return 0.0
    written = _written_likeness(said, name)
    if written >= 0.8:
        return written
    return max(written, _sounding_likeness(said, name))


def _written_likeness(said: str, name: str) -> float:
    if said == name:
        return 1.0
    share = min(len(said), len(name)) / max(len(said), len(name))
    if said in name:
        return 0.9 + 0.08 * share + (0.01 if name.startswith(said) else 0.0)
    if name in said and len(name) > 1:
        return 0.8 + 0.09 * share
    return 0.79 * _closeness(said, name)


def _sounding_likeness(said: str, name: str) -> float:
    ours, theirs = sound_of(said), sound_of(name)
    if said.isascii() and theirs.initials.startswith(said):
        return 0.72 + 0.06 * len(said) / len(theirs.initials)
    if ours.letters in theirs.letters:
        return 0.75 + 0.1 * len(ours.letters) / len(theirs.letters)
    if said.isascii() and said in theirs.initials:
        return 0.7
    return 0.74 * _closeness(ours.letters, theirs.letters)


def _closeness(said: str, name: str) -> float:
    """Return the share of ``said`` that is right when it is laid on the best part of ``name``."""
    missing = sum(character not in name for character in said)  # each of them is a mistake
    if len(said) > _LONGEST or missing * 2 > len(said):
        return 0.0
    return max(0.0, 1 - mistakes(said, name) / len(said))


def mistakes(said: str, name: str) -> int:
    """Return the fewest insertions, deletions and replacements that turn ``said`` into a part of
    ``name`` (Sellers' algorithm), a swap of neighbours counting two.
    """
    row = [0] * (len(name) + 1)
    for typed, character in enumerate(said, 1):
        before, row[0] = row[0], typed
        for place, meant in enumerate(name, 1):
            here = row[place]
            row[place] = min(here + 1, row[place - 1] + 1, before + (character != meant))
            before = here
    return min(row)


def _text_grams(text: str) -> list[str]:
    return ["^" + text[:1], *(text[i : i + 2] for i in range(len(text) - 1))] if text else []


def _sound_grams(sound: Sound) -> list[str]:
    return [*_triples(sound.letters), *_initials(sound.initials)]


def _triples(letters: str) -> list[str]:
    return [letters[i : i + 3] for i in range(len(letters) - 2)]


def _initials(letters: str) -> list[str]:
    return ["#" + letters[i : i + 2] for i in range(len(letters) - 1)]
