"""Register grants: an officer lets a grid worker see and amend what others entered, for a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import policy
from tongxin.domain.homes.models import RegisterGrant
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.people import Person
from tongxin.foundation.access.roles import Permission, roles_with
from tongxin.foundation.access.scope import Actor, MemberActor, Scope, acting_as
from tongxin.foundation.access.selectors import people as access_people
from tongxin.foundation.access.selectors import scope_of, valid_grants
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.locating import AreaInfo
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, NotFound

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Tender:
    """Somebody who tends plans on an officer's ground, and on which area he does."""

    person: Person
    area: AreaInfo


def tenders(member: Member) -> list[Tender]:
    """Return who tends plans on the ground of an officer, with the area of each grant.

    Those are whom a register grant can be given to, and on what; empty without the right.
    """
    ground = scope_of(member, Permission.SEE_REGISTER)
    if not ground:
        return []
    roles = [role.value for role in roles_with(Permission.TEND_REGISTER)]
    rows = valid_grants().filter(role__in=roles).order_by("member__pinyin", "member_id", "area_id")
    held = rows.values_list("member_id", "area_id")
    lies = {area_id: _lies_on(ground, area_id) for area_id in {row[1] for row in held}}
    here = [row for row in held if lies[row[1]]]
    people = access_people(member_id for member_id, _area in here)
    return [Tender(people[who], locating.area_info(area)) for who, area in here]


def give_register_grant(
    member_id: int, area_id: int, *, actor: Actor, until: dt.datetime
) -> RegisterGrant:
    """Let a member who tends plans on ``area_id`` see all of its people until ``until`` (aware).

    Given by an officer of that ground, for a year at most. Raises ``NotFound`` off the officer's
    ground, ``Forbidden`` without the right, ``BadInput`` for a member who tends nothing there.
    """
    area = locating.area_info(area_id)
    spot_areas = {*area.path, *locating.locate(area.centroid).area_ids}
    policy.require_ground(actor, spot_areas)
    access.require(actor, Permission.SEE_REGISTER, spot_areas)
    now = clock.now()
    if not now < until <= now + dt.timedelta(days=LONGEST_DAYS):
        raise BadInput("homes.grant_until", _("Say until when, a year at most."), field="until")
    member = Member.objects.filter(pk=member_id, is_active=True).first()
    if member is None or not access.can(member, Permission.TEND_REGISTER, spot_areas):
        said = _("This member tends no floor plans there.")
        raise BadInput("homes.grant_member", said, field="member")
    with acting_as(actor):
        made = RegisterGrant.objects.create(
            member_id=member_id,
            area_id=area_id,
            given_by=actor.member.pk if isinstance(actor, MemberActor) else 0,
            valid_from=now,
            valid_to=until,
        )
        _note(actor, "homes.grant_given", made)
    return made


def end_register_grant(grant_id: int, *, actor: Actor) -> None:
    """End a register grant now; raises as giving it does."""
    row = RegisterGrant.objects.filter(pk=grant_id).first()
    if row is None:
        raise NotFound("homes.grant_absent", _("There is no such grant."))
    area = locating.area_info(row.area_id)
    spot_areas = {*area.path, *locating.locate(area.centroid).area_ids}
    policy.require_ground(actor, spot_areas)
    access.require(actor, Permission.SEE_REGISTER, spot_areas)
    with acting_as(actor):
        RegisterGrant.objects.filter(pk=grant_id, valid_to__gt=clock.now()).update(
            valid_to=clock.now()
        )
        _note(actor, "homes.grant_ended", row)


def _lies_on(ground: Scope, area_id: int) -> bool:
    area = locating.area_info(area_id)
    return ground.covers(area.path) or ground.covers(locating.locate(area.centroid).area_ids)


def _note(actor: Actor, act: str, row: RegisterGrant) -> None:
    audit.record(
        actor=str(actor),
        act=act,
        subject=f"member:{row.member_id}",
        detail={"area": row.area_id, "until": row.valid_to.isoformat()},
    )
