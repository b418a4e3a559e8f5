"""Reading residents' calls and call plans (S05)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from tongxin.domain.dispatch.call_steps import steps_of
from tongxin.domain.dispatch.callplan import name_of
from tongxin.domain.dispatch.models import CallRing, InboundCall, RingResult
from tongxin.domain.dispatch.naming import NOBODY, who
from tongxin.domain.dispatch.views import CallLine, CallStep, CallView
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Post
from tongxin.kernel.errors import NotFound


def calls(member: Member, limit: int = 50) -> list[CallView]:
    """Return the newest calls that ``member`` may know of: rung, answered, or on the own ground."""
    ground = scope_of(member, Permission.SEE_INCIDENTS)
    rows = InboundCall.objects.order_by("-started_at").select_related("incident")
    newest = rows.prefetch_related("rings")[: limit * 4]
    mine = [row for row in newest if _may_know(row, member.pk, ground.area_ids)]
    return [call_view(row) for row in mine[:limit]]


def call(call_id: int, member: Member) -> CallView:
    """Return one call; raises ``NotFound`` when it is absent or not the member's to know of."""
    row = InboundCall.objects.select_related("incident").prefetch_related("rings")
    found = row.filter(pk=call_id).first()
    ground = scope_of(member, Permission.SEE_INCIDENTS).area_ids
    if found is None or not _may_know(found, member.pk, ground):
        raise NotFound("call.absent", gettext("There is no such call."))
    return call_view(found)


def call_view(row: InboundCall) -> CallView:
    """Return a call with its own timeline."""
    rings = sorted(row.rings.all(), key=lambda ring: ring.position)
    ringing = next((ring for ring in rings if ring.ended_at is None), None)
    answered = next((ring for ring in rings if ring.result == RingResult.ANSWERED), None)
    state = row.outcome or ("ringing" if ringing else "")
    return CallView(
        call_id=row.pk,
        beat_id=row.beat_id,
        beat=_area_name(row.beat_id),
        started_at=row.started_at,
        state=state,
        state_name=_state_name(state),
        ringing=name_of(ringing) if ringing else "",
        answered_by=name_of(answered) if answered else "",
        caller_ref=row.caller_ref,
        incident_id=row.incident_id,
        incident_number=row.incident.number if row.incident else "",
        lines=tuple(line for ring in rings for line in _lines(ring)),
    )


def call_plan(area_id: int) -> list[CallStep]:
    """Return a beat's call plan as it would ring now."""
    steps = steps_of(area_id)
    names = who(step.member_id for step in steps if step.member_id is not None)
    posts = dict(Post.objects.filter(pk__in=[s.post_id for s in steps]).values_list("pk", "name"))
    return [
        CallStep(
            position=number,
            who=names.get(step.member_id or 0, NOBODY).title or posts.get(step.post_id or 0, ""),
            phone=step.phone,
            seconds=step.seconds,
            stored=step.stored,
        )
        for number, step in enumerate(steps)
    ]


def _may_know(row: InboundCall, member_id: int, ground: frozenset[int]) -> bool:
    if any(ring.member_id == member_id for ring in row.rings.all()):
        return True
    return not ground.isdisjoint(_path(row.beat_id))


def _path(area_id: int) -> Sequence[int]:
    try:
        return locating.area_info(area_id).path
    except NotFound:
        return ()


def _area_name(area_id: int) -> str:
    try:
        return locating.area_info(area_id).name
    except NotFound:
        return ""


def _lines(ring: CallRing) -> list[CallLine]:
    who_rings = name_of(ring)
    rang = CallLine(ring.rang_at, "ring", who_rings, gettext("Rings"))
    if ring.ended_at is None:
        return [rang]
    says = str(RingResult(ring.result).label)
    return [rang, CallLine(ring.ended_at, ring.result, who_rings, says)]


def _state_name(state: str) -> str:
    names = {
        "ringing": gettext("Ringing"),
        "answered": gettext("Answered"),
        "missed": gettext("Nobody answered: ring back"),
        "caller_gone": gettext("The caller hung up: ring back"),
    }
    return names.get(state, "")
