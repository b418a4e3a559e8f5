"""One signed JSON request to a gateway, with a limit on time and size."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tongxin.kernel import clock
from tongxin.plumbing.channels import signing
from tongxin.plumbing.channels.protocol import Outcome, Result

_MOST_BYTES = 64 * 1024
_LONGEST_WAIT_SECONDS = 300.0


@dataclass(frozen=True)
class Answer:
    """The gateway's answer: HTTP status and JSON object (empty when it sent none)."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    retry_after: float = 0.0

    def failure(self) -> Result | None:
        """Return what a status other than 2xx means, ``None`` for 2xx."""
        if self.status == http.HTTPStatus.TOO_MANY_REQUESTS:
            return Result(Outcome.THROTTLED, "429", after_seconds=self.retry_after or 2.0)
        if self.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR or self.status == 0:
            return Result(Outcome.UNREACHABLE, str(self.body.get("error", self.status))[:80])
        if not http.HTTPStatus.OK <= self.status < http.HTTPStatus.MULTIPLE_CHOICES:
            return Result(Outcome.REJECTED, f"{self.status} {self.body.get('error', '')}"[:80])
        return None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def ask(
    method: str, url: str, secret: str, body: Mapping[str, Any] | None, seconds: float
) -> Answer:
    """Send a signed request and return the answer; a failed connection is one with status 0."""
    data = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked with the configuration
        url,
        data=data if body is not None else None,
        method=method,
        headers={
            "Content-Type": "application/json",
            **signing.headers(secret, data, clock.now().timestamp()),
        },
    )
    deadline = time.monotonic() + seconds
    try:
        with _opener.open(request, timeout=seconds) as response:
            return Answer(response.status, _read(response, deadline))
    except urllib.error.HTTPError as error:
        return Answer(
            error.code, _read(error, deadline), _seconds(error.headers.get("Retry-After"))
        )
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, {"error": type(error).__name__})


def _read(response: Any, deadline: float) -> Mapping[str, Any]:
    """Read a JSON object piece by piece, so that one that drips does not hold the worker."""
    pieces: list[bytes] = []
    while sum(map(len, pieces)) < _MOST_BYTES and time.monotonic() < deadline:
        piece = response.read1(8_192)
        if not piece:
            break
        pieces.append(piece)
    try:
        said = json.loads(b"".join(pieces) or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(text: str | None) -> float:
    return min(float(text), _LONGEST_WAIT_SECONDS) if text and text.isdecimal() else 0.0
