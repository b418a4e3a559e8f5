"""Reading requests: the desk's list, one request, those of a number; and what is held about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from tongxin.domain.rights import codes, copies, effects, keeping, lifecycle, policy
from tongxin.domain.rights.lifecycle import OPEN, REASONS, Asked, Standing
from tongxin.domain.rights.models import RightsRequest
from tongxin.domain.rights.words import basis_words, parts_words
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import describing, looks, selectors
from tongxin.plumbing.vault.describing import Held
from tongxin.plumbing.vault.looks import Look
from tongxin.plumbing.vault.purposes import Purpose

MOST = 300


@dataclass(frozen=True, slots=True)
class RequestCard:
    """One request as lists show it: no name, no number, no word."""

    id: int
    number: str
    kind: str
    state: str
    is_open: bool
    received_at: dt.datetime
    due_at: dt.datetime
    days_left: int
    identified: str
    for_child: bool
    taken_by: int | None
    decided_at: dt.datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class RecordCard:
    """One record that is held, in words, unopened."""

    subject_id: int
    category: str
    what: str
    why: str
    parts: tuple[str, ...]
    basis: str
    since: dt.datetime
    till: dt.date | None
    by_consent: bool
    may_erase: bool
    can_put_right: bool
    has_place: bool


@dataclass(frozen=True)
class RequestPage:
    """A request opened at the desk: ``said`` holds its vault fields in clear, never kept."""

    card: RequestCard
    said: dict[str, str]
    records: list[RecordCard] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    reason: str = ""
    rule: str = ""
    erased: int = 0
    task_incident_id: int | None = None
    put_right_at: dt.datetime | None = None
    copy_token: str = ""
    copy_until: dt.datetime | None = None
    may_answer: bool = False


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A request as the person sees it: how it stands, with the reason and the words told."""

    number: str
    kind: str
    state: str
    standing: str
    days_left: int
    received_at: dt.datetime
    decided_at: dt.datetime | None
    reason: str
    rule: str
    words: str
    copy_token: str


@dataclass(frozen=True)
class OwnData:
    """What somebody sees of their own: records, looks at them, requests."""

    records: list[RecordCard]
    looks: list[Look]
    requests: list[OwnRequest]


def requests(member: Member, *, is_open: bool = True) -> list[RequestCard]:
    """Return the requests that a member answers, or wrote down, by due date."""
    scope, wanted = scope_of(member, Permission.ANSWER_RIGHTS), Q(state__in=OPEN)
    order = ("due_at", "pk") if is_open else ("-decided_at", "-pk")
    rows = RightsRequest.objects.filter(wanted if is_open else ~wanted).order_by(*order)
    with acting_as(member):
        found = {row.pk: row for row in rows.filter(scope.filter("area_ids"))[:MOST]}
    with acting_as("rights"):  # one's own may lie on other ground
        found |= {row.pk: row for row in rows.filter(entered_by=member.pk)[:MOST]}
    cards = [_card(row) for row in found.values()]
    if is_open:
        return sorted(cards, key=lambda card: (card.due_at, card.id))
    return sorted(cards, key=lambda card: (card.decided_at or card.due_at, card.id), reverse=True)


def waiting(member: Member) -> int:
    """Return how many requests wait for the member's answer."""
    scope = scope_of(member, Permission.ANSWER_RIGHTS)
    with acting_as(member):
        return RightsRequest.objects.filter(scope.filter("area_ids"), state__in=OPEN).count()


def one(member: Member, request_id: int) -> RequestPage:
    """Open a request for a member: the person's words for whoever answers it, each look traced.

    Who wrote it down sees how it stands, without the records. Raises ``NotFound`` off the member's
    ground, ``Forbidden`` for anybody else on it.
    """
    actor = MemberActor(member)
    with acting_as(actor):
        found = RightsRequest.objects.filter(pk=request_id).first()
        if found is None:
            found = _own_elsewhere(member, request_id)
        if not policy.has_entered(actor, found):
            policy.require_answer(actor, found)
        if not policy.may_answer(actor, found):
            return _page(found, {}, (), may_answer=False)
        said = vault.reveal_subject(found.subject_id, actor=member, purpose=Purpose.RIGHTS_REQUEST)
        return _page(found, said, effects.held_for(found))


def rows_of(digest: bytes) -> list[RightsRequest]:
    """Return the requests under the digest of a number, the latest first."""
    ids = [m.subject_id for m in selectors.matches(digest) if m.category == keeping.CATEGORY]
    with acting_as("rights"):
        return list(RightsRequest.objects.filter(subject_id__in=ids).order_by("-pk"))


def own_data(visit: codes.Visit) -> OwnData:
    """Return what the holder of a number may see of what is held about it; the look is traced."""
    subject = f"rights-visit:{visit.id}"
    audit.record(
        actor=codes.ACTOR, act="rights.seen", subject=subject, purpose=Purpose.RIGHTS_REQUEST
    )
    held = policy.shown(describing.held_under(visit.digest))
    kept = [each for each in held if each.facts.category != keeping.CATEGORY]
    own = [_own(row) for row in rows_of(visit.digest)]
    return OwnData([_record(each) for each in kept], looks.by_people(kept), own)


def _own_elsewhere(member: Member, request_id: int) -> RightsRequest:
    """Return what the member wrote down for somebody of other ground; raises ``NotFound``."""
    with acting_as("rights"):
        found = RightsRequest.objects.filter(pk=request_id, entered_by=member.pk).first()
    if found is None:
        raise policy.absent()
    return found


def _page(
    found: RightsRequest, said: dict[str, str], held: Sequence[Held], may_answer: bool = True
) -> RequestPage:
    reason = REASONS.get(found.reason)
    return RequestPage(
        card=_card(found),
        said=said,
        records=[_record(each) for each in held],
        looks=looks.by_people(held),
        reason=str(reason.words) if reason else "",
        rule=str(reason.rule) if reason else "",
        erased=found.erased,
        task_incident_id=found.task_incident_id,
        put_right_at=found.put_right_at,
        copy_token=copies.token_of(found) if may_answer else "",
        copy_until=found.copy_until,
        may_answer=may_answer,
    )


def _card(row: RightsRequest) -> RequestCard:
    return RequestCard(
        id=row.pk,
        number=row.number,
        kind=row.kind,
        state=row.state,
        is_open=row.is_open,
        received_at=row.received_at,
        due_at=row.due_at,
        days_left=lifecycle.days_left(row.due_at, clock.now()),
        identified=row.identified,
        for_child=row.for_child,
        taken_by=row.taken_by,
        decided_at=row.decided_at,
        version=row.version,
    )


def _record(held: Held) -> RecordCard:
    return RecordCard(
        subject_id=held.subject_id,
        category=held.facts.category,
        what=held.described.what,
        why=held.described.why,
        parts=tuple(parts_words(held.facts)),
        basis=basis_words(held.facts),
        since=held.facts.since,
        till=held.facts.till,
        by_consent=held.facts.by_consent,
        may_erase=held.may_erase,
        can_put_right=describing.can_put_right(held.facts.category),
        has_place=held.described.spot is not None,
    )


def _own(row: RightsRequest) -> OwnRequest:
    words = ""
    if row.answer_ref is not None:
        refs = vault.reveal_many(
            [row.answer_ref], actor=codes.ACTOR, purpose=Purpose.RIGHTS_REQUEST
        )
        words = refs.get(row.answer_ref, "")
    reason = REASONS.get(row.reason)
    return OwnRequest(
        number=row.number,
        kind=str(Asked(row.kind).label),
        state=row.state,
        standing=str(Standing(row.state).label),
        days_left=lifecycle.days_left(row.due_at, clock.now()),
        received_at=row.received_at,
        decided_at=row.decided_at,
        reason=str(reason.words) if reason else "",
        rule=str(reason.rule) if reason else "",
        words=words,
        copy_token=copies.token_of(row),
    )
