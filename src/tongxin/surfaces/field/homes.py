"""Floor plans on the phone: find a home, see its building, open a flat, ring the right person."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.domain.homes import actions, conflicts, ringing, selectors, waiting
from tongxin.domain.homes.looking import purpose_stated
from tongxin.domain.homes.models import Care, FlatState, FlatUse, Part
from tongxin.domain.homes.selectors import FlatCard, FlatHit
from tongxin.domain.incidents import selectors as incidents
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access import policy
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.kernel.errors import BadInput, Conflict, NotFound, TongxinError
from tongxin.kernel.geometry import Spot
from tongxin.plumbing.vault import purposes
from tongxin.plumbing.vault.purposes import Purpose
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.kit import floor_plan
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.formats import phone_words
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.SEE_REGISTER, Permission.TEND_REGISTER)
looking = member_page(Permission.SEE_REGISTER, Permission.TEND_REGISTER, Permission.BREAK_GLASS)
"""Also for those who use no plans but may look in an emergency."""

USUAL = (Purpose.FIND_OWNER, Purpose.HANDLE_INCIDENT, Purpose.SAFEGUARD, Purpose.MEDIATE)
"""The purposes for which a door is usually looked up, in the order in which they are offered."""
LEAST_SCORE = 0.6


@require_http_methods(["GET", "POST"])
@page
def homes(request: HttpRequest) -> HttpResponse:
    """Find a home by its address as people say it; below, the buildings of one's own ground.

    A name or a telephone number finds too, for a purpose; that is why it is posted, and in no
    address line.
    """
    member = acting_member(request)
    said = request.POST or request.GET
    words = said.get("q", "").strip()[:80]
    hits: list[FlatHit] = []
    error = None
    if words:
        purpose, because = said.get("purpose", ""), said.get("because", "")[:400]
        try:
            hits = selectors.find_flats(member, words, purpose=purpose, because=because)
        except TongxinError as refused:
            error = refused
        if len(hits) == 1 and hits[0].exact:
            return HttpResponseRedirect(address_of(hits[0]))
    context = {
        "words": words,
        "hits": hits,
        "error": error,
        "asks_why": error is not None and error.code in ("vault.no_purpose", "vault.no_reason"),
        "chips": purpose_chips(owner_first=True, incident=False),
        "questions": len(waiting.home_questions(member)),
        "clashes": conflicts.waiting_for(MemberActor(member)),
        "buildings": selectors.buildings(member),
        "address_of": address_of,
        "may_break": policy.holds(member, Permission.BREAK_GLASS),
    } | frame(member, "homes")
    return render(request, "field/homes/list.html", context, block="homes")


def address_of(hit: FlatHit, number: str = "") -> str:
    """Return where a hit leads: the flat, or the building's plan; ``number``: for an incident."""
    if hit.flat_id is not None:
        address = reverse("field_flat", args=[hit.flat_id])
    else:
        address = reverse("field_building", args=[hit.building_id])
    return f"{address}?incident={number}" if number else address


@require_GET
@looking
def building(request: HttpRequest, building_id: int) -> HttpResponse:
    """Show a building's plan; for an incident, where it drips may be tapped first."""
    member = acting_member(request)
    number = number_of(request)
    plan = selectors.plan(member, building_id)
    opens = reverse("field_flat", args=[0]).replace("/0/", "/{id}/")
    context = {
        "plan": plan,
        "data": floor_plan.plan_of(plan),
        "opens": f"{opens}?incident={number}" if number else opens,
        "number": number,
    } | frame(member, "homes")
    return render(request, "field/homes/building.html", context)


@require_POST
@page
def edit(request: HttpRequest, building_id: int) -> HttpResponse:
    """Take over a change that was made on the plan."""
    actor = MemberActor(acting_member(request))
    return JsonResponse(floor_plan.do_edit(building_id, request, actor))


@require_GET
@looking
def flat(request: HttpRequest, flat_id: int) -> HttpResponse:
    """Show a flat without any name: whom there is to ring, what care is needed, why one asks."""
    return _flat_page(request, flat_id)


def _flat_page(
    request: HttpRequest, flat_id: int, error: TongxinError | None = None
) -> HttpResponse:
    member = acting_member(request)
    card = selectors.flat(member, flat_id)
    context = {"error": error} | card_context(member, card, number_of(request))
    status = error.status if error else 200
    return render(request, "field/homes/flat.html", context, status=status)


def card_context(member: Member, card: FlatCard, number: str) -> dict[str, Any]:
    """Return what the page of a flat shows, nameless."""
    found = incident_of(member, number)
    stated = purpose_stated(member, found.pk) if found else ""
    owner_first = any(p.part == Part.OWNER and not p.lives_here for p in card.residents)
    return {
        "card": card,
        "cell": card.cell,
        "fresh": floor_plan.freshness(card.cell),
        "number": found.number if found else "",
        "stated": stated,
        "stated_words": dict(purposes.choices()).get(stated, ""),
        "chips": purpose_chips(owner_first=owner_first, incident=found is not None),
        "above": selectors.above(member, card.cell.id) if found else [],
        "people": people_of(card),
        "states": FlatState.choices,
        "state_names": dict(FlatState.choices),
        "state_words": dict(FlatState.choices)[card.cell.state],
        "use_words": dict(FlatUse.choices)[card.cell.use],
        "care_words": dict(Care.choices),
        "floors_above": floors_above,
    } | frame(member, "homes")


def purpose_chips(*, owner_first: bool, incident: bool) -> list[dict[str, Any]]:
    """Return the usual purposes as chips; those that demand words of their own come last."""
    order = list(USUAL)
    if incident and not owner_first:
        order = [Purpose.HANDLE_INCIDENT, *(p for p in USUAL if p != Purpose.HANDLE_INCIDENT)]
    words = dict(purposes.choices())
    listed = set(Purpose.values)
    codes = [each.value for each in order] + [code for code in words if code not in listed]
    chips = [{"code": c, "words": words[c], "text": demands_text(c)} for c in codes]
    return sorted(chips, key=lambda chip: bool(chip["text"]))


def demands_text(code: str) -> bool:
    """Tell whether a purpose needs words besides."""
    purpose = purposes.parse(code)
    return purpose is not None and purpose.demands_text


def people_of(card: FlatCard) -> list[dict[str, Any]]:
    """Return who belongs to a flat in words, nameless."""
    parts, care = dict(Part.choices), dict(Care.choices)
    return [
        {
            "row": person,
            "part": parts[person.part],
            "care": [
                {"id": m.id, "words": care.get(m.code, m.code), "row": m} for m in person.care
            ],
        }
        for person in card.residents
    ]


def floors_above(card: FlatCard, floor: int) -> int:
    """Return how many floors above the flat another one lies."""
    return floor - card.cell.floor - (1 if card.cell.floor < 0 < floor else 0)


@require_POST
@looking
def open_flat(request: HttpRequest, flat_id: int) -> HttpResponse:
    """Open names and numbers for a purpose; the look is recorded before they are read."""
    member = acting_member(request)
    found = incident_of(member, number_of(request))
    try:
        opened = ringing.open_to_ring(
            flat_id,
            request.POST.get("purpose", ""),
            request.POST.get("because", "").strip()[:400],
            found.pk if found else None,
            actor=MemberActor(member),
            unmask="unmask" in request.POST,
        )
    except NotFound:
        raise
    except TongxinError as error:
        return _flat_page(request, flat_id, error)
    card = selectors.flat(member, flat_id)
    purpose = request.POST.get("purpose") or (purpose_stated(member, found.pk) if found else "")
    context = card_context(member, card, found.number if found else "") | {
        "opened": sorted(opened, key=lambda p: (p.ring_order, p.id)),
        "parts": dict(Part.choices),
        "phone_words": phone_words,
        "purpose": purpose,
        "because": request.POST.get("because", "").strip()[:400],
        "once": secrets.token_hex(8),
        "purpose_words": dict(purposes.choices()).get(purpose, ""),
    }
    return render(request, "field/homes/opened.html", context)


@require_POST
@page
def change(request: HttpRequest, flat_id: int) -> HttpResponse:
    """Set who lives there and what is to be known at the door, as it was seen."""
    state = request.POST.get("state")
    changes: dict[str, Any] = {"state": state} if state else {}
    if request.POST.get("marks"):
        names = ("has_dog", "charging_hazard", "no_visit")
        changes |= {name: name in request.POST for name in names}
    return _do(
        request,
        flat_id,
        lambda actor: actions.set_flat(flat_id, actor=actor, version=_version(request), **changes),
    )


@require_POST
@page
def confirm(request: HttpRequest, flat_id: int) -> HttpResponse:
    """Say that everything is still so: the one tap at a door that is known."""
    return _do(request, flat_id, lambda actor: actions.confirm_flat(flat_id, actor=actor))


def _do(request: HttpRequest, flat_id: int, do: Any) -> HttpResponse:
    try:
        do(MemberActor(acting_member(request)))
    except NotFound:
        raise
    except (BadInput, Conflict) as error:
        return _flat_page(request, flat_id, error)
    return back_to(flat_id, number_of(request))


def back_to(flat_id: int, number: str = "") -> HttpResponse:
    """Lead back to the flat."""
    address = reverse("field_flat", args=[flat_id])
    return HttpResponseRedirect(f"{address}?incident={number}" if number else address)


def _version(request: HttpRequest) -> int | None:
    return whole_number(request.POST.get("version", ""))


@require_GET
@page
def from_incident(request: HttpRequest, number: str) -> HttpResponse:
    """Lead from an incident to the plan of its building; what is not sure is asked."""
    member = acting_member(request)
    with acting_as(member):
        found = incidents.incident(member, number)
    hits = _where(member, found)
    if hits and (len(hits) == 1 or hits[0].exact):
        return HttpResponseRedirect(address_of(hits[0], found.number))
    context = {
        "hits": hits,
        "number": found.number,
        "place": found.place,
        "address_of": address_of,
        "may_break": policy.holds(member, Permission.BREAK_GLASS),
    } | frame(member, "homes")
    return render(request, "field/homes/where.html", context)


def _where(member: Member, found: Incident) -> list[FlatHit]:
    """Return the homes that an incident's place may mean, on the member's own ground."""
    try:
        hits = selectors.find_flats(member, found.place, near=Spot(found.lon, found.lat))
    except BadInput:
        return []
    best = [hit for hit in hits if hit.likeness >= LEAST_SCORE and hit.how == "address"]
    if best and best[0].flat_id is None:
        top = [hit for hit in best if hit.building_id == best[0].building_id]
        return top[:1] if best[0].likeness >= 0.999 or len(best) == 1 else best[:8]
    return best[:8]


def number_of(request: HttpRequest) -> str:
    """Return the incident for which the page was opened, if any."""
    return (request.POST.get("incident") or request.GET.get("incident") or "")[:24]


def incident_of(member: Member, number: str) -> Incident | None:
    """Return the incident of that number in the member's sight; ``NotFound`` for one out of it."""
    if not number:
        return None
    with acting_as(member):
        return incidents.incident(member, number)
