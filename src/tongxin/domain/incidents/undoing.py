"""Undo: within ten seconds, a compensating act with its own line. Sending never waits for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import clocks, placing, policy
from tongxin.domain.incidents.acting import announce
from tongxin.domain.incidents.hearing import message_subject
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Clock, Incident, TimelineEntry
from tongxin.domain.incidents.timeline import Line, append, record
from tongxin.foundation.access.scope import Actor
from tongxin.kernel import clock
from tongxin.kernel.errors import Conflict, Forbidden
from tongxin.plumbing.channels import actions as channels

WITHIN = dt.timedelta(seconds=10)
_NEVER = frozenset(
    {
        *(
            "report",
            "undo",
            "note",
            "photo",
            "rate",
            "escalate",
            "promise_broken",
            "split",
            "merged",
            "unmerged",
        ),
        # Whoever is on the way is taken back by the app that sent him.
        *("accept", "depart", "arrive", "give_back", "take", "refuse"),
    }
)


def undo(incident_id: int, *, actor: Actor, version: int | None = None) -> Incident:
    """Take back the actor's own last act, if it is the newest line and at most ten seconds old.

    State, kind, clocks and columns go back to what they were; messages about it are recalled.
    Raises ``Conflict`` when it is too late or the act cannot be undone, ``Forbidden`` for what
    somebody else did.
    """
    with transaction.atomic():
        Incident.objects.select_for_update().filter(pk=incident_id).first()
        incident = policy.find(incident_id, actor)
        # What the program adds by itself meanwhile (a plan, an alert's result) is passed over.
        lines = TimelineEntry.objects.filter(incident_id=incident.pk)
        last = lines.exclude(actor__startswith="system:").order_by("-seq").first()
        if last is None:  # the program alone has written here: an imported log
            raise _not_yours()
        _check(last, actor)
        payload = {"act": last.act, "of": last.seq, "from": incident.state}
        changes, before = _former(incident, last), incident.area_ids
        seq = append(incident, Line("undo", payload), actor=actor, changes=changes, version=version)
        _turn_back_clocks(incident, last)
        placing.tell_left(incident, before)
        _drop_request(incident, last)
        _separate(incident, last, actor)
        _recall(incident, last)
        announce(incident, "undo", actor, seq, payload)
    return incident


def _not_yours() -> Forbidden:
    return Forbidden("undo.not_yours", _("Only who did it can take it back."))


def _check(last: TimelineEntry, actor: Actor) -> None:
    if last.actor != str(actor):
        raise _not_yours()
    if last.act in _NEVER or "from" not in last.payload:
        raise Conflict("undo.never", _("This cannot be undone."))
    if clock.now() - last.at > WITHIN:
        raise Conflict("undo.late", _("It is too late to undo this: ten seconds are over."))


def _former(incident: Incident, last: TimelineEntry) -> dict[str, Any]:
    """Return the columns as they were before the act."""
    kind_code = last.payload.get("kind_was", incident.kind)
    state = registry()[kind_code].lifecycle.states[last.payload["from"]]
    former: dict[str, Any] = {
        "kind": kind_code,
        "urgency": last.payload.get("urgency_was", incident.urgency),
        "state": state.code,
        "is_open": not state.ends,
        "needs_person": state.needs_person,
    }
    if not state.ends and not incident.is_open:
        former |= {"closed_at": None, "outcome": "", "merged_into_id": None}
    if last.act == "hand_over":
        request = incident.hand_overs.filter(answered_at=None).first()
        added = request.added_areas if request else []
        former["area_ids"] = [area for area in incident.area_ids if area not in added]
    if last.act == placing.ACT:
        former |= placing.former(last.payload)
    if last.act == "reopen":
        former |= _closed_again(incident, last)
    return former


def _closed_again(incident: Incident, last: TimelineEntry) -> dict[str, Any]:
    closing = TimelineEntry.objects.filter(
        incident_id=incident.pk, seq__lt=last.seq, act__in=["close", "merge"]
    ).order_by("-seq")[0]
    return {
        "closed_at": closing.at,
        "outcome": closing.payload.get("outcome", ""),
        "merged_into_id": closing.payload.get("into"),
    }


def _turn_back_clocks(incident: Incident, last: TimelineEntry) -> None:
    rows = Clock.objects.filter(incident=incident)
    stopped_then = list(rows.filter(stopped_at=last.at).values_list("pk", flat=True))
    for name in _started(incident, last):
        clocks.stop(incident, name)
    rows.filter(pk__in=stopped_then).update(stopped_at=None)
    if last.act == placing.ACT:
        placing.turn_back(incident, last.payload)
    clocks.refresh_next_due(incident)


def _started(incident: Incident, last: TimelineEntry) -> tuple[str, ...]:
    if last.act == "triage":
        was, now = last.payload["kind_was"], last.payload["kind"]
        return registry()[now].starts if was != now else ()
    step = registry()[incident.kind].lifecycle.transitions.get(last.act)
    return step.starts if step else ()


def _drop_request(incident: Incident, last: TimelineEntry) -> None:
    if last.act == "hand_over":
        incident.hand_overs.filter(answered_at=None).delete()


def _separate(incident: Incident, last: TimelineEntry, actor: Actor) -> None:
    if last.act != "merge":
        return
    Incident.objects.filter(pk__in=last.payload.get("carried", [])).update(merged_into=incident)
    main = Incident.objects.get(pk=last.payload["into"])
    payload = {"incident": incident.pk, "number": incident.number}
    record(main, "unmerged", actor=actor, payload=payload)


def _recall(incident: Incident, last: TimelineEntry) -> None:
    channels.recall(subject=message_subject(incident, last.seq), values={"number": incident.number})
