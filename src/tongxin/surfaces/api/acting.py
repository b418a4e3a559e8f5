"""Who acts through a token, and the transaction in which the act takes place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest
from ninja.security import HttpBearer

from tongxin.foundation.access import tokens
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import holds
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.kernel.errors import Forbidden


class TokenAuth(HttpBearer):
    """A bearer token of a member, limited to its scopes; no cookies."""

    openapi_bearerFormat = "opaque"

    def authenticate(self, request: HttpRequest, token: str) -> Member | None:
        """Return the member behind the token, or ``None``."""
        found = tokens.authenticate(token)
        if found is None:
            return None
        request.member, request.scopes = found  # type: ignore[attr-defined]
        return found[0]


def member_of(request: HttpRequest) -> Member:
    """Return the member behind the request's token."""
    member: Member = request.member  # type: ignore[attr-defined]
    return member


@contextmanager
def acting(request: HttpRequest, permission: Permission | None = None) -> Iterator[Actor]:
    """Open the transaction of a request; raises ``Forbidden`` without ``permission`` anywhere.

    What the member may do on which ground is asked again by the action itself.
    """
    member = member_of(request)
    only: frozenset[Permission] = request.scopes  # type: ignore[attr-defined]
    if permission is not None and (permission not in only or not holds(member, permission)):
        raise Forbidden(
            "token.scope", f"This token does not carry “{permission.value}”.", field="token"
        )
    with acting_as(member, only=only) as actor:
        yield actor
