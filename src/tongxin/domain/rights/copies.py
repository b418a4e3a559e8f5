"""The copy of what is held about somebody: by a link that ends, made anew each time it is opened.

Nothing of a copy is kept: the vault opens the records for it, each look traced. The link is signed
and holds for 7 days; with the request it names it can be ended at once.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from django.core import signing
from django.utils.translation import gettext_lazy as _

from tongxin.domain.rights import codes, effects
from tongxin.domain.rights.lifecycle import Standing
from tongxin.domain.rights.models import RightsRequest
from tongxin.domain.rights.words import basis_words, field_words
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import files, looks
from tongxin.plumbing.vault.describing import Held
from tongxin.plumbing.vault.purposes import Purpose

MOST_PHOTOS = 12
_SALT = "tongxin.rights.copy"


@dataclass(frozen=True)
class CopiedRecord:
    """One record in clear; ``values`` by field in words, ``photos`` are JPEGs in base64."""

    category: str
    what: str
    why: str
    basis: str
    since: dt.datetime
    till: dt.date | None
    values: Mapping[str, str]
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class CopiedLook:
    """Who looked, as the person is told: role and body, never a name."""

    at: dt.datetime
    role: str
    body: str
    purpose: str


@dataclass(frozen=True)
class Copy:
    """A whole copy: to be handed over now, never kept or cached."""

    number: str
    made_at: dt.datetime
    until: dt.datetime
    records: tuple[CopiedRecord, ...] = field(default_factory=tuple)
    looks: tuple[CopiedLook, ...] = field(default_factory=tuple)

    def plain(self) -> dict[str, object]:
        """Return it as JSON takes it: moments in ISO form with their zone."""
        said = asdict(self)
        for record in said["records"]:
            record["since"] = record["since"].isoformat()
            record["till"] = record["till"].isoformat() if record["till"] else None
        for look in said["looks"]:
            look["at"] = look["at"].isoformat()
        moments = {name: getattr(self, name).isoformat() for name in ("made_at", "until")}
        return said | moments


def token_of(request: RightsRequest) -> str:
    """Return the token of a request's link, empty when there is none that holds."""
    if not request.copy_nonce or request.copy_until is None or request.copy_until <= clock.now():
        return ""
    return signing.dumps({"r": request.pk, "n": request.copy_nonce}, salt=_SALT)


def open_copy(token: str) -> Copy:
    """Make the copy of a link, now; raises ``NotFound`` when it is none or has ended."""
    try:
        said = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise _gone() from None
    with acting_as("rights"):
        found = RightsRequest.objects.filter(pk=said["r"], state=Standing.ANSWERED).first()
        if found is None or found.copy_nonce != said["n"] or found.copy_until is None:
            raise _gone()
        if found.copy_until <= clock.now():
            raise _gone()
        audit.record(actor=codes.ACTOR, act="rights.copied", subject=f"rights:{found.pk}")
        RightsRequest.objects.filter(pk=found.pk).update(copy_opened_at=clock.now())
        held = effects.held_for(found)
        seen = tuple(CopiedLook(x.at, x.role, x.body, x.purpose) for x in looks.by_people(held))
        records = tuple(_copied(each) for each in held)
    return Copy(found.number, clock.now(), found.copy_until, records, seen)


def _copied(held: Held) -> CopiedRecord:
    opened = vault.reveal_subject(
        held.subject_id, actor=codes.ACTOR, purpose=Purpose.RIGHTS_REQUEST
    )
    values = {str(field_words(name)): text for name, text in opened.items()}
    return CopiedRecord(
        category=held.facts.category,
        what=held.described.what,
        why=held.described.why,
        basis=basis_words(held.facts),
        since=held.facts.since,
        till=held.facts.till,
        values={**held.described.more, **values},
        photos=_photos([held.subject_id, *held.described.related]),
    )


def _photos(subject_ids: list[int]) -> tuple[str, ...]:
    with vault.opened() as cursor:
        cursor.execute(
            "SELECT token FROM vault_storedfile WHERE subject_id = ANY(%s)"
            " AND withdrawn_at IS NULL ORDER BY id LIMIT %s",
            [subject_ids, MOST_PHOTOS],
        )
        tokens = [row[0] for row in cursor.fetchall()]
    return tuple(
        base64.b64encode(
            files.open_photo(token, actor=codes.ACTOR, purpose=Purpose.RIGHTS_REQUEST)
        ).decode()
        for token in tokens
    )


def _gone() -> NotFound:
    said = _("This link has ended, or is not whole. Ask for a new copy.")
    return NotFound("rights.copy_gone", said)
