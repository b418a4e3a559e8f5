"""Refusals 1 and 2: nowhere in the program is a name under which people are judged or sorted.

Read off what runs: columns of all models, codes of all lists, keys of the interface, fields of all
forms, headings that imports know, fields that a district's own table of kinds may ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Choices, Field
from django.forms import BaseForm
from django.test import Client

import tongxin
from tongxin.domain.homes import exporting, sheets
from tongxin.domain.incidents import kinds
from tongxin.domain.incidents.kinds import WrongTable
from tongxin.foundation.access import importing as members
from tongxin.foundation.access.actions import skills_said
from tongxin.foundation.territory import listing, reading
from tongxin.kernel import refusals
from tongxin.kernel.errors import BadInput

JUDGING = frozenset(
    {
        *("score", "rank", "ranking", "rating", "risk", "predict", "predicted", "prediction"),
        *("suspicious", "suspect", "dangerous", "blacklist", "watchlist", "petitioner", "grade"),
        *("honesty", "credit", "loyalty", "reputation", "points", "league", "profile"),
    }
)
"""Words that judge, of which no name may be made: not even one that means no person."""
HERE = Path(tongxin.__file__).parent
_NAMES = re.compile(r"""\bname=["']([\w\-\[\].]+)["']""")
_ASKED = re.compile(r"""request\.(?:POST|GET|FILES)(?:\.get|\.getlist)?[(\[]\s*["']([\w\-]+)["']""")
_SAID = re.compile(r"""_field\(\s*["']([\w\-]+)["']""")


def columns() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        if model.__module__.startswith("tongxin."):
            for field in model._meta.get_fields():
                yield f"{model.__name__}.{field.name}", field.name
                codes = getattr(field, "choices", None) if isinstance(field, Field) else None
                yield from ((f"{model.__name__}.{field.name}={c}", str(c)) for c, _w in codes or ())


def lists() -> Iterator[tuple[str, str]]:
    """Yield the codes of every list of choices, also of those that no column has."""
    waiting: list[type[Enum]] = list(Choices.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("tongxin."):
            yield from ((f"{kind.__name__}.{one.name}", str(one.value)) for one in kind)


def interface() -> Iterator[tuple[str, str]]:
    document: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    for name, schema in document["components"]["schemas"].items():
        yield from ((f"{name}.{key}", key) for key in schema.get("properties", {}))
        yield from ((f"{name}={code}", str(code)) for code in schema.get("enum", ()))
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for given in operation.get("parameters", ()):
                yield f"{path}?{given['name']}", given["name"]


def forms() -> Iterator[tuple[str, str]]:
    for path in sorted(HERE.glob("surfaces/*/templates/**/*.html")):
        text = path.read_text("utf-8")
        for name in {*_NAMES.findall(text), *_SAID.findall(text)}:
            yield f"{path.name}: {name}", name
    for path in sorted(HERE.glob("surfaces/**/*.py")):
        for name in _ASKED.findall(path.read_text("utf-8")):
            yield f"{path.name}: {name}", name
    waiting: list[Any] = list(BaseForm.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.startswith("tongxin."):
            yield from ((f"{form.__name__}.{name}", name) for name in form.base_fields)


def headings() -> Iterator[tuple[str, str]]:
    tables = [members.COLUMNS, reading.COLUMNS, *listing.COLUMNS.values(), sheets.COLUMNS]
    for table in tables:
        for ours, theirs in table.items():
            yield from ((f"heading {each}", each) for each in (ours, *theirs))
    yield from ((f"export {name}", name) for name in exporting.HEADINGS)


def of_kinds() -> Iterator[tuple[str, str]]:
    table = kinds.registry()
    yield from ((f"{k.code} counts {c}", c) for k in table.kinds.values() for c in k.classes)
    for kind in table.reportable():
        asked = {f for t in kind.lifecycle.transitions.values() for f in t.requires}
        yield from ((f"{kind.code} asks {name}", name) for name in asked)
        yield from ((f"{kind.code} ends {code}", code) for code in kind.outcomes)


PLACES = {
    "columns": columns,
    "lists": lists,
    "interface": interface,
    "forms": forms,
    "headings": headings,
    "kinds": of_kinds,
}
LEAST = {"columns": 300, "lists": 150, "interface": 60, "forms": 80, "headings": 60, "kinds": 20}
"""So many names there are at least: a place that was not read proves nothing."""


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES)
def test_no_name_judges_a_person_or_holds_what_is_refused(place: str) -> None:
    names = list(PLACES[place]())
    assert len(names) >= LEAST[place]
    assert [where for where, name in names if refusals.refused(name)] == []
    words = {where: set(re.findall(r"[a-z]+", name.lower())) for where, name in names}
    assert [where for where, said in words.items() if said & JUDGING] == []


@pytest.mark.parametrize("name", ["risk_score", "人员标签", "zongjiao", "ethnicity", "key_person"])
def test_a_new_name_of_that_kind_would_be_found(name: str) -> None:
    assert refusals.refused(name)


@pytest.mark.parametrize("name", ["ethnicity", "religion", "risk_score", "id_number", "minzu"])
def test_a_districts_own_kind_cannot_ask_for_it(name: str, tmp_path: Path) -> None:
    """At start, naming the line: what the program does not hold, a table cannot bring in."""
    table = tmp_path / "kinds.yaml"
    table.write_text(
        f"""\
procedures:
  own:
    start: reported
    states:
      reported: {{zh: 待受理, en: Waiting, look: waiting, needs_person: true}}
      closed: {{zh: 已办结, en: Done, look: done, ends: true}}
    acts:
      close: {{from: [open], to: closed, permission: close, requires: [outcome, {name}]}}
      reopen: {{from: [closed], to: reported, permission: reopen}}
""",
        "utf-8",
    )
    with pytest.raises(WrongTable) as caught:
        kinds.check(table)
    assert caught.value.line == 8
    assert name in caught.value.says


@pytest.mark.parametrize("skill", ["党员", "重点人员", "religion", "信用分"])
def test_nobodys_skills_name_it(skill: str) -> None:
    assert skills_said("急救、水性好") == ("急救", "水性好")
    with pytest.raises(BadInput) as caught:
        skills_said(f"急救、{skill}")
    assert caught.value.field == "skills"
