"""Questions that wait, answering them, and the published answers with their reviews."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from tongxin.domain.desk import actions, policy, selectors
from tongxin.domain.desk.models import Answer
from tongxin.foundation.access.scope import MemberActor
from tongxin.kernel.errors import BadInput, Conflict, NotFound, TongxinError
from tongxin.surfaces.kit import questions
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office.frame import show

answering_page = member_page(*questions.ANSWERERS)
keeping_page = member_page(*questions.KEEPERS)
asking_page = member_page(*questions.ASKERS)


@require_GET
@answering_page
def page(request: HttpRequest) -> HttpResponse:
    """List what waits for an answer, longest first."""
    member = acting_member(request)
    context = {
        "rows": selectors.waiting(member),
        "publishes": policy.may_publish(member),
        "due": len(selectors.answers(due_only=True)),
    }
    return show(request, "questions", context, here="questions")


@require_http_methods(["GET", "POST"])
@asking_page
def new(request: HttpRequest) -> HttpResponse:
    """Write a question down for somebody who stands here or rings."""
    error: TongxinError | None = None
    if request.method == "POST":
        try:
            number = questions.ask_for(request)
            return HttpResponseRedirect(reverse("office_question", args=[number]))
        except (BadInput, Conflict) as raised:
            error = raised
    key = request.POST.get("key") or secrets.token_urlsafe(16)
    context = questions.ask_context(request, error, key)
    status = error.status if error else 200
    return show(request, "question_new", context, here="questions", status=status)


@require_http_methods(["GET", "POST"])
@answering_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """Open a question, which is recorded; or answer it."""
    error: TongxinError | None = None
    if request.method == "POST":
        try:
            questions.answer(request, number)
            return HttpResponseRedirect(reverse("office_questions"))
        except (BadInput, Conflict) as raised:
            error = raised
    context = questions.one_context(acting_member(request), number, request) | {"error": error}
    status = error.status if error else 200
    return show(request, "question", context, here="questions", status=status)


@require_GET
@keeping_page
def answers(request: HttpRequest) -> HttpResponse:
    """List the published answers, due reviews first; ``?due``, ``?mine``, ``?back`` narrow."""
    member = acting_member(request)
    which = next((name for name in ("due", "mine", "back") if name in request.GET), "")
    rows = selectors.answers(
        due_only=which == "due",
        retired=which == "back",
        owner=member.pk if which == "mine" else None,
    )
    return show(request, "answers", {"rows": rows, "which": which}, here="answers")


@require_http_methods(["GET", "POST"])
@keeping_page
def answer_new(request: HttpRequest) -> HttpResponse:
    """Publish an answer or a guide that nobody has asked for yet."""
    member, error = acting_member(request), None
    if request.method == "POST":
        try:
            draft = questions.draft_of(request)
            made = actions.publish(draft, actor=MemberActor(member), owner_id=member.pk)
            return HttpResponseRedirect(reverse("office_answer", args=[made.pk]))
        except (BadInput, Conflict) as raised:
            error = raised
    return _form(request, error)


@require_http_methods(["GET", "POST"])
@keeping_page
def answer(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Show a published answer; confirm it, change it, or take it back."""
    error: TongxinError | None = None
    if request.method == "POST":
        doing = _DOINGS.get(request.POST.get("act", ""))
        try:
            if doing is None:
                raise BadInput("desk.act", _("Choose what to do."), field="act")
            doing(answer_id, request, MemberActor(acting_member(request)))
            return HttpResponseRedirect(reverse("office_answer", args=[answer_id]))
        except NotFound:
            raise
        except (BadInput, Conflict) as raised:
            error = raised
    return _form(request, error, answer_id)


def _form(
    request: HttpRequest, error: TongxinError | None, answer_id: int | None = None
) -> HttpResponse:
    kept = selectors.answer(answer_id) if answer_id is not None else None
    actor = MemberActor(acting_member(request))
    context: dict[str, Any] = {
        "kept": kept,
        "owner": selectors.owner_of(kept) if kept else "",
        "may_keep": kept is None or (kept.retired_at is None and policy.may_keep(actor, kept)),
        "due": kept.is_due() if kept else False,
        "typed": request.POST or _as_typed(kept),
        "error": error,
        "items": [],
    }
    status = error.status if error else 200
    return show(request, "answer", context, here="answers", status=status)


def _as_typed(kept: Answer | None) -> dict[str, str]:
    if kept is None:
        return {}
    source = f"{kept.law.name}#{kept.article}" if kept.law else ""
    return {
        "question": kept.question,
        "text": kept.text,
        "rule": "" if source else kept.rule,
        "source": source,
    }


def _version(request: HttpRequest) -> int | None:
    return whole_number(request.POST.get("version", ""))


def _confirm(answer_id: int, request: HttpRequest, actor: MemberActor) -> None:
    until = questions.day_of(request.POST.get("until", ""))
    actions.confirm(answer_id, actor=actor, review_by=until, version=_version(request))


def _revise(answer_id: int, request: HttpRequest, actor: MemberActor) -> None:
    draft = questions.draft_of(request)
    actions.revise(answer_id, draft, actor=actor, version=_version(request))


def _retire(answer_id: int, request: HttpRequest, actor: MemberActor) -> None:
    actions.retire(answer_id, actor=actor, version=_version(request))


_DOINGS: dict[str, Callable[[int, HttpRequest, MemberActor], None]] = {
    "confirm": _confirm,
    "revise": _revise,
    "retire": _retire,
}
