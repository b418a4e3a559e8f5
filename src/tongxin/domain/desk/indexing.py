"""Writing down what a passage is found by, and the counts that say how rare a term is."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import connection, transaction

from tongxin.domain.desk import terms
from tongxin.domain.desk.models import Answer, Law, Passage, Posting, Term
from tongxin.domain.desk.reading import Law as LawText
from tongxin.domain.desk.vocabulary import plain
from tongxin.kernel import clock

ALL = ""
"""The term whose row counts the passages."""
_COUNT = """
    INSERT INTO desk_term AS known (term, passages)
    SELECT term, count FROM unnest(%s::text[], %s::int[]) AS new(term, count) ORDER BY term
    ON CONFLICT (term) DO UPDATE SET passages = known.passages + excluded.passages
"""


def put_law(text: LawText) -> int:
    """Write a legal text, in place of its former version; return how many articles it has.

    Answers that rest on it keep their reference to it by name.
    """
    with transaction.atomic():
        law, _new = Law.objects.update_or_create(
            name=text.name, defaults={"dated": text.dated, "imported_at": clock.now()}
        )
        _drop(Passage.objects.filter(law=law).values_list("pk", flat=True))
        made = Passage.objects.bulk_create(
            Passage(
                law=law,
                number=article.number,
                chapter=article.chapter[:120],
                heading=plain(text.name, article.number).heading,
                text=article.text,
            )
            for article in text.articles
        )
        for passage in made:
            passage.law = law
        _put(made)
    return len(made)


def put_answer(answer: Answer) -> None:
    """Write what an answer is found by, in place of what was written before."""
    with transaction.atomic():
        drop_answer(answer)
        passage = Passage.objects.create(
            answer=answer, heading=answer.question, text=answer.text, chapter=answer.rule[:120]
        )
        _put([passage])


def drop_answer(answer: Answer) -> None:
    """Take an answer out of what can be found."""
    _drop(Passage.objects.filter(answer=answer).values_list("pk", flat=True))


def _put(passages: Collection[Passage]) -> None:
    rows = [
        Posting(passage=passage, term=term, weight=weight)
        for passage in passages
        for term, weight in terms.of_passage(_text(passage)).items()
    ]
    Posting.objects.bulk_create(rows, batch_size=5_000)
    _count((row.term for row in rows), 1, len(passages))


def _text(passage: Passage) -> terms.Text:
    """Lay a passage out: of an answer, the question is what it is about."""
    if passage.law is None:
        return terms.Text(passage.text, passage.chapter, passage.heading)
    known = plain(passage.law.name, passage.number or 0)
    title = f"{passage.law.name} {passage.chapter}"
    return terms.Text(passage.text, title, f"{known.heading} {known.words}")


def _drop(passage_ids: Iterable[int]) -> None:
    gone = list(passage_ids)
    if not gone:
        return
    rows = Posting.objects.filter(passage_id__in=gone)
    _count(list(rows.values_list("term", flat=True)), -1, len(gone))
    rows.delete()
    Passage.objects.filter(pk__in=gone).delete()


def _count(found: Iterable[str], step: int, passages: int) -> None:
    counts: dict[str, int] = {ALL: step * passages}
    for term in found:
        counts[term] = counts.get(term, 0) + step
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [list(counts), list(counts.values())])
    if step < 0:
        Term.objects.filter(passages__lte=0).exclude(term=ALL).delete()
