"""Bearer tokens: shown once, kept as SHA-256, scoped, expiring, dead at once when revoked."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db import connection

from tongxin.foundation.access.models import ApiToken, Member
from tongxin.foundation.access.roles import Permission
from tongxin.kernel import clock, prepared

PREFIX = "tongxin_"
"""Makes a leaked token easy to find with a secret scanner."""
_NOTE_USE_EVERY = dt.timedelta(minutes=1)
_KNOWN = {permission.value: permission for permission in Permission}
_MEMBER = [field.attname for field in Member._meta.concrete_fields]
# Asked with every request of the API, so the text is made once.
_FIND = f"""
    SELECT t.id, t.scopes, t.last_used_at, {", ".join(f'm."{name}"' for name in _MEMBER)}
    FROM access_apitoken t JOIN access_member m ON m.id = t.member_id AND m.is_active
    WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > %s
"""  # noqa: S608 - only our own columns are put into the text


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
    row = prepared.row(_FIND, [digest_of(token), now])
    if row is None:
        return None
    token_id, scopes, last_used_at, *columns = row
    if last_used_at is None or now - last_used_at > _NOTE_USE_EVERY:
        ApiToken.objects.filter(pk=token_id).update(last_used_at=now)
    member = Member.from_db(connection.alias, _MEMBER, columns)
    return member, frozenset(_KNOWN[scope] for scope in scopes if scope in _KNOWN)
