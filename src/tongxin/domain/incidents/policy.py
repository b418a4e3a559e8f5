"""Who may see an incident, who may do what with it, and what its procedure allows now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents.kinds import Kind, registry
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.grants import usable_grants
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, ReporterActor, SystemActor
from tongxin.foundation.access.selectors import scope_of
from tongxin.kernel.errors import BadInput, Conflict, NotFound
from tongxin.kernel.lifecycle import Step, missing

OwnIncidents = Callable[[int], Collection[int]]

_own_incidents: list[OwnIncidents] = []
_answered: list[OwnIncidents] = []

LEVEL_ROLES: dict[str, frozenset[Role]] = {
    "grid": frozenset({Role.GRID_WORKER}),
    "community": frozenset({Role.COMMUNITY_OFFICER, Role.COMMUNITY_CADRE}),
    "station": frozenset({Role.STATION_CHIEF, Role.DEPUTY_STATION_CHIEF}),
    "branch": frozenset({Role.BRANCH_CHIEF, Role.SUPERVISOR, Role.DISPATCHER}),
}
"""Who is told when an incident climbs to a level."""


def also_own(find: OwnIncidents) -> OwnIncidents:
    """Let ``find(member_id)`` name further incidents that are a member's own: those assigned.

    Registered by the app that assigns, when it is ready. Whoever may see his own incidents sees
    these wherever they lie.
    """
    if find not in _own_incidents:
        _own_incidents.append(find)
    return find


def also_answers(find: OwnIncidents) -> OwnIncidents:
    """Let ``find(member_id)`` name the incidents that a member has accepted and not yet left.

    Registered by the app that assigns. Whoever was called and has accepted may take the steps of
    the procedure there (mediate, order, search), also on foreign ground.
    """
    if find not in _answered:
        _answered.append(find)
    return find


def own_ids(member: Member) -> set[int]:
    """Return the ids of the incidents that other apps call the member's own."""
    return {pk for find in _own_incidents for pk in find(member.pk)}


def visible_to(member: Member) -> Q:
    """Return the condition for the incidents that a member may see; without grants: none."""
    ground = scope_of(member, Permission.SEE_INCIDENTS)
    roles = frozenset(g.role.value for g in usable_grants(member, Permission.SEE_INCIDENTS))
    condition = ground.filter("area_ids")
    hidden = registry().hidden_from(roles)
    if hidden:
        condition &= ~Q(kind__in=hidden)
    if access.holds(member, Permission.SEE_OWN_INCIDENTS):
        condition |= Q(reporter_member_id=member.pk) | Q(pk__in=own_ids(member))
    return condition


def sees(actor: Actor, incident: Incident) -> bool:
    """Tell whether an actor may see an incident: its ground and kind, or his own."""
    if isinstance(actor, SystemActor):
        return True
    if isinstance(actor, ReporterActor):
        return bool(actor.token) and actor.token == incident.public_token
    return _on_ground(actor, incident) or is_own(actor, incident)


def is_own(actor: Actor, incident: Incident) -> bool:
    """Tell whether the incident is the member's own: reported by him, or assigned to him."""
    if not isinstance(actor, MemberActor):
        return False
    limited = actor.only is not None and Permission.SEE_OWN_INCIDENTS not in actor.only
    if limited or not access.holds(actor.member, Permission.SEE_OWN_INCIDENTS):
        return False
    mine = incident.reporter_member_id == actor.member.pk
    return mine or incident.pk in own_ids(actor.member)


def find(incident_id: int, actor: Actor) -> Incident:
    """Return an incident; raises ``NotFound`` when it is absent or out of the actor's sight."""
    incident = Incident.objects.filter(pk=incident_id).first()
    if incident is None or not sees(actor, incident):
        raise absent()
    return incident


def absent() -> NotFound:
    """Return the one answer for what is absent and what is out of sight."""
    return NotFound("incident.absent", _("There is no such incident, or it is not on your ground."))


def require(actor: Actor, permission: Permission | str, area_ids: Iterable[int]) -> None:
    """Raise ``Forbidden`` unless the actor has the right on something in ``area_ids``."""
    access.require(actor, Permission(permission), area_ids)


def may_step(actor: Actor, permission: Permission | str, incident: Incident) -> bool:
    """Tell whether the actor may take a step that needs ``permission``: on the ground, or called.

    A right to respond also comes with an accepted call: who is first on the scene acts there.
    """
    right = Permission(permission)
    if access.may(actor, right, incident.area_ids):
        return True
    return right == Permission.RESPOND and is_called(actor, incident)


def is_called(actor: Actor, incident: Incident) -> bool:
    """Tell whether the actor was called to the incident and has accepted."""
    if not isinstance(actor, MemberActor):
        return False
    if actor.only is not None and Permission.RESPOND not in actor.only:
        return False
    member_id = actor.member.pk
    return any(incident.pk in find(member_id) for find in _answered)


def require_step(actor: Actor, permission: Permission | str, incident: Incident) -> None:
    """Raise ``Forbidden`` unless ``may_step``."""
    if not may_step(actor, permission, incident):
        require(actor, permission, incident.area_ids)


def step(
    incident: Incident,
    kind: Kind,
    act: str,
    fields: Mapping[str, object],
    before: str | None = None,
) -> Step:
    """Return how the act leads on; ``Conflict`` when it cannot now, ``BadInput`` for a gap."""
    transition = kind.lifecycle.transitions.get(act)
    if transition is None:
        raise BadInput(
            "act.unknown",
            _("“%(kind)s” has no such step.") % {"kind": kind.words},
            field="act",
        )
    if not kind.lifecycle.may(incident.state, act):
        raise Conflict(
            "act.not_now",
            _("This is “%(state)s” now, so that step is not possible.")
            % {"state": kind.face(incident.state).words},
        )
    for name in missing(transition, fields):
        raise BadInput(
            "act.missing",
            _("This step needs one more thing: %(name)s.") % {"name": name},
            field=name,
        )
    return kind.lifecycle.step(incident.state, act, before)


def _on_ground(actor: MemberActor, incident: Incident) -> bool:
    if not access.may(actor, Permission.SEE_INCIDENTS, incident.area_ids):
        return False
    kind = registry()[incident.kind]
    return kind.seen_by is None or any(
        grant.role.value in kind.seen_by and not grant.area_ids.isdisjoint(incident.area_ids)
        for grant in usable_grants(actor.member, Permission.SEE_INCIDENTS)
    )
