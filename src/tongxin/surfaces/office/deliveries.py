"""Messages that did not go out, and why; and which ways out there are."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import holds
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.plumbing.channels import registry
from tongxin.plumbing.channels.selectors import Undelivered, undelivered
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office import words
from tongxin.surfaces.office.frame import rights_of, show
from tongxin.surfaces.office.tables import csv_answer

DAYS = 3


@require_GET
@member_page(*rights_of("deliveries"))
def page(request: HttpRequest) -> HttpResponse:
    """List what failed or waits to be tried again; names only of members on one's own ground."""
    member = acting_member(request)
    with acting_as(member):
        found = undelivered(clock.now() - dt.timedelta(days=DAYS))
        rows = _rows(member, found)
    if request.GET.get("csv"):
        head = (_("When"), _("Way"), _("Message"), _("To"), _("State"), _("Tries"), _("Why"))
        cells = (
            (r["at"], r["channel"], r["message"], r["to"], r["state_words"], r["tries"], r["why"])
            for r in rows
        )
        return csv_answer("not-delivered", head, cells)
    ways = [(words.of(words.CHANNELS, n), registry.is_configured(n)) for n in registry.NAMES]
    context = {"rows": rows, "ways": ways, "days": DAYS}
    return show(request, "deliveries", context, here="deliveries")


def _rows(member: Member, found: list[Undelivered]) -> list[dict[str, object]]:
    """Name the recipients on the member's ground; the system administrator learns no name."""
    ids = {each.member_id for each in found if each.member_id is not None}
    names: dict[int, str] = {}
    if ids and holds(member, Permission.SEE_MEMBERS):
        scope = access.scope_of(member, Permission.SEE_MEMBERS)
        near = access.member_list(within=scope).filter(pk__in=ids).values_list("pk", flat=True)
        names = {pk: person.title for pk, person in access.people(near).items()}
    elsewhere = not holds(member, Permission.MANAGE_SYSTEM)
    return [
        _row(each, names)
        for each in found
        if not elsewhere or each.member_id is None or each.member_id in names
    ]


def _row(each: Undelivered, names: dict[int, str]) -> dict[str, object]:
    to = _("a reporter") if each.member_id is None else names.get(each.member_id, _("a member"))
    return {
        "at": each.at,
        "channel": words.of(words.CHANNELS, each.channel),
        "message": words.of(words.MESSAGES, each.template),
        "to": to,
        "state": "broken" if each.state == "failed" else "waiting",
        "state_words": each.state_words,
        "tries": each.tries,
        "why": each.why or _("no reason given"),
        "then": words.of(words.CHANNELS, each.taken_over) if each.taken_over else "",
    }
