"""Logging out closes the open live streams of that log-in at once."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from tongxin.plumbing.live import actions


def session_digest(session_key: str | None) -> str:
    """Return what stands for a session in tickets: never the key itself."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:32]


@receiver(user_logged_out)
def close_streams(sender: Any, request: HttpRequest | None = None, **rest: Any) -> None:
    """Close the streams that were opened under the session that ends."""
    key = request.session.session_key if request is not None else None
    if key:
        actions.revoke(f"session:{session_digest(key)}")
