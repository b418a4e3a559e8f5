"""What waits for an answer, one question with what may answer it, and the answers that are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils import timezone

from tongxin.domain.desk import finding, policy
from tongxin.domain.desk.asking import DESK, KIND
from tongxin.domain.desk.models import Answer, Question
from tongxin.domain.incidents import policy as incidents_policy
from tongxin.domain.incidents import selectors as incidents
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import Forbidden
from tongxin.plumbing.vault.purposes import Purpose

MOST = 100
ALIKE, FEWEST = 0.6, 2
"""Two questions are alike when this share of the shorter one's words is in both, and so many."""
MOST_ALIKE = 20


@dataclass(frozen=True)
class Waiting:
    """A question that waits for an answer; ``alike`` others that wait ask much the same."""

    incident_id: int
    number: str
    place: str
    source: str
    asked_at: dt.datetime
    due_at: dt.datetime | None
    accepted: bool
    alike: int


@dataclass(frozen=True)
class Opened:
    """One question, opened: its words, what may answer it, and those alike that wait too.

    ``may_read`` tells whether the member reads the words at all; ``answer`` is what it was answered
    with, where that is published.
    """

    incident: Incident
    words: Mapping[str, str]
    may_read: bool
    may_answer: bool
    may_publish: bool
    found: list[finding.Found]
    alike: list[Waiting]
    answer: Answer | None


@dataclass(frozen=True)
class Kept:
    """A published answer in a list, with its owner's title and how many were told it."""

    id: int
    question: str
    rule: str
    owner: str
    answered_at: dt.datetime
    confirmed_at: dt.datetime
    review_by: dt.date
    days_left: int
    due: bool
    retired: bool
    is_guide: bool
    told: int


def waiting(member: Member, *, most: int = MOST) -> list[Waiting]:
    """Return the questions that wait on what the member may see, the longest-waiting first."""
    with acting_as(member):
        seen = Incident.objects.filter(incidents_policy.visible_to(member), kind=KIND, is_open=True)
        rows = list(seen.order_by("opened_at", "pk")[:most])
    with acting_as(DESK):
        asked = list(Question.objects.filter(incident_id__in=[row.pk for row in rows]))
    digests = {row.incident_id: frozenset(row.digests) for row in asked}
    return [_waiting(row, _count_alike(row.pk, digests)) for row in rows]


def opened(member: Member, number: str) -> Opened:
    """Open a question by its number: the look at its words goes to the trail.

    Raises ``NotFound`` for what is absent, out of sight, or no question.
    """
    with acting_as(member):
        incident = incidents.incident(member, number)
    if incident.kind != KIND:
        raise policy.absent()
    words, may_read = _words(incident, member)
    with acting_as(DESK):
        row = Question.objects.select_related("answer").filter(incident_id=incident.pk).first()
    return Opened(
        incident=incident,
        words=words,
        may_read=may_read,
        may_answer=incident.is_open and policy.may_answer(MemberActor(member), incident),
        may_publish=policy.may_publish(member),
        found=finding.find(words.get("what", "")),
        alike=_alike(row, member) if row and incident.is_open else [],
        answer=row.answer if row else None,
    )


def incident_id(member: Member, number: str) -> int:
    """Return a question's incident by its number; raises ``NotFound`` out of sight."""
    with acting_as(member):
        return incidents.incident(member, number).pk


def answers(
    *, due_only: bool = False, retired: bool = False, owner: int | None = None
) -> list[Kept]:
    """Return the published answers, those first whose time ends first; they are public."""
    rows = Answer.objects.filter(retired_at__isnull=not retired)
    if due_only:
        soon = timezone.localdate(clock.now()) + dt.timedelta(days=14)
        rows = rows.filter(review_by__lte=soon)
    if owner is not None:
        rows = rows.filter(owner_id=owner)
    return _kept(rows)


def answer(answer_id: int) -> Answer:
    """Return a published answer, also one taken back; raises ``NotFound``."""
    found = Answer.objects.select_related("law").filter(pk=answer_id).first()
    if found is None:
        raise policy.absent()
    return found


def owner_of(found: Answer) -> str:
    """Return the title of whoever answers for it; empty for somebody who has left."""
    people = access.people([found.owner_id])
    return people[found.owner_id].title if found.owner_id in people else ""


def told_by(token: str) -> Answer | None:
    """Return the published answer to the question with this token of its status page."""
    with acting_as(DESK):
        row = Question.objects.select_related("answer").filter(public_token=token).first()
    return row.answer if row and token and not row.is_open else None


def _words(incident: Incident, member: Member) -> tuple[Mapping[str, str], bool]:
    try:
        with acting_as(member):
            return (
                incidents.words_of(incident, member, purpose=Purpose.HANDLE_INCIDENT),
                True,
            )
    except Forbidden:
        return {}, False


def _alike(row: Question, member: Member) -> list[Waiting]:
    """Return other open questions in the member's sight that share enough words, oldest first."""
    if not row.digests:
        return []
    with acting_as(DESK):
        near = Question.objects.filter(digests__overlap=row.digests, is_open=True)
        near = near.exclude(pk=row.pk).order_by("-asked_at")[:500]
        mine = frozenset(row.digests)
        ids = [each.incident_id for each in near if _share(mine, frozenset(each.digests)) >= ALIKE]
    with acting_as(member):
        rows = Incident.objects.filter(incidents_policy.visible_to(member), pk__in=ids)
        return [_waiting(each, 0) for each in rows.order_by("opened_at")[:MOST_ALIKE]]


def _count_alike(incident_id: int, digests: Mapping[int, frozenset[int]]) -> int:
    mine = digests.get(incident_id, frozenset())
    others = (said for other, said in digests.items() if other != incident_id)
    return sum(_share(mine, said) >= ALIKE for said in others)


def _share(one: frozenset[int], other: frozenset[int]) -> float:
    both = len(one & other)
    return both / min(len(one), len(other)) if both >= FEWEST else 0.0


def _waiting(row: Incident, alike: int) -> Waiting:
    return Waiting(
        incident_id=row.pk,
        number=row.number,
        place=row.place,
        source=row.source,
        asked_at=row.opened_at,
        due_at=row.next_due_at,
        accepted=row.accepted_at is not None,
        alike=alike,
    )


def _kept(rows: QuerySet[Answer]) -> list[Kept]:
    counted = list(rows.order_by("review_by", "pk")[:500])
    with acting_as(DESK):
        told = dict(
            Question.objects.filter(answer__in=[row.pk for row in counted])
            .values_list("answer")
            .annotate(Count("pk"))
        )
    people = access.people({row.owner_id for row in counted})
    titles = {pk: person.title for pk, person in people.items()}
    return list(_rows(counted, titles, told))


def _rows(
    rows: Iterable[Answer], titles: Mapping[int, str], told: Mapping[int, int]
) -> Iterable[Kept]:
    today = timezone.localdate(clock.now())
    for row in rows:
        yield Kept(
            id=row.pk,
            question=row.question,
            rule=row.rule,
            owner=titles.get(row.owner_id, ""),
            answered_at=row.answered_at,
            confirmed_at=row.confirmed_at,
            review_by=row.review_by,
            days_left=(row.review_by - today).days,
            due=row.is_due(today),
            retired=row.retired_at is not None,
            is_guide=row.is_guide,
            told=told.get(row.pk, 0),
        )
