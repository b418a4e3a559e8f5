"""What several commands ask in the same way: pairs of words, tables of bad rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import click

from tongxin.config.words import gettext as _


class Bad(Protocol):
    """A bad row of any list."""

    @property
    def source(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...


def pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """Split ``FIELD=VALUE`` words; raises ``click.BadParameter`` for one that is none."""
    found: dict[str, str] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            said = _("{word} is not FIELD=VALUE").format(word=repr(word))
            raise click.BadParameter(said, param_hint=option)
        found[name] = value
    return found


def show_bad(rows: Iterable[Bad]) -> None:
    """Print every bad row on a line of its own: file, row, code, what is wrong."""
    for row in rows:
        place = f"{row.source}:{row.line}" if row.line else row.source
        code = f" [{row.code}]" if row.code else ""
        click.echo(f"{place}{code}: {row.message}", err=True)
