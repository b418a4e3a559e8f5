"""Handing over: a request to another area or network that is accepted, or refused with a reason."""

from __future__ import annotations

from copy import copy

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import policy
from tongxin.domain.incidents.acting import Act, perform
from tongxin.domain.incidents.hearing import INCIDENT_PATH, message_subject
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import HandOver, Incident, TimelineEntry
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.roles import Permission, roles_with
from tongxin.foundation.access.scope import Actor
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.ground import AreaInfo
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.plumbing.channels.alerting import alert


class RefusalReason(models.TextChoices):
    """Why a body sends an incident back. One of them is obligatory."""

    NOT_OUR_GROUND = "not_our_ground", _("Not our ground")
    NOT_OUR_DUTY = "not_our_duty", _("Not our duty")
    NO_MEANS = "no_means", _("No means at present")
    ALREADY_HANDLED = "already_handled", _("Already dealt with")
    OTHER = "other", _("Another reason, in words")


def hand_over(
    incident_id: int,
    *,
    to_area_id: int,
    actor: Actor,
    version: int | None = None,
    words: str | None = None,
) -> HandOver:
    """Ask another area, of any network, to take the incident; it sees it from now on.

    Raises ``NotFound`` for an unknown area, ``Conflict`` while an earlier request is unanswered.
    """
    with transaction.atomic():
        incident = policy.find(incident_id, actor)
        policy.require(actor, _permission(incident, "hand_over"), incident.area_ids)
        asked = locating.area_info(to_area_id)
        if asked.id == incident.owner_area_id:
            raise BadInput("hand_over.same", _("It is theirs already."), field="to_area")
        added = [area for area in asked.path if area not in incident.area_ids]
        act = Act(
            "hand_over",
            {"to_area": asked.id, "from_area": incident.owner_area_id},
            words,
            changes={"area_ids": [*incident.area_ids, *added]},
        )
        before = copy(incident)
        perform(incident, act, actor=actor, version=version)
        request = _ask(incident, asked, before=before, added=added, actor=actor)
        _alert(incident, asked.id)
    return request


def answer_hand_over(
    incident_id: int,
    *,
    accept: bool,
    actor: Actor,
    version: int | None = None,
    reason_code: str = "",
    words: str = "",
) -> Incident:
    """Take what was handed over, or send it back; sending back needs a reason.

    Only somebody with the right on the asked area may answer. ``reason_code`` is one of
    ``RefusalReason``; ``other`` needs words.
    """
    with transaction.atomic():
        incident = policy.find(incident_id, actor)
        request = incident.hand_overs.select_for_update().filter(answered_at=None).first()
        if request is None:
            raise Conflict("hand_over.none", _("Nothing waits for an answer here."))
        policy.require(actor, Permission.HAND_OVER, locating.area_info(request.to_area_id).path)
        if accept:
            _take(incident, request, actor, version)
        else:
            act = _refusal(incident, request, reason_code, words.strip())
            _send_back(incident, request, perform(incident, act, actor=actor, version=version))
        request.answered_at, request.accepted = clock.now(), accept
        request.save()
    return incident


def _take(incident: Incident, request: HandOver, actor: Actor, version: int | None) -> None:
    fields = {"area": request.to_area_id}
    changes = {"owner_area_id": request.to_area_id}
    perform(incident, Act("take", fields, changes=changes), actor=actor, version=version)


def _refusal(incident: Incident, request: HandOver, reason_code: str, words: str) -> Act:
    if reason_code not in RefusalReason.values:
        raise BadInput("hand_over.reason", _("Sending back needs a reason."), field="reason_code")
    if reason_code == RefusalReason.OTHER and not words:
        raise BadInput("hand_over.words", _("Say the reason in words."), field="words")
    return Act(
        "refuse",
        {"area": request.to_area_id, "reason_code": reason_code},
        words or None,
        changes={"area_ids": [a for a in incident.area_ids if a not in request.added_areas]},
        before=request.from_state,
    )


def _send_back(incident: Incident, request: HandOver, seq: int) -> None:
    line = TimelineEntry.objects.get(incident_id=incident.pk, seq=seq)
    request.reason_code = line.payload["reason_code"]
    request.reason_ref = line.text_ref
    who, _colon, member_id = request.asked_by.partition(":")
    if who == "member":
        _send(incident, int(member_id), "incident.hand_over_refused", seq)


def _ask(
    incident: Incident, asked: AreaInfo, *, before: Incident, added: list[int], actor: Actor
) -> HandOver:
    try:
        return HandOver.objects.create(
            incident=incident,
            from_area_id=before.owner_area_id,
            to_area_id=asked.id,
            from_state=before.state,
            added_areas=added,
            asked_by=str(actor),
            asked_at=clock.now(),
        )
    except IntegrityError:
        raise Conflict("hand_over.open", _("An earlier request is not answered yet.")) from None


def _permission(incident: Incident, act: str) -> str:
    step = registry()[incident.kind].lifecycle.transitions.get(act)
    return step.permission if step else Permission.HAND_OVER


def _alert(incident: Incident, area_id: int) -> None:
    people = access.members_of(area_id, roles_with(Permission.HAND_OVER))
    for member_id in {person.member_id for person in people}:
        _send(incident, member_id, "incident.handed_over", incident.version)


def _send(incident: Incident, member_id: int, template: str, seq: int) -> None:
    alert(
        member_id=member_id,
        template=template,
        values={"number": incident.number, "link": INCIDENT_PATH.format(number=incident.number)},
        subject=message_subject(incident, seq),
        once_key=f"{template}:{incident.pk}:{seq}:{member_id}",
        urgent=False,
    )
