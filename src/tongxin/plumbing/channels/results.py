"""Who wants to know what became of a delivery; other apps register in ``AppConfig.ready()``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from tongxin.plumbing.channels.protocol import Outcome


@dataclass(frozen=True)
class DeliveryResult:
    """A delivery has ended one way or the other.

    ``subject`` is what it was about (``incident:44``), ``recipient`` ``member:ID`` or ``vault:ID``;
    ``falls_back_to`` names the channel that takes over now, empty when none does.
    """

    delivery_id: int
    once_key: str
    channel: str
    recipient: str
    template: str
    subject: str
    outcome: Outcome
    note: str
    at: dt.datetime
    falls_back_to: str = ""


Handler = Callable[[DeliveryResult], None]
_handlers: list[Handler] = []


def on_result(handler: Handler) -> Handler:
    """Have ``handler`` called with each final result, inside the transaction that writes it.

    It may write rows of its own app; when it raises, the result is not written and comes again.
    """
    if handler not in _handlers:
        _handlers.append(handler)
    return handler


def tell(result: DeliveryResult) -> None:
    """Call all handlers."""
    for handler in _handlers:
        handler(result)
