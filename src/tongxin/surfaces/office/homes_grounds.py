"""On what ground the people of a whole list or sheet are kept, as the office's pages ask it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes.keeping import Ground
from tongxin.plumbing.vault.legal import LegalBasis

RULE = "police_law_21"
NOTICE_VERSION = "homes-2026-11"
GROUNDS = (
    (LegalBasis.DUTY.value, _("A duty by law (People's Police Law § 21)")),
    (LegalBasis.CONSENT.value, _("Each of them agreed, the notice was shown")),
)


def legal_ground(said: str) -> Ground:
    """Return the ground that was chosen; a consent names the notice as it stands today."""
    if said == LegalBasis.CONSENT:
        return Ground(LegalBasis.CONSENT, "", NOTICE_VERSION, consented=True)
    return Ground(LegalBasis.DUTY, RULE)
