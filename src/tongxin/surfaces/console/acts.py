"""What a dispatcher does with an incident. Each act answers with the fresh pane and a toast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from tongxin.domain.dispatch import actions as dispatch
from tongxin.domain.incidents import actions, selectors
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import require
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.kernel.errors import BadInput, NotFound, TongxinError
from tongxin.surfaces.console.views import UNKNOWN_PLACE, pane_context
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.kit.places import spot_said
from tongxin.surfaces.kit.rendering import render

page = member_page(Permission.DISPATCH, Permission.TRIAGE, Permission.NOTE)
Doing = Callable[[HttpRequest, Incident, Actor], Incident]


@require_POST
@page
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do an act on an incident; what is refused is said in the pane, and nothing is lost."""
    doing = _DOING.get(act, _step(act))
    return _done(request, number, lambda found, actor: doing(request, found, actor), act)


def _done(
    request: HttpRequest, number: str, do: Callable[[Incident, Actor], Any], act: str
) -> HttpResponse:
    member = acting_member(request)
    try:
        with acting_as(member) as actor:
            done = do(selectors.incident(member, number), actor)
    except TongxinError as refused:
        return _pane(request, member, number, error=refused)
    undo = reverse("console_undo", args=[number]) if act in _UNDOABLE else ""
    if act == "overrule":
        undo = reverse("console_undo_plan", args=[done.pk])
    return _pane(request, member, number, toast=_TOASTS.get(act, _DONE), undo=undo)


def _pane(
    request: HttpRequest,
    member: Member,
    number: str,
    *,
    error: TongxinError | None = None,
    toast: str = "",
    undo: str = "",
) -> HttpResponse:
    try:
        pane = pane_context(member, number)
    except NotFound:
        if error is not None:
            raise
        pane, toast, undo = None, _ELSEWHERE, ""
    words = _(toast) if toast else ""
    context = {"pane": pane, "error": error, "toast_words": words, "undo_url": undo}
    status = error.status if error else 200
    return render(request, "console/incident.html", context, block="pane", status=status)


def _version(request: HttpRequest) -> int | None:
    return whole_number(request.POST.get("version", ""))


def _words(request: HttpRequest) -> str:
    return request.POST.get("words", "").strip()


def _note(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
    return actions.note(
        found.pk, actor=actor, words=_words(request), public=request.POST.get("public") == "1"
    )


def _triage(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
    return actions.triage(
        found.pk,
        actor=actor,
        version=_version(request),
        kind=request.POST.get("kind") or None,
        urgency=whole_number(request.POST.get("urgency", "")),
    )


def _correct_place(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
    spot = spot_said(request.POST)
    if spot is None:
        raise BadInput("report.place", UNKNOWN_PLACE, field="place")
    return actions.correct_place(
        found.pk,
        actor=actor,
        spot=spot,
        version=_version(request),
        words=request.POST.get("place", ""),
    )


def _close(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
    return actions.close(
        found.pk,
        actor=actor,
        version=_version(request),
        outcome=request.POST.get("outcome", ""),
        answer=_words(request),
    )


def _merge(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
    if not isinstance(getattr(actor, "member", None), Member):
        raise BadInput("merge.into", _("Say into which incident."), field="into")
    into = selectors.incident(acting_member(request), request.POST.get("into", "").strip())
    return actions.merge(found.pk, into=into.pk, actor=actor, version=_version(request))


def _split(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
    kind = request.POST.get("kind", "")
    return actions.split(
        found.pk, actor=actor, kind=kind, what=_words(request), version=_version(request)
    )


def _hand_over(request: HttpRequest, found: Incident, actor: Actor) -> Any:
    area = whole_number(request.POST.get("to_area", ""))
    if area is None:
        raise BadInput("hand_over.area", _("Choose who shall take it."), field="to_area")
    return actions.hand_over(
        found.pk,
        to_area_id=area,
        actor=actor,
        version=_version(request),
        words=_words(request) or None,
    )


def _take(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
    return actions.answer_hand_over(found.pk, accept=True, actor=actor, version=_version(request))


def _refuse(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
    return actions.answer_hand_over(
        found.pk,
        accept=False,
        actor=actor,
        version=_version(request),
        reason_code=request.POST.get("reason_code", ""),
        words=_words(request),
    )


def _reopen(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
    return actions.reopen(found.pk, actor=actor, version=_version(request))


def _propose(request: HttpRequest, found: Incident, actor: Actor) -> Any:
    require(actor, Permission.DISPATCH, found.area_ids)
    return dispatch.propose(found.pk, actor=actor)


def _photo(request: HttpRequest, found: Incident, actor: Actor) -> Any:
    picture = request.FILES.get("photo")
    if picture is None:
        raise BadInput("photo.none", _("Choose a picture first."), field="photo")
    return actions.add_photo(found.pk, actor=actor, data=picture.read())


def _step(act: str) -> Doing:
    def do(request: HttpRequest, found: Incident, actor: Actor) -> Incident:
        skipped = {"version", "words", "csrfmiddlewaretoken"}
        fields = {name: request.POST[name] for name in request.POST if name not in skipped}
        return actions.transition(
            found.pk,
            act,
            actor=actor,
            version=_version(request),
            fields=fields,
            words=_words(request) or None,
        )

    return do


_DOING: dict[str, Doing] = {
    "note": _note,
    "triage": _triage,
    "correct_place": _correct_place,
    "close": _close,
    "merge": _merge,
    "split": _split,
    "hand_over": _hand_over,
    "take": _take,
    "refuse": _refuse,
    "reopen": _reopen,
    "propose": _propose,
    "add_photo": _photo,
}
_UNDOABLE = frozenset({"triage", "correct_place", "close", "merge", "hand_over", "reopen"})
_TOASTS = {
    "correct_place": gettext_noop("The place is corrected"),
    "overrule": gettext_noop("Asked as you decided"),
    "decline": gettext_noop("Noted; the next is asked"),
    "undo": gettext_noop("Taken back"),
}
_DONE = gettext_noop("Done")
_ELSEWHERE = gettext_noop("Done. It lies on other ground now, and is seen there.")


@require_POST
@page
def undo(request: HttpRequest, number: str) -> HttpResponse:
    """Take back one's own last act: a line of its own, and a recall of what was sent."""
    return _done(request, number, lambda found, actor: actions.undo(found.pk, actor=actor), "undo")


@require_POST
@page
def overrule(request: HttpRequest, number: str) -> HttpResponse:
    """Send somebody else, with the reason."""

    def do(found: Incident, actor: Actor) -> Any:
        said = request.POST
        member_id = whole_number(said.get("member", ""))
        if member_id is None:
            raise BadInput("overrule.nobody", _("Choose who shall go."), field="member")
        chosen = dispatch.Chosen(said.get("role", "first"), member_id)
        return dispatch.overrule(
            found.pk, [chosen], said.get("reason_code", ""), _words(request), actor=actor
        )

    return _done(request, number, do, "overrule")


@require_POST
@page
def undo_plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Take an overruling back."""
    member = acting_member(request)
    with acting_as(member) as actor:
        plan = dispatch.undo(plan_id, actor=actor)
        number = plan.incident.number
    return _pane(request, member, number, toast=_TOASTS["undo"])


@require_POST
@page
def answer(request: HttpRequest, assignment_id: int, answer: str) -> HttpResponse:
    """Note an answer that somebody gave by telephone, or release them."""
    number = request.POST.get("number", "")

    def do(_found: Incident, actor: Actor) -> Any:
        step = _ANSWERS.get(answer)
        if step is None:
            raise BadInput("answer.unknown", _("There is no such answer."), field="answer")
        said: dict[str, Any] = {"actor": actor}
        if answer == "decline":
            said["reason"] = request.POST.get("reason", "")
        return step(assignment_id, **said)

    return _done(request, number, do, answer)


_ANSWERS: dict[str, Callable[..., Any]] = {
    "accept": dispatch.accept,
    "depart": dispatch.depart,
    "arrive": dispatch.arrive,
    "done": dispatch.done,
    "decline": dispatch.decline,
    "release": dispatch.release,
}
