"""What the reporter thinks of it: asked after closing, and unhappy opens it again."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import policy
from tongxin.domain.incidents.acting import Act, announce, perform
from tongxin.domain.incidents.hearing import INCIDENT_PATH, message_subject
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.domain.incidents.timeline import Line, append
from tongxin.foundation.access.scope import ReporterActor
from tongxin.kernel import clock
from tongxin.kernel.errors import Conflict
from tongxin.plumbing.channels.alerting import alert

ASKED_FOR = dt.timedelta(days=30)
"""How long after closing a reporter can say whether it is all right."""


def rate(token: str, *, satisfied: bool, words: str = "") -> Incident:
    """Take the reporter's word on a closed incident; unhappy opens it again.

    Whoever closed it is told. ``token`` is that of the status page; of a merged report it speaks
    about the one that went on.
    Raises ``NotFound`` for an unknown token, ``Conflict`` when it is not closed, was rated already
    or was closed more than 30 days ago.
    """
    with transaction.atomic():
        incident = _of_token(token)
        actor = ReporterActor(incident.public_token)
        _check(incident)
        payload = {"satisfied": satisfied}
        line = Line("rate", payload, words.strip() or None, public=True)
        seq = append(incident, line, actor=actor, changes={"satisfied": satisfied})
        announce(incident, "rate", actor, seq, payload)
        if not satisfied:
            _open_again(incident, actor)
    return incident


def _of_token(token: str) -> Incident:
    found = Incident.objects.filter(public_token=token).first() if token else None
    if found is None:
        raise policy.absent()
    pk = found.merged_into_id or found.pk
    return Incident.objects.select_for_update().get(pk=pk)


def _check(incident: Incident) -> None:
    if incident.is_open or incident.closed_at is None:
        raise Conflict("rate.open", _("It is not closed yet."))
    if incident.satisfied is not None:
        raise Conflict("rate.again", _("You have told us already. Thank you."))
    if clock.now() - incident.closed_at > ASKED_FOR:
        raise Conflict("rate.late", _("It was closed long ago; please report it anew."))


def _open_again(incident: Incident, actor: ReporterActor) -> None:
    closed_by = _who_closed(incident)
    act = Act("reopen", {"unhappy": True, "closed_by": closed_by}, changes={"satisfied": False})
    seq = perform(incident, act, actor=actor, version=None)
    who, _colon, member_id = closed_by.partition(":")
    if who == "member":
        alert(
            member_id=int(member_id),
            template="incident.reopened",
            values={
                "number": incident.number,
                "link": INCIDENT_PATH.format(number=incident.number),
            },
            subject=message_subject(incident, seq),
            once_key=f"reopened:{incident.pk}:{seq}",
            urgent=incident.urgency == 3,
        )


def _who_closed(incident: Incident) -> str:
    closing = TimelineEntry.objects.filter(incident_id=incident.pk, act="close").order_by("-seq")
    return closing.values_list("actor", flat=True).first() or ""
