"""Tells upper floors that areas were drawn anew, so that what is bound to them can follow."""

from __future__ import annotations

from collections.abc import Callable

Succession = Callable[[dict[int, int]], None]
_handlers: list[Succession] = []


def on_succession(handler: Succession) -> Succession:
    """Have ``handler({old area id: new area id})`` called inside the transaction of an import."""
    if handler not in _handlers:
        _handlers.append(handler)
    return handler


def tell(successors: dict[int, int]) -> None:
    """Call every handler; an error in one undoes the whole import."""
    if successors:
        for handler in _handlers:
            handler(successors)
