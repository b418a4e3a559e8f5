"""Crews and teams, and whom a resident's call rings on each beat."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tongxin.domain.dispatch import actions as dispatch_actions
from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.dispatch.call_steps import MOST_STEPS, RING_SECONDS, steps_of
from tongxin.foundation.access import policy, selectors
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.locating import AreaInfo
from tongxin.foundation.territory.models import Level, Network
from tongxin.foundation.territory.selectors import posts
from tongxin.kernel.errors import BadInput, NotFound, TongxinError
from tongxin.surfaces.kit.asking import acting_member, member_page, whole_number
from tongxin.surfaces.office import ground, words
from tongxin.surfaces.office.frame import rights_of, show
from tongxin.surfaces.office.members import within
from tongxin.surfaces.office.tables import csv_answer

PLAN_RIGHTS = (Permission.MANAGE_CALL_PLAN, Permission.SEE_MEASURES)


@require_GET
@member_page(*rights_of("teams"))
def page(request: HttpRequest) -> HttpResponse:
    """List crews and 1+2+N teams with their people; crews with what they do now."""
    member = acting_member(request)
    with acting_as(member):
        teams = list(selectors.teams(within=within(member)))
        sees = policy.holds(member, Permission.SEE_POSITIONS)
        now = (
            {crew.crew_id: words.crew_row(crew) for crew in dispatch.crews(member)} if sees else {}
        )
    rows = [
        {"team": team, "people": list(team.members.all()), "now": now.get(team.pk)}
        for team in teams
    ]
    if request.GET.get("csv"):
        head = (_("Code"), _("Designation"), _("Of which sort"), _("Area"), _("People"))
        return csv_answer("teams", head, (_cells(row) for row in rows))
    return show(request, "teams", {"rows": rows}, here="teams")


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    team = row["team"]
    people = "、".join(each.name for each in row["people"])
    return team.code, team.name, team.get_kind_display(), team.area.name, people


@require_http_methods(["GET", "POST"])
@member_page(*PLAN_RIGHTS)
def call_plan(request: HttpRequest, area_id: int) -> HttpResponse:
    """Show a beat's call plan and, to whoever may, change it."""
    member = acting_member(request)
    beat = beat_of(member, area_id)
    if request.method == "GET":
        return show(request, "call_plan", _plan_context(member, beat), here="areas")
    try:
        with acting_as(member) as actor:
            steps = [] if "derive" in request.POST else _typed_steps(request)
            dispatch_actions.set_plan(beat.id, steps, actor=actor)
    except TongxinError as error:
        context = _plan_context(member, beat) | {"errors": {"steps": str(error.message)}}
        return show(request, "call_plan", context, here="areas", status=error.status)
    return HttpResponseRedirect(reverse("office_call_plan", args=[beat.id]))


def beat_of(member: Member, area_id: int) -> AreaInfo:
    """Return a beat on the ground for which the member may see plans; raises ``NotFound``."""
    beat = locating.area_info(area_id)
    fits = beat.network is Network.POLICE and beat.level is Level.BEAT
    if not fits or not any(policy.can(member, right, beat.path) for right in PLAN_RIGHTS):
        raise NotFound("area.unknown", _("There is no such area on your ground."), field="area")
    return beat


def _plan_context(member: Member, beat: AreaInfo) -> dict[str, Any]:
    with acting_as(member):
        stored = steps_of(beat.id)
        rings = dispatch.call_plan(beat.id)
        choices = _choices(beat)
    chosen = [(_key(step.member_id, step.post_id), step.seconds) for step in stored]
    blank = [("", RING_SECONDS)] * max(0, MOST_STEPS - len(chosen))
    return {
        "beat": beat,
        "rings": rings,
        "chosen": (chosen + blank)[:MOST_STEPS],
        "choices": choices,
        "stored": any(step.stored for step in stored),
        "may_change": policy.can(member, Permission.MANAGE_CALL_PLAN, beat.path),
    }


def _choices(beat: AreaInfo) -> list[tuple[str, str]]:
    """Return who and what may be rung: people of the beat, its station and branch, their posts."""
    found: dict[str, str] = {}
    for area_id in reversed(beat.path):
        for person in selectors.members_of(area_id):
            if person.phone:
                found.setdefault(_key(person.member_id, None), f"{person.title} {person.name}")
    for post in posts(area_ids=frozenset({beat.path[-2] if len(beat.path) > 1 else beat.id})):
        if post.phone:
            found[_key(None, post.pk)] = f"{post.get_kind_display()} {post.name}"
    return list(found.items())


def _key(member_id: int | None, post_id: int | None) -> str:
    return f"member:{member_id}" if member_id is not None else f"post:{post_id}"


def _typed_steps(request: HttpRequest) -> list[dispatch_actions.Step]:
    steps = []
    for number in range(MOST_STEPS):
        kind, _colon, pk = request.POST.get(f"who-{number}", "").partition(":")
        if not kind:
            continue
        chosen = whole_number(pk)
        seconds = whole_number(request.POST.get(f"seconds-{number}", ""))
        if chosen is None or seconds is None:
            raise BadInput("call_plan.step", _("A step lacks its seconds."), field="steps")
        steps.append(
            dispatch_actions.Step(
                phone="",
                seconds=seconds,
                member_id=chosen if kind == "member" else None,
                post_id=chosen if kind == "post" else None,
            )
        )
    return steps


def beats_of(member: Member) -> list[AreaInfo]:
    """Return the beats whose call plans the member may see, by number."""
    infos = locating.ground_on(ground.today()).infos.values()
    mine = [
        info
        for info in infos
        if info.network is Network.POLICE
        and info.level is Level.BEAT
        and any(policy.can(member, right, info.path) for right in PLAN_RIGHTS)
    ]
    return sorted(mine, key=lambda info: (info.number, info.id))
