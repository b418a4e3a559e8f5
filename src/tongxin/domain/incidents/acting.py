"""How an act is done: one transaction with state, line, clocks, pages, words to the reporter."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import clocks, hearing
from tongxin.domain.incidents.events import Event, emit
from tongxin.domain.incidents.intake import due_times
from tongxin.domain.incidents.kinds import Kind, registry
from tongxin.domain.incidents.kinds.table import DEADLINE
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.policy import step as allowed_step
from tongxin.domain.incidents.timeline import Line, append, record
from tongxin.foundation.access.scope import Actor
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput
from tongxin.kernel.lifecycle import Step

EVENTS = {
    "report": "incident.reported",
    "triage": "incident.triaged",
    "accept": "incident.accepted",
    "depart": "incident.departed",
    "arrive": "incident.arrived",
    "give_back": "incident.given_back",
    "hand_over": "incident.handed_over",
    "take": "incident.taken",
    "refuse": "incident.refused",
    "close": "incident.closed",
    "reopen": "incident.reopened",
    "merge": "incident.merged",
    "split": "incident.split",
    "note": "incident.noted",
    "photo": "incident.photo_added",
    "rate": "incident.rated",
    "undo": "incident.undone",
    "correct_place": "incident.moved",
    "promise_broken": "incident.promise_broken",
    "escalate": "incident.escalated",
}
"""The event of each act; an act that a district invented is ``incident.ACT``."""


_CODE = re.compile(r"[\w:+.\-]{0,64}", re.ASCII)


@dataclass(frozen=True)
class Act:
    """What is to be done: ``fields`` hold codes, ids and numbers, ``words`` go to the vault.

    ``public`` words are shown to the reporter; ``changes`` are further columns; ``before`` is where
    a step back leads; ``told`` joins the event's payload but not the line.
    """

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    words: str | None = None
    public: bool = False
    changes: Mapping[str, Any] = field(default_factory=dict)
    before: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


def perform(incident: Incident, act: Act, *, actor: Actor, version: int | None) -> int:
    """Lead the incident on by a step of its procedure; return the line's number.

    Who may do so has been asked before. Raises ``Conflict`` when the step is not possible now or
    ``version`` is stale, ``BadInput`` when a required field is lacking.
    """
    kind = registry()[incident.kind]
    given = {**act.fields, "answer": act.words or act.fields.get("answer")}
    step = allowed_step(incident, kind, act.name, given, act.before)
    now = clock.now()
    payload = {"from": step.source, **_plain(act.fields)}
    line = Line(act.name, payload, act.words, act.public)
    changes = {**_changes(incident, kind, step, now), **act.changes}
    with transaction.atomic():
        seq = append(incident, line, actor=actor, changes=changes, version=version, at=now)
        _turn_clocks(incident, kind, step, act.fields, now)
        hearing.tell(incident, act.name, seq)
        announce(incident, act.name, actor, seq, {**payload, **act.told})
    return seq


def advance(
    incident: Incident,
    act: str,
    *,
    actor: Actor,
    payload: Mapping[str, Any] | None = None,
    text: str | None = None,
) -> int:
    """Do a step for another app that has asked who may, or only note it when it changes nothing.

    The second member who accepts or arrives adds a line; the first one leads the incident on. The
    newest version is taken: lock the incident's row first if that matters. Returns the line's
    number.
    """
    kind = registry()[incident.kind]
    if kind.lifecycle.may(incident.state, act):
        return perform(incident, Act(act, payload or {}, text), actor=actor, version=None)
    return record(incident, act, actor=actor, payload=payload, text=text)


def announce(
    incident: Incident, act: str, actor: Actor, seq: int, payload: Mapping[str, Any]
) -> None:
    """Tell other apps of an act that was just written."""
    emit(Event(EVENTS.get(act, f"incident.{act}"), incident, actor, seq, payload))


def _changes(incident: Incident, kind: Kind, step: Step, now: dt.datetime) -> dict[str, Any]:
    state = kind.lifecycle.states[step.target]
    changes: dict[str, Any] = {
        "state": state.code,
        "is_open": not state.ends,
        "needs_person": state.needs_person,
    }
    if step.transition.act == "accept" and incident.accepted_at is None:
        changes["accepted_at"] = now
    if step.transition.act == "arrive" and incident.arrived_at is None:
        changes["arrived_at"] = now
    if state.ends:
        changes |= {"closed_at": now, "satisfied": None}
    elif not incident.is_open:
        changes |= {"closed_at": None, "outcome": "", "escalation": ""}
    return changes


def _turn_clocks(
    incident: Incident, kind: Kind, step: Step, fields: Mapping[str, Any], now: dt.datetime
) -> None:
    stops, starts = step.transition.stops, step.transition.starts
    if "all" in stops:
        clocks.stop_all(incident, at=now)
    for name in stops:
        if name != "all":
            clocks.stop(incident, name, at=now)
    due = due_times(kind, incident, starts)
    due |= {name: _deadline(fields) for name in starts if kind.clocks[name] == DEADLINE}
    for name, moment in due.items():
        clocks.start(incident, name, moment)


def _deadline(fields: Mapping[str, Any]) -> dt.datetime:
    moment = fields.get("deadline")
    if isinstance(moment, str):
        try:
            moment = dt.datetime.fromisoformat(moment)
        except ValueError:
            moment = None
    if not isinstance(moment, dt.datetime) or moment.tzinfo is None:
        raise BadInput(
            "act.deadline", _("The deadline must be a time with its zone."), field="deadline"
        )
    if moment <= clock.now():
        raise BadInput("act.deadline_past", _("The deadline lies in the past."), field="deadline")
    return moment


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may stand in a line: codes, numbers, times. Words belong into the vault."""
    plain: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "answer":
            continue
        code = value.isoformat() if isinstance(value, dt.datetime) else value
        if isinstance(code, str) and not _CODE.fullmatch(code):
            raise BadInput("act.words", _("Write words into the text, not here."), field=name)
        plain[name] = code
    return plain
