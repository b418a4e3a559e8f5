"""Purposes for which personal data may be opened: one administrator proposes, another confirms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.plumbing.vault import deciding
from tongxin.plumbing.vault.models import FurtherPurpose, PurposeChange
from tongxin.plumbing.vault.purposes import Purpose
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office import ground
from tongxin.surfaces.office.frame import rights_of, show

DECIDED_SHOWN = 50


@require_http_methods(["GET", "POST"])
@member_page(*rights_of("purposes"))
def page(request: HttpRequest) -> HttpResponse:
    """List purposes and proposals; a form's ``act`` is propose, end, confirm or turn_down."""
    member = acting_member(request)
    if request.method == "POST":
        try:
            with acting_as(member):
                _act(request)(request, member)
        except TongxinError as error:
            context = _context(member, request) | {
                "errors": {error.field or "act": str(error.message)}
            }
            return show(request, "purposes", context, here="purposes", status=error.status)
        return HttpResponseRedirect(reverse("office_purposes"))
    return show(request, "purposes", _context(member, request), here="purposes")


def _act(request: HttpRequest) -> Callable[[HttpRequest, Member], object]:
    acts: dict[str, Callable[[HttpRequest, Member], object]] = {
        "propose": _propose,
        "end": lambda asked, member: deciding.propose_end(asked.POST.get("code", ""), actor=member),
        "confirm": lambda asked, member: deciding.confirm(_number(asked), actor=member),
        "turn_down": lambda asked, member: deciding.turn_down(_number(asked), actor=member),
    }
    try:
        return acts[request.POST.get("act", "")]
    except KeyError:
        raise BadInput("purpose.act", _("Choose what to do.")) from None


def _number(request: HttpRequest) -> int:
    return whole_number(request.POST.get("change", "")) or 0


def _propose(request: HttpRequest, member: Member) -> PurposeChange:
    typed = request.POST
    first, last = _day(request, "valid_from"), _day(request, "valid_to")
    proposed = deciding.Proposed(
        code=typed.get("code", "").strip(),
        words_zh=typed.get("words_zh", ""),
        words_en=typed.get("words_en", ""),
        demands_text=typed.get("demands_text") == "1",
        valid_from=first,
        valid_to=last + dt.timedelta(days=1) if last else None,
    )
    return deciding.propose(proposed, actor=member)


def _day(request: HttpRequest, field: str) -> dt.datetime | None:
    text = request.POST.get(field, "").strip()
    moment = ground.local_moment(text)
    if text and moment is None:
        raise BadInput("purpose.day", _("This is no day."), field=field)
    return moment


def _context(member: Member, request: HttpRequest) -> dict[str, Any]:
    with acting_as(member):
        changes = PurposeChange.objects.order_by("-proposed_at")
        open_ones = list(changes.filter(decided_at__isnull=True))
        decided = list(changes.filter(decided_at__isnull=False)[:DECIDED_SHOWN])
        further = list(FurtherPurpose.objects.order_by("code"))
        names = _names([*open_ones, *decided])
    return {
        "listed": list(Purpose),
        "further": [(row, _standing(row)) for row in further],
        "open_ones": [(each, deciding.may_confirm(each, member)) for each in open_ones],
        "waiting": {each.code for each in open_ones},
        "decided": decided,
        "names": names,
        "typed": request.POST,
        "offices": {deciding.SECURITY: _("security administrator"), deciding.AUDIT: _("auditor")},
    }


def _standing(row: FurtherPurpose) -> str:
    moment = clock.now()
    if row.valid_to is not None and row.valid_to <= moment:
        return "over"
    return "holds" if row.valid_from <= moment else "later"


def _names(changes: list[PurposeChange]) -> dict[int, str]:
    ids = {each.proposed_by for each in changes}
    ids |= {each.decided_by for each in changes if each.decided_by}
    return {pk: person.title for pk, person in access.people(ids).items()} if ids else {}
