"""Residents' questions on the phone: what waits, one question with what may answer it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tongxin.domain.desk import selectors
from tongxin.kernel.errors import BadInput, Conflict, TongxinError
from tongxin.surfaces.field.frame import frame
from tongxin.surfaces.kit import questions
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.kit.rendering import render

answering_page = member_page(*questions.ANSWERERS)


@require_GET
@answering_page
def page(request: HttpRequest) -> HttpResponse:
    """List what waits for an answer on one's ground, longest first."""
    member = acting_member(request)
    context = {"rows": selectors.waiting(member)} | frame(member, "today")
    return render(request, "field/asked.html", context)


@require_http_methods(["GET", "POST"])
@answering_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """Open a question, which is recorded; or answer it."""
    member = acting_member(request)
    error: TongxinError | None = None
    if request.method == "POST":
        try:
            questions.answer(request, number)
            return HttpResponseRedirect(reverse("field_asked"))
        except (BadInput, Conflict) as raised:
            error = raised
    context = questions.one_context(member, number, request) | {"error": error}
    status = error.status if error else 200
    return render(request, "field/asked_one.html", context | frame(member, "today"), status=status)
