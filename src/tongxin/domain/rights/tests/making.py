"""Somebody whose data is held, and a visit by a code, for tests."""

from __future__ import annotations

from typing import Any

from tongxin.domain.rights import codes
from tongxin.domain.rights.codes import Visit

PHONE = "138 0013 8000"


def visit(phone: str = PHONE) -> Visit:
    """Return a visit for which a code was sent and typed in."""
    sent = codes.send_code(phone, address="203.0.113.7")
    return codes.enter_code(sent.session, sent.code)


def audits(act: str) -> list[Any]:
    """Return the lines of the trail of an act."""
    from tongxin.foundation.audit.models import AuditEntry

    return list(AuditEntry.objects.filter(act=act).order_by("pk"))
