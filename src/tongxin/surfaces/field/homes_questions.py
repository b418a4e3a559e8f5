"""S23: ask a home beat from an incident, and answer such a question, with its clock."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.domain.homes import actions, selectors, waiting
from tongxin.domain.homes.models import Part
from tongxin.foundation.access import policy
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.finding import find_place
from tongxin.foundation.territory.locating import AreaInfo
from tongxin.foundation.territory.models import Level, Network
from tongxin.kernel.errors import BadInput, NotFound, TongxinError
from tongxin.kernel.geometry import Spot
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.field.homes import incident_of, page
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.rendering import render

asking_page = member_page(Permission.REVEAL)
MOST_BEATS = 6


@require_http_methods(["GET", "POST"])
@asking_page
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask: where is home, and what is to be found out. The question goes there with a clock."""
    member = acting_member(request)
    if request.method == "GET":
        return _ask_page(request, number)
    found = incident_of(member, number)
    beat = whole_number(request.POST.get("beat", ""))
    try:
        if found is None or beat is None:
            raise BadInput("homes.no_beat", _("Say where home is, and choose the beat."))
        actions.ask_home_beat(
            found.pk, beat, request.POST.get("words", ""), actor=MemberActor(member)
        )
    except NotFound:
        raise
    except TongxinError as error:
        return _ask_page(request, number, error)
    return HttpResponseRedirect(reverse("field_incident", args=[number]))


def _ask_page(request: HttpRequest, number: str, error: TongxinError | None = None) -> HttpResponse:
    member = acting_member(request)
    found = incident_of(member, number)
    if found is None:
        raise NotFound("incident.absent", _("There is no such incident."))
    said = request.POST or request.GET
    place = said.get("place", "").strip()[:80]
    context = {
        "number": found.number,
        "place": place,
        "beats": beats_of(place) if place else [],
        "said": said,
        "error": error,
        "may_break": policy.holds(member, Permission.BREAK_GLASS),
    } | frame(member, "today")
    status = error.status if error else 200
    return render(request, "field/homes/ask.html", context, block="ask", status=status)


def beats_of(place: str) -> list[AreaInfo]:
    """Return the beats in which a place of that name lies; a name is no look into a register."""
    found: dict[int, AreaInfo] = {}
    for each in find_place(place, limit=12):
        for area_id in locating.locate(Spot(each.lon, each.lat)).area_ids:
            info = locating.area_info(area_id)
            if info.level is Level.BEAT and info.network is Network.POLICE:
                found.setdefault(info.id, info)
    return list(found.values())[:MOST_BEATS]


@require_GET
@page
def questions(request: HttpRequest) -> HttpResponse:
    """Show what is asked of one's beat, the most urgent first."""
    return _questions_page(request)


def _questions_page(request: HttpRequest, error: TongxinError | None = None) -> HttpResponse:
    member = acting_member(request)
    rows = [_row(member, card, request) for card in waiting.home_questions(member)]
    context = {"rows": rows, "error": error} | frame(member, "homes")
    status = error.status if error else 200
    return render(request, "field/homes/questions.html", context, status=status)


def _row(member: Member, card: Any, request: HttpRequest) -> dict[str, Any]:
    """Return a question with its words, and the homes that the officer looked up for it."""
    looked = request.GET.get("q", "") if request.GET.get("for") == str(card.id) else ""
    hits = selectors.find_flats(member, looked) if looked.strip() else []
    return {
        "card": card,
        "words": waiting.question_words(member, card.id)[0],
        "looked": looked,
        "homes": [_home(member, hit.flat_id) for hit in hits if hit.flat_id is not None][:3],
    }


def _home(member: Member, flat_id: int) -> dict[str, Any]:
    parts = dict(Part.choices)
    card = selectors.flat(member, flat_id)
    people = [{"id": p.id, "part": parts[p.part]} for p in card.residents if not p.is_minor]
    return {"label": card.label, "people": people}


@require_POST
@page
def answer(request: HttpRequest, question_id: int) -> HttpResponse:
    """Answer in words, with those numbers that the officer chose to tell."""
    member = acting_member(request)
    chosen = [int(each) for each in request.POST.getlist("tell") if whole_number(each) is not None]
    try:
        actions.answer_home_question(
            question_id,
            request.POST.get("words", ""),
            actor=MemberActor(member),
            found=request.POST.get("found") != "no",
            tell=chosen,
            version=whole_number(request.POST.get("version", "")),
        )
    except NotFound:
        raise
    except TongxinError as error:
        return _questions_page(request, error)
    return HttpResponseRedirect(reverse("field_questions"))
