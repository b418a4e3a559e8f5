"""Who answers requests, who may write one down for somebody, and what may be shown to whom."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tongxin.domain.rights.models import RightsRequest
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor
from tongxin.kernel.errors import Conflict, NotFound
from tongxin.plumbing.vault.describing import Held


def may_answer(actor: Actor, request: RightsRequest) -> bool:
    """Tell whether the actor answers requests on this one's ground."""
    return access.may(actor, Permission.ANSWER_RIGHTS, request.area_ids)


def require_answer(actor: Actor, request: RightsRequest) -> None:
    """Raise ``Forbidden`` unless the actor answers requests on this one's ground."""
    access.require(actor, Permission.ANSWER_RIGHTS, request.area_ids)


def require_enter(actor: Actor) -> None:
    """Raise ``Forbidden`` unless the actor may write a request down for somebody before him."""
    if isinstance(actor, MemberActor) and access.holds(actor.member, Permission.ANSWER_RIGHTS):
        return
    access.require_anywhere(actor, Permission.REVEAL)


def has_entered(actor: Actor, request: RightsRequest) -> bool:
    """Tell whether the actor wrote this request down himself: he may see how it stands."""
    return isinstance(actor, MemberActor) and request.entered_by == actor.member.pk


def locked(request_id: int, actor: Actor, version: int | None) -> RightsRequest:
    """Return a request, locked, for whoever answers it, in the caller's ``acting_as``.

    Raises ``NotFound`` off the actor's ground, ``Forbidden`` without the right, ``Conflict`` when
    somebody was faster.
    """
    found = RightsRequest.objects.select_for_update().filter(pk=request_id).first()
    if found is None:
        raise absent()
    require_answer(actor, found)
    if version is not None and version != found.version:
        said = _("Somebody was faster: this has changed since you opened it. Look again.")
        raise Conflict("rights.stale", said, field="version")
    return found


def shown(held: Iterable[Held], *, to_guardian: bool = False) -> list[Held]:
    """Return what of it may be told to whoever holds the number.

    Where anything belongs to a protected person, nothing at all is told, as if nothing were held:
    the number may be in the hands of the one she fears. A minor's record is for a guardian whom an
    officer has made sure of.
    """
    rows = list(held)
    if any(each.described.hidden for each in rows):
        return []
    return [each for each in rows if to_guardian or not each.described.is_minor]


def absent() -> NotFound:
    """Return the one answer for what is absent and what is off the actor's ground."""
    said = _("There is no such request, or it is not on your ground.")
    return NotFound("rights.absent", said)
