"""Finding past answers, guides and law for a question, as it is typed: one statement, best first.

Each term of the question reads the postings of that term by an index that holds all it needs; what
a term is worth is BM25's, from the stored counts. The rarest terms are read first, up to a budget,
so that a search costs the same however many answers there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from tongxin.domain.desk import terms
from tongxin.domain.desk.models import Answer, Passage

MOST = 8
EXCERPT = 120
ANSWERS_COUNT = 1.15
"""How much more an answer that people wrote counts than an article as near."""
FEW = 1_000
"""While there are fewer passages than this, terms are worth as much as if there were so many."""
BUDGET = 12_000
"""Postings read for one question, those of the rarest terms first: common ones say little."""
LEAST = 6.0
"""Below this nothing of it was meant."""
# OFFSET 0 holds each step to its index, also while the database's statistics are young.
_RANK = """
    WITH asked AS (
        SELECT * FROM unnest(%(terms)s::text[], %(weights)s::float8[]) AS each(term, weight)
    ),
    all_of AS (SELECT greatest(passages, %(few)s)::float8 AS n FROM desk_term WHERE term = ''),
    worth AS (
        SELECT asked.term, asked.weight * ln(1 + (n - passages + 0.5) / (passages + 0.5)) AS worth,
            sum(passages) OVER (ORDER BY passages, asked.term) AS to_read
        FROM asked, all_of,
            LATERAL (SELECT passages FROM desk_term d WHERE d.term = asked.term OFFSET 0) AS known
    )
    SELECT posting.passage_id, sum(worth.worth * posting.weight) AS score
    FROM worth, LATERAL (
        SELECT passage_id, weight FROM desk_posting p WHERE p.term = worth.term OFFSET 0) AS posting
    WHERE to_read <= %(budget)s
    GROUP BY posting.passage_id ORDER BY score DESC LIMIT %(most)s
"""


@dataclass(frozen=True)
class Found:
    """A passage that may answer. ``source`` is a law's article or an answer's rule, in words.

    ``answer_id`` is set for answers and guides, with their dates; ``due`` says that one is under
    review and not to be relied on. ``dated`` is the law's version or the day of the answer.
    """

    passage_id: int
    heading: str
    text: str
    source: str
    dated: dt.date
    score: float
    law: str = ""
    number: int | None = None
    answer_id: int | None = None
    owner_id: int | None = None
    review_by: dt.date | None = None
    due: bool = False
    is_guide: bool = False
    area_ids: tuple[int, ...] = ()

    @property
    def excerpt(self) -> str:
        """Return the beginning of the text."""
        said = " ".join(self.text.split())
        return said if len(said) <= EXCERPT else said[: EXCERPT - 1] + "…"


def find(text: str, *, most: int = MOST, laws_only: bool = False) -> list[Found]:
    """Return what may answer ``text``, best first; nothing for text that says nothing.

    An answer under review comes after what is certain and as near.
    """
    asked = terms.of_question(text.replace("\x00", ""))
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _RANK,
            {
                "terms": list(asked),
                "weights": list(asked.values()),
                "most": max(most * 3, 24),
                "few": FEW,
                "budget": BUDGET,
            },
        )
        scores = dict(cursor.fetchall())
    rows = Passage.objects.filter(pk__in=scores).select_related("law", "answer")
    if laws_only:
        rows = rows.filter(law__isnull=False)
    found = [_found(row, scores) for row in rows]
    near = (each for each in found if each.score >= LEAST)
    return sorted(near, key=lambda each: (-each.score, each.passage_id))[:most]


def articles(law_name: str, numbers: list[int]) -> list[Found]:
    """Return articles by law and number, for whoever picks a source by hand."""
    rows = Passage.objects.filter(law__name=law_name, number__in=numbers)
    return [_found(row, {row.pk: 0.0}) for row in rows.select_related("law").order_by("number")]


def _found(row: Passage, scores: Mapping[int, float]) -> Found:
    score = float(scores[row.pk])
    if row.answer is not None:
        return _of_answer(row, row.answer, score)
    if row.law is None:
        raise LookupError(f"passage {row.pk} belongs to nothing")
    return Found(
        passage_id=row.pk,
        heading=row.heading,
        text=row.text,
        source=cited(row.law.name, row.number or 0),
        dated=row.law.dated,
        score=score,
        law=row.law.name,
        number=row.number,
    )


def _of_answer(row: Passage, answer: Answer, score: float) -> Found:
    due = answer.is_due()
    return Found(
        passage_id=row.pk,
        heading=answer.question,
        text=answer.text,
        source=answer.rule,
        dated=answer.confirmed_at.date(),
        score=score * (ANSWERS_COUNT if not due else 0.8),
        answer_id=answer.pk,
        owner_id=answer.owner_id,
        review_by=answer.review_by,
        due=due,
        is_guide=answer.is_guide,
        area_ids=tuple(answer.area_ids),
    )


def cited(law: str, number: int) -> str:
    """Return how an article is cited: 《消防法》第28条."""
    return f"《{law}》第{number}条"
