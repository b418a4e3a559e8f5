"""API tokens: listed, issued (shown once), revoked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.foundation.access import actions, selectors
from tongxin.foundation.access.models import ApiToken, Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, NotFound, TongxinError
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office import words
from tongxin.surfaces.office.frame import show

SHOWN = 200
manages = member_page(Permission.MANAGE_TOKENS)


@require_GET
@manages
def page(request: HttpRequest) -> HttpResponse:
    """List tokens, those that hold first."""
    return show(request, "tokens", _context(request), here="tokens")


def _context(request: HttpRequest) -> dict[str, Any]:
    with acting_as(acting_member(request)):
        rows = list(selectors.tokens_of()[:SHOWN])
    return {
        "rows": [(token, _standing(token)) for token in rows],
        "rights": [(right.value, str(text)) for right, text in words.RIGHTS.items()],
        "right_words": {right.value: str(text) for right, text in words.RIGHTS.items()},
        "longest": actions.LONGEST_TOKEN_DAYS,
        "usual": actions.TOKEN_DAYS,
        "typed": request.POST,
        "chosen": request.POST.getlist("scopes"),
    }


def _standing(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "over" if token.expires_at <= clock.now() else "holds"


@require_http_methods(["POST"])
@manages
def issue(request: HttpRequest) -> HttpResponse:
    """Make a token for a member by code; its text stands on this one answer only."""
    try:
        with acting_as(acting_member(request)) as actor:
            clear, token = actions.issue_token(
                member=_member(request),
                actor=actor,
                name=_name(request),
                scopes=_scopes(request),
                days=_days(request),
            )
    except TongxinError as error:
        context = _context(request) | {"errors": {error.field or "member": str(error.message)}}
        return show(request, "tokens", context, here="tokens", status=error.status)
    context = _context(request) | {"one_time": clear, "made": token}
    return show(request, "tokens", context, here="tokens")


def _member(request: HttpRequest) -> Member:
    code = request.POST.get("member", "").strip()
    found = Member.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise BadInput(
            "token.member", _("There is no active member with this code."), field="member"
        )
    return found


def _name(request: HttpRequest) -> str:
    name = request.POST.get("name", "").strip()[:80]
    if not name:
        raise BadInput("token.name", _("Say what the token is for."), field="name")
    return name


def _scopes(request: HttpRequest) -> list[Permission]:
    known = {right.value for right in Permission}
    asked = [Permission(each) for each in request.POST.getlist("scopes") if each in known]
    if not asked:
        raise BadInput("token.scopes", _("Choose at least one right."), field="scopes")
    return asked


def _days(request: HttpRequest) -> int:
    text = request.POST.get("days", "")
    return whole_number(text) or 0


@require_POST
@manages
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token at once."""
    with acting_as(acting_member(request)) as actor:
        token = selectors.tokens_of().filter(pk=token_id).first()
        if token is None:
            raise NotFound("token.absent", _("There is no such token."))
        actions.revoke_token(token=token, actor=actor)
    return HttpResponseRedirect(reverse("office_tokens"))
