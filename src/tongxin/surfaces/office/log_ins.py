"""Log-ins for many members at once: who has none, and a table of passwords that is shown once."""

from __future__ import annotations

import base64
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongxin.foundation.access import accounts, selectors
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.surfaces.kit.asking import acting_member, whole_number
from tongxin.surfaces.office.frame import show
from tongxin.surfaces.office.members import manages
from tongxin.surfaces.office.tables import csv_answer


@require_http_methods(["GET", "POST"])
@manages
def page(request: HttpRequest) -> HttpResponse:
    """List members without a log-in (``?q=``, ``?role=``, ``?all=1``); open those chosen."""
    if request.method == "GET":
        return show(request, "log_ins", _context(request), here="members")
    try:
        with acting_as(acting_member(request)) as actor:
            opened = accounts.open_accounts(members=_chosen(request), actor=actor)
    except TongxinError as error:
        context = _context(request) | {"errors": {error.field or "": str(error.message)}}
        return show(request, "log_ins", context, here="members", status=error.status)
    context = {"opened": opened, "table_url": _as_address(opened)}
    answer = show(request, "log_ins_opened", context, here="members")
    answer["Cache-Control"] = "no-store"
    return answer


def _chosen(request: HttpRequest) -> list[Member]:
    ids = [whole_number(text) for text in request.POST.getlist("members")]
    found = list(Member.objects.filter(pk__in=[each for each in ids if each is not None]))
    if not found:
        raise BadInput("account.none_chosen", _("Choose at least one member."), field="members")
    return found


def _context(request: HttpRequest) -> dict[str, Any]:
    member, asked = acting_member(request), request.GET
    role = Role(asked["role"]) if asked.get("role") in Role.values else None
    with acting_as(member):
        found = selectors.member_list(text=asked.get("q", "").strip()[:40], role=role)
        without = found.filter(account__isnull=True).exclude(pk=member.pk)
        shown = Paginator(without, accounts.MOST_AT_ONCE).get_page(asked.get("page"))
        rows = list(shown)
    kept = asked.copy()
    for name in ("page", "all"):
        kept.pop(name, None)
    return {
        "page": shown,
        "rows": rows,
        "asked": asked,
        "query": kept.urlencode(),
        "roles": Role.choices,
        "chosen": set(request.POST.getlist("members")),
        "all_chosen": asked.get("all") == "1",
    }


def _as_address(opened: list[accounts.Opened]) -> str:
    """Return the table as an address of its own: nothing of it is kept on the server."""
    head = (_("Code"), _("Name"), _("Log-in name"), _("First password"))
    rows = ((o.member.code, o.member.name, o.username, o.password) for o in opened)
    content = csv_answer("log-ins", head, rows).content
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(content).decode()
