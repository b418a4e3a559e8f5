"""Changing what is written of a member; letting one leave, and taking one back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongxin.foundation.access import actions, changing, names
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.foundation.territory.models import Post
from tongxin.foundation.territory.selectors import posts
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.surfaces.kit.asking import acting_member
from tongxin.surfaces.office import members
from tongxin.surfaces.office.frame import show


@require_http_methods(["GET", "POST"])
@members.manages
def edit(request: HttpRequest, member_id: int) -> HttpResponse:
    """Change name, work phone, role, skills and home post; the code stays."""
    viewer = acting_member(request)
    try:
        with acting_as(viewer) as actor:
            member = members.found_member(viewer, member_id)
            if request.method == "GET":
                return _form(request, member, _as_typed(member))
            changing.change_member(member=member, details=_details(request), actor=actor)
    except TongxinError as error:
        if request.method == "GET" or error.field == "member":
            raise
        errors = {error.field or "": str(error.message)}
        with acting_as(viewer):
            member = members.found_member(viewer, member_id)
            return _form(request, member, request.POST, errors, error.status)
    return HttpResponseRedirect(reverse("office_member", args=[member_id]))


def _form(
    request: HttpRequest,
    member: Member,
    typed: Any,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "shown": member,
        "typed": typed,
        "errors": errors or {},
        "roles": Role.choices,
        "post_choices": [(post.code, _post_words(post)) for post in posts()],
    }
    return show(request, "member_edit", context, here="members", status=status)


def _post_words(post: Post) -> str:
    return f"{post.name} · {post.get_kind_display()} · {post.area.name}"


def _as_typed(member: Member) -> dict[str, str]:
    usual = member.surname == names.surname_of(member.name)
    return {
        "name": member.name,
        "kind": member.kind,
        "phone": member.phone,
        "surname": "" if usual else member.surname,
        "skills": "、".join(member.skills),
        "home_post": member.home_post.code if member.home_post else "",
    }


def _details(request: HttpRequest) -> changing.Details:
    said = request.POST
    if said.get("kind", "") not in Role.values:
        raise BadInput("member.kind", _("Choose a role."), field="kind")
    return changing.Details(
        name=said.get("name", ""),
        kind=Role(said["kind"]),
        phone=said.get("phone", "")[:32],
        surname=said.get("surname", ""),
        skills=actions.skills_said(said.get("skills", "")),
        home_post_id=_post_id(said.get("home_post", "").strip()),
    )


def _post_id(code: str) -> int | None:
    if not code:
        return None
    found = Post.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise BadInput("member.home_post", _("Choose a post from the list."), field="home_post")
    return found


@require_POST
@members.manages
def leave(request: HttpRequest, member_id: int) -> HttpResponse:
    """Let a member leave: grants, tokens and log-in end, the history stays."""

    def go(member: Member, actor: Actor) -> None:
        if acting_member(request).pk == member.pk:
            raise BadInput("member.self", _("Nobody lets himself leave."))
        actions.deactivate(member=member, actor=actor)

    return members.do(request, member_id, go)


@require_POST
@members.manages
def come_back(request: HttpRequest, member_id: int) -> HttpResponse:
    """Take back a member who had left; a new password is shown once where there is a log-in."""
    viewer = acting_member(request)
    try:
        with acting_as(viewer) as actor:
            member = members.found_member(viewer, member_id)
            once = changing.come_back(member=member, actor=actor)
    except TongxinError as error:
        if error.field == "member":
            raise
        return members.refused_on_page(request, member_id, error)
    return members.one_page(request, member_id, {"one_time": once, "just_back": True})
