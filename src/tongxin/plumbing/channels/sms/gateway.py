"""Sending text messages.

``POST {url}/messages`` ``{"to", "text", "template", "ref"}`` → 2xx when the gateway took it; signed
as in ``signing``. The same ``ref`` again is the same message.
"""

from __future__ import annotations

from dataclasses import dataclass

from tongxin.plumbing.channels import http
from tongxin.plumbing.channels.protocol import Outcome, Outgoing, Result


@dataclass(frozen=True)
class SmsChannel:
    """Text messages by a gateway that speaks the protocol above."""

    url: str
    secret: str
    timeout_seconds: float = 5.0
    name: str = "sms"
    workers: int = 4
    tries: int = 4

    def send(self, outgoing: Outgoing) -> Result:
        """Hand one message to the gateway."""
        wish = {
            "to": outgoing.address,
            "text": outgoing.text,
            "template": outgoing.template,
            "ref": outgoing.ref,
        }
        answer = http.ask("POST", f"{self.url}/messages", self.secret, wish, self.timeout_seconds)
        return answer.failure() or Result(
            Outcome.SENT, provider_ref=str(answer.body.get("message") or "")[:80]
        )
