"""Reading members and grants: scopes, people for a spot, lists for the office."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access.caring import BeatTeam, LooksAfter, who_looks_after
from tongxin.foundation.access.grants import usable_grants
from tongxin.foundation.access.models import ApiToken, Grant, Member, Role, Team
from tongxin.foundation.access.people import Person, make_person
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import NO_SCOPE, Scope
from tongxin.foundation.territory import locating
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound

__all__ = [
    "BeatTeam",
    "LooksAfter",
    "Person",
    "member_list",
    "members_of",
    "people",
    "person",
    "scope_of",
    "teams",
    "tokens_of",
    "valid_grants",
    "who_looks_after",
]


def scope_of(member: Member, permission: Permission) -> Scope:
    """Return the ground on which the member has the right; empty means nothing."""
    ids = {i for grant in usable_grants(member, permission) for i in grant.area_ids}
    return Scope(frozenset(ids)) if ids else NO_SCOPE


def person(member_id: int) -> Person:
    """Return one member as a person, also one who has left; raises ``NotFound``."""
    found = people([member_id]).get(member_id)
    if found is None:
        raise NotFound("member.unknown", _("There is no such member."), field="member")
    return found


def people(ids: Iterable[int]) -> dict[int, Person]:
    """Return several members by id in one query; unknown ids are left out."""
    rows = Member.objects.filter(pk__in=set(ids)).values_list(
        "id", "kind", "name", "surname", "phone"
    )
    return {row[0]: make_person(row) for row in rows}


def members_of(area_id: int, roles: Collection[Role] | None = None) -> list[Person]:
    """Return who holds a grant on the area itself today, in Chinese order of names."""
    grants = valid_grants().filter(area_id=area_id)
    if roles is not None:
        grants = grants.filter(role__in=roles)
    info = locating.area_info(area_id)
    rows = grants.order_by("member__pinyin", "member_id", "role").values_list(
        "member_id", "role", "member__name", "member__surname", "member__phone"
    )
    return [make_person(row, info) for row in rows]


def member_list(
    *,
    text: str = "",
    role: Role | None = None,
    area_id: int | None = None,
    active: bool = True,
    within: Scope | None = None,
) -> QuerySet[Member]:
    """Return members for a list, in Chinese order, with the grants that hold now.

    ``text`` matches name, code, phone or pinyin from its beginning; ``area_id`` keeps to those with
    a grant on the area or under it, ``within`` to those with one on that ground. Two queries,
    however long the page.
    """
    held = valid_grants().select_related("area").defer("area__geometry", "area__grams")
    members = Member.objects.filter(is_active=active).prefetch_related(
        Prefetch("grants", queryset=held.order_by("area__network", "id"), to_attr="held")
    )
    if text:
        members = members.filter(
            Q(name__contains=text)
            | Q(code__istartswith=text)
            | Q(phone__startswith=text)
            | _reads_as(text)
        )
    if within is not None:
        serving = valid_grants().filter(within.filter("area__path"))
        members = members.filter(pk__in=serving.values("member_id"))
    if role or area_id:
        fitting = valid_grants()
        if role:
            fitting = fitting.filter(role=role)
        if area_id:
            fitting = fitting.filter(area__path__contains=[area_id])
        members = members.filter(pk__in=fitting.values("member_id"))
    return members.order_by("pinyin", "name", "id")


def _reads_as(text: str) -> Q:
    """Return the condition that a name's reading begins with what was typed: lixiang, li xiang."""
    letters = text.lower().replace(" ", "")
    if not (letters.isascii() and letters.isalpha()):
        return Q(pk__in=())
    return Q(pinyin__regex="^" + "[0-9 ]*".join(letters))  # tones and spaces are not typed


def teams(*, within: Scope | None = None) -> QuerySet[Team]:
    """Return crews and 1+2+N teams with area and members in Chinese order; two queries.

    ``within`` keeps to the teams of that ground.
    """
    found = Team.objects.select_related("area").defer("area__geometry", "area__grams")
    if within is not None:
        found = found.filter(within.filter("area__path"))
    by_name = Member.objects.order_by("pinyin", "id")
    return found.prefetch_related(Prefetch("members", queryset=by_name)).order_by("kind", "code")


def tokens_of(member_id: int | None = None) -> QuerySet[ApiToken]:
    """Return tokens, the latest first; the token itself is nowhere to be had."""
    tokens = ApiToken.objects.select_related("member").order_by("-created_at", "-id")
    return tokens.filter(member_id=member_id) if member_id else tokens


def valid_grants(at: dt.datetime | None = None) -> QuerySet[Grant]:
    """Return the grants of active members that hold at a moment (now by default)."""
    moment = at or clock.now()
    return Grant.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=moment),
        valid_from__lte=moment,
        member__is_active=True,
    )
