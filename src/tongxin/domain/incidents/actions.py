"""What can be done with an incident. Each act is one transaction; see ``acting.perform``.

Every act takes ``actor`` and, where it decides something, the ``version`` that the actor saw: if
somebody was faster, ``Conflict`` (``incident.stale``) says so and nothing is changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import clocks, policy
from tongxin.domain.incidents.acting import EVENTS, Act, advance, announce, perform
from tongxin.domain.incidents.handing import answer_hand_over, hand_over
from tongxin.domain.incidents.intake import Reported, due_times, report
from tongxin.domain.incidents.joining import merge, split
from tongxin.domain.incidents.kinds import Kind, registry
from tongxin.domain.incidents.models import Incident, Photo, TimelineEntry
from tongxin.domain.incidents.placing import correct_place
from tongxin.domain.incidents.rating import rate
from tongxin.domain.incidents.reports import Ended, Report
from tongxin.domain.incidents.timeline import Line, append, record
from tongxin.domain.incidents.undoing import undo
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, ReporterActor
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.plumbing.vault import files

__all__ = [
    "EVENTS",
    "Ended",
    "Report",
    "Reported",
    "add_photo",
    "advance",
    "answer_hand_over",
    "close",
    "correct_place",
    "hand_over",
    "merge",
    "note",
    "rate",
    "record",
    "reopen",
    "report",
    "split",
    "transition",
    "triage",
    "undo",
]

MAX_PHOTOS = 20
_HAVE_THEIR_OWN = frozenset({"close", "merge", "hand_over", "take", "refuse", "reopen"})


def transition(
    incident_id: int,
    act: str,
    *,
    actor: Actor,
    version: int | None = None,
    fields: Mapping[str, Any] | None = None,
    words: str | None = None,
) -> Incident:
    """Do a step of the incident's procedure: quick way, order, mediate, follow, publish…

    ``fields`` hold codes, numbers and times that the step requires; ``words`` go to the vault.
    Raises ``NotFound`` out of sight, ``Forbidden`` without the right, ``Conflict`` when stale or
    not possible now, ``BadInput`` naming what is lacking.
    """
    if act in _HAVE_THEIR_OWN:
        raise BadInput("act.own", _("This step has a form of its own."), field="act")
    with transaction.atomic():
        incident = policy.find(incident_id, actor)
        _may(incident, act, actor)
        doing = Act(act, fields or {}, words)
        perform(incident, doing, actor=actor, version=version)
    return incident


def triage(
    incident_id: int,
    *,
    actor: Actor,
    version: int | None = None,
    kind: str | None = None,
    urgency: int | None = None,
    words: str | None = None,
) -> Incident:
    """Set kind and urgency. A new kind starts its own procedure and clocks, from this moment on."""
    with transaction.atomic():
        incident = policy.find(incident_id, actor)
        policy.require(actor, Permission.TRIAGE, incident.area_ids)
        new = registry()[kind or incident.kind]
        _check_triage(incident, new, urgency)
        payload = {
            **{"kind": new.code, "urgency": urgency or incident.urgency},
            **{"kind_was": incident.kind, "urgency_was": incident.urgency, "from": incident.state},
        }
        changes = {"kind": new.code, "urgency": payload["urgency"]}
        changed, now = new.code != incident.kind, clock.now()
        if changed:
            changes |= _fitting_state(incident, new)
        line = Line("triage", payload, words)
        seq = append(incident, line, actor=actor, changes=changes, version=version, at=now)
        if changed:
            _rewind(incident, new, now)
        announce(incident, "triage", actor, seq, payload)
    return incident


def note(
    incident_id: int,
    *,
    actor: Actor,
    words: str,
    version: int | None = None,
    public: bool = False,
    key: str = "",
) -> Incident:
    """Add words to the timeline; ``public`` ones are shown to the reporter too.

    The same note under the same ``key`` (a phone that lost the answer) stands once.
    """
    if not words.strip():
        raise BadInput("note.empty", _("Write something first."), field="words")
    with transaction.atomic():
        incident = policy.find(incident_id, actor)
        _may_add(incident, actor)
        if key and _under(key, "note", incident, actor):
            return incident
        line = Line("note", {"key": key} if key else {}, words.strip(), public)
        seq = append(incident, line, actor=actor, version=version)
        announce(incident, "note", actor, seq, {})
    return incident


def _under(key: str, act: str, incident: Incident, actor: Actor) -> TimelineEntry | None:
    """Lock the incident and return the line that this actor's act under ``key`` wrote already."""
    Incident.objects.select_for_update().get(pk=incident.pk)
    lines = TimelineEntry.objects.filter(incident_id=incident.pk, act=act, actor=str(actor))
    return lines.filter(payload__key=key).first()


def add_photo(incident_id: int, *, actor: Actor, data: bytes, key: str = "") -> Photo:
    """Keep a picture, re-encoded without EXIF and encrypted, and note it on the timeline.

    Under the same ``key`` (a phone that lost the answer) it is kept once. Raises ``BadInput`` when
    it is no picture, too large, or one too many (20).
    """
    with transaction.atomic():
        incident = policy.find(incident_id, actor)
        _may_add(incident, actor)
        known = _under(key, "photo", incident, actor) if key else None
        before = Photo.objects.filter(pk=known.payload["photo"]).first() if known else None
        if before is not None:
            return before
        if incident.photos.count() >= MAX_PHOTOS:
            raise BadInput("photo.too_many", _("There are enough photos already."), field="photo")
        stored = files.store_photo(data, actor=str(actor), category="incident_photo")
        photo = Photo.objects.create(
            incident=incident,
            token=stored.token,
            subject_id=stored.subject_id,
            added_by=str(actor),
            added_at=clock.now(),
        )
        payload = {"photo": photo.pk} | ({"key": key} if key else {})
        seq = append(incident, Line("photo", payload), actor=actor)
        announce(incident, "photo", actor, seq, payload)
    return photo


def close(
    incident_id: int,
    *,
    actor: Actor,
    outcome: str,
    version: int | None = None,
    answer: str = "",
    fields: Mapping[str, Any] | None = None,
) -> Incident:
    """Close with one of the kind's outcomes; ``answer`` is what the reporter reads.

    ``fields`` hold what else the district's procedure requires.
    """
    with transaction.atomic():
        incident = policy.find(incident_id, actor)
        _may(incident, "close", actor)
        kind = registry()[incident.kind]
        if outcome and outcome not in kind.outcomes:
            raise BadInput("close.outcome", _("There is no such outcome."), field="outcome")
        doing = Act(
            "close",
            {**(fields or {}), "outcome": outcome},
            answer.strip() or None,
            public=True,
            changes={"outcome": outcome},
        )
        perform(incident, doing, actor=actor, version=version)
    return incident


def reopen(
    incident_id: int, *, actor: Actor, version: int | None = None, words: str | None = None
) -> Incident:
    """Open a closed or merged incident again; it waits for a person as at the start."""
    with transaction.atomic():
        incident = policy.find(incident_id, actor)
        _may(incident, "reopen", actor)
        doing = Act("reopen", words=words, changes={"merged_into": None})
        perform(incident, doing, actor=actor, version=version)
    return incident


def _may(incident: Incident, act: str, actor: Actor) -> None:
    step = registry()[incident.kind].lifecycle.transitions.get(act)
    if step is not None:  # an unknown step is refused by name later
        policy.require_step(actor, step.permission, incident)


def _may_add(incident: Incident, actor: Actor) -> None:
    if not isinstance(actor, ReporterActor) and not policy.is_own(actor, incident):
        policy.require(actor, Permission.NOTE, incident.area_ids)


def _check_triage(incident: Incident, kind: Kind, urgency: int | None) -> None:
    if not incident.is_open:
        raise Conflict("incident.closed", _("This is closed; open it again first."))
    if kind.count_only:
        raise BadInput("triage.kind", _("This is only counted, never handled."), field="kind")
    if urgency is not None and urgency not in (1, 2, 3):
        raise BadInput("triage.urgency", _("Urgency is 1, 2 or 3."), field="urgency")


def _fitting_state(incident: Incident, kind: Kind) -> dict[str, Any]:
    states = kind.lifecycle.states
    code = incident.state if incident.state in states else kind.lifecycle.start
    return {"state": code, "needs_person": states[code].needs_person}


def _rewind(incident: Incident, kind: Kind, now: dt.datetime) -> None:
    """Stop the old kind's promises and start the new one's that still matter."""
    for open_clock in incident.clocks.filter(stopped_at__isnull=True, ref=""):
        clocks.stop(incident, open_clock.kind, at=now)
    kept = {"accept": incident.accepted_at, "arrive": incident.arrived_at}
    due = due_times(kind, incident, tuple(c for c in kind.starts if not kept.get(c)))
    for name, moment in due.items():
        clocks.start(incident, name, moment)
