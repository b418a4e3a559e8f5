"""Whom a resident's call rings, in which order: the beat's stored plan, or one made from grants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongxin.domain.dispatch.models import CallPlanStep, DutySession
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.policy import require
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor
from tongxin.foundation.access.selectors import valid_grants
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Area, Level, Network, Post, PostKind
from tongxin.kernel.errors import BadInput, NotFound

RING_SECONDS = 20
MOST_STEPS = 8
_BEAT_ROLES = (Role.COMMUNITY_OFFICER, Role.AUXILIARY, Role.POLICE_ASSISTANT, Role.VILLAGE_OFFICER)
_STATION_ROLES = (Role.DEPUTY_STATION_CHIEF, Role.STATION_CHIEF)
_BRANCH_ROLES = (Role.DISPATCHER, Role.BRANCH_CHIEF)
_SAME_NUMBER = 11
"""Numbers are compared by their last eleven digits: with and without +86."""


@dataclass(frozen=True, slots=True)
class Step:
    """One telephone to ring: a member's or a post's, for so many seconds."""

    phone: str
    seconds: int = RING_SECONDS
    member_id: int | None = None
    post_id: int | None = None
    stored: bool = False


@dataclass(frozen=True, slots=True)
class Dialled:
    """What a dialled number belongs to: the beat (or what area there is), and the member if any."""

    area_id: int
    member_id: int | None


def digits(number: str) -> str:
    """Return the part of a telephone number by which it is compared."""
    return re.sub(r"\D", "", number)[-_SAME_NUMBER:]


def whose(dialled: str) -> Dialled:
    """Return whose number a resident has dialled.

    A number of nobody's answers with the whole branch, so that no call is dropped; raises
    ``NotFound`` only while there is no police area at all.
    """
    member_id = _member_with(dialled)
    if member_id is not None:
        area = _own_area(member_id)
        if area is not None:
            return Dialled(area, member_id)
    post = next((p for p in Post.objects.exclude(phone="") if _same(p.phone, dialled)), None)
    return Dialled(post.area_id if post else _branch(), member_id)


def steps_of(area_id: int, dialled_member: int | None = None) -> list[Step]:
    """Return whom a call to a beat rings, in order; the member whose number it is comes first."""
    steps = _stored(area_id) or _derived(area_id)
    own = [step for step in steps if step.member_id == dialled_member]
    if dialled_member is not None and not own:
        own = [step for step in [_member_step(dialled_member)] if step]
    rest = [step for step in steps if step.member_id is None or step.member_id != dialled_member]
    return (own + rest)[:MOST_STEPS]


def set_plan(area_id: int, steps: Sequence[Step], *, actor: Actor) -> None:
    """Store a beat's call plan, or, with no steps, go back to the one made from grants.

    Each step names a member or a post; it needs a telephone. Raises ``BadInput`` naming the step,
    ``Forbidden`` without the right to manage call plans there.
    """
    require(actor, Permission.MANAGE_CALL_PLAN, locating.area_info(area_id).path)
    if len(steps) > MOST_STEPS:
        raise BadInput("call_plan.too_long", _("A call plan has at most 8 steps."), field="steps")
    for number, step in enumerate(steps):
        if (step.member_id is None) == (step.post_id is None) or not 5 <= step.seconds <= 60:
            raise BadInput(
                "call_plan.step",
                _("A step rings one member or one post for 5 to 60 seconds."),
                field=f"steps.{number}",
            )
    with transaction.atomic():
        CallPlanStep.objects.filter(beat_id=area_id).delete()
        CallPlanStep.objects.bulk_create(
            CallPlanStep(
                beat_id=area_id,
                position=number,
                member_id=step.member_id,
                post_id=step.post_id,
                ring_seconds=step.seconds,
            )
            for number, step in enumerate(steps)
        )


def _member_with(dialled: str) -> int | None:
    wanted = digits(dialled)
    rows = Member.objects.filter(is_active=True, phone__endswith=wanted[-4:]).exclude(phone="")
    return next((row.pk for row in rows.order_by("pk") if _same(row.phone, dialled)), None)


def _same(number: str, dialled: str) -> bool:
    return bool(digits(dialled)) and digits(number) == digits(dialled)


def _own_area(member_id: int) -> int | None:
    """Return the lowest police area on which the member holds a grant, else any lowest one."""
    grants = valid_grants().filter(member_id=member_id).select_related("area")
    ranked = sorted(
        grants, key=lambda g: (g.area.network == Network.POLICE, len(g.area.path)), reverse=True
    )
    return ranked[0].area_id if ranked else None


def _branch() -> int:
    roots = Area.objects.filter(
        network=Network.POLICE, level=Level.BRANCH, valid_to__isnull=True
    ).order_by("number", "pk")
    root = roots.values_list("pk", flat=True).first()
    if root is None:
        raise NotFound("call.no_ground", _("No territory is there yet: import it first."))
    return root


def _stored(area_id: int) -> list[Step]:
    rows = list(CallPlanStep.objects.filter(beat_id=area_id).order_by("position"))
    phones = dict(
        Member.objects.filter(pk__in=[r.member_id for r in rows]).values_list("pk", "phone")
    )
    posts = dict(Post.objects.filter(pk__in=[r.post_id for r in rows]).values_list("pk", "phone"))
    steps = [
        Step(
            phone=phones.get(row.member_id or 0, "") or posts.get(row.post_id or 0, ""),
            seconds=row.ring_seconds,
            member_id=row.member_id,
            post_id=row.post_id,
            stored=True,
        )
        for row in rows
    ]
    return [step for step in steps if step.phone]


def _derived(area_id: int) -> list[Step]:
    """Beat's people on duty, officer first; then the station's chiefs on duty; its room at last."""
    path = locating.area_info(area_id).path
    ways = [(path[-1:], _BEAT_ROLES), (path[1:2], _STATION_ROLES), (path[:1], _BRANCH_ROLES)]
    steps = [step for areas, roles in ways[:2] for step in _on_duty(areas, roles)]
    room = _room(path)
    steps += [room] if room else []
    return steps or [step for areas, roles in ways for step in _anybody(areas, roles)]


def _on_duty(areas: Sequence[int], roles: Sequence[Role]) -> list[Step]:
    on_duty = DutySession.objects.filter(ended_at__isnull=True).values("member_id")
    return _steps(areas, roles, Q(member_id__in=on_duty))


def _anybody(areas: Sequence[int], roles: Sequence[Role]) -> list[Step]:
    return _steps(areas, roles, Q())


def _steps(areas: Sequence[int], roles: Sequence[Role], only: Q) -> list[Step]:
    grants = valid_grants().filter(only, area_id__in=list(areas), role__in=list(roles))
    rows = grants.exclude(member__phone="").values_list("role", "member_id", "member__phone")
    ranked = sorted(rows, key=lambda row: (roles.index(Role(row[0])), row[1]))
    return [Step(phone, member_id=member) for _role, member, phone in ranked]


def _member_step(member_id: int) -> Step | None:
    phone = Member.objects.filter(pk=member_id, is_active=True).values_list("phone", flat=True)
    number = phone.first()
    return Step(number, member_id=member_id) if number else None


def _room(path: Sequence[int]) -> Step | None:
    """Return the nearest room or station post up the path that has a telephone."""
    kinds = (PostKind.STATION, PostKind.ROOM)
    posts = {
        post.area_id: post
        for post in Post.objects.filter(area_id__in=list(path), kind__in=kinds).exclude(phone="")
    }
    for area_id in (*path[1:2], *reversed(path)):
        if area_id in posts:
            return Step(posts[area_id].phone, post_id=posts[area_id].pk)
    return None
