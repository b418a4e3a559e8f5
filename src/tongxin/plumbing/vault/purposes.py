"""For what somebody may look into the vault. Nothing else is a purpose.

The listed ones stand here; further ones are rows that two administrators added (``deciding``).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongxin.kernel import clock


class Purpose(models.TextChoices):
    """The listed purposes; each look is recorded with one of them."""

    HANDLE_INCIDENT = "handle_incident", _("Handle the incident")
    CALL_BACK = "call_back", _("Call the reporter back")
    NOTIFY_REPORTER = "notify_reporter", _("Tell the reporter what became of it")
    ROUTE_CALL = "route_call", _("Pass a call on")
    FIND_OWNER = "find_owner", _("Reach the owner of a flat")
    VISIT = "visit", _("Visit homes")
    KEEP_REGISTER = "keep_register", _("Keep the floor plans")
    SAFEGUARD = "safeguard", _("Protect a person in danger")
    MEDIATE = "mediate", _("Mediate a dispute")
    RIGHTS_REQUEST = "rights_request", _("Answer a person's request about their data")
    AUDIT_REVIEW = "audit_review", _("Examine how data was used")

    @property
    def demands_text(self) -> bool:
        """Return whether a look needs words of its own besides the purpose."""
        return self.value in _DEMANDING


_DEMANDING = frozenset({"safeguard", "audit_review"})


class Further(str):
    """The code of a purpose that was added; a string, as the listed ones are."""

    demands_text: bool
    label: str

    @classmethod
    def made(cls, code: str, label: str, demands_text: bool) -> Further:
        """Return the purpose with its words in the language spoken now."""
        further = cls(code)
        further.label, further.demands_text = label, demands_text
        return further


def parse(value: object) -> Purpose | Further | None:
    """Return the purpose that ``value`` names, ``None`` when it names none that holds now.

    A listed one costs nothing, any other a query: one that was ended opens nothing any more.
    """
    try:
        return Purpose(str(value))
    except ValueError:
        return next(iter(_further(Q(code=str(value)))), None) if value else None


def choices() -> list[tuple[str, str]]:
    """Return all purposes that hold now as code and words: listed ones first."""
    listed = [(each.value, str(each.label)) for each in Purpose]
    return listed + [(str(each), each.label) for each in _further(Q())]


def _further(condition: Q) -> list[Further]:
    from tongxin.plumbing.vault.models import FurtherPurpose

    moment = clock.now()
    holding = Q(valid_from__lte=moment) & (Q(valid_to__isnull=True) | Q(valid_to__gt=moment))
    rows = FurtherPurpose.objects.filter(condition & holding).order_by("code")
    is_chinese = (get_language() or "zh").startswith("zh")
    return [
        Further.made(row.code, row.words_zh if is_chinese else row.words_en, row.demands_text)
        for row in rows
    ]
