"""May this member do that here? Few functions, asked by actions and views alike."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access.grants import usable_grants
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, SystemActor
from tongxin.kernel.errors import Forbidden


def holds(member: Member, permission: Permission) -> bool:
    """Tell whether the member has the right on any ground at all (to show a menu, a page)."""
    return bool(usable_grants(member, permission))


def can(member: Member, permission: Permission, area_ids: Iterable[int]) -> bool:
    """Tell whether the member has the right on something that lies in ``area_ids``.

    ``area_ids`` hold all areas with their ancestors, as `Located` and incidents have them. Nothing
    lies in no area: an empty list is refused.
    """
    ids = frozenset(area_ids)
    return any(not ids.isdisjoint(g.area_ids) for g in usable_grants(member, permission))


def may(actor: Actor, permission: Permission, area_ids: Iterable[int]) -> bool:
    """Tell whether an actor has the right: system actors always, reporters never."""
    if isinstance(actor, MemberActor):
        return can(actor.member, permission, area_ids) and (
            actor.only is None or permission in actor.only
        )
    return isinstance(actor, SystemActor)


def require(who: Member | Actor, permission: Permission, area_ids: Iterable[int]) -> None:
    """Raise ``Forbidden`` unless ``who`` has the right on something in ``area_ids``."""
    actor = MemberActor(who) if isinstance(who, Member) else who
    if not may(actor, permission, area_ids):
        raise _forbidden(permission)


def require_anywhere(who: Member | Actor, permission: Permission) -> None:
    """Raise ``Forbidden`` unless ``who`` has the right on some ground: for what has no place."""
    if isinstance(who, SystemActor):
        return
    member = who if isinstance(who, Member) else getattr(who, "member", None)
    limited = isinstance(who, MemberActor) and who.only is not None and permission not in who.only
    if member is None or limited or not holds(member, permission):
        raise _forbidden(permission)


def _forbidden(permission: Permission) -> Forbidden:
    return Forbidden(
        "access.forbidden", _("Your role does not allow this here."), field=permission.value
    )
