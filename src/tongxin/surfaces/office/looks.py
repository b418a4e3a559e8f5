"""What a supervisor decides: looks at minors' records, looks in an emergency, ends of protection.

The words in which a look was asked for are opened one by one, by a tap of their own: each opening
is in the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.homes import actions, selectors
from tongxin.domain.homes.cards import ApprovalCard, GlassCard
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.policy import sees
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.people import Person
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.kernel.errors import BadInput, Forbidden, NotFound, TongxinError
from tongxin.plumbing.vault import purposes
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office.frame import rights_of, show

REVIEWED_SHOWN = 20
supervises = member_page(*rights_of("looks"))


@require_GET
@supervises
def page(request: HttpRequest) -> HttpResponse:
    """Show what waits for this supervisor: requests, emergencies, who is protected."""
    return _page(request)


@require_POST
@supervises
def look(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Open why a look is asked for (``act=why``), or say yes (``grant``) or no (``refuse``)."""
    member = acting_member(request)
    actor = MemberActor(member)

    def why() -> dict[str, Any]:
        words = selectors.because_of_look(member, approval_id)
        return {"read": ("look", approval_id, words)}

    return _do(
        request,
        f"look-{approval_id}",
        why=why,
        grant=lambda: actions.grant_look(approval_id, actor=actor),
        refuse=lambda: actions.refuse_look(approval_id, actor=actor),
    )


@require_POST
@supervises
def glass(request: HttpRequest, glass_id: int) -> HttpResponse:
    """Open why the glass was broken (``act=why``), or review it (``right``, ``wrong``)."""
    member = acting_member(request)
    actor = MemberActor(member)

    def why() -> dict[str, Any]:
        words = selectors.because_of_glass(member, glass_id)
        return {"read": ("glass", glass_id, words)}

    def review(was_right: bool) -> object:
        words = request.POST.get("words", "")
        return actions.review_glass(glass_id, was_right, words, actor=actor)

    return _do(
        request,
        f"glass-{glass_id}",
        why=why,
        right=lambda: review(True),
        wrong=lambda: review(False),
    )


@require_POST
@supervises
def end_protection(request: HttpRequest, resident_id: int) -> HttpResponse:
    """End the suppression of a person; only a supervisor of that ground does."""
    actor = MemberActor(acting_member(request))
    return _do(
        request,
        "protected",
        end=lambda: actions.protect(resident_id, False, actor=actor),
    )


def _do(request: HttpRequest, about: str, **acts: Callable[[], Any]) -> HttpResponse:
    """Do what the form asks for: words are shown, anything else leads back to the page."""
    act = request.POST.get("act", "") or next(iter(acts))
    try:
        if act not in acts:
            raise BadInput("looks.act", _("Choose what to do."), field="act")
        done = acts[act]()
    except (NotFound, Forbidden):
        raise
    except TongxinError as error:
        return _page(request, wrong=(about, str(error.message)), status=error.status)
    if act == "why":
        answer = _page(request, **done)
        answer["Cache-Control"] = "no-store"
        return answer
    return HttpResponseRedirect(reverse("office_looks"))


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    member = acting_member(request)
    asked = selectors.looks_to_decide(member)
    glasses = selectors.glasses_to_review(member, also_reviewed=True)
    own = selectors.my_looks(member)
    reviewed = [card for card in glasses if card.reviewed_at is not None]
    context = {
        "asked": asked,
        "own": own,
        "open_glasses": [card for card in glasses if card.reviewed_at is None],
        "reviewed": reviewed[:REVIEWED_SHOWN],
        "protected": selectors.protected_people(member),
        "people": _people(asked, glasses),
        "numbers": _numbers(member, glasses),
        "purposes": dict(purposes.choices()),
        "me": member.pk,
        "typed": request.POST,
        "read": None,
        "wrong": None,
    }
    return show(request, "looks", context | more, here="looks", block="looks", status=status)


def _people(asked: Iterable[ApprovalCard], glasses: Iterable[GlassCard]) -> dict[int, Person]:
    ids = {card.member_id for card in asked}
    for card in glasses:
        ids |= {card.member_id, card.reviewed_by or card.member_id}
    return access.people(ids)


def _numbers(member: Member, glasses: Iterable[GlassCard]) -> dict[int, str]:
    """Return the numbers of the incidents that the supervisor may see."""
    ids = {card.incident_id for card in glasses if card.incident_id is not None}
    if not ids:
        return {}
    with acting_as(member) as actor:
        rows = Incident.objects.filter(pk__in=ids)
        return {row.pk: row.number for row in rows if sees(actor, row)}
