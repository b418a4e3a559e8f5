"""Taking over guides (Markdown, CSV) and legal texts; planned first, written only when all is good.

Markdown: ``## question``, then lines ``依据：…`` (an article as 《消防法》第28条, or a rule in
words) and ``复核：2027-06-01`` (optional), then the text. CSV has the columns question, text, rule
and review_by. A question that stands already under the same owner is revised, not doubled.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.desk import actions, indexing, reading
from tongxin.domain.desk.models import Answer
from tongxin.foundation.access.scope import Actor
from tongxin.kernel.errors import BadInput

_LABELS = {"依据": "rule", "复核": "review_by", "Source": "rule", "Review": "review_by"}
_LABEL = re.compile(r"^(依据|复核|Source|Review)\s*[:：]\s*(.+)$")
_CITED = re.compile(r"^《(.+?)》\s*第\s*([0-9]+|[零〇一二三四五六七八九十百]+)\s*条$")
_LARGEST = 5_000_000


@dataclass(frozen=True)
class Row:
    """One guide of a file: where it stands, and what it would become."""

    line: int
    draft: actions.Draft


@dataclass(frozen=True)
class Bad:
    """A guide that cannot be taken over, and why."""

    line: int
    why: str


@dataclass(frozen=True)
class Plan:
    """What a file holds: good rows and bad ones."""

    rows: list[Row]
    bad: list[Bad]


@dataclass(frozen=True)
class Done:
    """How many guides were added and revised."""

    added: int
    revised: int


def plan(path: Path) -> Plan:
    """Read a file of guides and check each, writing nothing.

    Raises ``BadInput`` for a file that is too large, no text, or neither Markdown nor CSV.
    """
    text = _text_of(path)
    if path.suffix.lower() in (".md", ".markdown"):
        found = list(_of_markdown(text))
    elif path.suffix.lower() == ".csv":
        found = list(_of_csv(text))
    else:
        raise BadInput("desk.file_kind", _("Guides come as Markdown or CSV."), field="file")
    rows: list[Row] = []
    bad: list[Bad] = []
    for line, fields in found:
        try:
            row = Row(line, _draft(fields))
            actions.check(row.draft)
            rows.append(row)
        except BadInput as error:
            bad.append(Bad(line, str(error.message)))
    return Plan(rows, bad)


def apply(planned: Plan, *, actor: Actor, owner_id: int) -> Done:
    """Write the good rows of a plan, all or none; raises as ``actions.publish``."""
    added = revised = 0
    with transaction.atomic():
        for row in planned.rows:
            known = Answer.objects.filter(
                question=row.draft.question, owner_id=owner_id, retired_at__isnull=True
            ).first()
            if known is None:
                actions.publish(row.draft, actor=actor, owner_id=owner_id)
                added += 1
            else:
                actions.revise(known.pk, row.draft, actor=actor)
                revised += 1
    return Done(added, revised)


def put_laws(folder: Path) -> dict[str, int]:
    """Take over every legal text of a folder, all or none; return the articles of each by name."""
    texts = reading.read_folder(folder)
    if not texts:
        raise BadInput("desk.no_laws", _("There is no legal text in this folder."), field="folder")
    with transaction.atomic():
        return {text.name: indexing.put_law(text) for text in texts}


def _text_of(path: Path) -> str:
    if path.stat().st_size > _LARGEST:
        raise BadInput("desk.file_size", _("This file is too large."), field="file")
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("desk.file_text", _("This file is no UTF-8 text."), field="file") from None


def _of_markdown(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    fields: dict[str, str] | None = None
    began = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            if fields is not None:
                yield began, fields
            fields, began = {"question": line[3:].strip(), "text": ""}, number
        elif fields is not None:
            label = _LABEL.match(line)
            if label:
                fields[_LABELS[label[1]]] = label[2].strip()
            else:
                fields["text"] += line + "\n"
    if fields is not None:
        yield began, fields


def _of_csv(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    table = csv.DictReader(io.StringIO(text))
    missing = {"question", "text", "rule"} - set(table.fieldnames or ())
    if missing:
        said = _("The column %(name)s is missing.") % {"name": sorted(missing)[0]}
        raise BadInput("desk.file_column", said, field="file")
    for row in table:
        yield table.line_num, {name: value or "" for name, value in row.items() if name}


def _draft(fields: dict[str, str]) -> actions.Draft:
    rule = fields.get("rule", "").strip()
    found = _CITED.match(rule)
    return actions.Draft(
        question=fields.get("question", "").strip(),
        text=fields.get("text", "").strip(),
        law=found[1] if found else "",
        article=_number(found[2]) if found else None,
        rule="" if found else rule,
        review_by=_day(fields.get("review_by", "").strip()),
        reviewed=True,
        is_guide=True,
    )


def _number(said: str) -> int:
    return int(said) if said.isascii() else reading.number_of(said)


def _day(said: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(said) if said else None
    except ValueError:
        raise BadInput("desk.day", _("Write the day as 2027-06-01."), field="review_by") from None
