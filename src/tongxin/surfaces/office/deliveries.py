"""Messages that did not go out, and why; sending one again; and which ways out there are."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.dispatch import asking
from tongxin.domain.dispatch.models import ACTIVE_STATES, Assignment
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import holds
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.kernel.errors import Conflict, Forbidden, NotFound, TongxinError
from tongxin.plumbing.channels import actions as channels
from tongxin.plumbing.channels import registry
from tongxin.plumbing.channels.models import Delivery
from tongxin.plumbing.channels.selectors import Undelivered, undelivered
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office import words
from tongxin.surfaces.office.frame import rights_of, show
from tongxin.surfaces.office.tables import csv_answer

DAYS = 3
MAY_SEND = (Permission.DISPATCH, Permission.MANAGE_SYSTEM)


@require_GET
@member_page(*rights_of("deliveries"))
def page(request: HttpRequest) -> HttpResponse:
    """List what failed or waits to be tried again; names only of members on one's own ground."""
    return _page(request)


def _page(request: HttpRequest, error: TongxinError | None = None) -> HttpResponse:
    member = acting_member(request)
    with acting_as(member):
        found = _found()
        rows = _rows(member, found)
        may_send = _may_send(member, found)
    if request.GET.get("csv"):
        head = (_("When"), _("Way"), _("Message"), _("To"), _("State"), _("Tries"), _("Why"))
        cells = (
            (r["at"], r["channel"], r["message"], r["to"], r["state_words"], r["tries"], r["why"])
            for r in rows
        )
        return csv_answer("not-delivered", head, cells)
    ways = [(words.of(words.CHANNELS, n), registry.is_configured(n)) for n in registry.NAMES]
    context = {"rows": rows, "ways": ways, "days": DAYS, "may_send": may_send}
    context |= {"sent_again": request.GET.get("sent") == "1", "error": error}
    status = error.status if error else 200
    return show(request, "deliveries", context, here="deliveries", status=status)


@require_POST
@member_page(*MAY_SEND)
def again(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send a message again that failed: for the system administrator, or the desk of the ground."""
    member = acting_member(request)
    try:
        with acting_as(member) as actor:
            found = _found()
            if delivery_id not in {row["id"] for row in _rows(member, found)}:
                raise NotFound("delivery.unknown", _("There is no such message."))
            if delivery_id not in _may_send(member, found):
                raise Forbidden("delivery.not_yours", _("Your role does not allow this here."))
            if _is_over(delivery_id):
                said = _("What this message was about is settled: nobody needs it any more.")
                raise Conflict("delivery.over", said)
            channels.send_again(delivery_id)
            audit.record(
                actor=str(actor), act="delivery.sent_again", subject=f"delivery:{delivery_id}"
            )
    except Conflict as error:
        return _page(request, error)
    return HttpResponseRedirect(reverse("office_deliveries") + "?sent=1")


def _found() -> list[Undelivered]:
    return undelivered(clock.now() - dt.timedelta(days=DAYS))


def _may_send(member: Member, found: list[Undelivered]) -> set[int]:
    """Return which of the messages the member may send again."""
    failed = [each for each in found if each.state == "failed"]
    if holds(member, Permission.MANAGE_SYSTEM):
        return {each.id for each in failed}
    scope = access.scope_of(member, Permission.DISPATCH)
    if not scope:
        return set()
    ids = {each.member_id for each in failed if each.member_id is not None}
    near = set(access.member_list(within=scope).filter(pk__in=ids).values_list("pk", flat=True))
    told = _incidents_of([each.id for each in failed if each.member_id is None])
    on_ground = set(
        Incident.objects.filter(scope.filter(), pk__in=told.values()).values_list("pk", flat=True)
    )
    return {
        each.id
        for each in failed
        if each.member_id in near or (each.member_id is None and told.get(each.id) in on_ground)
    }


def _incidents_of(ids: list[int]) -> dict[int, int]:
    """Return the incident that each message is about, where it is about one."""
    subjects = Delivery.objects.filter(pk__in=ids).values_list("pk", "subject")
    split = [(pk, subject.split(":")) for pk, subject in subjects]
    return {pk: int(s[1]) for pk, s in split if s[0] == "incident" and s[1].isdigit()}


def _is_over(delivery_id: int) -> bool:
    """Tell whether a member would be sent to what is settled; reporters hear in any case."""
    row = Delivery.objects.get(pk=delivery_id)
    if not row.recipient.startswith("member:"):
        return False
    with acting_as("office"):  # whether it is over is no secret; what it is about stays one
        assignment_id = asking.id_of(row.subject)
        if assignment_id is not None:
            return not Assignment.objects.filter(pk=assignment_id, state__in=ACTIVE_STATES).exists()
        about = _incidents_of([delivery_id]).get(delivery_id)
        return about is not None and not Incident.objects.filter(pk=about, is_open=True).exists()


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
        "id": each.id,
        "at": each.at,
        "channel": words.of(words.CHANNELS, each.channel),
        "message": words.of(words.MESSAGES, each.template),
        "to": to,
        "state": "broken" if each.state == "failed" else "waiting",
        "state_words": each.state_words,
        "tries": each.tries,
        "why": _why(each.why),
        "then": words.of(words.CHANNELS, each.taken_over) if each.taken_over else "",
    }


def _why(noted: str) -> str:
    """Return why it did not go out; what a gateway said in its own words stays beside it."""
    code, _blank, note = noted.partition(" ")
    if code not in words.OUTCOMES:
        return noted or _("no reason given")
    said = words.of(words.OUTCOMES, code)
    return f"{said} ({note})" if note else said
