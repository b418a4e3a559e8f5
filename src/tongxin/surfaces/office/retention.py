"""How long what is kept: counts by category, no names. For the three administrators."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongxin.plumbing.vault import erasing, selectors
from tongxin.plumbing.vault import retention as vault
from tongxin.plumbing.vault.models import Tally
from tongxin.surfaces.kit.asking import member_page
from tongxin.surfaces.kit.kept import kept_for
from tongxin.surfaces.office.frame import rights_of, show
from tongxin.surfaces.office.tables import csv_answer


@dataclass(frozen=True, slots=True)
class Row:
    """One category: its words, how long it is kept, and what was counted last (or ``None``)."""

    code: str
    words: str
    kept_for: str
    counted: Tally | None


@require_GET
@member_page(*rights_of("retention"))
def page(request: HttpRequest) -> HttpResponse:
    """List the categories: how many are kept, what goes and what went; ``?csv=1``."""
    rows = _rows()
    if request.GET.get("csv"):
        head = (_("Category"), _("Kept for"), _("Kept now"), _("Goes"), _("Went"))
        return csv_answer("retention", head, (_cells(row) for row in rows))
    moments = [row.counted.counted_at for row in rows if row.counted]
    context = {
        "rows": rows,
        "counted_at": min(moments) if moments else None,
        "ahead": erasing.AHEAD_DAYS,
        "back": erasing.BACK_DAYS,
    }
    return show(request, "retention", context, here="retention")


def _rows() -> list[Row]:
    counted = selectors.tallies()
    known = {one.code: one for one in vault.registered()}
    return [
        Row(code, _words(code, known.get(code)), kept_for(known.get(code)), counted.get(code))
        for code in sorted(known.keys() | counted.keys())
    ]


def _words(code: str, category: vault.Category | None) -> str:
    return str(category.words) if category else code


def _cells(row: Row) -> tuple[object, ...]:
    counted = row.counted
    counts = (counted.kept, counted.goes, counted.went) if counted else ("", "", "")
    return row.words, row.kept_for, *counts
