"""Members: the list, one member with grants and log-in, a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.domain.homes import devices
from tongxin.foundation.access import accounts, actions, policy, selectors
from tongxin.foundation.access.models import Grant, Member, Role
from tongxin.foundation.access.phones import checked_phone
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, Scope, acting_as
from tongxin.foundation.territory.models import Area
from tongxin.foundation.territory.selectors import areas
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, NotFound, TongxinError
from tongxin.surfaces.kit import login
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office import ground
from tongxin.surfaces.office.frame import rights_of, show
from tongxin.surfaces.office.tables import csv_answer

PAGE = 50
LARGEST_CSV = 20_000
manages = member_page(Permission.MANAGE_MEMBERS)


def within(member: Member) -> Scope | None:
    """Return the ground whose members one may see; ``None``: all, also those without a grant."""
    if policy.holds(member, Permission.MANAGE_MEMBERS):
        return None
    return selectors.scope_of(member, Permission.SEE_MEMBERS)


@require_GET
@member_page(*rights_of("members"))
def page(request: HttpRequest) -> HttpResponse:
    """List members: ``?q=`` name, code, phone or pinyin, ``?role=``, ``?left=1``, ``?csv=1``."""
    member = acting_member(request)
    asked = request.GET
    role = Role(asked["role"]) if asked.get("role") in Role.values else None
    with acting_as(member):
        found = selectors.member_list(
            text=asked.get("q", "").strip()[:40],
            role=role,
            active=asked.get("left") != "1",
            within=None if asked.get("left") == "1" else within(member),
        )
        if asked.get("csv"):
            head = (_("Code"), _("Name"), _("Role"), _("Telephone"), _("Grants"))
            return csv_answer("members", head, map(_cells, found[:LARGEST_CSV]))
        shown = Paginator(found, PAGE).get_page(asked.get("page"))
        rows = list(shown)
    kept = asked.copy()
    kept.pop("page", None)
    context = {
        "page": shown,
        "rows": rows,
        "query": kept.urlencode(),
        "asked": asked,
        "roles": Role.choices,
        "may_manage": policy.holds(member, Permission.MANAGE_MEMBERS),
        "shows_left": asked.get("left") == "1",
    }
    return show(request, "members", context, here="members", block="rows")


def _cells(row: Any) -> tuple[object, ...]:
    grants = "; ".join(f"{g.get_role_display()} {g.area.name}" for g in row.held)
    return row.code, row.name, row.get_kind_display(), row.phone, grants


def found_member(viewer: Member, member_id: int) -> Member:
    """Return a member whom the viewer may see; raises ``NotFound`` alike for the others."""
    ground_of = within(viewer)
    found = Member.objects.select_related("account", "home_post").filter(pk=member_id)
    if ground_of is not None:
        found = found.filter(pk__in=selectors.member_list(within=ground_of).values("pk"))
    member = found.first()
    if member is None:
        raise NotFound("member.unknown", _("There is no such member."), field="member")
    return member


@require_GET
@member_page(*rights_of("members"))
def one(request: HttpRequest, member_id: int) -> HttpResponse:
    """Show one member: grants that hold, held or will hold, the log-in, tokens."""
    return one_page(request, member_id, {})


def one_page(
    request: HttpRequest, member_id: int, extra: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Return a member's page with ``extra`` on it."""
    viewer = acting_member(request)
    with acting_as(viewer):
        member = found_member(viewer, member_id)
        grants = list(
            Grant.objects.filter(member=member)
            .select_related("area", "granted_by")
            .defer("area__geometry", "area__grams")
            .order_by("-valid_from", "-id")
        )
        context = {
            "shown": member,
            "grants": [(g, _standing(g)) for g in grants],
            "teams": list(member.teams.all()),
            "roles": Role.choices,
            "area_choices": _area_choices() if _may(viewer, Permission.MANAGE_GRANTS) else [],
            "may_manage": _may(viewer, Permission.MANAGE_MEMBERS),
            "may_grant": _may(viewer, Permission.MANAGE_GRANTS) and viewer.pk != member.pk,
            "second_factor": accounts.has_second_factor(member.account_id),
            "is_self": viewer.pk == member.pk,
            "phones": devices.carrying(member.pk),
            "typed": request.POST,
        }
    return show(request, "member", context | extra, here="members", status=status)


def _may(member: Member, right: Permission) -> bool:
    return policy.holds(member, right)


def _standing(grant: Grant) -> str:
    now = clock.now()
    if grant.valid_to is not None and grant.valid_to <= now:
        return "over"
    return "coming" if grant.valid_from > now else "holds"


def _area_choices() -> list[tuple[str, str]]:
    """Return valid areas as ``network/code`` for the field that finds one by typing."""
    return [
        (f"{a.network}/{a.code}", f"{a.name} · {a.get_network_display()}{a.get_level_display()}")
        for a in areas()
    ]


def _area(text: str) -> Area:
    network, _slash, code = text.strip().partition("/")
    found = Area.objects.filter(network=network, code=code, valid_to__isnull=True).first()
    if found is None:
        raise BadInput("grant.area", _("Choose an area from the list."), field="area")
    return found


@require_POST
@member_page(Permission.MANAGE_GRANTS)
def grant(request: HttpRequest, member_id: int) -> HttpResponse:
    """Give a role on an area, from now or a time on, to an end or without one."""

    def give(member: Member, actor: Actor) -> None:
        role = request.POST.get("role", "")
        if role not in Role.values:
            raise BadInput("grant.role", _("Choose a role."), field="role")
        begins, ends = request.POST.get("valid_from", ""), request.POST.get("valid_to", "")
        actions.grant(
            member=member,
            role=Role(role),
            area=_area(request.POST.get("area", "")),
            actor=actor,
            valid_from=ground.local_moment(begins),
            valid_to=ground.local_moment(ends),
        )

    return do(request, member_id, give)


@require_POST
@member_page(Permission.MANAGE_GRANTS)
def revoke(request: HttpRequest, member_id: int, grant_id: int) -> HttpResponse:
    """End a grant at once."""

    def end(member: Member, actor: Actor) -> None:
        found = Grant.objects.select_related("area").filter(pk=grant_id, member=member).first()
        if found is None:
            raise NotFound("grant.absent", _("There is no such grant."))
        actions.revoke(grant=found, actor=actor)

    return do(request, member_id, end)


@require_POST
@manages
def second_factor(request: HttpRequest, member_id: int) -> HttpResponse:
    """Take a lost second factor away; the next log-in has to set one up."""
    return do(
        request, member_id, lambda m, actor: accounts.take_second_factor(member=m, actor=actor)
    )


@require_POST
@manages
def wipe_phones(request: HttpRequest, member_id: int) -> HttpResponse:
    """Have all phones wiped on which the member carries homes along: one was lost."""

    def wipe(member: Member, actor: Actor) -> None:
        devices.revoke_of(member.pk, actor=actor)

    return do(request, member_id, wipe)


@require_POST
@manages
def password(request: HttpRequest, member_id: int) -> HttpResponse:
    """Open a log-in, or give a new password; shown on this one answer and nowhere again."""
    viewer = acting_member(request)
    try:
        with acting_as(viewer) as actor:
            member = found_member(viewer, member_id)
            if member.account_id is None:
                username = request.POST.get("username", "")
                once = accounts.open_account(member=member, username=username, actor=actor)
            else:
                once = accounts.reset_password(member=member, actor=actor)
            if member.account is not None:
                login.unlock(member.account.username)
    except TongxinError as error:
        return refused_on_page(request, member_id, error)
    return one_page(request, member_id, {"one_time": once})


def do(
    request: HttpRequest, member_id: int, act: Callable[[Member, Actor], object]
) -> HttpResponse:
    """Act on a member and go back to the page, which shows what was wrong otherwise."""
    viewer = acting_member(request)
    try:
        with acting_as(viewer) as actor:
            act(found_member(viewer, member_id), actor)
    except NotFound:
        raise
    except TongxinError as error:
        return refused_on_page(request, member_id, error)
    return HttpResponseRedirect(reverse("office_member", args=[member_id]))


def refused_on_page(request: HttpRequest, member_id: int, error: TongxinError) -> HttpResponse:
    """Return a member's page that says at its field why something was not done."""
    errors = {error.field or "": str(error.message)}
    return one_page(request, member_id, {"errors": errors}, error.status)


@require_http_methods(["GET", "POST"])
@manages
def new(request: HttpRequest) -> HttpResponse:
    """Add a member, with a log-in when a name for it is given; its password is shown once."""
    if request.method == "GET":
        return show(request, "member_new", _new_context(request), here="members")
    viewer = acting_member(request)
    try:
        with acting_as(viewer) as actor:
            made = actions.create_member(new=_typed(request), actor=actor)
            username = request.POST.get("username", "").strip()
            once = (
                accounts.open_account(member=made, username=username, actor=actor)
                if username
                else ""
            )
    except TongxinError as error:
        context = _new_context(request) | {"errors": {error.field or "": str(error.message)}}
        return show(request, "member_new", context, here="members", status=error.status)
    return one_page(request, made.pk, {"one_time": once, "just_made": True})


def _new_context(request: HttpRequest) -> dict[str, Any]:
    return {"roles": Role.choices, "typed": request.POST}


def _typed(request: HttpRequest) -> actions.NewMember:
    kind = request.POST.get("kind", "")
    if kind not in Role.values:
        raise BadInput("member.kind", _("Choose a role."), field="kind")
    return actions.NewMember(
        code=request.POST.get("code", "")[:40],
        name=request.POST.get("name", "")[:40],
        kind=Role(kind),
        phone=checked_phone(request.POST.get("phone", "")[:32]),
        surname=request.POST.get("surname", "").strip()[:8],
        skills=actions.skills_said(request.POST.get("skills", "")),
    )
