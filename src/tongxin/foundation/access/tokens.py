"""Bearer tokens: shown once, kept as SHA-256, scoped, expiring, dead at once when revoked."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from tongxin.foundation.access.models import ApiToken, Member
from tongxin.foundation.access.roles import Permission
from tongxin.kernel import clock

PREFIX = "tongxin_"
"""Makes a leaked token easy to find with a secret scanner."""
_NOTE_USE_EVERY = dt.timedelta(minutes=1)


def fresh() -> str:
    """Return a new random token of 256 bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Return what is kept of a token: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def authenticate(token: str) -> tuple[Member, frozenset[Permission]] | None:
    """Return the member behind a token and the rights it is limited to, or ``None``.

    Unknown, expired and revoked tokens and those of inactive members answer alike. Act with
    ``acting_as(member, only=scopes)``, so that the limits hold.
    """
    now = clock.now()
    found = (
        ApiToken.objects.select_related("member")
        .filter(digest=digest_of(token), revoked_at__isnull=True, expires_at__gt=now)
        .filter(member__is_active=True)
        .first()
    )
    if found is None:
        return None
    if found.last_used_at is None or now - found.last_used_at > _NOTE_USE_EVERY:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    known = {permission.value for permission in Permission}
    return found.member, frozenset(Permission(s) for s in found.scopes if s in known)
