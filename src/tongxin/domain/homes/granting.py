"""Register grants: an officer lets a grid worker see and amend what others entered, for a time."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import policy
from tongxin.domain.homes.models import RegisterGrant
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import locating
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, NotFound

LONGEST_DAYS = 366


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


def _note(actor: Actor, act: str, row: RegisterGrant) -> None:
    audit.record(
        actor=str(actor),
        act=act,
        subject=f"member:{row.member_id}",
        detail={"area": row.area_id, "until": row.valid_to.isoformat()},
    )
