"""Residents' words beside the law's: what an article is about, and which words mean the same.

``data/plain_words.txt`` gives each article that residents ask about a heading in everyday words
and further words; ``data/same_words.txt`` says for a resident's word which words of the law mean
it, and why. Both are matched by characters and, from two syllables on, by sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from tongxin.domain.desk import segmenting


@dataclass(frozen=True)
class Plain:
    """What an article is about: ``heading`` is shown, ``words`` only find it."""

    heading: str = ""
    words: str = ""


@dataclass(frozen=True)
class Same:
    """A resident's word and how it sounds, with the words that mean it."""

    said: str
    sound: str
    meant: tuple[str, ...]


def plain(law: str, number: int) -> Plain:
    """Return what an article is about in plain words, empty where nobody has written it."""
    return _plain().get((law, number), Plain())


def meant_by(text: str) -> set[str]:
    """Return the words that are meant by the residents' words in ``text``."""
    runs = (" ".join(run) for run in segmenting.syllables(text))
    sounds = f" {' | '.join(runs)} "
    return {
        word
        for same in _same()
        if same.said in text or (same.sound and same.sound in sounds)
        for word in same.meant
    }


@lru_cache(maxsize=1)
def _plain() -> dict[tuple[str, int], Plain]:
    found: dict[tuple[str, int], Plain] = {}
    law = ""
    for line in _lines("plain_words.txt"):
        number, _space, rest = line.partition(" ")
        if number == "=":
            law = rest
        elif number.startswith("+"):
            known = found[law, int(number)]
            found[law, int(number)] = Plain(known.heading, f"{known.words} {rest}")
        else:
            heading, _bar, words = rest.partition(" | ")
            found[law, int(number)] = Plain(heading, words)
    return found


@lru_cache(maxsize=1)
def _same() -> tuple[Same, ...]:
    return tuple(_read_same())


def _read_same() -> Iterator[Same]:
    for line in _lines("same_words.txt"):
        said, _mark, rest = line.partition(" > ")
        meant, _bar, _why = rest.partition(" | ")
        run = [each for part in segmenting.syllables(said) for each in part]
        yield Same(said, f" {' '.join(run)} " if len(run) > 1 else "", tuple(meant.split()))


def _lines(name: str) -> Iterator[str]:
    text = (files("tongxin.domain.desk") / "data" / name).read_text("utf-8")
    return (line.strip() for line in text.splitlines() if line.strip() and line[0] != "#")
