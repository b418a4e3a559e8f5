"""Reading legal texts and guides as they are published: Markdown, one article after another."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from tongxin.kernel.errors import BadInput

_ARTICLE = re.compile(r"^第([零〇一二三四五六七八九十百千]+)条[\s\u3000\u200b]*(.*)$")
_HEADING = re.compile(r"^#+\s*(?:第[零〇一二三四五六七八九十百]+[章节编]\s*)?(.*?)\s*$")
_DATE = re.compile(r"(\d{4})[年-](\d{1,2})[月-](\d{1,2})")
_END_OF_HEAD = "<!-- INFO END -->"
_NATION = "中华人民共和国"
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_LONGEST = 2_000_000


@dataclass(frozen=True)
class Article:
    """One article; ``chapter`` holds the headings above it, ``text`` its paragraphs by line."""

    number: int
    chapter: str
    text: str


@dataclass(frozen=True)
class Law:
    """A legal text. ``name`` is without 中华人民共和国; ``dated`` the last date in its head."""

    name: str
    dated: dt.date
    articles: tuple[Article, ...]


def read_law(text: str, *, dated: dt.date | None = None) -> Law:
    """Read a legal text: ``# title``, its dates, then articles 第…条 under headings.

    ``dated`` is the day of its version where that is known; else the last day in its head counts.
    Raises ``BadInput`` for a text without a title, a date or an article, or above 2 MB.
    """
    if len(text) > _LONGEST:
        raise BadInput("desk.law_size", _("This text is too large for a law."), field="file")
    lines = [line.strip() for line in text.replace("\u200b", "").splitlines()]
    title = next((line.lstrip("# ") for line in lines if line.startswith("# ")), "")
    dates = [dated] if dated else list(_dates(_head(text)))
    articles = tuple(_articles(lines))
    if not title or not dates or not articles:
        said = _("This is not a legal text: it needs a title, a date and articles.")
        raise BadInput("desk.no_law", said, field="file")
    return Law(title.removeprefix(_NATION).strip(), max(dates), articles)


def read_folder(folder: Path) -> list[Law]:
    """Read every ``*.md`` of a folder, by name; a day in the name, (2021-04-29), dates the text."""
    return [
        read_law(path.read_text("utf-8"), dated=next(_dates(path.stem), None))
        for path in sorted(folder.glob("*.md"))
    ]


def number_of(numeral: str) -> int:
    """Return the number of a Chinese numeral below 10,000: 一百零三 is 103."""
    total, digit = 0, 0
    for sign in numeral:
        if sign in _UNITS:
            total += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            digit = _DIGITS[sign]
    return total + digit


def _dates(text: str) -> Iterator[dt.date]:
    for year, month, day in _DATE.findall(text):
        with suppress(ValueError):
            yield dt.date(int(year), int(month), int(day))


def _head(text: str) -> str:
    head, mark, _rest = text.partition(_END_OF_HEAD)
    return head if mark else text[:2_000]


def _articles(lines: list[str]) -> Iterator[Article]:
    headings: dict[int, str] = {}
    number, paragraphs = 0, list[str]()
    for line in lines:
        start = _ARTICLE.match(line)
        if (start or line.startswith("#")) and number:
            yield Article(number, " ".join(headings.values()), "\n".join(paragraphs))
            number = 0
        if start:
            number, paragraphs = number_of(start[1]), [start[2]]
        elif line.startswith("##"):
            level = len(line) - len(line.lstrip("#"))
            found = _HEADING.match(line)
            headings = {at: said for at, said in headings.items() if at < level}
            headings[level] = re.sub(r"\s+", "", found[1] if found else "")
        elif line and number:
            paragraphs.append(line)
    if number:
        yield Article(number, " ".join(headings.values()), "\n".join(paragraphs))
