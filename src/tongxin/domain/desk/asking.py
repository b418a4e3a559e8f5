"""Asking: a question becomes an incident of the kind ``enquiry``; its words go to the vault."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.desk import terms
from tongxin.domain.desk.masking import masked
from tongxin.domain.desk.models import Question
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents.models import Source
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import Spot

KIND = "enquiry"
LONGEST = 1_000
DESK = "desk"


@dataclass(frozen=True)
class Asked:
    """What somebody asks. ``spot`` is where it is about or where the person lives (WGS-84)."""

    words: str
    spot: Spot
    source: str = Source.PORTAL
    place_said: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    notice_version: str = ""


def ask(given: Asked, *, actor: Actor, key: str | None = None) -> incidents.Reported:
    """Take a question in; numbers of papers and cards in it are hidden before anything is kept.

    The same ``key`` again gives the same question. Raises ``BadInput`` naming what is wrong.
    """
    words = given.words.strip()
    if not words:
        raise BadInput("desk.empty", _("Write your question first."), field="what")
    if len(words) > LONGEST:
        raise BadInput("desk.too_long", _("This is too long; say it in short."), field="what")
    with transaction.atomic():
        taken = incidents.report(
            incidents.Report(
                kind=KIND,
                spot=given.spot,
                source=given.source,
                what=masked(words),
                place_said=masked(given.place_said.strip()),
                contact_name=given.contact_name.strip(),
                contact_phone=given.contact_phone.strip(),
                notice_version=given.notice_version,
            ),
            actor=actor,
            idempotency_key=key,
        )
        if not taken.replayed:
            with acting_as(DESK):
                rows = Question.objects.filter(incident_id=taken.incident.pk)
                rows.update(digests=digests_of(masked(words)))
    return taken


def digests_of(text: str) -> list[int]:
    """Return keyed 64-bit digests of the words that say what is asked.

    Equal words give equal digests, so alike questions are found; nothing is read from them without
    the key.
    """
    telling = {
        term for term, weight in terms.of_question(text).items() if term[0] == "w" and weight > 0.4
    }
    return sorted(_digest(term) for term in telling)


def _digest(term: str) -> int:
    key = settings.SECRET_KEY.encode()
    made = hmac.digest(key, f"desk:{term}".encode(), hashlib.sha256)
    return int.from_bytes(made[:8], "big", signed=True)
