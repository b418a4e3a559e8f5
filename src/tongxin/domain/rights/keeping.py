"""What of a request lies in the vault: who asks, in what words, how the person was made sure of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxin.domain.rights import codes
from tongxin.domain.rights.models import RightsRequest
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel.errors import BadInput
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import blind, describing, retention
from tongxin.plumbing.vault.describing import About, Described
from tongxin.plumbing.vault.legal import LegalBasis

CATEGORY = "rights_request"
KEEP = dt.timedelta(days=1_095)
LONGEST: Mapping[str, int] = {"phone": 32, "name": 60, "words": 1_000, "made_sure": 500}
"""The vault's fields of a request, and how long each may be; an answer is one more."""
LONGEST_ANSWER = 2_000
_ABOUT = About(
    why=gettext_lazy("So that your request is answered, and it can be shown that it was."),
    ground=gettext_lazy("PIPL § 50: answering requests about one's own data"),
    who=gettext_lazy("The desk for people's rights: supervisors and the branch's chief."),
)
_ABOUT_CODES = About(
    why=gettext_lazy("So that a code can be sent to you; it goes when your visit ends."),
    ground=gettext_lazy("PIPL § 50: answering requests about one's own data"),
    who=gettext_lazy("Nobody: the program sends it."),
)


def register() -> None:
    """Register the categories of this app: how long, and what is said of them."""
    retention.register(
        CATEGORY,
        keep=KEEP,
        starts="end",
        words=gettext_lazy("Requests of people about their own data, and the answers"),
        erase=_rows_are_gone,
    )
    retention.register(
        codes.CATEGORY,
        keep=dt.timedelta(days=1),
        words=gettext_lazy("Numbers to which a code was just sent"),
    )
    describing.register(CATEGORY, describe=describe, about=_ABOUT)
    describing.register(codes.CATEGORY, describe=_nothing, about=_ABOUT_CODES)


def tidy(fields: Mapping[str, str]) -> dict[str, str]:
    """Return what is to be kept, trimmed; raises ``BadInput`` naming what is too long or wrong."""
    kept: dict[str, str] = {}
    for name, text in fields.items():
        said = text.strip()
        if len(said) > LONGEST[name] or "\x00" in said:
            raise BadInput("rights.too_long", _("This is too long."), field=name)
        if said:
            kept[name] = said
    return kept


def put(fields: Mapping[str, str], *, actor: object) -> vault.Stored:
    """Seal a new request's fields in the caller's transaction."""
    return vault.put(
        category=CATEGORY,
        fields=fields,
        actor=str(actor),
        legal_basis=LegalBasis.DUTY,
        basis_rule="pipl_50",
    )


def add(request: RightsRequest, field: str, words: str, *, actor: object) -> int:
    """Seal one more field of a request; return its reference."""
    stored = vault.put(
        category=CATEGORY,
        fields={field: words},
        actor=str(actor),
        legal_basis=LegalBasis.DUTY,
        basis_rule="pipl_50",
        subject_id=request.subject_id,
    )
    return stored.refs[field]


def digest_of(request: RightsRequest) -> bytes | None:
    """Return the blind index of the number that asks; nothing is opened for it."""
    if request.phone_ref is None:
        return None
    with vault.opened() as cursor:
        cursor.execute("SELECT blind_index FROM vault_entry WHERE id = %s", [request.phone_ref])
        row = cursor.fetchone()
    return bytes(row[0]) if row and row[0] is not None else None


def digest_of_number(phone: str) -> bytes:
    """Return the blind index of a number as it was typed."""
    return blind.phone(phone)


def describe(subject_ids: Collection[int]) -> list[Described]:
    """Describe requests for the person who made them."""
    with acting_as("rights"):
        rows = RightsRequest.objects.filter(subject_id__in=list(subject_ids))
        return [
            Described(
                row.subject_id,
                _("Your request %(number)s: %(kind)s")
                % {"number": row.number, "kind": row.get_kind_display()},
                str(_ABOUT.why),
                area_ids=tuple(row.area_ids),
                duty_runs=True,
                more={_("Request number"): row.number},
            )
            for row in rows
        ]


def _nothing(_subject_ids: Collection[int]) -> list[Described]:
    return []


def _rows_are_gone(subject_ids: Collection[int]) -> None:
    with acting_as("rights"):
        RightsRequest.objects.filter(subject_id__in=list(subject_ids)).delete()
