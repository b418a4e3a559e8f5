"""What is kept, why, how long, who may see it: read off the vault's own tables, never typed."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tongxin.domain.rights.lifecycle import ANSWER_DAYS, REASONS
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.roles import Permission, roles_with
from tongxin.plumbing.vault import describing, purposes, retention
from tongxin.plumbing.vault.describing import About
from tongxin.plumbing.vault.legal import LegalBasis
from tongxin.surfaces.kit.kept import kept_plainly
from tongxin.surfaces.kit.rendering import render

FIRST = ("incident", "incident_photo", "resident")


@dataclass(frozen=True, slots=True)
class Kept:
    """One category as residents are told of it; ``about``: what its app says, if it does."""

    code: str
    words: str
    kept_for: str
    about: About | None


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Say in plain words what is kept, why, on what ground, for how long, and who may see it."""
    rows = [
        Kept(one.code, str(one.words), kept_plainly(one.code), describing.about(one.code))
        for one in retention.registered()
    ]
    context = {
        "rows": sorted(rows, key=_rank),
        "purposes": [words for _code, words in purposes.choices()],
        "grounds": [words for _code, words in LegalBasis.choices],
        "readers": _roles(Permission.REVEAL),
        "keepers": _roles(Permission.SEE_REGISTER),
        "reasons": REASONS.values(),
        "days": ANSWER_DAYS,
    }
    return render(request, "portal/privacy.html", context)


def _rank(row: Kept) -> tuple[bool, int, str]:
    """What most people ask about comes first; what is kept of looks, and says nothing, last."""
    place = FIRST.index(row.code) if row.code in FIRST else len(FIRST)
    return row.about is None or row.code.endswith("_reason"), place, row.code


def _roles(right: Permission) -> list[str]:
    held = roles_with(right)
    return [str(role.label) for role in Role if role in held]
