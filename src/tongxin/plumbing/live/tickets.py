"""Tickets that open a stream: handed out by the web process, checked by the live process.

The two share only the signing key. A ticket is good for 60 s; it also remembers up to where the
page was true when it was drawn, so that nothing is missed between drawing and listening.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import connection

from tongxin.kernel import clock
from tongxin.kernel.errors import Forbidden

GOOD_FOR_SECONDS = 60.0
_SIGNATURE_BYTES = 32
_LONGEST = 60_000


@dataclass(frozen=True)
class Ticket:
    """What a ticket says: who may hear which topics, and from which transaction on.

    ``issued`` is in Unix seconds; ``session`` a digest of the log-in, empty when there is none.
    """

    member_id: int
    topics: tuple[str, ...]
    issued: float
    since: int
    session: str = ""


def issue(member_id: int, topics: Iterable[str], *, session: str = "") -> str:
    """Return a ticket of 60 s for the topics; one query, for the present state of the feed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        since = int(cursor.fetchone()[0])
    issued = clock.now().timestamp()
    return write(Ticket(member_id, tuple(topics), issued, since, session))


def write(ticket: Ticket) -> str:
    """Sign a ticket and put it into letters that fit a URL."""
    body = zlib.compress(json.dumps(asdict(ticket), separators=(",", ":")).encode())
    return _in_letters(_sign(body) + body)


def read(text: str, now: float) -> Ticket:
    """Return what the ticket says; raises ``Forbidden`` when it is forged or older than 60 s."""
    refusal = Forbidden("live.ticket", "This ticket is not valid (any more): ask for a new one.")
    try:
        raw = base64.urlsafe_b64decode(text[:_LONGEST] + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise refusal from None
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if _in_letters(raw) != text:  # the last letter has bits that decoding drops
        raise refusal
    if not hmac.compare_digest(signature, _sign(body)):
        raise refusal
    said = json.loads(zlib.decompress(body))
    ticket = Ticket(**{**said, "topics": tuple(said["topics"])})
    if not -GOOD_FOR_SECONDS < now - ticket.issued <= GOOD_FOR_SECONDS:
        raise refusal
    return ticket


def session_digest(session_key: str) -> str:
    """Return the digest by which tickets and revocations name a log-in."""
    return hashlib.sha256(f"tongxin live session {session_key}".encode()).hexdigest()[:24]


def _in_letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _sign(body: bytes) -> bytes:
    key = hashlib.sha256(f"tongxin live ticket {settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, body, hashlib.sha256).digest()
