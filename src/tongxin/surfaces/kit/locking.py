"""The rest of an account after five wrong passwords: fifteen minutes, over all processes.

Kept by log-in name as typed, also for names that nobody has, so that a lock tells nothing. Beneath
it django-allauth counts each try before it looks at the password, so that many at once do not get
more than five; here the rest begins with the fifth failure and lasts its full time.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from django.core.cache import cache

from tongxin.kernel import clock

FAILURES = 5
REST = dt.timedelta(minutes=15)


def locked_until(username: str) -> dt.datetime | None:
    """Return until when the account rests, ``None`` when it does not."""
    until: dt.datetime | None = cache.get(_key("rest", username))
    return until if until is not None and until > clock.now() else None


def note_failure(username: str) -> bool:
    """Count a wrong password; return whether the account rests from now on."""
    now = clock.now()
    known: list[dt.datetime] = cache.get(_key("failed", username), [])
    recent = [at for at in known if now - REST < at <= now] + [now]
    if len(recent) < FAILURES:
        cache.set(_key("failed", username), recent, REST.total_seconds())
        return False
    cache.delete(_key("failed", username))
    cache.set(_key("rest", username), now + REST, REST.total_seconds())
    return True


def forget(username: str) -> None:
    """Let the account be used again: the right password was given, or a new one was made."""
    cache.delete_many([_key("failed", username), _key("rest", username)])


def _key(what: str, username: str) -> str:
    digest = hashlib.sha256(username.strip().casefold().encode()).hexdigest()
    return f"tongxin:{what}:{digest}"
