"""A supervisor's yes to a look at a minor's record; looks in an emergency and their review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import keeping, policy
from tongxin.domain.homes.models import ApprovalState, BreakGlass, LookApproval, Resident
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.grants import held_grants
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission, roles_with
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.foundation.access.selectors import valid_grants
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Building, Level, Network
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, Forbidden
from tongxin.plumbing.channels.alerting import alert
from tongxin.plumbing.live.actions import publish_many
from tongxin.plumbing.vault import purposes

LOOK_MINUTES = 60
"""How long a supervisor's yes holds."""
GLASS_MINUTES = 15
"""How long the glass stays broken."""
LOOKS_PATH = "/home/looks/"
"""Where a supervisor is led to what waits for him, whichever surface is his."""
SHORTEST_REASON = 4


def ask_look(resident_id: int, purpose: str, because: str, *, actor: Actor) -> LookApproval:
    """Ask a supervisor for a look at a minor's record; asked twice it is one request.

    The supervisors of the ground are told. Raises ``BadInput`` for one who is no minor, without a
    listed purpose or without words; else as ``amend_resident``.
    """
    member = policy.member_of(actor)
    if purposes.parse(purpose) is None:
        said = _("Say for what you need it: choose a purpose.")
        raise BadInput("homes.no_purpose", said, field="purpose")
    words = _reason(because)
    with acting_as(actor):
        resident = Resident.objects.filter(
            pk=resident_id, is_protected=False, left_at__isnull=True
        ).first()
        if resident is None:
            raise policy.absent()
        if not policy.require_sight(actor, resident.area_ids).sees(resident):
            raise policy.not_yours()
        if not resident.is_minor:
            said = _("No approval is needed here: this is no minor.")
            raise BadInput("homes.no_minor", said, field="resident")
        made = _ask_once(resident, member, purpose, words, actor)
        _tell(
            supervisors_of(resident.area_ids, but=member.pk), "homes.look_asked", f"look:{made.pk}"
        )
        _note(actor, "homes.look_asked", resident, purpose)
    return made


def grant_look(approval_id: int, *, actor: Actor) -> LookApproval:
    """Say yes for 60 minutes; see ``refuse_look`` for what is raised."""
    return _decide(approval_id, granted=True, actor=actor)


def refuse_look(approval_id: int, *, actor: Actor) -> LookApproval:
    """Say no. Raises ``Forbidden`` for the one who asked and without the right, ``Conflict`` when
    it was decided already.
    """
    return _decide(approval_id, granted=False, actor=actor)


def break_glass(
    building_id: int, because: str, *, actor: Actor, incident_id: int | None = None
) -> BreakGlass:
    """Open one building outside the member's ground for looks, for 15 minutes, in an emergency.

    The supervisors of both grounds are told at once, and it waits in their list until one reviewed
    it. Minors and protected people stay closed. Raises ``Forbidden`` without the right,
    ``BadInput`` without a reason in words.
    """
    member = policy.member_of(actor)
    access.require_anywhere(actor, Permission.BREAK_GLASS)
    words = _reason(because)
    building = Building.objects.defer("grams").filter(pk=building_id).first()
    if building is None:
        raise policy.absent()
    own = {i for grant in held_grants(member) for i in locating.area_info(grant.area_id).path}
    there = policy.ground_of(building)
    with acting_as(actor):
        now = clock.now()
        glass = BreakGlass.objects.create(
            building=building,
            member_id=member.pk,
            because_ref=keeping.put_words("home_reason", words, actor=actor),
            incident_id=incident_id,
            broken_at=now,
            valid_to=now + dt.timedelta(minutes=GLASS_MINUTES),
            area_ids=sorted(own | set(there)),
        )
        told = supervisors_of(own, but=member.pk) | supervisors_of(there, but=member.pk)
        _tell(told, "homes.glass_broken", f"glass:{glass.pk}")
        audit.record(
            actor=str(actor),
            act="homes.glass_broken",
            subject=f"building:{building.pk}",
            detail={"glass": glass.pk, "incident": incident_id},
            durable=True,
        )
    return glass


def review_glass(glass_id: int, was_right: bool, words: str, *, actor: Actor) -> BreakGlass:
    """Review a look in an emergency: was it right, and in words why.

    Never one's own. Raises ``NotFound``, ``Forbidden``, ``Conflict`` when reviewed already.
    """
    member, verdict = policy.member_of(actor), _reason(words)
    with acting_as(actor):
        glass = BreakGlass.objects.select_for_update().filter(pk=glass_id).first()
        if glass is None:
            raise policy.absent()
        access.require(actor, Permission.APPROVE_LOOKS, glass.area_ids)
        _not_oneself(member, glass.member_id)
        if glass.reviewed_at is not None:
            raise Conflict("homes.reviewed", _("This was reviewed already."))
        glass.reviewed_by, glass.reviewed_at = member.pk, clock.now()
        glass.was_right = was_right
        glass.verdict_ref = keeping.put_words("home_reason", verdict, actor=actor)
        glass.save()
        _refresh(glass.area_ids, f"glass:{glass.pk}")
        audit.record(
            actor=str(actor),
            act="homes.glass_reviewed",
            subject=f"building:{glass.building_id}",
            detail={"glass": glass.pk, "right": was_right},
        )
    return glass


def supervisors_of(area_ids: Iterable[int], *, but: int = 0) -> set[int]:
    """Return the members who approve and review there: of the station, else of the branch."""
    ids = set(area_ids)
    infos = [locating.area_info(i) for i in ids]
    roles = [role.value for role in roles_with(Permission.APPROVE_LOOKS)]
    for level in (Level.STATION, Level.BRANCH):
        here = [i.id for i in infos if i.level is level and i.network is Network.POLICE]
        grants = valid_grants().filter(area_id__in=here, role__in=roles)
        found = set(grants.exclude(member_id=but).values_list("member_id", flat=True))
        if found:
            return found
    return set()


def _decide(approval_id: int, *, granted: bool, actor: Actor) -> LookApproval:
    member = policy.member_of(actor)
    with acting_as(actor):
        row = LookApproval.objects.select_for_update().filter(pk=approval_id).first()
        if row is None:
            raise policy.absent()
        access.require(actor, Permission.APPROVE_LOOKS, row.area_ids)
        _not_oneself(member, row.member_id)
        if row.state != ApprovalState.ASKED:
            raise Conflict("homes.decided", _("This request was decided already."))
        now = clock.now()
        row.state = ApprovalState.GRANTED if granted else ApprovalState.REFUSED
        row.decided_by, row.decided_at = member.pk, now
        row.valid_to = now + dt.timedelta(minutes=LOOK_MINUTES) if granted else None
        row.save()
        act = "homes.look_granted" if granted else "homes.look_refused"
        _tell({row.member_id}, act, f"look:{row.pk}:{row.state}")
        _refresh(row.area_ids, f"look:{row.pk}")
        audit.record(
            actor=str(actor),
            act=act,
            subject=f"resident:{row.resident_id}",
            purpose=row.purpose,
            detail={"member": row.member_id, "approval": row.pk},
        )
    return row


def _ask_once(
    resident: Resident, member: Member, purpose: str, words: str, actor: Actor
) -> LookApproval:
    held = LookApproval.objects.filter(
        resident=resident, member_id=member.pk, state=ApprovalState.ASKED
    )
    if (known := held.first()) is not None:
        return known
    try:
        with transaction.atomic():
            return LookApproval.objects.create(
                resident=resident,
                member_id=member.pk,
                purpose=purpose,
                because_ref=keeping.put_words("home_reason", words, actor=actor),
                asked_at=clock.now(),
                area_ids=resident.area_ids,
            )
    except IntegrityError:  # the second tap
        return held.get()


def _tell(members: Iterable[int], template: str, key: str) -> None:
    for member_id in sorted(members):
        alert(
            member_id=member_id,
            template=template,
            values={"link": LOOKS_PATH},
            subject=f"homes:{key}"[:64],
            once_key=f"{template}:{key}:{member_id}",
        )


def _refresh(area_ids: Iterable[int], ref: str) -> None:
    """Have it leave the open pages of the other supervisors."""
    publish_many([(f"member:{each}", ref) for each in sorted(supervisors_of(area_ids))])


def _reason(words: str) -> str:
    if len(words.strip()) < SHORTEST_REASON:
        raise BadInput("homes.no_reason", _("Say why, in words."), field="because")
    return words.strip()[:500]


def _not_oneself(member: Member, other_id: int) -> None:
    if member.pk == other_id:
        raise Forbidden("homes.own_look", _("Nobody decides about a look of his own."))


def _note(actor: Actor, act: str, resident: Resident, purpose: str) -> None:
    audit.record(actor=str(actor), act=act, subject=f"resident:{resident.pk}", purpose=purpose)
