"""For what somebody may look into the vault. Nothing else is a purpose."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """The listed purposes; each look is recorded with one of them."""

    HANDLE_INCIDENT = "handle_incident", _("Handle the incident")
    CALL_BACK = "call_back", _("Call the reporter back")
    NOTIFY_REPORTER = "notify_reporter", _("Tell the reporter what became of it")
    ROUTE_CALL = "route_call", _("Pass a call on")
    FIND_OWNER = "find_owner", _("Reach the owner of a flat")
    SAFEGUARD = "safeguard", _("Protect a person in danger")
    MEDIATE = "mediate", _("Mediate a dispute")
    RIGHTS_REQUEST = "rights_request", _("Answer a person's request about their data")
    AUDIT_REVIEW = "audit_review", _("Examine how data was used")


def parse(value: object) -> Purpose | None:
    """Return the purpose that ``value`` names, ``None`` when it names none."""
    try:
        return Purpose(str(value))
    except ValueError:
        return None
