"""One incident on the phone: what, where, the way there, note, photo, close."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.incidents import actions, selectors
from tongxin.domain.incidents.handing import RefusalReason
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Incident, Source, TimelineEntry
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.foundation.roads import loading
from tongxin.foundation.roads.network import Mode
from tongxin.foundation.territory.locating import area_info
from tongxin.kernel.errors import BadInput, NotFound, TongxinError
from tongxin.kernel.geometry import Spot
from tongxin.surfaces.field import late, replies
from tongxin.surfaces.field.answers import help_calls
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.field.steps import (
    asked_of,
    needs_answer,
    procedure_steps,
    rights,
    steps_from,
)
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.incidents import (
    contact_words,
    look,
    opened,
    photo_response,
    timeline_entries,
)
from tongxin.surfaces.kit.places import ground_center, spot_said
from tongxin.surfaces.kit.procedure_words import field_type
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.RESPOND, Permission.REPORT)
NOT_FIELDS = frozenset(
    {"version", "words", "csrfmiddlewaretoken", "idempotency_key", "occurred_at"}
)


@require_GET
@page
def incident(request: HttpRequest, number: str) -> HttpResponse:
    """Show the incident with the next step as its big button."""
    return _page(request, number)


def _page(request: HttpRequest, number: str, error: TongxinError | None = None) -> HttpResponse:
    context = _context(acting_member(request), number) | {"error": error}
    code = error.status if error else 200
    return render(request, "field/incident.html", context, block="incident", status=code)


def _context(member: Member, number: str) -> dict[str, Any]:
    with acting_as(member):
        found = selectors.incident(member, number)
        row = selectors.row_of(found)
        words, lines = opened(found, member)
        kind = row.kind_of
        tasks = dispatch.active_of(member)
        return {
            "row": row,
            "kind": kind,
            "look": look(row.look),
            "task": next((each for each in tasks if each.incident_id == found.pk), None),
            "words": words,
            "lines": timeline_entries(found, lines, "field_photo"),
            "steps": procedure_steps(found, member),
            "steps_from": steps_from,
            "calls": help_calls(found.pk, MemberActor(member)),
            "may": rights(found, member),
            "needs_answer": needs_answer(found.kind),
            "asked": asked_of(found, member),
            "targets": _targets(found),
            "refusal_reasons": RefusalReason.choices,
            "decline_reasons": dispatch.DECLINE_REASONS,
            "has_contact": found.contact_ref is not None,
            "duty": dispatch.duty_of(member),
        } | frame(member, "today")


def _targets(found: Incident) -> list[Any]:
    areas = [area_info(i) for i in found.leaf_areas.values()]
    return [info for info in areas if info.id != found.owner_area_id]


def _do(request: HttpRequest, number: str, do: Any) -> HttpResponse:
    """Do an act as the member; what is refused is said on the page, with what was typed kept."""
    member = acting_member(request)
    try:
        with acting_as(member) as actor:
            do(selectors.incident(member, number), actor)
    except NotFound:
        raise
    except TongxinError as error:
        return replies.told(error) if replies.by_script(request) else _page(request, number, error)
    return replies.lead_to(request, "field_incident", number)


def _version(request: HttpRequest) -> int | None:
    """Return what the member saw; a phone that sends late leaves it out, as it cannot know it."""
    return whole_number(request.POST.get("version", ""))


@require_POST
@page
def note(request: HttpRequest, number: str) -> HttpResponse:
    """Add words to the timeline."""
    words = late.with_own_time(request, request.POST.get("words", ""))
    key = late.key_of(request)
    return _do(
        request, number, lambda i, actor: actions.note(i.pk, actor=actor, words=words, key=key)
    )


@require_POST
@page
def add_photo(request: HttpRequest, number: str) -> HttpResponse:
    """Add a photo."""
    picture = request.FILES.get("photo")

    def do(found: Incident, actor: Any) -> None:
        if picture is None:
            raise BadInput("photo.none", _("Choose a picture first."), field="photo")
        key = late.key_of(request)
        actions.add_photo(found.pk, actor=actor, data=picture.read(), key=key)
        late.write_down(request, found.pk, actor, _("Photo"))

    return _do(request, number, do)


@require_POST
@page
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close with an outcome."""

    outcome = request.POST.get("outcome", "")

    def do(found: Incident, actor: Any) -> None:
        if found.outcome == outcome and _stands(found, "close", actor):
            return
        actions.close(
            found.pk,
            actor=actor,
            version=_version(request),
            outcome=outcome,
            answer=request.POST.get("words", ""),
        )
        late.write_down(request, found.pk, actor, _("Closed"))

    return _do(request, number, do)


def _stands(found: Incident, act: str, actor: Any) -> bool:
    """Tell whether the actor has led it there already: the tap of a phone that lost the answer."""
    step = registry()[found.kind].lifecycle.transitions.get(act)
    if step is None or found.state != step.target:
        return False
    lines = TimelineEntry.objects.filter(incident_id=found.pk, act=act).order_by("-seq")
    return lines.values_list("actor", flat=True).first() == str(actor)


@require_POST
@page
def step(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do a step of the kind's procedure."""
    fields = {
        name: _moment(request.POST[name]) if field_type(name) == "datetime-local" else said
        for name, said in request.POST.items()
        if name not in NOT_FIELDS
    }

    def do(found: Incident, actor: Any) -> None:
        if _stands(found, act, actor):
            return
        words = request.POST.get("words") or None
        actions.transition(
            found.pk, act, actor=actor, version=_version(request), fields=fields, words=words
        )
        late.write_down(request, found.pk, actor, registry()[found.kind].act_words(act))

    return _do(request, number, do)


def _moment(said: object) -> str:
    """Return a phone's local time with the district's zone, anything else as it is."""
    try:
        moment = dt.datetime.fromisoformat(str(said))
    except ValueError:
        return str(said)
    return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).isoformat()


@require_POST
@page
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """Ask another network's area to take it."""

    def do(found: Incident, actor: Any) -> None:
        area = whole_number(request.POST.get("to_area", ""))
        if area is None:
            raise BadInput("hand_over.area", _("Choose who shall take it."), field="to_area")
        asked = found.hand_overs.filter(answered_at__isnull=True, to_area_id=area)
        if asked.exists():  # a phone that lost the answer, or a colleague's hand was faster
            return
        words = request.POST.get("words") or None
        actions.hand_over(
            found.pk, to_area_id=area, actor=actor, version=_version(request), words=words
        )
        late.write_down(request, found.pk, actor, _("Handed over"))

    return _do(request, number, do)


@require_POST
@page
def answer_hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """Take what was handed over, or send it back with the reason."""

    def do(found: Incident, actor: Any) -> None:
        actions.answer_hand_over(
            found.pk,
            accept=request.POST.get("accept") == "yes",
            actor=actor,
            version=_version(request),
            reason_code=request.POST.get("reason_code", ""),
            words=request.POST.get("words", ""),
        )

    return _do(request, number, do)


@require_POST
@page
def contact(request: HttpRequest, number: str) -> HttpResponse:
    """Show the reporter's number for ringing back."""
    member = acting_member(request)
    words = contact_words(member, number)
    context = {"words": words, "number": number} | frame(member, "today")
    return render(request, "field/contact.html", context)


@require_GET
@page
def photo(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Return one photo of an incident in sight."""
    return photo_response(acting_member(request), number, token)


@require_GET
@page
def way(request: HttpRequest, number: str) -> HttpResponse:
    """Return the way from where I am to the incident as GeoJSON."""
    member = acting_member(request)
    with acting_as(member):
        found = selectors.incident(member, number)
        duty = dispatch.duty_of(member)
    features: list[dict[str, Any]] = []
    if duty.lon is not None and duty.lat is not None:
        network = loading.current_network(settings.TONGXIN_DATA)
        route = network.route(
            Spot(duty.lon, duty.lat), Spot(found.lon, found.lat), Mode(duty.mode or "foot")
        )
        if route.reachable and len(route.line) > 1:
            line = {"type": "LineString", "coordinates": [list(each) for each in route.line]}
            said = {"role": "first", "estimate": route.estimate}
            features.append({"type": "Feature", "geometry": line, "properties": said})
    return JsonResponse({"type": "FeatureCollection", "features": features})


@require_http_methods(["GET", "POST"])
@page
def report(request: HttpRequest) -> HttpResponse:
    """Report what I see myself: kind, place (my position or by name), words."""
    member = acting_member(request)
    if request.method == "GET":
        return _report_form(request)
    try:
        spot = spot_of(request)
        given = actions.Report(
            kind=request.POST.get("kind", ""),
            spot=spot,
            source=Source.MEMBER,
            what=request.POST.get("what", ""),
            place_said=request.POST.get("place", ""),
        )
        with acting_as(member) as actor:
            key = request.POST.get("key") or None
            taken = actions.report(given, actor=actor, idempotency_key=key)
            late.write_down(request, taken.incident.pk, actor, _("Reported"))
    except TongxinError as error:
        return replies.told(error) if replies.by_script(request) else _report_form(request, error)
    return replies.lead_to(request, "field_incident", taken.incident.number)


def _report_form(request: HttpRequest, error: TongxinError | None = None) -> HttpResponse:
    context = {
        "kinds": registry().reportable(),
        "said": request.POST,
        "key": request.POST.get("key") or secrets.token_urlsafe(16),
        "error": error,
        "center": ground_center(),
    } | frame(acting_member(request), "today")
    return render(request, "field/report.html", context, status=error.status if error else 200)


def spot_of(request: HttpRequest) -> Spot:
    """Return the place of a form; raises ``BadInput`` when it says none."""
    spot = spot_said(request.POST)
    if spot is None:
        raise BadInput("report.place", _("Say where it is, or use your position."), field="place")
    return spot
