"""How the fields that a step of a procedure requires are asked for in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIELD_WORDS: dict[str, str | Promise] = {
    "deadline": _("Until when"),
    "nobody_hurt": _("Nobody is hurt"),
    "vehicles_move": _("The vehicles can move"),
    "both_agree": _("Both sides agree"),
    "answer": _("Answer"),
    "outcome": _("Outcome"),
    "reason_code": _("Reason"),
    "to_area": _("To whom"),
    "into": _("Into which incident"),
}
CHECKED = frozenset({"nobody_hurt", "vehicles_move", "both_agree"})
"""Asked for as something to tick."""


def field_words(name: str) -> str:
    """Return the words for a required field; a district's own field shows its name."""
    return str(FIELD_WORDS.get(name, name.replace("_", " ")))


def field_type(name: str) -> str:
    """Return how a required field is asked for: checkbox, datetime-local or text."""
    if name in CHECKED:
        return "checkbox"
    return "datetime-local" if name == "deadline" else "text"
