"""What an answer does: erase, take back, put right, ask the officer of the ground to do it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents.models import Source
from tongxin.domain.rights import keeping, policy
from tongxin.domain.rights.lifecycle import Asked
from tongxin.domain.rights.models import RightsRequest
from tongxin.foundation.access.scope import Actor, SystemActor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import describing
from tongxin.plumbing.vault.describing import Held
from tongxin.plumbing.vault.purposes import Purpose

TASK_KIND = "service_request"
"""The kind of incident by which an officer is asked: with a clock, an outcome and a timeline."""
DONE = ("done", "at_home")
MAY_CHANGE = ("name", "phone")
BY_DESK = SystemActor("rights")


def held_for(request: RightsRequest) -> list[Held]:
    """Return the records that a request is about, those that may be told to who asks.

    Requests themselves are not among them: they are the answer's own papers.
    """
    digest = keeping.digest_of(request)
    if digest is None:
        return []
    seen = policy.shown(describing.held_under(digest), to_guardian=request.for_child)
    wanted = set(request.concerns)
    return [
        each
        for each in seen
        if each.facts.category != keeping.CATEGORY and (not wanted or each.subject_id in wanted)
    ]


def erase(request: RightsRequest, chosen: Collection[int], *, actor: Actor) -> int:
    """Erase the chosen records of a request, keys and all; return how many.

    Raises ``BadInput`` when none was chosen or one is none of the request's, ``Conflict``
    (``rights.duty_runs``) for one that a running duty keeps: nothing is erased then.
    """
    mine = {each.subject_id: each for each in held_for(request)}
    if not chosen or not set(chosen) <= mine.keys():
        raise BadInput("rights.choose", _("Choose what is to be erased."), field="erase")
    if any(not mine[each].may_erase for each in chosen):
        said = _("A duty to keep this still runs: refuse it with that reason.")
        raise Conflict("rights.duty_runs", said, field="erase")
    return _erase([mine[each] for each in sorted(set(chosen))], actor, "rights_request")


def take_back(chosen: Collection[Held], *, actor: Actor) -> int:
    """Erase what rested on consents that are taken back; return how many records."""
    return _erase(chosen, actor, "withdrawn")


def put_right(
    request_id: int,
    subject_id: int,
    fields: Mapping[str, str],
    *,
    actor: Actor,
    version: int | None = None,
) -> RightsRequest:
    """Change name or phone of a record at the desk, through the app that holds it.

    Raises ``BadInput`` for what is none of the request's or out of form.
    """
    given = {name: text.strip() for name, text in fields.items() if text.strip()}
    if not given or not set(given) <= set(MAY_CHANGE):
        raise BadInput("rights.nothing", _("Write what is right instead."), field="name")
    with acting_as(actor):
        found = _to_correct(request_id, actor, version)
        held = _one_of(found, subject_id)
        if not describing.can_put_right(held.facts.category):
            raise BadInput("rights.not_here", _("This is not put right here."), field="record")
        with acting_as(BY_DESK):
            describing.put_right(held, given, BY_DESK)
        found.put_right_at, found.version = clock.now(), found.version + 1
        found.save(update_fields=["put_right_at", "version"])
        _trail(found, actor, "rights.put_right", subject=subject_id, fields=sorted(given))
    return found


def ask_officer(
    request_id: int, subject_id: int, *, actor: Actor, version: int | None = None
) -> RightsRequest:
    """Ask the officer of the record's ground to put it right: a task with a clock.

    It is an incident at the place; its words, sealed, say what the person said and which record it
    is. Raises ``Conflict`` when the officer was asked already.
    """
    with acting_as(actor):
        found = _to_correct(request_id, actor, version)
        held = _one_of(found, subject_id)
        if found.task_incident_id is not None:
            raise Conflict("rights.task", _("The officer has been asked already."), field="record")
        if held.described.spot is None:
            raise BadInput("rights.no_place", _("This record has no place."), field="record")
        said = vault.reveal_subject(
            found.subject_id,
            actor=actor,
            purpose=Purpose.RIGHTS_REQUEST,
            fields=("phone", "words"),
        )
        what = _("Please put right what is kept of a resident (%(where)s): %(words)s") % {
            "where": held.described.to_find,
            "words": said.get("words", ""),
        }
        report = incidents.Report(
            kind=TASK_KIND,
            spot=held.described.spot,
            source=Source.MEMBER,
            what=str(what),
            contact_phone=said.get("phone", ""),
            external_ref=found.number,
        )
        with acting_as(BY_DESK):
            task = incidents.report(report, actor=BY_DESK).incident
        found.task_incident_id, found.version = task.pk, found.version + 1
        found.save(update_fields=["task_incident_id", "version"])
        _trail(found, actor, "rights.officer_asked", incident=task.pk)
    return found


def _to_correct(request_id: int, actor: Actor, version: int | None) -> RightsRequest:
    found = policy.locked(request_id, actor, version)
    if not found.is_open or found.kind != Asked.CORRECT:
        said = _("Nothing is to be put right for this request (any more).")
        raise Conflict("rights.not_now", said)
    return found


def _one_of(found: RightsRequest, subject_id: int) -> Held:
    held = next((each for each in held_for(found) if each.subject_id == subject_id), None)
    if held is None:
        said = _("This is not on the list (any more). Please choose again.")
        raise BadInput("rights.concerns", said, field="record")
    return held


def _erase(chosen: Collection[Held], actor: Actor, reason: str) -> int:
    for each in chosen:
        for subject_id in (*each.described.related, each.subject_id):
            vault.erase(subject_id, actor=actor, reason=reason)
    return len(chosen)


def _trail(found: RightsRequest, actor: Actor, act: str, **detail: object) -> None:
    audit.record(actor=str(actor), act=act, subject=f"rights:{found.pk}", detail=detail)
