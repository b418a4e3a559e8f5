"""How fields and grounds are called to the person whose data it is."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxin.plumbing.vault.describing import Facts
from tongxin.plumbing.vault.legal import RULES, LegalBasis

FIELDS: Mapping[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Telephone"),
    "note": gettext_lazy("Note"),
    "what": gettext_lazy("What you told"),
    "place_said": gettext_lazy("The place as you said it"),
    "contact_name": gettext_lazy("How we may call you"),
    "contact_phone": gettext_lazy("Telephone"),
    "words": gettext_lazy("Your words"),
    "made_sure": gettext_lazy("How it was made sure that it is you"),
    "answer": gettext_lazy("The answer"),
}


def field_words(name: str) -> str | Promise:
    """Return how a field of the vault is called; one without words of its own by its name."""
    return FIELDS.get(name, name)


def basis_words(facts: Facts) -> str:
    """Return on what ground a record is kept, with the rules of duties."""
    labels = dict(LegalBasis.choices)
    said = [str(RULES.get(rule, rule)) for rule in facts.rules]
    said += [str(labels.get(each, each)) for each in facts.bases if each != LegalBasis.DUTY]
    return _(", ").join(said)


def parts_words(facts: Facts) -> list[str]:
    """Return what a record holds, field by field, and whether there are photos."""
    said = list(dict.fromkeys(str(field_words(name)) for name in facts.fields))
    return [*said, *([str(_("Photos"))] if facts.photos else [])]
