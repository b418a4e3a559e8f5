"""Who answers a question, who publishes an answer, and who keeps one."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tongxin.domain.desk.models import Answer
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, SystemActor
from tongxin.kernel.errors import Conflict, NotFound

ANSWERS = Permission.CLOSE
"""Whoever may close an incident on its ground answers a question there."""
PUBLISHES = Permission.TRIAGE
"""Whoever may publish: officers and chiefs."""


def require_publish(actor: Actor, area_ids: Iterable[int] = ()) -> None:
    """Raise ``Forbidden`` unless the actor may publish answers, on these areas if any."""
    areas = list(area_ids)
    if areas:
        access.require(actor, PUBLISHES, areas)
    else:
        access.require_anywhere(actor, PUBLISHES)


def may_publish(member: Member) -> bool:
    """Tell whether a member publishes answers anywhere."""
    return access.holds(member, PUBLISHES)


def may_answer(actor: Actor, incident: Incident) -> bool:
    """Tell whether the actor answers the question of this incident."""
    return access.may(actor, ANSWERS, incident.area_ids)


def may_keep(actor: Actor, answer: Answer) -> bool:
    """Tell whether the actor changes, confirms or retires an answer: its owner, or on its areas."""
    if isinstance(actor, SystemActor):
        return True
    owns = isinstance(actor, MemberActor) and actor.member.pk == answer.owner_id
    if not isinstance(actor, MemberActor) or not may_publish(actor.member):
        return False
    return owns or not answer.area_ids or access.may(actor, PUBLISHES, answer.area_ids)


def locked(answer_id: int, actor: Actor, version: int | None) -> Answer:
    """Return an answer, locked, for whoever keeps it; in the caller's transaction.

    Raises ``NotFound`` for an absent one and for those who do not keep it, ``Conflict`` when
    somebody was faster or it was retired.
    """
    found = Answer.objects.select_for_update().filter(pk=answer_id).first()
    if found is None:
        raise absent()
    if not may_keep(actor, found):
        access.require_anywhere(actor, PUBLISHES)
        access.require(actor, PUBLISHES, found.area_ids)
    if version is not None and version != found.version:
        said = _("Somebody was faster: this has changed since you opened it. Look again.")
        raise Conflict("desk.stale", said, field="version")
    if found.retired_at is not None:
        raise Conflict("desk.retired", _("This answer was taken back."), field="version")
    return found


def absent() -> NotFound:
    """Return the one answer for what is not there."""
    return NotFound("desk.absent", _("There is no such question or answer."))
