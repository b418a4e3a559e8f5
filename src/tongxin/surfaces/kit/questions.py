"""What phone and office share of answering questions: reading the form, the page's context."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tongxin.domain.desk import actions, finding, selectors
from tongxin.domain.desk.actions import Draft, Given, Outcome
from tongxin.domain.incidents.models import Source
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.places import ground_center, spot_said
from tongxin.surfaces.kit.rendering import fragment

ANSWERERS = (Permission.CLOSE,)
"""Who opens the pages with questions: whoever may close an incident somewhere."""
KEEPERS = (Permission.TRIAGE,)
"""Who opens the pages with published answers."""
ASKERS = (Permission.REPORT,)
"""Who writes a question down for somebody."""
LONGEST_LOOK = 300


@require_POST
@member_page(*ANSWERERS)
def found(request: HttpRequest) -> HttpResponse:
    """Show what is found for words that an answering member types, with ways to use it."""
    typed = request.POST.get("q", "").strip()[:LONGEST_LOOK]
    context = {"items": finding.find(typed) if typed else [], "typed": typed}
    return fragment(request, "kit/desk/picking.html", "found", context)


def one_context(member: Member, number: str, request: HttpRequest) -> dict[str, Any]:
    """Open a question for its page; raises ``NotFound`` out of sight. The look is recorded."""
    opened = selectors.opened(member, number)
    return {
        "page": opened,
        "items": opened.found,
        "number": opened.incident.number,
        "version": opened.incident.version,
        "typed": request.POST,
        "until": timezone.localdate(clock.now()) + dt.timedelta(days=actions.USUAL_DAYS),
    }


def answer(request: HttpRequest, number: str) -> Outcome:
    """Do what the form says; raises as ``actions.answer``."""
    member = acting_member(request)
    incident_id = selectors.incident_id(member, number)
    return actions.answer(
        incident_id,
        given_of(request),
        actor=MemberActor(member),
        version=whole_number(request.POST.get("version", "")),
    )


def given_of(request: HttpRequest) -> Given:
    """Read how a question is answered from the form that the browser sent."""
    said = request.POST
    alike = [number for each in said.getlist("alike") if (number := whole_number(each))]
    chosen = whole_number(said.get("answer_id", ""))
    if chosen is not None:
        return Given(answer_id=chosen, alike=alike)
    if "publish" in said:
        return Given(draft=draft_of(request), alike=alike)
    return Given(text=said.get("text", ""), alike=alike)


def draft_of(request: HttpRequest) -> Draft:
    """Read an answer to be published from the form; raises ``BadInput`` for a day that is none."""
    said = request.POST
    law, _mark, article = said.get("source", "").rpartition("#")
    return Draft(
        question=said.get("question", ""),
        text=said.get("text", ""),
        law=law,
        article=whole_number(article) if law else None,
        rule=said.get("rule", ""),
        review_by=day_of(said.get("review_by", "")),
        reviewed="reviewed" in said,
        is_guide="is_guide" in said,
    )


def day_of(text: str) -> dt.date | None:
    """Return the day of a form's field; raises ``BadInput`` for what is none."""
    try:
        return dt.date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        said = _("This is no day.")
        raise BadInput("desk.day", said, field="review_by") from None


def ask_for(request: HttpRequest) -> str:
    """Write a question down for somebody at the window or on the telephone; return its number."""
    member, said = acting_member(request), request.POST
    spot = spot_said(said)
    if spot is None:
        raise BadInput("desk.place", _("Say what place it is about."), field="place")
    given = actions.Asked(
        words=said.get("what", ""),
        spot=spot,
        source=Source.MEMBER,
        place_said=said.get("place", "").strip(),
        contact_name=said.get("contact_name", "").strip(),
        contact_phone=said.get("contact_phone", "").strip(),
    )
    taken = actions.ask(given, actor=MemberActor(member), key=said.get("key") or None)
    return taken.incident.number


def ask_context(request: HttpRequest, error: TongxinError | None, key: str) -> dict[str, Any]:
    """Return what the form for a question of somebody else shows."""
    errors = {str(error.field or "what"): str(error.message)} if error else {}
    return {"said": request.POST, "errors": errors, "center": ground_center(), "key": key}
