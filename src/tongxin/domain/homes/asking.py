"""S23: a question from elsewhere to a home beat, with a clock, answered on the incident.

Nobody browses foreign plans: the beat's own officer looks, and chooses what may be told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import policy
from tongxin.domain.homes.looking import open_residents
from tongxin.domain.homes.models import HomeQuestion, QuestionState, Resident
from tongxin.domain.incidents import clocks
from tongxin.domain.incidents import policy as incidents
from tongxin.domain.incidents.clocks import Fired
from tongxin.domain.incidents.hearing import INCIDENT_PATH
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.domain.incidents.timeline import record
from tongxin.foundation.access import policy as access
from tongxin.foundation.access import selectors as people
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, SystemActor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Level, Network
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, Forbidden
from tongxin.plumbing.channels.alerting import alert

CLOCK = "home_question"
"""The kind of its clock; ``ref`` is ``homes:ID``."""
ANSWER_MINUTES = 10
QUESTIONS_PATH = "/home/questions/"
"""Where an officer is led to the questions to his beat, whichever surface is his."""
LONGEST = 1_000
_RUNGS = ("beat", "station", "branch")
_ROLES = {
    "beat": frozenset({Role.COMMUNITY_OFFICER}),
    "station": frozenset({Role.STATION_CHIEF, Role.DEPUTY_STATION_CHIEF}),
    "branch": frozenset({Role.BRANCH_CHIEF, Role.DISPATCHER}),
}
_LEVEL = {"beat": Level.BEAT, "station": Level.STATION, "branch": Level.BRANCH}
BY_CLOCK = SystemActor("clocks")


def ask_home_beat(incident_id: int, beat_id: int, words: str, *, actor: Actor) -> HomeQuestion:
    """Ask the officer of a beat about somebody found elsewhere: who is the family?

    The beat's officer is alerted and has 10 minutes; then the station is, then the branch. The
    question stands on the incident. Raises ``NotFound`` for an incident out of sight, ``Forbidden``
    for who may not read its words, ``BadInput`` for what is no beat, ``Conflict`` for a second
    question that is still open.
    """
    said = _said(words)
    beat = locating.area_info(beat_id)
    if beat.level is not Level.BEAT or beat.network is not Network.POLICE:
        raise BadInput("homes.no_beat", _("Choose a beat."), field="beat")
    with acting_as(actor):
        incident = _incident(incident_id, actor)
        open_ones = HomeQuestion.objects.filter(
            incident_id=incident.pk, beat_id=beat_id, state=QuestionState.ASKED
        )
        if open_ones.exists():
            raise Conflict("homes.asked", _("This beat has been asked already."), field="beat")
        now = clock.now()
        question = HomeQuestion(
            incident_id=incident.pk,
            beat_id=beat_id,
            asked_by=actor.member.pk if isinstance(actor, MemberActor) else 0,
            asked_at=now,
            due_at=now + dt.timedelta(minutes=ANSWER_MINUTES),
            area_ids=sorted({*incident.area_ids, *beat.path}),
        )
        seq = record(incident, "home_asked", actor=actor, payload={"beat": beat_id}, text=said)
        question.question_ref = _ref(incident, seq)
        question.save()
        clocks.start(incident, CLOCK, question.due_at, level="beat", ref=_key(question))
        told = _alert_level(question, incident, "beat")
        if not told:  # nobody keeps this beat: its station at once
            _alert_level(question, incident, "station")
    return question


def answer_home_question(
    question_id: int,
    words: str = "",
    *,
    actor: Actor,
    found: bool = True,
    tell: Collection[int] = (),
    version: int | None = None,
) -> HomeQuestion:
    """Answer, in words, and with name and phone of the residents chosen in ``tell``.

    What is told is the home officer's choice: the residents are of his own ground, opened for the
    purpose ``safeguard`` with a trail, and never protected ones or minors. The answer is a line on
    the incident; who asked is told. ``found=False``: not known here. Raises ``NotFound``,
    ``Forbidden`` unless an officer (or chief) of the beat, ``Conflict`` when answered already.
    """
    with acting_as(actor):
        question = HomeQuestion.objects.select_for_update().filter(pk=question_id).first()
        if question is None:
            raise policy.absent()
        access.require(actor, Permission.SEE_REGISTER, _path(question.beat_id))
        policy.check_version(question, version)
        if question.state != QuestionState.ASKED:
            raise Conflict("homes.answered", _("This was answered already."))
        lines = [words.strip(), *_told(tell, question, actor)]
        said = _said("\n".join(line for line in lines if line))
        incident = Incident.objects.select_for_update().get(pk=question.incident_id)
        payload = {"beat": question.beat_id, "found": found}
        seq = record(incident, "home_answered", actor=actor, payload=payload, text=said)
        question.answer_ref = _ref(incident, seq)
        question.state = QuestionState.ANSWERED if found else QuestionState.CANNOT
        question.answered_by = actor.member.pk if isinstance(actor, MemberActor) else None
        question.answered_at = clock.now()
        question.version += 1
        question.save()
        clocks.stop(incident, CLOCK, _key(question))
        _tell_asker(question, incident)
    return question


def withdraw_home_question(question_id: int, *, actor: Actor) -> None:
    """Take a question back that is no longer needed; only from the asking side."""
    with acting_as(actor):
        question = HomeQuestion.objects.select_for_update().filter(pk=question_id).first()
        if question is None:
            raise policy.absent()
        incident = _incident(question.incident_id, actor)
        if question.state != QuestionState.ASKED:
            raise Conflict("homes.answered", _("This was answered already."))
        question.state, question.version = QuestionState.WITHDRAWN, question.version + 1
        question.save(update_fields=["state", "version"])
        clocks.stop(incident, CLOCK, _key(question))
        record(incident, "home_withdrawn", actor=actor, payload={"beat": question.beat_id})


def on_due(fired: Fired) -> None:
    """Carry a question that nobody answered to the station, then to the branch."""
    if not fired.ref.startswith("homes:"):
        return
    question = HomeQuestion.objects.filter(pk=int(fired.ref.removeprefix("homes:"))).first()
    if question is None or question.state != QuestionState.ASKED or not fired.incident.is_open:
        clocks.stop(fired.incident, CLOCK, fired.ref)
        return
    level = _RUNGS[_RUNGS.index(fired.level) + 1]
    told = _alert_level(question, fired.incident, level)
    payload = {"beat": question.beat_id, "level": level, "members": told}
    record(fired.incident, "home_unanswered", actor=BY_CLOCK, payload=payload)
    if level == _RUNGS[-1]:
        clocks.stop(fired.incident, CLOCK, fired.ref)
    else:
        due = clock.now() + dt.timedelta(minutes=ANSWER_MINUTES)
        clocks.start(fired.incident, CLOCK, due, level=level, ref=fired.ref)


def may_read(actor: Actor, question: HomeQuestion) -> bool:
    """Tell whether the actor is of one of the two sides: the beat asked, or those who ask."""
    if access.may(actor, Permission.SEE_REGISTER, _path(question.beat_id)):
        return True
    incident = Incident.objects.filter(pk=question.incident_id).first()
    return incident is not None and incidents.sees(actor, incident) and _may_ask(actor, incident)


def _incident(incident_id: int, actor: Actor) -> Incident:
    incident = incidents.find(incident_id, actor)
    if not _may_ask(actor, incident):
        said = _("Your role does not ask a home beat about people.")
        raise Forbidden("homes.may_not_ask", said)
    return incident


def _may_ask(actor: Actor, incident: Incident) -> bool:
    """Officers and the desk on its ground, and an officer who was called there."""
    if access.may(actor, Permission.REVEAL, incident.area_ids):
        return True
    called = isinstance(actor, MemberActor) and access.holds(actor.member, Permission.REVEAL)
    return called and incidents.is_own(actor, incident)


def _told(chosen: Collection[int], question: HomeQuestion, actor: Actor) -> list[str]:
    """Open the chosen residents of the home beat; return a line for each."""
    if not chosen:
        return []
    rows = Resident.objects.filter(
        pk__in=chosen,
        area_ids__contains=[question.beat_id],
        is_protected=False,
        left_at__isnull=True,
    )
    flats: dict[int, list[int]] = {}
    for row in rows:
        flats.setdefault(row.flat_id, []).append(row.pk)
    if sum(map(len, flats.values())) != len(set(chosen)):
        raise policy.absent()
    because = f"home question {question.pk}"
    opened = [
        person
        for flat_id, ids in flats.items()
        for person in open_residents(flat_id, "safeguard", because, actor=actor, resident_ids=ids)
    ]
    audit.record(
        actor=str(actor),
        act="homes.told",
        subject=f"incident:{question.incident_id}",
        purpose="safeguard",
        detail={"residents": [person.id for person in opened], "question": question.pk},
    )
    return [f"{person.name} {person.phone}".strip() for person in opened]


def _said(words: str) -> str:
    text = words.strip()
    if not text:
        raise BadInput("homes.empty", _("Write something first."), field="words")
    return text[:LONGEST]


def _ref(incident: Incident, seq: int) -> int:
    line = TimelineEntry.objects.get(incident_id=incident.pk, seq=seq)
    return int(line.text_ref or 0)


def _path(area_id: int) -> tuple[int, ...]:
    return locating.area_info(area_id).path


def _key(question: HomeQuestion) -> str:
    return f"homes:{question.pk}"


def _alert_level(question: HomeQuestion, incident: Incident, level: str) -> list[int]:
    area = next(
        (i for i in _path(question.beat_id) if locating.area_info(i).level is _LEVEL[level]), None
    )
    if area is None:
        return []
    told = sorted({p.member_id for p in people.members_of(area, _ROLES[level])})
    values = {"number": incident.number, "minutes": ANSWER_MINUTES, "link": QUESTIONS_PATH}
    _alert(told, "homes.asked", values, f"{_key(question)}:{level}")
    return told


def _tell_asker(question: HomeQuestion, incident: Incident) -> None:
    link = INCIDENT_PATH.format(number=incident.number)
    values = {"number": incident.number, "link": link}
    if question.asked_by:
        _alert([question.asked_by], "homes.answered", values, f"{_key(question)}:answer")


def _alert(members: Iterable[int], template: str, values: Mapping[str, object], key: str) -> None:
    for member_id in members:
        alert(
            member_id=member_id,
            template=template,
            values=values,
            subject=key[:64],
            once_key=f"{key}:{member_id}",
        )
