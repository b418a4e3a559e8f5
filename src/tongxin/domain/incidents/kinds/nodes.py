"""YAML nodes that know their line, so that every complaint names the line that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import yaml
from django.utils.translation import gettext as _

from tongxin.kernel.errors import BadInput

T = TypeVar("T")

_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_DURATION = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class WrongTable(BadInput):
    """A table that cannot be followed; ``file`` and ``line`` (from 1) say where."""

    def __init__(self, file: str, line: int, says: str) -> None:
        super().__init__(
            "kinds.wrong",
            _("%(file)s, line %(line)d: %(says)s") % {"file": file, "line": line, "says": says},
            field=f"line {line}",
        )
        self.file, self.line, self.says = file, line, says


@dataclass(frozen=True)
class Item:
    """A node of the table with the file it comes from."""

    node: yaml.Node
    file: str

    def wrong(self, says: str) -> NoReturn:
        """Raise ``WrongTable`` naming this node's line."""
        raise WrongTable(self.file, self.node.start_mark.line + 1, says)

    def text(self) -> str:
        """Return a non-empty scalar as written."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            self.wrong(_("a word is expected here"))
        return str(self.node.value)

    def slug(self) -> str:
        """Return a code: a lower-case letter, then letters, digits, underscores, hyphens."""
        text = self.text()
        if not _SLUG.fullmatch(text):
            self.wrong(
                _("“%(text)s” is no code (small letters, digits and _, 32 at most)")
                % {"text": text}
            )
        return text

    def one_of(self, allowed: tuple[str, ...] | frozenset[str], what: str) -> str:
        """Return a code that must be among ``allowed``."""
        text = self.text()
        if text not in allowed:
            self.wrong(
                _("“%(text)s” is no %(what)s; known are %(known)s")
                % {"text": text, "what": what, "known": ", ".join(sorted(allowed))}
            )
        return text

    def flag(self) -> bool:
        """Return true or false."""
        text = self.text()
        if text not in ("true", "false"):
            self.wrong(_("true or false is expected, not “%(text)s”") % {"text": text})
        return text == "true"

    def number(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        text = self.text()
        if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
            self.wrong(
                _("a whole number from %(low)d to %(high)d is expected, not “%(text)s”")
                % {"low": low, "high": high, "text": text}
            )
        return int(text)

    def seconds(self) -> int:
        """Return a duration such as 30s, 5m, 24h or 7d in seconds."""
        found = _DURATION.fullmatch(self.text())
        if not found:
            self.wrong(
                _("“%(text)s” is no duration (write 30s, 5m, 24h or 7d)") % {"text": self.text()}
            )
        return int(found[1]) * _SECONDS[found[2]]

    def list(self) -> list[Item]:
        """Return the items of a list; a single word counts as a list of one."""
        if isinstance(self.node, yaml.ScalarNode):
            return [self]
        if not isinstance(self.node, yaml.SequenceNode):
            self.wrong(_("a list is expected here"))
        return [Item(node, self.file) for node in self.node.value]

    def each(self, read: Callable[[Item], T]) -> tuple[T, ...]:
        """Return ``read`` of every item of a list."""
        return tuple(read(item) for item in self.list())

    def pairs(self) -> Iterator[tuple[str, Item, Item]]:
        """Yield key, key's item, value of a mapping; merge keys are resolved, doubles refused."""
        if not isinstance(self.node, yaml.MappingNode):
            self.wrong(_("a table of names and values is expected here"))
        seen: set[str] = set()
        for key_node, value_node in self.node.value:
            key = Item(key_node, self.file)
            name = key.text()
            if name in seen:
                key.wrong(_("“%(name)s” stands here twice") % {"name": name})
            seen.add(name)
            yield name, key, Item(value_node, self.file)

    def table(self, *, must: tuple[str, ...] = (), may: tuple[str, ...] = ()) -> dict[str, Item]:
        """Return the values by name; refuses unknown names and names that are lacking."""
        found: dict[str, Item] = {}
        for name, key, value in self.pairs():
            if name not in must and name not in may:
                key.wrong(
                    _("“%(name)s” is not known here; known are %(known)s")
                    % {"name": name, "known": ", ".join((*must, *may))}
                )
            found[name] = value
        for name in must:
            if name not in found:
                self.wrong(_("“%(name)s” is lacking") % {"name": name})
        return found


def parse(text: str, file: str) -> Item:
    """Parse YAML into an item; raises ``WrongTable`` with the line for broken YAML."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise WrongTable(file, mark.line + 1 if mark else 1, str(error.problem)) from None
    except (yaml.YAMLError, RecursionError) as error:
        says = str(error).splitlines()[0] if str(error) else _("too deeply nested")
        raise WrongTable(file, 1, says) from None
    if node is None:
        raise WrongTable(file, 1, _("the file is empty"))
    _resolve_merges(node, file, set())
    return Item(node, file)


def _resolve_merges(node: yaml.Node, file: str, done: set[int]) -> None:
    """Replace ``<<`` by what it names; the mapping's own names win. Shared nodes are done once."""
    if id(node) in done or isinstance(node, yaml.ScalarNode):
        return
    done.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _resolve_merges(child, file, done)
        return
    own = [pair for pair in node.value if pair[0].value != "<<"]
    sources = [value for key, value in node.value if key.value == "<<"]
    for value in (*sources, *(value for _key, value in own)):
        _resolve_merges(value, file, done)
    for source in sources:
        own = [*_not_in(source, own, file), *own]
    node.value = own


def _not_in(
    source: yaml.Node, own: list[tuple[yaml.Node, yaml.Node]], file: str
) -> list[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(source, yaml.MappingNode):
        raise WrongTable(file, source.start_mark.line + 1, _("<< must name a table"))
    names = {key.value for key, _value in own if isinstance(key, yaml.ScalarNode)}
    return [pair for pair in source.value if pair[0].value not in names]
