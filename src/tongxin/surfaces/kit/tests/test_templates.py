from __future__ import annotations

import jinja2
import pytest
from django.test import RequestFactory
from django.utils import translation

from tongxin.kernel import clock
from tongxin.surfaces.kit import rendering, styles_view
from tongxin.surfaces.kit.jinja import environment

PAGE = """{% extends "kit/layouts/bare.html" %}
{% block main %}<main>all {% block part %}<p>{{ word }}</p>{% endblock %}</main>{% endblock %}"""


@pytest.fixture
def jinja() -> jinja2.Environment:
    with translation.override("en"):
        yield environment(loader=jinja2.DictLoader({"page.html": PAGE}))


def draw(jinja: jinja2.Environment, macro: str, source: str, **context: object) -> str:
    file, name = macro.split(":")
    imported = f'{{% from "kit/components/{file}.html" import {name} %}}'
    return jinja.from_string(imported + source).render(**context)


def test_htmx_gets_the_block_a_person_gets_the_page(
    jinja: jinja2.Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering.engine(), "env", jinja)
    plain = RequestFactory().get("/")
    htmx = RequestFactory().get("/", headers={"HX-Request": "true"})
    back = RequestFactory().get(
        "/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )

    def answer(request: object) -> str:
        return rendering.render(request, "page.html", {"word": "<b>"}, block="part").text

    assert "<main>all <p>&lt;b&gt;</p></main>" in answer(plain)
    assert answer(htmx).strip() == "<p>&lt;b&gt;</p>"
    assert "<main>" in answer(back)
    assert rendering.fragment(plain, "page.html", "part", {"word": "x"}).text.strip() == "<p>x</p>"


def test_a_name_that_does_not_exist_fails_a_missing_key_may_be_asked_after(
    jinja: jinja2.Environment,
) -> None:
    with pytest.raises(jinja2.UndefinedError):
        jinja.from_string("{% if wrod %}{% endif %}").render()
    with pytest.raises(jinja2.UndefinedError):
        jinja.from_string("{{ entry.nota }}").render(entry={"note": 1})
    asked = jinja.from_string("{% if entry.note %}a{% else %}b{% endif %}")
    assert asked.render(entry={}) == "b"


def test_what_people_typed_is_text_everywhere(jinja: jinja2.Environment) -> None:
    evil = '"><script>alert(1)</script>'
    item = {"url": "/x", "ref": "1", "kind": "help", "kind_label": evil, "place": evil,
            "what": evil, "state": "waiting", "who": evil, "at": clock.now()}  # fmt: skip
    entry = {"surname": evil, "role": "auxiliary", "ground": evil, "phone": "1", "minutes": 2,
             "why": [evil], "state": "asked", "ref": evil}  # fmt: skip
    drawn = (
        draw(jinja, "queue_row:queue_row", "{{ queue_row(item) }}", item=item)
        + draw(jinja, "plan:plan", "{{ plan([e], [], [], lacking=[x]) }}", e=entry, x=evil)
        + draw(jinja, "field:text_field", "{{ text_field('a', x, value=x, error=x) }}", x=evil)
        + draw(jinja, "button:button", "{{ button(x, attrs={'hx-post': x}) }}", x=evil)
        + draw(jinja, "notice:toast", "{{ toast(x, undo_url=x) }}", x=evil)
    )
    assert "<script" not in drawn


def test_a_field_that_is_wrong_says_so_to_eyes_and_ears(jinja: jinja2.Environment) -> None:
    html = draw(
        jinja,
        "field:text_field",
        "{{ text_field('place', 'Place', required=true, error={'what': 'No.', 'mend': 'Do.'}) }}",
    )
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="f-place-error"' in html
    assert 'id="f-place-error"' in html
    assert "optional" not in html


def test_an_estimate_is_said_wherever_minutes_are_shown(jinja: jinja2.Environment) -> None:
    entry = {"surname": "Li", "role": "auxiliary", "minutes": 2, "why": [], "state": "asked"}
    by_road = draw(jinja, "plan:plan", "{{ plan([e], [], []) }}", e=entry)
    assert "by road" in by_road
    assert "estimate" not in by_road
    for said in ("plan([e], [], [], estimate=true)", "plan([e | d], [], [])"):
        source = "{{ " + said.replace("e | d", "f") + " }}"
        html = draw(jinja, "plan:plan", source, e=entry, f=entry | {"estimate": True})
        assert "estimate</span>" in html
        assert "by road" not in html


def test_a_plan_entry_that_cannot_get_there_shows_no_minutes(jinja: jinja2.Environment) -> None:
    entry = {"surname": "Li", "role": "auxiliary", "minutes": None, "why": [], "state": "asked"}
    html = draw(jinja, "plan:plan", "{{ plan([e], [], []) }}", e=entry)
    assert "no way there" in html
    assert "by road" not in html


def test_no_page_of_the_kit_carries_script_or_handlers_inline() -> None:
    with translation.override("en"):
        html = styles_view.styles(RequestFactory().get("/")).text
    assert "<script>" not in html
    assert " onclick=" not in html
    assert "hx-on" not in html
