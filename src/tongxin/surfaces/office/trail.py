"""The trail: who did or looked at what, for the audit administrator alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit import selectors
from tongxin.foundation.audit.models import AuditEntry, AuditSeal
from tongxin.foundation.audit.verifying import BadRow, verify
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office import ground
from tongxin.surfaces.office.frame import show
from tongxin.surfaces.office.tables import csv_answer

PAGE = 100
LARGEST_CSV = 20_000
reads = member_page(Permission.SEE_AUDIT)


@require_GET
@reads
def page(request: HttpRequest) -> HttpResponse:
    """List the trail of a period: ``?from=&to=&who=&act=&subject=&refused=1&after=``."""
    with acting_as(acting_member(request)):
        if request.GET.get("csv"):
            found = _found(request)
            head = (_("When"), _("Who"), _("Act"), _("On what"), _("Purpose"), _("Allowed"))
            lines = list(found[:LARGEST_CSV])
            named = _names(lines)
            return csv_answer("trail", head, (_cells(line, named) for line in lines))
        context = _context(request) | _page_of_rows(request)
    return show(request, "trail", context, here="trail", block="page")


def _page_of_rows(request: HttpRequest) -> dict[str, Any]:
    rows = list(selectors.after(_found(request), request.GET.get("after", ""))[: PAGE + 1])
    names = _names(rows)
    return {
        "rows": [(row, names.get(row.actor, row.actor)) for row in rows[:PAGE]],
        "older": selectors.cursor_of(rows[PAGE - 1]) if len(rows) > PAGE else "",
    }


def _found(request: HttpRequest) -> QuerySet[AuditEntry]:
    start, end = _period(request)
    asked = request.GET
    return selectors.entries(
        start,
        end,
        actor=asked.get("who", "").strip()[:64],
        act=asked.get("act", "").strip()[:64],
        subject=asked.get("subject", "").strip()[:96],
        refused_only=asked.get("refused") == "1",
    )


def _period(request: HttpRequest) -> tuple[dt.datetime, dt.datetime]:
    first = ground.local_moment(request.GET.get("from", ""))
    last = ground.local_moment(request.GET.get("to", ""))
    day = dt.timedelta(days=1)
    start = first or ground.day_start(ground.today() - 6 * day)
    return start, (last or ground.day_start(ground.today())) + day


def _context(request: HttpRequest) -> dict[str, Any]:
    start, end = _period(request)
    kept = request.GET.copy()
    kept.pop("after", None)
    return {
        "asked": request.GET,
        "first": start.date().isoformat(),
        "last": (end - dt.timedelta(days=1)).date().isoformat(),
        "query": kept.urlencode(),
    }


def _names(rows: Sequence[AuditEntry]) -> dict[str, str]:
    """Return actor reference → form of address, in one query."""
    ids = {int(row.actor[7:]) for row in rows if row.actor.startswith("member:")}
    people = access.people(ids) if ids else {}
    return {f"member:{pk}": person.title for pk, person in people.items()}


def _cells(row: AuditEntry, names: dict[str, str]) -> tuple[object, ...]:
    who = f"{names[row.actor]} ({row.actor})" if row.actor in names else row.actor
    return row.at, who, row.act, row.subject, row.purpose, int(row.allowed)


@require_POST
@reads
def check(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain, say whether every line is as it was sealed, and keep the table."""
    verdict = verify()
    with acting_as(acting_member(request)):
        context = _context(request) | _page_of_rows(request)
        context |= {"verdict": verdict, "span": _span(), "bad_entry": _bad_entry(verdict.bad)}
    return show(request, "trail", context, here="trail")


def _span() -> tuple[dt.datetime, dt.datetime] | None:
    """Return from when to when the sealed lines reach."""
    seals = AuditSeal.objects.order_by("pk")
    first, last = seals.first(), seals.last()
    return (first.entry_at, last.entry_at) if first and last else None


def _bad_entry(bad: BadRow | None) -> AuditEntry | None:
    """Return the line that is not as it was, when it still stands there."""
    if bad is None or bad.entry_id is None:
        return None
    return AuditEntry.objects.filter(pk=bad.entry_id).first()
