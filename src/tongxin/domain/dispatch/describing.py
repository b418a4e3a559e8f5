"""What a call to an officer's number leaves of the caller, in plain words."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxin.plumbing.vault import describing
from tongxin.plumbing.vault.describing import About, Described

CALLS = "call"
_ABOUT = About(
    why=gettext_lazy("So that a call that nobody could take is rung back."),
    ground=gettext_lazy("People's Police Law § 21: help in danger, disputes and reports"),
    who=gettext_lazy("Whoever rings you back, each look with its purpose."),
)


def register() -> None:
    """Let the category of calls describe itself."""
    describing.register(CALLS, describe=describe, about=_ABOUT)


def describe(subject_ids: Collection[int]) -> list[Described]:
    """Describe callers' numbers; a duty keeps each until its year is over."""
    what, why = _("Your call to your officer's number"), str(_ABOUT.why)
    return [Described(each, what, why, duty_runs=True) for each in subject_ids]
