"""Making sure that somebody holds a number: a once-code by SMS, and the short visit it opens.

The answer is the same whether or not anything is held about the number. A code holds 10 minutes
and 5 tries; a visit 15 minutes. A number gets at most 3 codes an hour and 6 a day, an address 12 an
hour. Nothing here is kept in clear.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tongxin.domain.rights.models import PhoneCode
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, TongxinError
from tongxin.plumbing.channels import actions as channels
from tongxin.plumbing.channels import registry as gateways
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import blind
from tongxin.plumbing.vault.legal import LegalBasis
from tongxin.plumbing.vault.purposes import Purpose

CATEGORY = "rights_code"
ACTOR = "system:rights"
CODE_MINUTES, VISIT_MINUTES, TRIES = 10, 15, 5
PER_NUMBER_HOUR, PER_NUMBER_DAY, PER_ADDRESS_HOUR = 3, 6, 12
KEPT = dt.timedelta(days=2)
_BATCH = 100
_DIALLED = re.compile(r"\+?[0-9\-() ]{7,24}")
_FEWEST_DIGITS = 7


class TooMany(TongxinError):
    """More codes than are sent for now."""

    status = 429


@dataclass(frozen=True, slots=True)
class Sent:
    """A code that is on its way: ``session`` for the browser; ``code`` for the demo's page only."""

    session: str
    code: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser with a code sent, or, once ``open``, a number made sure of."""

    id: int
    is_open: bool
    digest: bytes
    phone_ref: int
    until: dt.datetime


def can_send() -> bool:
    """Tell whether codes reach anybody here: by an SMS gateway, or on the demo's own page."""
    return gateways.is_configured("sms") or settings.DEMO


def send_code(phone: str, *, address: str = "") -> Sent:
    """Send a once-code to a number; raises ``BadInput`` for what is none, ``TooMany``.

    Whether anything is held about the number makes no difference to anything done here.
    """
    number = check_number(phone)
    if not can_send():
        said = _("No message can be sent from here. Please ask your officer or police station.")
        raise Conflict("rights.no_gateway", said, field="phone")
    session, code = secrets.token_urlsafe(32), f"{secrets.randbelow(1_000_000):06d}"
    digest, origin, now = blind.phone(number), _origin(address), clock.now()
    with acting_as("rights"):
        _admit(digest, origin, now)
        stored = vault.put(
            category=CATEGORY,
            fields={"phone": number, "code": code},
            actor=ACTOR,
            legal_basis=LegalBasis.DUTY,
            basis_rule="pipl_50",
        )
        row = PhoneCode.objects.create(
            digest=digest,
            origin=origin,
            subject_id=stored.subject_id,
            phone_ref=stored.refs["phone"],
            session_hash=_hash("session", session),
            code_hash=_hash(session, code),
            sent_at=now,
        )
        _queue(row, stored.refs["code"])
    return Sent(session, code if settings.DEMO else "")


def enter_code(session: str, code: str) -> Visit:
    """Open the visit by its code; raises ``BadInput`` for a wrong one, ``Conflict`` when over.

    Each try counts before it is looked at, so that many at once are no way around the five.
    """
    now = clock.now()
    with acting_as("rights"):
        waiting = _rows(session).filter(verified_at__isnull=True, tries__lt=TRIES)
        waiting = waiting.filter(sent_at__gt=now - dt.timedelta(minutes=CODE_MINUTES))
        counted = waiting.update(tries=F("tries") + 1)
    # The count is committed by now, whatever the answer is.
    if not counted:
        raise Conflict("rights.code_over", _("This code is over. Have a new one sent."))
    typed = "".join(code.split())
    with acting_as("rights"):
        row = _rows(session).select_for_update().get()
        if not hmac.compare_digest(bytes(row.code_hash), _hash(session, typed)):
            left = TRIES - row.tries
            said = _("This is not the code. Tries left: %(left)d.") % {"left": max(0, left)}
            raise BadInput("rights.code_wrong", said, field="code")
        row.verified_at, row.code_hash = now, b""
        row.save(update_fields=["verified_at", "code_hash"])
        with vault.opened() as cursor:
            cursor.execute(
                "DELETE FROM vault_entry WHERE subject_id = %s AND field = 'code'",
                [row.subject_id],
            )
        return _visit(row)


def visit(session: str) -> Visit | None:
    """Return the visit of a browser's session, ``None`` when there is none that still holds."""
    if not session or len(session) > 100:
        return None
    with acting_as("rights"):
        row = _rows(session).first()
    if row is None:
        return None
    found = _visit(row)
    return found if found.until > clock.now() else None


def phone_of(found: Visit) -> str:
    """Return the number of an open visit."""
    return vault.reveal(found.phone_ref, actor=ACTOR, purpose=Purpose.RIGHTS_REQUEST)


def end(session: str) -> None:
    """End a visit: its number is erased."""
    with acting_as("rights"):
        for row in _rows(session).select_for_update():
            _end(row)


def check_number(phone: str) -> str:
    """Return the number as it is dialled; raises ``BadInput`` for what is none."""
    text = unicodedata.normalize("NFKC", phone).strip()
    if not _DIALLED.fullmatch(text) or sum(map(str.isdigit, text)) < _FEWEST_DIGITS:
        raise BadInput("rights.phone", _("This is no telephone number."), field="phone")
    return blind.normal_phone(text)


def sweep() -> None:
    """End visits and codes that are over, and forget rows that count no more (a ticker)."""
    now = clock.now()
    over = Q(sent_at__lt=now - dt.timedelta(minutes=CODE_MINUTES), verified_at__isnull=True)
    over |= Q(verified_at__lt=now - dt.timedelta(minutes=VISIT_MINUTES))
    with acting_as("rights"):
        rows = PhoneCode.objects.select_for_update(skip_locked=True)
        for row in rows.filter(over, ended_at__isnull=True)[:_BATCH]:
            _end(row)
        PhoneCode.objects.filter(sent_at__lt=now - KEPT, ended_at__isnull=False).delete()


def _end(row: PhoneCode) -> None:
    row.ended_at, row.code_hash = clock.now(), b""
    row.save(update_fields=["ended_at", "code_hash"])
    vault.erase(row.subject_id, actor=ACTOR, reason="visit_over")


def _admit(digest: bytes, origin: bytes, now: dt.datetime) -> None:
    """Count within a lock on the number and the address, so that many at once are counted."""
    with connection.cursor() as cursor:
        for each in sorted({digest, origin}):
            key = int.from_bytes(each[:8], "big", signed=True)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
    hour, day = now - dt.timedelta(hours=1), now - dt.timedelta(days=1)
    rows = PhoneCode.objects
    too_many = (
        rows.filter(digest=digest, sent_at__gt=hour).count() >= PER_NUMBER_HOUR
        or rows.filter(digest=digest, sent_at__gt=day).count() >= PER_NUMBER_DAY
        or rows.filter(origin=origin, sent_at__gt=hour).count() >= PER_ADDRESS_HOUR
    )
    if too_many:
        said = _("Enough codes were sent for now. Please wait an hour, or ask your officer.")
        raise TooMany("rights.too_many", said, field="phone")


def _queue(row: PhoneCode, code_ref: int) -> None:
    if not gateways.is_configured("sms"):
        return
    channels.queue(
        once_key=f"rights-code:{row.pk}",
        channel="sms",
        recipient=f"vault:{row.phone_ref}",
        template="rights.code",
        values={"sealed": str(code_ref), "minutes": CODE_MINUTES},
        subject=f"rights-code:{row.pk}",
        urgent=True,
    )


def _rows(session: str) -> QuerySet[PhoneCode]:
    found = PhoneCode.objects.filter(session_hash=_hash("session", session))
    return found.filter(ended_at__isnull=True)


def _visit(row: PhoneCode) -> Visit:
    start, minutes = row.sent_at, CODE_MINUTES
    if row.verified_at is not None:
        start, minutes = row.verified_at, VISIT_MINUTES
    until = start + dt.timedelta(minutes=minutes)
    return Visit(row.pk, row.verified_at is not None, bytes(row.digest), row.phone_ref, until)


def _hash(what: str, value: str) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.digest(key, f"rights-code:{what}:{value}".encode(), hashlib.sha256)


def _origin(address: str) -> bytes:
    day = clock.now().date().isoformat()
    return _hash(f"origin:{day}", address)
