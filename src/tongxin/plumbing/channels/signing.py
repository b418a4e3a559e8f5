"""Signatures between us and gateways: HMAC-SHA256 over the time and the body. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from tongxin.kernel.errors import Forbidden

TIME_HEADER = "X-Tongxin-Time"
SIGNATURE_HEADER = "X-Tongxin-Signature"
TOLERANCE_SECONDS = 300
_MOMENT = re.compile(r"\d{1,12}", re.ASCII)  # "²" is a digit to Python, but no number


def headers(secret: str, body: bytes, now: float) -> dict[str, str]:
    """Return the two headers that sign ``body`` at ``now`` (Unix seconds)."""
    moment = str(int(now))
    return {TIME_HEADER: moment, SIGNATURE_HEADER: _digest(secret, moment, body)}


def check(secret: str, given: Mapping[str, str], body: bytes, now: float) -> None:
    """Raise ``Forbidden`` unless ``body`` was signed with ``secret`` in the last five minutes."""
    lower = {name.lower(): value for name, value in given.items()}
    moment = lower.get(TIME_HEADER.lower(), "")
    signature = lower.get(SIGNATURE_HEADER.lower(), "")
    fresh = bool(_MOMENT.fullmatch(moment)) and abs(now - int(moment)) <= TOLERANCE_SECONDS
    expected = _digest(secret, moment, body)
    if not fresh or not hmac.compare_digest(signature.encode(), expected.encode()):
        raise Forbidden("channels.signature", "The gateway's signature is wrong or too old.")


def _digest(secret: str, moment: str, body: bytes) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
