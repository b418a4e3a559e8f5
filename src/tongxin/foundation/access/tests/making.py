"""Puts members with roles on a piece of ground, for tests."""

from __future__ import annotations

import datetime as dt
import itertools

from tongxin.foundation.access import actions
from tongxin.foundation.access.models import Grant, Member, Role
from tongxin.foundation.territory.models import Area
from tongxin.kernel import clock

_numbers = itertools.count(1)


def member(name: str, role: Role, area: Area | None = None, **more: object) -> Member:
    """Write a member, with a grant of the same role on ``area`` where one is given."""
    phone = str(more.pop("phone", f"1390000{next(_numbers):04d}"))
    new = actions.NewMember(
        code=f"M{next(_numbers)}",
        name=name,
        kind=role,
        phone=phone,
        **more,  # type: ignore[arg-type]
    )
    made = actions.member_from(new)
    made.save()
    if area is not None:
        give(made, role, area)
    return made


def give(member: Member, role: Role, area: Area, until: dt.datetime | None = None) -> Grant:
    """Write a grant that holds from a day ago."""
    begins = clock.now() - dt.timedelta(days=1)
    return Grant.objects.create(
        member=member, role=role, area=area, valid_from=begins, valid_to=until
    )
