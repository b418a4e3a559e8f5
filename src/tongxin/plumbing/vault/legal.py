"""On what ground something about a person may be kept: PIPL 13–17, 28–31.

A closed list. A statutory duty names its rule by a code; consent and a guardian's consent keep when
they were given; each record keeps which notice was shown and when.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput


class LegalBasis(models.TextChoices):
    """Why a record may be kept; nothing else is a reason."""

    DUTY = "duty", _("Statutory duty")
    CONSENT = "consent", _("Consent")
    VITAL = "vital", _("Vital interest")
    GUARDIAN = "guardian", _("Guardian's consent")


CONSENTED = (LegalBasis.CONSENT, LegalBasis.GUARDIAN)
"""What a person, or the guardian, may withdraw (PIPL 15)."""

RULES: Mapping[str, Promise | str] = {
    "police_law_21": _("People's Police Law § 21: help in danger, disputes and reports"),
    "pipl_51": _("PIPL § 51: records of who looked at personal data"),
    "pipl_50": _("PIPL § 50: answering requests about one's own data"),
    "domestic_violence_law_15": _("Domestic Violence Law § 15: reports of violence at home"),
    "minors_protection_law_11": _("Minors Protection Law § 11: reports of harm to a child"),
    "people_mediation_law": _("People's Mediation Law: mediating disputes"),
}
"""Rules of statutory duties, in words; further codes may be named by the apps that rely on them."""

_OLD = {"public_duty": "police_law_21", "legal_duty": "police_law_21"}
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,47}")


@dataclass(frozen=True)
class Ground:
    """The legal ground of a record, complete: ``basis`` with its rule or consent, and the notice.

    ``notice_shown_at`` and ``consented_at`` are moments (aware), ``None`` where they do not apply.
    """

    basis: LegalBasis
    rule: str = ""
    notice_version: str = ""
    notice_shown_at: dt.datetime | None = None
    consented_at: dt.datetime | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the columns as parameters of the vault's statements."""
        return {
            "vault_basis": self.basis.value,
            "vault_rule": self.rule,
            "vault_notice": self.notice_version,
            "vault_shown": self.notice_shown_at,
            "vault_consented": self.consented_at,
        }


def stated(
    legal_basis: str,
    *,
    basis_rule: str = "",
    notice_version: str = "",
    notice_shown_at: dt.datetime | None = None,
    consented_at: dt.datetime | None = None,
) -> Ground:
    """Return the ground that is stated, or raise ``BadInput`` for one that is not on the list.

    ``public_duty`` and ``legal_duty``, as older callers say, are the duty of § 21 of the People's
    Police Law. A duty without its rule is refused; a consent without a moment is of now.
    """
    if not legal_basis:
        raise _refused(_("Personal data needs a legal basis."))
    rule = basis_rule or _OLD.get(legal_basis, "")
    basis = LegalBasis.DUTY if legal_basis in _OLD else legal_basis
    if basis not in LegalBasis.values:
        raise _refused(_("This is no legal basis for keeping personal data."))
    basis = LegalBasis(basis)
    if basis is LegalBasis.DUTY and not _CODE.fullmatch(rule):
        raise BadInput("vault.no_rule", _("Name the rule of this duty."), field="basis_rule")
    if basis in CONSENTED:
        consented_at = consented_at or clock.now()
    return Ground(
        basis,
        rule if basis is LegalBasis.DUTY else "",
        notice_version,
        notice_shown_at,
        consented_at if basis in CONSENTED else None,
    )


def _refused(sentence: object) -> BadInput:
    return BadInput("vault.no_basis", sentence, field="legal_basis")
