"""Talking to a telephone gateway.

The HTTP protocol (signed both ways, see ``signing``), spoken by a small adapter before any switch:

- ``POST {url}/calls`` ``{"to", "message", "ref", "ring_seconds"}`` → ``{"call", "state"}``; the
  same ``ref`` again is the same call, so a repeated request never rings twice
- ``GET {url}/calls/{call}`` → ``{"call", "state"}``
- ``POST {url}/calls/{call}/transfer`` ``{"to", "ring_seconds"}`` → ``{"call", "state"}``
- ``POST {url}/connections`` ``{"first", "second", "ref", "ring_seconds"}`` → ``{"call", "state"}``:
  rings ``first``, and when that is picked up ``second``, and joins them; each sees a number of the
  gateway's, never the other's. The same ``ref`` again is the same call
- states: ``ringing``, ``answered``, ``busy``, ``no_answer``, ``failed``
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from tongxin.plumbing.channels import http
from tongxin.plumbing.channels.protocol import Outcome, Outgoing, Result

ASK_AGAIN_SECONDS = 1.0


class CallState(enum.StrEnum):
    """How a call stands."""

    RINGING = "ringing"
    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"


class CallGateway(Protocol):
    """Whatever can ring a telephone."""

    def dial(self, number: str, message_code: str, ref: str) -> Result:
        """Ring ``number`` and play the message; ``ref`` makes a repetition harmless."""

    def state_of(self, call: str) -> Result:
        """Say how a call stands."""

    def transfer(self, call: str, number: str, ring_seconds: int) -> Result:
        """Pass a call that came in on to ``number``, ringing so long."""

    def connect(self, first: str, second: str, ref: str) -> Result:
        """Ring ``first``, then ``second``, and join them; neither sees the other's number."""


@dataclass(frozen=True)
class HttpCallGateway:
    """A gateway that speaks the HTTP protocol above."""

    url: str
    secret: str
    ring_seconds: int = 20
    timeout_seconds: float = 5.0

    def dial(self, number: str, message_code: str, ref: str) -> Result:
        """Ring ``number`` and play the message ``message_code``."""
        wish = {
            "to": number,
            "message": message_code,
            "ref": ref,
            "ring_seconds": self.ring_seconds,
        }
        return self._ask("POST", "/calls", wish)

    def state_of(self, call: str) -> Result:
        """Ask how the call stands."""
        return self._ask("GET", f"/calls/{quote(call, safe='')}", None)

    def transfer(self, call: str, number: str, ring_seconds: int) -> Result:
        """Pass a call on, ringing ``number`` for ``ring_seconds``."""
        path = f"/calls/{quote(call, safe='')}/transfer"
        return self._ask("POST", path, {"to": number, "ring_seconds": ring_seconds})

    def connect(self, first: str, second: str, ref: str) -> Result:
        """Join two telephones, masked; ``ref`` makes a repetition harmless."""
        wish = {"first": first, "second": second, "ref": ref, "ring_seconds": self.ring_seconds}
        return self._ask("POST", "/connections", wish)

    def _ask(self, method: str, path: str, body: dict[str, object] | None) -> Result:
        answer = http.ask(method, self.url + path, self.secret, body, self.timeout_seconds)
        return answer.failure() or result_of(answer.body.get("state"), answer.body.get("call"))


@dataclass(frozen=True)
class CallChannel:
    """Alerts by telephone: rings, then asks each second until the call has ended."""

    gateway: CallGateway
    timeout_seconds: float = 5.0
    name: str = "call"
    workers: int = 8
    tries: int = 2

    def send(self, outgoing: Outgoing) -> Result:
        """Dial, or ask how the call stands that was dialled."""
        if outgoing.provider_ref:
            return self.gateway.state_of(outgoing.provider_ref)
        return self.gateway.dial(outgoing.address, outgoing.template, outgoing.ref)


def result_of(state: object, call: object) -> Result:
    """Turn a gateway's word for a state into a result; an unknown word is a failure."""
    ref = str(call or "")[:80]
    outcome = _OUTCOMES.get(str(state))
    if outcome is None or (outcome is Outcome.PENDING and not ref):
        return Result(Outcome.UNREACHABLE, f"unknown state {state!r}"[:80])
    pause = ASK_AGAIN_SECONDS if outcome is Outcome.PENDING else 0.0
    return Result(outcome, provider_ref=ref, after_seconds=pause)


_OUTCOMES: dict[str, Outcome] = {
    CallState.RINGING: Outcome.PENDING,
    CallState.ANSWERED: Outcome.ANSWERED,
    CallState.BUSY: Outcome.BUSY,
    CallState.NO_ANSWER: Outcome.NO_ANSWER,
    CallState.FAILED: Outcome.REJECTED,
}
