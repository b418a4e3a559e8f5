"""Commands whose help speaks the terminal's language: groups, commands, options, arguments.

Command modules declare themselves with ``speak.command``, ``speak.option`` and ``speak.argument``
instead of click's own. Their texts stand in the sources in English and are looked up when they are
shown, paragraph by paragraph with the line breaks taken out. Click's own sentences are looked up
under the context ``click``, the capitals of a usage line under ``metavar``.
"""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import click

from tongxin.config import words

F = TypeVar("F", bound=Callable[..., Any] | click.Command)

CLICK = "click"
METAVAR = "metavar"
HEADING = "{heading}:"
_HELP = "Show this message and exit."
_CAPITALS = re.compile(r"[A-Z][A-Z_ ]*[A-Z]")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_OPENS, _CLOSES = "“（《「【", "”）》」】，。；：、！？…"
_PIECE = re.compile(rf"\s+|[{_OPENS}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)?[{_CLOSES}]*")


class Text(NamedTuple):
    """A text of the command line that needs its Chinese: where it stands, its context."""

    place: str
    context: str
    words: str


class Option(click.Option):
    """An option whose help and metavar are shown in the terminal's language."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's line of help, as ``click`` makes it, with the help translated."""
        record = super().get_help_record(ctx)
        if record is None or not self.help:
            return record
        return record[0], _said(self.help) + record[1].removeprefix(self.help)

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the word for the option's value."""
        return _with_metavars(super().make_metavar(ctx))


class Argument(click.Argument):
    """An argument whose name is shown in the terminal's language."""

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the word for the argument in the usage line."""
        return _with_metavars(super().make_metavar(ctx))


class Page(click.HelpFormatter):
    """A page of help measured in the columns of the terminal: a Chinese character takes two."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage, its further lines below the first word after the program's name."""
        if prefix is None:
            prefix = f"{_of_click('Usage:')} ".replace("： ", "：")
        head = f"{prefix}{prog} "
        lines = _wrapped(args, max(self.width - self.current_indent - _columns(head), 20))
        self._write_beside(head, lines, _columns(head))

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        said = _of_click(HEADING).format(heading=heading)
        self.write(f"{'':{self.current_indent}}{said}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs, each wrapped anew."""
        indent = " " * self.current_indent
        shown = [
            "".join(f"{indent}{line}\n" for line in _wrapped(part, self.width - len(indent)))
            for part in _paragraphs(text)
        ]
        self.write("\n".join(shown))

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms and what they mean in two columns."""
        listed = list(rows)
        widest = max((_columns(term) for term, _means in listed), default=0)
        first = min(widest, col_max) + col_spacing
        for term, means in listed:
            lines = _wrapped(means, max(self.width - first - 2, 10))
            if lines and _columns(term) > first - col_spacing:
                lines.insert(0, "")
            pad = " " * max(first - _columns(term), 0) if lines and lines[0] else ""
            self._write_beside(term + pad, lines, first)

    def _write_beside(self, head: str, lines: list[str], column: int) -> None:
        indent = " " * self.current_indent
        first, *others = lines or [""]
        self.write(f"{indent}{head}{first}".rstrip() + "\n")
        for line in others:
            self.write(f"{indent}{'':{column}}{line}\n")


class Context(click.Context):
    """A run of a command, with pages that fit Chinese."""

    formatter_class = Page


class Command(click.Command):
    """A command that shows its help in the terminal's language."""

    context_class = Context

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line that lists the command; it is written short, ``limit`` does not cut."""
        return _said(self.short_help or self.help or "")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help``, with the sentence about it."""
        found = super().get_help_option(ctx)
        if found:
            found.help = _of_click(_HELP)
        return found

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own words."""
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(_said(self.help))

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the words of the usage line; the arguments have translated theirs."""
        general = (self.options_metavar, getattr(self, "subcommand_metavar", None))
        pieces = super().collect_usage_pieces(ctx)
        return [_with_metavars(piece) if piece in general else piece for piece in pieces]


class Group(Command, click.Group):
    """A group that shows its help in the terminal's language."""


def command(name: str | None = None, **options: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of the decorated function, as ``click.command`` does."""
    return click.command(name, cls=Command, **options)


def option(*names: str, **options: Any) -> Callable[[F], F]:
    """Give the decorated command an option, as ``click.option`` does."""
    return click.option(*names, cls=Option, **options)


def argument(*names: str, **options: Any) -> Callable[[F], F]:
    """Give the decorated command an argument, as ``click.argument`` does."""
    return click.argument(*names, cls=Argument, **options)


def texts(top: click.Command, name: str = "tongxin") -> Iterator[Text]:
    """Yield every text that the help of ``top`` and of all commands below it shows."""
    ctx = click.Context(top, info_name=name)
    for said in (top.help, top.short_help):
        yield from (Text(name, "", part) for part in _paragraphs(said or ""))
    pieces = click.Command.collect_usage_pieces(top, ctx)
    for param in top.params:
        place = f"{name} {param.opts[0]}"
        if isinstance(param, click.Option):
            yield from (Text(place, "", part) for part in _paragraphs(param.help or ""))
            pieces += [] if param.is_flag else [click.Option.make_metavar(param, ctx)]
        else:
            pieces.append(click.Argument.make_metavar(param, ctx))  # type: ignore[arg-type]
    if isinstance(top, click.Group):
        pieces.append(top.subcommand_metavar)
        for below in top.list_commands(ctx):
            found = top.get_command(ctx, below)
            yield from texts(found, f"{name} {below}") if found else ()
    for found_capitals in _CAPITALS.findall(" ; ".join(pieces)):
        yield Text(name, METAVAR, found_capitals)


def _said(text: str) -> str:
    return "\n\n".join(words.gettext(part) for part in _paragraphs(text))


def _paragraphs(text: str) -> list[str]:
    parts = re.split(r"\n\s*\n", inspect.cleandoc(text))
    return [" ".join(part.split()) for part in parts if part.strip()]


def _with_metavars(text: str) -> str:
    return _CAPITALS.sub(lambda found: words.pgettext(METAVAR, found[0]), text)


def _columns(text: str) -> int:
    plain = click.unstyle(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in plain)


def _wrapped(text: str, width: int) -> list[str]:
    """Break ``text`` at spaces and between Chinese characters, never before a closing mark."""
    lines = [""]
    for piece in _PIECE.findall(re.sub(r"\s*\n\s*", " ", text)):
        if lines[-1] and _columns(lines[-1] + piece) > width:
            lines.append("")
        lines[-1] += "" if not lines[-1] and piece.isspace() else piece
    return [line.rstrip() for line in lines if line]


def _of_click(message: str) -> str:
    return words.pgettext(CLICK, message)


def _of_click_counted(one: str, many: str, count: int) -> str:
    return words.npgettext(CLICK, one, many, count)


def _teach_click() -> None:
    """Let click look its sentences up here, and not by the standard library's own rule.

    That rule knows neither the language of a page nor the folder ``zh_Hans`` for ``zh_CN``.
    """
    own = {"_": _of_click, "ngettext": _of_click_counted}
    parts = (click.core, click.decorators, click.exceptions, click.formatting)
    for part in (*parts, click.parser, click.termui, click.types, click.utils):
        for name, ours in own.items():
            if hasattr(part, name):
                setattr(part, name, ours)


_teach_click()
