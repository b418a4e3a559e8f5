"""Finding the right answer: share in the first three, and how long one search takes.

The 20 legal texts of the shared data are imported into a durable PostgreSQL; each question of
`answers_questions.csv` is asked as it is typed. Then many answers are published beside them, and
the time of one search, from the words to the list, is measured. `hit_at_3` is that of the held-out
part; `strangers_hit_at_3` that of questions written after all was frozen (see the .md beside).
"""

from __future__ import annotations

import csv
import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

from _district import district  # noqa: E402

QUESTIONS = HERE / "answers_questions.csv"
SHARED = Path(os.environ.get("TONGXIN_SHARED_DATA", HERE.parent.parent / "shared" / "data"))
SHORT, FULL = (3_000, 600), (10_000, 3_000)
"""Answers published beside the laws, and searches timed: short, full."""


def main() -> None:
    """Print the table, and the figures as one line of JSON."""
    short = "--short" in sys.argv
    if not (SHARED / "cn" / "laws").is_dir():
        print(f"the legal texts are not there: {SHARED}/cn/laws")
        sys.exit(1)
    with district():
        figures = measure(*(SHORT if short else FULL))
    for name, value in figures.items():
        print(f"{name:>28}{value:>12,.3f}")
    print(json.dumps({"name": "answers", "figures": figures}))


def measure(answers: int, searches: int) -> dict[str, float]:
    """Import the laws, ask every question, then time searches among many answers."""
    from tongxin.domain.desk import importing

    began = time.perf_counter()
    importing.put_laws(SHARED / "cn" / "laws")
    figures = {"import_s": round(time.perf_counter() - began, 1)}
    questions = list(csv.DictReader(QUESTIONS.open(encoding="utf-8")))
    figures |= _rates(questions)
    figures |= _times([row["question"] for row in questions], answers, searches)
    return figures


def part_of(number: int) -> str:
    """Return the part to which a question belongs: held, strangers or tuning."""
    if number > 700:
        return "strangers"
    return "held" if number <= 364 and number % 2 == 0 else "tuning"


def _rates(questions: Iterable[dict[str, str]]) -> dict[str, float]:
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for row in questions:
        part = part_of(int(row["number"]))
        right = {row["article"], *row["also"].split()}
        first = _first(row["question"])
        hit = bool(right & set(first[:1])), bool(right & set(first))
        hits[part].append(hit)
        if part == "held":
            hits[f"held_{row['form']}"].append(hit)
        if part == "tuning" and not hit[1]:
            print(f"  missed {row['number']}: {row['question']} → {first}")
    named = {
        f"{part.removeprefix('held').lstrip('_') or 'hit'}": pairs for part, pairs in hits.items()
    }
    figures: dict[str, float] = {}
    for name, pairs in named.items():
        label = "" if name == "hit" else f"{name}_"
        figures[f"{label}hit_at_1"] = round(sum(one for one, _ in pairs) / len(pairs), 3)
        figures[f"{label}hit_at_3"] = round(sum(three for _, three in pairs) / len(pairs), 3)
    return figures


def _first(question: str) -> list[str]:
    from tongxin.domain.desk.finding import find

    return [f"{each.law}#{each.number}" for each in find(question, most=3)]


def _times(asked: list[str], answers: int, searches: int) -> dict[str, float]:
    from django.db import connection

    from tongxin.domain.desk.finding import find

    _publish(answers)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    random.seed(7)
    taken = []
    for number in range(searches + 50):
        text = random.choice(asked)
        began = time.perf_counter()
        find(text)
        if number >= 50:
            taken.append((time.perf_counter() - began) * 1_000)
    taken.sort()
    return {
        "answers": float(answers),
        "p50_ms": round(taken[len(taken) // 2], 2),
        "p99_ms": round(taken[int(len(taken) * 0.99)], 2),
    }


def _publish(count: int) -> None:
    """Publish answers made of sentences of the laws: the size is real, what they say is not."""
    from tongxin.domain.desk import actions
    from tongxin.domain.desk.models import Passage
    from tongxin.foundation.access.scope import SystemActor

    random.seed(3)
    texts = list(Passage.objects.values_list("text", flat=True))
    sentences = [part for text in texts for part in text.split("，") if 6 < len(part) < 60]
    for number in range(count):
        draft = actions.Draft(
            question=f"{random.choice(sentences)[:60]}（{number}）",
            text="，".join(random.sample(sentences, 6)),
            rule="所里的规定",
            reviewed=True,
        )
        actions.publish(draft, actor=SystemActor("bench"), owner_id=1)


if __name__ == "__main__":
    main()
