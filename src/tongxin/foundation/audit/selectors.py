"""Reading the trail: for the audit administrator, newest first."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from tongxin.foundation.audit.models import AuditEntry


def entries(
    since: dt.datetime,
    until: dt.datetime,
    *,
    actor: str = "",
    act: str = "",
    subject: str = "",
    refused_only: bool = False,
) -> QuerySet[AuditEntry]:
    """Return the lines from ``since`` (included) to ``until`` (excluded), the latest first.

    ``actor`` and ``subject`` are whole references (``member:7``), ``act`` the beginning of an act's
    code. The period keeps the reading to the months asked for: the table is partitioned by month.
    """
    found = AuditEntry.objects.filter(at__gte=since, at__lt=until)
    if actor:
        found = found.filter(actor=actor)
    if act:
        found = found.filter(act__startswith=act)
    if subject:
        found = found.filter(subject=subject)
    if refused_only:
        found = found.filter(allowed=False)
    return found.order_by("-at", "-pk")


def after(rows: QuerySet[AuditEntry], cursor: str) -> QuerySet[AuditEntry]:
    """Return what follows the line that ``cursor`` (see ``cursor_of``) names; all for a bad one."""
    at, _tilde, pk = cursor.partition("~")
    try:
        moment, last = dt.datetime.fromisoformat(at), int(pk)
    except ValueError:
        return rows
    if moment.tzinfo is None:
        return rows
    return rows.filter(Q(at__lt=moment) | Q(at=moment, pk__lt=last))


def cursor_of(entry: AuditEntry) -> str:
    """Return where a line stands, for the page that follows it."""
    return f"{entry.at.isoformat()}~{entry.pk}"
