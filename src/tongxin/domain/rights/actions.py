"""Asking, taking in hand, answering, refusing. Each act is one transaction with its trail."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxin.domain.rights import codes, effects, keeping, lifecycle, policy, telling
from tongxin.domain.rights.lifecycle import (
    BY_OFFICER,
    LIFECYCLE,
    REASONS,
    Asked,
    Identified,
    Standing,
)
from tongxin.domain.rights.models import RightsRequest
from tongxin.foundation.access.scope import Actor, MemberActor, SystemActor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Area, Level, Network
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.kernel.lifecycle import missing
from tongxin.plumbing.vault import describing, retention
from tongxin.plumbing.vault.describing import Held

MOST_OPEN = 5
PORTAL = SystemActor("rights")


@dataclass(frozen=True)
class ByOfficer:
    """What an officer writes down for somebody before him.

    ``identified`` is a code of ``Identified`` and ``made_sure`` says in words how; for a child
    under 14 (``for_child``) it says who the guardian is, and is required.
    """

    kind: str
    identified: str
    phone: str = ""
    name: str = ""
    words: str = ""
    made_sure: str = ""
    for_child: bool = False


@dataclass(frozen=True)
class Answer:
    """How a request is answered: in words, and which records are erased for it (delete)."""

    words: str = ""
    erase: Collection[int] = field(default_factory=tuple)


def ask(
    visit: codes.Visit, kind: str, *, concerns: Collection[int] = (), words: str = ""
) -> RightsRequest:
    """Take a request in from the portal, from whoever made sure of the number.

    ``concerns`` are records of the list shown, none means all. Taking back a consent takes effect
    at once. Raises ``BadInput`` for what is not on the list, ``Conflict`` for a request that is
    open already, or too many.
    """
    if kind not in Asked.values or kind == Asked.SEE:
        raise BadInput("rights.kind", _("Choose what you want."), field="kind")
    seen = policy.shown(describing.held_under(visit.digest))
    chosen = _chosen(seen, concerns)
    fields = keeping.tidy({"phone": codes.phone_of(visit), "words": words})
    if kind == Asked.CORRECT and "words" not in fields:
        raise BadInput("rights.words", _("Say what is wrong, and how it is right."), field="words")
    with acting_as(PORTAL) as actor:
        _refuse_doubles(visit.digest, kind, concerns)
        about = chosen or seen
        made = _write(kind, Identified.PHONE_CODE, fields, _ids(concerns), about, actor=actor)
        if kind == Asked.WITHDRAW:
            _withdraw(made, chosen, actor)
        else:
            telling.tell_members(made, "rights.new", telling.desk_of(made.area_ids))
            telling.tell_person(made)
    return made


def enter(said: ByOfficer, *, actor: Actor) -> RightsRequest:
    """Write a request down for somebody who comes in person.

    Raises ``Forbidden`` for who may not, ``BadInput`` without saying how the person was made sure
    of, or, for a child, who the guardian is.
    """
    policy.require_enter(actor)
    if said.kind not in Asked.values:
        raise BadInput("rights.kind", _("Choose what is asked for."), field="kind")
    if said.identified not in BY_OFFICER:
        raise BadInput(
            "rights.identified", _("Say how you made sure who it is."), field="identified"
        )
    fields = keeping.tidy(
        {name: getattr(said, name) for name in ("phone", "name", "words", "made_sure")}
    )
    if said.for_child and "made_sure" not in fields:
        raise BadInput(
            "rights.guardian", _("Say who the guardian is, and how you know."), field="made_sure"
        )
    if not fields.keys() & {"phone", "name"}:
        raise BadInput("rights.nobody", _("Write the telephone number or the name."), field="phone")
    if "phone" in fields:
        codes.check_number(fields["phone"])
    held = describing.held_about(fields["phone"]) if "phone" in fields else []
    seen = policy.shown(held, to_guardian=said.for_child)
    with acting_as(actor), acting_as(PORTAL):
        made = _write(
            said.kind,
            said.identified,
            fields,
            [],
            seen,
            actor=actor,
            for_child=said.for_child,
            entered_by=_member_id(actor),
        )
        telling.tell_members(made, "rights.new", telling.desk_of(made.area_ids))
        telling.tell_person(made)
    return made


def take(request_id: int, *, actor: Actor, version: int | None = None) -> RightsRequest:
    """Take a request in hand; raises as ``policy.locked``, ``Conflict`` when it is decided."""
    with acting_as(actor):
        found = policy.locked(request_id, actor, version)
        _step(found, "take")
        found.taken_by, found.taken_at = _member_id(actor), clock.now()
        _save(found, actor, "rights.taken")
    return found


def answer(
    request_id: int, given: Answer, *, actor: Actor, version: int | None = None
) -> RightsRequest:
    """Do what is asked, and tell the person.

    See and copy give a link that holds 7 days; delete erases the chosen records, and only such as
    no duty keeps (``Conflict`` ``rights.duty_runs``: refuse with that reason); correct needs that
    something was put right before. Of two who decide at once the second hears ``Conflict``.
    """
    words = _answer_words(given.words)
    with acting_as(actor):
        found = policy.locked(request_id, actor, version)
        _step(found, "answer")
        if found.kind in (Asked.DELETE, Asked.WITHDRAW):
            found.erased = effects.erase(found, given.erase, actor=actor)
        elif found.kind == Asked.CORRECT:
            _need_put_right(found)
        else:
            found.copy_nonce = secrets.token_hex(16)
            found.copy_until = clock.now() + dt.timedelta(days=lifecycle.COPY_DAYS)
        _decide(found, words, actor, "rights.answered")
    return found


def refuse(
    request_id: int, *, actor: Actor, reason: str, words: str, version: int | None = None
) -> RightsRequest:
    """Refuse with a reason of the list, and words that the person reads (PIPL 50)."""
    if reason not in REASONS:
        raise BadInput("rights.reason", _("Choose a reason from the list."), field="reason")
    said = _answer_words(words)
    if missing(LIFECYCLE.transitions["refuse"], {"reason": reason, "words": said}):
        raise BadInput("rights.words", _("Say it to the person in words, too."), field="words")
    with acting_as(actor):
        found = policy.locked(request_id, actor, version)
        _step(found, "refuse")
        found.reason = reason
        _decide(found, said, actor, "rights.refused")
    return found


def _decide(found: RightsRequest, words: str, actor: Actor, act: str) -> None:
    found.decided_by, found.decided_at = _member_id(actor), clock.now()
    if words:
        found.answer_ref = keeping.add(found, "answer", words, actor=actor)
    _save(found, actor, act)
    retention.start_clock([found.subject_id], at=found.decided_at)
    telling.tell_person(found)


def _withdraw(made: RightsRequest, chosen: list[Held], actor: Actor) -> None:
    """Take a consent back at once: nobody decides about that (PIPL 15)."""
    kept = [each for each in chosen if not each.facts.by_consent]
    if kept or not chosen:
        said = _("This does not rest on your consent. Ask for it to be erased instead.")
        raise Conflict("rights.no_consent", said, field="kind")
    made.erased = effects.take_back(chosen, actor=actor)
    _step(made, "answer")
    _decide(made, "", actor, "rights.answered")


def _write(
    kind: str,
    identified: str,
    fields: dict[str, str],
    concerns: list[int],
    about: list[Held],
    *,
    actor: Actor,
    for_child: bool = False,
    entered_by: int | None = None,
) -> RightsRequest:
    stored, now = keeping.put(fields, actor=actor), clock.now()
    made = RightsRequest.objects.create(
        kind=kind,
        subject_id=stored.subject_id,
        phone_ref=stored.refs.get("phone"),
        concerns=concerns,
        identified=identified,
        for_child=for_child,
        entered_by=entered_by,
        received_at=now,
        due_at=lifecycle.due_at(now),
        area_ids=_ground(about),
    )
    made.number = f"R{timezone.localdate(now):%Y%m%d}-{made.pk}"
    made.save(update_fields=["number"])
    _trail(made, actor, "rights.asked")
    return made


def _ground(about: list[Held]) -> list[int]:
    """Return the areas of what it is about; without any, the district's branches."""
    ids = {area for each in about for area in each.described.area_ids}
    if ids:
        return sorted(ids)
    today = timezone.localdate(clock.now())
    rows = Area.objects.filter(network=Network.POLICE, level=Level.BRANCH)
    rows = rows.filter(valid_from__lte=today)
    return [pk for pk in rows.values_list("pk", flat=True) if locating.area_info(pk)]


def _chosen(seen: list[Held], concerns: Collection[int]) -> list[Held]:
    chosen = [each for each in seen if each.subject_id in set(concerns)]
    if len(chosen) != len(set(concerns)):
        said = _("This is not on the list (any more). Please choose again.")
        raise BadInput("rights.concerns", said, field="concerns")
    return chosen


def _refuse_doubles(digest: bytes, kind: str, concerns: Collection[int]) -> None:
    from tongxin.domain.rights import selectors

    open_ones = [row for row in selectors.rows_of(digest) if row.is_open]
    if any(row.kind == kind and set(row.concerns) == set(concerns) for row in open_ones):
        said = _("You have asked for this already; it is being answered.")
        raise Conflict("rights.asked", said, field="kind")
    if len(open_ones) >= MOST_OPEN:
        said = _("Several of your requests are open. Please wait for the answers.")
        raise Conflict("rights.too_many_open", said, field="kind")


def _need_put_right(found: RightsRequest) -> None:
    if found.put_right_at is None:
        said = _("Nothing has been put right yet: do it here, or ask the officer of the ground.")
        raise Conflict("rights.not_yet", said, field="words")


def _answer_words(words: str) -> str:
    said = words.strip()
    if len(said) > keeping.LONGEST_ANSWER:
        raise BadInput("rights.too_long", _("This is too long."), field="words")
    return said


def _step(found: RightsRequest, act: str) -> None:
    if not LIFECYCLE.may(found.state, act):
        said = _("This is “%(state)s” now, so that step is not possible.")
        raise Conflict("rights.not_now", said % {"state": Standing(found.state).label})
    found.state = LIFECYCLE.step(found.state, act).target


def _save(found: RightsRequest, actor: Actor, act: str) -> None:
    found.version += 1
    found.save()
    _trail(found, actor, act)


def _trail(found: RightsRequest, actor: Actor, act: str) -> None:
    detail = {"kind": found.kind, "identified": found.identified}
    detail |= {"reason": found.reason} if found.reason else {}
    detail |= {"erased": found.erased} if found.erased else {}  # type: ignore[dict-item]
    audit.record(actor=str(actor), act=act, subject=f"rights:{found.pk}", detail=detail)


def _member_id(actor: Actor) -> int | None:
    return actor.member.pk if isinstance(actor, MemberActor) else None


def _ids(concerns: Collection[int]) -> list[int]:
    return sorted(set(concerns))
