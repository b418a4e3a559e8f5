"""Every sentence of the kit has its Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import jinja2.ext
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parents[3]
KIT = PACKAGE / "surfaces" / "kit"
OURS = ("assets", "formats", "jinja", "people", "rendering", "styles_map", "styles_view")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def used() -> Iterator[str]:
    for name in OURS:
        for found in extract_from_file("python", KIT / f"{name}.py", keywords=KEYWORDS):
            yield from words(found[1])
    options = {"trim_blocks": "true"}
    for file in (KIT / "templates" / "kit").rglob("*.html"):
        method = jinja2.ext.babel_extract
        for found in extract_from_file(method, file, keywords=KEYWORDS, options=options):
            yield from words(found[1])
    for file in (KIT / "account_pages").rglob("*.html"):
        yield from re.findall(r'{% trans "(.*?)" %}', file.read_text(encoding="utf-8"))


def words(message: str | tuple[str, ...]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)[:1]


def translated() -> Iterator[str]:
    for file in (PACKAGE / "locale").rglob("*.po"):
        with file.open("rb") as source:
            for message in read_po(source):
                if message.id and message.string and not message.fuzzy:
                    yield words(message.id)[0]


def test_every_sentence_has_its_chinese() -> None:
    assert set(used()) - set(translated()) == set()


def test_chinese_keeps_the_values_of_the_english() -> None:
    with (PACKAGE / "locale" / "parts" / "kit.po").open("rb") as source:
        for message in read_po(source):
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            for form in forms:
                held = set(re.findall(r"%\(\w+\)s", str(form)))
                english = message.id if isinstance(message.id, str) else message.id[-1]
                assert held == set(re.findall(r"%\(\w+\)s", english)), form
