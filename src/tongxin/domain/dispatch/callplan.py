"""A resident's call to their officer's number, passed on until somebody answers (story S05).

The officer rings for 20 s, then the next of the beat's call plan, the station's room last. Every
ring and its result is a line: of the call's own timeline, and of the incident's once there is one.
A call that nobody answers becomes an incident by itself, so that somebody rings back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from tongxin.domain.dispatch import jobs
from tongxin.domain.dispatch.call_steps import Step, digits, steps_of, whose
from tongxin.domain.dispatch.models import CallRing, InboundCall, RingResult
from tongxin.domain.incidents.actions import Report, report
from tongxin.domain.incidents.models import Incident, Source
from tongxin.domain.incidents.timeline import record
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import may
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, SystemActor, acting_as
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Post
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, NotFound
from tongxin.kernel.geometry import Spot
from tongxin.plumbing.channels import registry
from tongxin.plumbing.channels.actions import note_call_state
from tongxin.plumbing.channels.call.gateway import CallChannel, CallState
from tongxin.plumbing.channels.call.inbound import CallEvent, CallEventKind, parse
from tongxin.plumbing.live.actions import publish
from tongxin.plumbing.vault import actions as vault

CALLS = SystemActor("callplan")
MARGIN = dt.timedelta(seconds=1)
"""Passed on this much before the seconds are over, so that it has happened when they are."""
KIND = "help"
MISSED, GONE, ANSWERED = "missed", "caller_gone", "answered"
_RESULT = {
    CallState.ANSWERED: RingResult.ANSWERED,
    CallState.BUSY: RingResult.BUSY,
    CallState.NO_ANSWER: RingResult.NO_ANSWER,
    CallState.FAILED: RingResult.FAILED,
}


def take_webhook(headers: Mapping[str, str], body: bytes) -> InboundCall | None:
    """Take a gateway's message: a call that comes in, or how one stands.

    Checks the signature with the secret of the configured gateway. Returns the call it is about,
    None when it is about a call that we dialled ourselves. Raises ``NotFound`` where no gateway is
    configured, ``Forbidden`` for a wrong signature, ``BadInput`` for a message that makes no sense.
    """
    gateway = registry.gateways().get("call")
    if gateway is None:
        raise NotFound("call.no_gateway", _("No telephone gateway is configured."))
    event = parse(headers, body, secret=gateway.secret, now=clock.now().timestamp())
    return take(event)


def take(event: CallEvent) -> InboundCall | None:
    """Take a checked event; the same one again changes nothing."""
    if event.kind is CallEventKind.INCOMING:
        return begin(event)
    if event.state is None:
        raise BadInput("call.field", _("The gateway's message lacks the state."), field="state")
    if not event.to and note_call_state(call=event.call, state=event.state):
        return None
    return note_state(event.call, event.to, event.state)


def begin(event: CallEvent) -> InboundCall:
    """A resident rings: keep the number in the vault, ring the first of the plan."""
    known = InboundCall.objects.filter(gateway_ref=event.call).first()
    if known is not None:
        return known
    try:
        with acting_as(CALLS):
            number = whose(event.dialled)
            call = InboundCall.objects.create(
                gateway_ref=event.call,
                beat_id=number.area_id,
                dialled_member_id=number.member_id,
                caller_ref=_keep_number(event.caller),
                started_at=clock.now(),
            )
            _ring_next(call)
            return call
    except IntegrityError:  # the gateway said it twice at once
        return InboundCall.objects.get(gateway_ref=event.call)


def note_state(call_ref: str, to: str, state: CallState) -> InboundCall:
    """Take how the leg to a number stands, or, without a number, the call as a whole.

    Raises ``NotFound`` for a call that never came in.
    """
    with acting_as(CALLS):
        call = _locked(call_ref)
        if call.ended_at is not None or state is CallState.RINGING:
            return call
        ring = _open_ring(call)
        if not to and state is not CallState.ANSWERED:
            _caller_has_gone(call, ring)
        elif ring is not None and _is_of(ring, to):
            _settle(call, ring, _RESULT[state])
        elif state is CallState.ANSWERED and call.answered_at is None:
            _answered_late(call, ring, to)
        return call


def pass_on_due() -> int:
    """Pass on every call that has rung long enough; return how many (a ticker, each 0.5 s)."""
    passed = 0
    while True:
        with acting_as(CALLS):
            ring = (
                CallRing.objects.select_for_update(skip_locked=True, of=("self", "call"))
                .filter(ended_at__isnull=True, until__lte=clock.now())
                .select_related("call")
                .order_by("until")
                .first()
            )
            if ring is None:
                return passed
            _settle(ring.call, ring, RingResult.NO_ANSWER)
            passed += 1


def transfer(ring_id: int) -> None:
    """Have the gateway ring a step's telephone (a job, for the gateway may be slow).

    A gateway that refuses, or cannot be reached, lets the next of the plan ring at once.
    """
    ring = CallRing.objects.select_related("call").get(pk=ring_id)
    channel = registry.channels().get("call")
    if ring.ended_at is not None or not isinstance(channel, CallChannel):
        return
    seconds = round((ring.until - ring.rang_at + MARGIN).total_seconds())
    result = channel.gateway.transfer(ring.call.gateway_ref, ring.phone, seconds)
    if result.outcome.value in ("rejected", "unreachable", "busy", "no_address", "not_configured"):
        state = CallState.BUSY if result.outcome.value == "busy" else CallState.FAILED
        note_state(ring.call.gateway_ref, ring.phone, state)


def make_incident(
    call_id: int, *, actor: Actor, kind: str = KIND, spot: Spot | None = None, what: str = ""
) -> Incident:
    """Make an incident of a call; its rings so far become lines. Again: the same incident.

    Without ``spot`` it lies in the middle of the beat and is said to be inexact. For the member who
    answered, and whoever may report on that ground.
    """
    with acting_as(actor):
        call = InboundCall.objects.select_for_update().filter(pk=call_id).first()
        if call is None:
            raise _absent()
        _check_actor(call, actor)
        if call.incident is not None:
            return call.incident
        return _incident_of(call, actor, kind, spot, what)


def _absent() -> NotFound:
    return NotFound("call.absent", _("There is no such call."))


def _check_actor(call: InboundCall, actor: Actor) -> None:
    if isinstance(actor, MemberActor) and actor.member.pk == call.answered_by:
        return
    if not may(actor, Permission.REPORT, locating.area_info(call.beat_id).path):
        raise _absent()  # not on one's ground: as if it were not there


def _incident_of(
    call: InboundCall, actor: Actor, kind: str, spot: Spot | None, what: str
) -> Incident:
    beat = locating.area_info(call.beat_id)
    given = Report(
        kind=kind,
        spot=spot or beat.centroid,
        source=Source.PHONE,
        what=what,
        place="" if spot else beat.name,
    )
    incident = report(given, actor=actor).incident
    with acting_as("callplan"):
        changes = {"contact_ref": call.caller_ref, "place_exact": spot is not None}
        Incident.objects.filter(pk=incident.pk).update(**changes)
        call.incident = incident
        call.save(update_fields=["incident"])
        for ring in call.rings.order_by("position"):
            _line(call, ring)
    return incident


def _keep_number(caller: str) -> int | None:
    if not caller:
        return None
    stored = vault.put(
        category="call",
        fields={"contact_phone": caller},
        actor=str(CALLS),
        legal_basis="public_duty",
    )
    return stored.refs["contact_phone"]


def _locked(call_ref: str) -> InboundCall:
    call = InboundCall.objects.select_for_update().filter(gateway_ref=call_ref).first()
    if call is None:
        raise NotFound("call.absent", _("There is no such call."), field="call")
    return call


def _open_ring(call: InboundCall) -> CallRing | None:
    return call.rings.filter(ended_at__isnull=True).order_by("-position").first()


def _is_of(ring: CallRing, to: str) -> bool:
    return not to or digits(ring.phone) == digits(to)


def _caller_has_gone(call: InboundCall, ring: CallRing | None) -> None:
    """The whole call has ended: unanswered, that is a missed call; answered, it is just over."""
    if ring is not None:
        _close_ring(call, ring, RingResult.CALLER_GONE)
    if call.answered_at is None:
        _end(call, GONE)
    else:
        InboundCall.objects.filter(pk=call.pk).update(ended_at=clock.now())


def _answered_late(call: InboundCall, ring: CallRing | None, to: str) -> None:
    """Somebody rung before picked up just when the next began to ring."""
    earlier = next((r for r in call.rings.order_by("-position") if _is_of(r, to)), None)
    if earlier is None:
        return
    if ring is not None:
        _close_ring(call, ring, RingResult.NO_ANSWER)
    _settle(call, earlier, RingResult.ANSWERED)


def _settle(call: InboundCall, ring: CallRing, result: str) -> None:
    """End a ring; unanswered, the next of the plan rings."""
    _close_ring(call, ring, result)
    if result != RingResult.ANSWERED:
        _ring_next(call)
        return
    call.answered_by, call.answered_at = ring.member_id, clock.now()
    call.ringing_member_id = call.ringing_since = None
    call.outcome = ANSWERED
    call.save()
    _tell(call)


def _close_ring(call: InboundCall, ring: CallRing, result: str) -> None:
    ring.ended_at, ring.result = clock.now(), result
    ring.save(update_fields=["ended_at", "result"])
    _line(call, ring)


def _ring_next(call: InboundCall) -> None:
    rung = list(call.rings.values_list("phone", flat=True))
    left = [s for s in steps_of(call.beat_id, call.dialled_member_id) if s.phone not in rung]
    if not left:
        _end(call, MISSED)
        return
    _ring(call, left[0], len(rung))


def _ring(call: InboundCall, step: Step, position: int) -> None:
    now = clock.now()
    ring = CallRing.objects.create(
        call=call,
        position=position,
        member_id=step.member_id,
        post_id=step.post_id,
        phone=step.phone,
        rang_at=now,
        until=now + dt.timedelta(seconds=step.seconds) - MARGIN,
    )
    call.position, call.ringing_member_id, call.ringing_since = position, step.member_id, now
    call.save()
    jobs.defer_transfer(ring.pk)
    _line(call, ring)
    _tell(call)


def _end(call: InboundCall, outcome: str) -> None:
    """The call is over without an answer: an incident, so that somebody rings back."""
    call.ended_at, call.outcome = clock.now(), outcome
    call.ringing_member_id = call.ringing_since = None
    call.save()
    if call.incident is None:
        _incident_of(call, CALLS, KIND, None, "")
    _tell(call)


def _line(call: InboundCall, ring: CallRing) -> None:
    """Add a ring, or its result, to the incident's timeline once there is one."""
    if call.incident is None:
        return
    payload = {
        "call": call.pk,
        "member": ring.member_id,
        "post": ring.post_id,
        "result": ring.result,
        "rang_at": ring.rang_at.isoformat(),
    }
    record(call.incident, "ring", actor=CALLS, payload=payload)


def _tell(call: InboundCall) -> None:
    version = call.rings.count() * 2 + (call.answered_at is not None) + (call.ended_at is not None)
    path = locating.area_info(call.beat_id).path
    publish(topic="branch", ref=f"call:{call.pk}", version=version, area_ids=path)
    if call.ringing_member_id is not None:
        publish(topic=f"member:{call.ringing_member_id}", ref=f"call:{call.pk}", version=version)


def name_of(ring: CallRing) -> str:
    """Return who a ring rings: a member's form of address, or a post's name."""
    from tongxin.foundation.access.titles import title_of

    if ring.member_id is not None:
        member = Member.objects.filter(pk=ring.member_id).first()
        return title_of(member.surname, member.kind) if member else ""
    post = Post.objects.filter(pk=ring.post_id or 0).first()
    return post.name if post else ""
