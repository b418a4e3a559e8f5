"""Answering questions, publishing answers, and keeping them. Each act is one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as now_in
from django.utils.translation import gettext_lazy as _

from tongxin.domain.desk import indexing, policy
from tongxin.domain.desk.asking import DESK, KIND, Asked, ask
from tongxin.domain.desk.finding import cited
from tongxin.domain.desk.masking import masked
from tongxin.domain.desk.models import Answer, Law, Passage, Question
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents import policy as incidents_policy
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.scope import Actor, MemberActor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, TongxinError

__all__ = [
    "Asked",
    "Draft",
    "Given",
    "Outcome",
    "answer",
    "ask",
    "check",
    "confirm",
    "publish",
    "retire",
    "revise",
]

LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_RULE = 200, 4_000, 200
USUAL_DAYS, MOST_DAYS = 365, 3 * 366
"""How long an answer holds unless said otherwise, and at most, until it is looked at again."""


@dataclass(frozen=True)
class Draft:
    """A published answer as written. ``law`` and ``article``, or ``rule`` in words, say its source.

    ``reviewed`` says that whoever publishes has read it for names and numbers of people.
    """

    question: str
    text: str
    law: str = ""
    article: int | None = None
    rule: str = ""
    review_by: dt.date | None = None
    area_ids: Collection[int] = ()
    reviewed: bool = False
    is_guide: bool = False


@dataclass(frozen=True)
class Given:
    """How a question is answered: by a published answer, a new one, or ``text`` for one person."""

    answer_id: int | None = None
    draft: Draft | None = None
    text: str = ""
    alike: Collection[int] = field(default_factory=tuple)


@dataclass(frozen=True)
class Outcome:
    """What came of it: the published answer, the incidents that were answered, those left open."""

    answer: Answer | None
    answered: list[int]
    left: list[int]


def answer(incident_id: int, given: Given, *, actor: Actor, version: int | None = None) -> Outcome:
    """Answer a question, and with it those of ``alike`` (incidents) that the actor may answer.

    Everybody who asked reads the same answer on their own page. Of those alike, one that somebody
    else has closed meanwhile, or that is out of sight, is left as it is. Raises as
    ``incidents.close`` does for the question itself, ``BadInput`` for what is lacking.
    """
    with transaction.atomic():
        question = _question(incident_id, actor)
        published = _published(given, question, actor)
        words = told(published) if published else _checked_text(given.text)
        _close(question, published, words, actor, version)
        done, left = [incident_id], list[int]()
        for other in sorted(set(given.alike) - {incident_id}):
            (done if _also(other, published, words, actor) else left).append(other)
    return Outcome(published, done, left)


def publish(draft: Draft, *, actor: Actor, owner_id: int, origin_id: int | None = None) -> Answer:
    """Publish an answer for everybody; it is found from then on.

    Raises ``Forbidden`` for who may not, ``BadInput`` for what is lacking, too long, or holds the
    number of somebody's papers.
    """
    policy.require_publish(actor, draft.area_ids)
    fields = _checked(draft)
    now = clock.now()
    with transaction.atomic():
        made = Answer.objects.create(
            **fields,
            owner_id=owner_id,
            area_ids=sorted(set(draft.area_ids)),
            origin_id=origin_id,
            is_guide=draft.is_guide,
            answered_at=now,
            confirmed_at=now,
        )
        indexing.put_answer(made)
        _trail(made, actor, "desk.published")
    return made


def check(draft: Draft) -> None:
    """Raise ``BadInput`` for what could not be published, writing nothing."""
    _checked(draft)


def revise(answer_id: int, draft: Draft, *, actor: Actor, version: int | None = None) -> Answer:
    """Put an answer into other words or on another source; its time begins anew."""
    fields = _checked(draft)
    with transaction.atomic():
        found = policy.locked(answer_id, actor, version)
        for name, value in fields.items():
            setattr(found, name, value)
        _renew(found, actor, "desk.revised")
        indexing.put_answer(found)
    return found


def confirm(
    answer_id: int, *, actor: Actor, review_by: dt.date | None = None, version: int | None = None
) -> Answer:
    """Say that an answer still holds, until ``review_by``; a year where nothing is said."""
    until = _until(review_by)
    with transaction.atomic():
        found = policy.locked(answer_id, actor, version)
        found.review_by = until
        _renew(found, actor, "desk.confirmed")
    return found


def retire(answer_id: int, *, actor: Actor, version: int | None = None) -> Answer:
    """Take an answer back: it is not found any more; who was told it keeps it on their page."""
    with transaction.atomic():
        found = policy.locked(answer_id, actor, version)
        found.retired_at = clock.now()
        found.version += 1
        found.save(update_fields=["retired_at", "version"])
        indexing.drop_answer(found)
        _trail(found, actor, "desk.retired")
    return found


def told(published: Answer) -> str:
    """Return an answer as the asker reads it: the text, its source, its day."""
    day = timezone.localtime(published.confirmed_at)
    source = now_in("Source: %(rule)s. As of %(day)s.")
    return f"{published.text}\n\n{source % {'rule': published.rule, 'day': f'{day:%Y-%m-%d}'}}"


def _published(given: Given, question: Question, actor: Actor) -> Answer | None:
    if given.draft is not None:
        owner = actor.member.pk if isinstance(actor, MemberActor) else 0
        return publish(given.draft, actor=actor, owner_id=owner, origin_id=question.incident_id)
    if given.answer_id is None:
        return None
    found = Answer.objects.filter(pk=given.answer_id, retired_at__isnull=True).first()
    if found is None:
        raise policy.absent()
    if found.is_due():
        said = _("This answer is under review. Confirm it first, or write another.")
        raise Conflict("desk.under_review", said, field="answer")
    return found


def _question(incident_id: int, actor: Actor) -> Question:
    incident = incidents_policy.find(incident_id, actor)
    with acting_as(DESK):
        found = Question.objects.filter(incident_id=incident.pk).first()
    if found is None or incident.kind != KIND:
        raise policy.absent()
    return found


def _close(
    question: Question, published: Answer | None, words: str, actor: Actor, version: int | None
) -> Incident:
    done = incidents.close(
        question.incident_id, actor=actor, outcome="answered", answer=words, version=version
    )
    with acting_as(DESK):
        Question.objects.filter(pk=question.pk).update(answer=published)
    return done


def _also(incident_id: int, published: Answer | None, words: str, actor: Actor) -> bool:
    try:
        with transaction.atomic():
            _close(_question(incident_id, actor), published, words, actor, None)
    except TongxinError:
        return False
    return True


def _checked(draft: Draft) -> dict[str, object]:
    question, text = draft.question.strip(), _checked_text(draft.text)
    if not question:
        raise BadInput("desk.no_question", _("Write what is asked, in short."), field="question")
    if len(question) > LONGEST_QUESTION or "\x00" in question:
        raise BadInput("desk.too_long", _("This is too long; say it in short."), field="question")
    if masked(question) != question or masked(text) != text:
        said = _("There is the number of somebody’s papers or card in it. Take it out.")
        raise BadInput("desk.number", said, field="text")
    if not draft.reviewed:
        said = _("Say that you have read it: nobody’s name or number stands in it.")
        raise BadInput("desk.not_reviewed", said, field="reviewed")
    law, article, rule = _source(draft)
    return {
        "question": question,
        "text": text,
        "law": law,
        "article": article,
        "rule": rule,
        "review_by": _until(draft.review_by),
    }


def _source(draft: Draft) -> tuple[Law | None, int | None, str]:
    if not draft.law:
        rule = draft.rule.strip()
        if not rule or len(rule) > LONGEST_RULE:
            said = _("Say on which rule it rests: choose an article, or name the office’s rule.")
            raise BadInput("desk.no_source", said, field="rule")
        return None, None, rule
    passage = Passage.objects.filter(law__name=draft.law, number=draft.article)
    found = passage.select_related("law").first()
    if found is None or found.law is None or found.number is None:
        raise BadInput("desk.no_article", _("There is no such article here."), field="article")
    return found.law, found.number, cited(found.law.name, found.number)


def _checked_text(text: str) -> str:
    said = text.strip()
    if not said:
        raise BadInput("desk.no_answer", _("Write the answer first."), field="text")
    if len(said) > LONGEST_ANSWER or "\x00" in said:
        raise BadInput("desk.too_long", _("This is too long; say it in short."), field="text")
    return said


def _until(said: dt.date | None) -> dt.date:
    today = timezone.localdate(clock.now())
    until = said or today + dt.timedelta(days=USUAL_DAYS)
    if not today < until <= today + dt.timedelta(days=MOST_DAYS):
        said_so = _("It must be looked at again between tomorrow and three years from now.")
        raise BadInput("desk.review_by", said_so, field="review_by")
    return until


def _renew(found: Answer, actor: Actor, act: str) -> None:
    found.confirmed_at = clock.now()
    found.reminded_at = found.expired_at = None
    found.version += 1
    found.save()
    _trail(found, actor, act)


def _trail(found: Answer, actor: Actor, act: str) -> None:
    detail: dict[str, object] = {"rule": found.rule, "review_by": found.review_by.isoformat()}
    audit.record(actor=str(actor), act=act, subject=f"answer:{found.pk}", detail=detail)
