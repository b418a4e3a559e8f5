"""What other apps may react to: handlers run inside the act's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tongxin.domain.incidents.models import Incident
    from tongxin.foundation.access.scope import Actor

Handler = Callable[["Event"], None]

_handlers: dict[str, list[Handler]] = defaultdict(list)


@dataclass(frozen=True)
class Event:
    """Something that was just written: ``seq`` is its timeline line, ``payload`` its codes.

    Names: ``incident.reported``, ``.triaged``, ``.accepted``, ``.departed``, ``.arrived``,
    ``.given_back``, ``.handed_over``, ``.taken``, ``.refused``, ``.closed``, ``.reopened``,
    ``.merged``, ``.split``, ``.noted``, ``.photo_added``, ``.rated``, ``.undone``,
    ``.promise_broken``, ``.escalated``, ``.moved``; any other act of a procedure is
    ``incident.ACT``.
    """

    name: str
    incident: Incident
    actor: Actor
    seq: int
    payload: Mapping[str, Any] = field(default_factory=dict)


def on(name: str) -> Callable[[Handler], Handler]:
    """Register a handler: ``@on("incident.accepted")``.

    It runs inside the act's transaction, touches only its own app's tables and defers its own
    jobs; if it raises, the act does not happen. Registering the same function again does nothing.
    """

    def register(handler: Handler) -> Handler:
        if handler not in _handlers[name]:
            _handlers[name].append(handler)
        return handler

    return register


def emit(event: Event) -> None:
    """Call every handler of the event, in the order of registration."""
    for handler in _handlers.get(event.name, ()):
        handler(event)


def off(name: str, handler: Handler) -> None:
    """Take a handler away again (tests)."""
    _handlers[name].remove(handler)
