"""What a channel is: it takes what goes out and says what became of it. Knows no Django."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


class Outcome(enum.StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    ANSWERED = "answered"
    PENDING = "pending"  # under way; ask again
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"  # the gateway refuses it for good
    UNREACHABLE = "unreachable"  # no connection, time out, gateway error
    THROTTLED = "throttled"  # too many; try later
    NO_ADDRESS = "no_address"  # the recipient has no number
    NOT_CONFIGURED = "not_configured"

    @property
    def succeeded(self) -> bool:
        """Return whether the recipient got it."""
        return self in (Outcome.SENT, Outcome.ANSWERED)

    @property
    def may_be_tried_again(self) -> bool:
        """Return whether the same attempt may go better later."""
        return self in (Outcome.UNREACHABLE, Outcome.THROTTLED)


@dataclass(frozen=True)
class Outgoing:
    """One message on its way: ``address`` is a telephone number, ``ref`` the gateway's once-key."""

    ref: str
    address: str
    template: str
    text: str
    urgent: bool = False
    provider_ref: str = ""


@dataclass(frozen=True)
class Result:
    """What became of it; ``after_seconds`` says when to ask or try again."""

    outcome: Outcome
    note: str = ""
    provider_ref: str = ""
    after_seconds: float = 0.0


class Channel(Protocol):
    """A way out. ``send`` may block for ``timeout_seconds`` and never raises for the far side."""

    @property
    def name(self) -> str:
        """Return the name under which deliveries are queued."""

    @property
    def workers(self) -> int:
        """Return how many messages may be on their way at once."""

    @property
    def tries(self) -> int:
        """Return how often a message is tried that did not get through."""

    @property
    def timeout_seconds(self) -> float:
        """Return how long one attempt may take."""

    def send(self, outgoing: Outgoing) -> Result:
        """Send it, or, when it has a ``provider_ref``, say how it stands."""
