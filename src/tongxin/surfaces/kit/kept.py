"""How long a category of personal data is kept, in words: for the office and for residents."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongxin.plumbing.vault import retention
from tongxin.plumbing.vault.retention import Category

_YEAR = 365


def kept_for(category: Category | None) -> str:
    """Return the rule in words; a category that nobody registered has none."""
    if category is None:
        return _("no rule: tell the system administrator")
    if category.keep is None:
        return _("until what it belongs to is given up")
    days = category.keep.days
    if category.starts == "end":
        said = ngettext("%(num)s day after its end", "%(num)s days after its end", days)
    else:
        said = ngettext("%(num)s day", "%(num)s days", days)
    return said % {"num": days}


def kept_plainly(code: str) -> str:
    """Return the same for residents: whole years as such."""
    category = retention.find(code)
    if category is None or category.keep is None or category.keep.days % _YEAR:
        return kept_for(category)
    years = category.keep.days // _YEAR
    if category.starts == "end":
        said = ngettext("%(num)s year after its end", "%(num)s years after its end", years)
    else:
        said = ngettext("%(num)s year", "%(num)s years", years)
    return said % {"num": years}
