"""The rules of the interface's words: what no template could show is found beforehand."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PART = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

"""


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program of the words, on a package of its own: one template, one part."""
    spec = importlib.util.spec_from_file_location("words_of_setup", ROOT / "setup" / "words.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "words_of_setup", module)
    spec.loader.exec_module(module)
    (tmp_path / "surfaces" / "templates").mkdir(parents=True)
    (tmp_path / "parts").mkdir()
    monkeypatch.setattr(module, "PACKAGE", tmp_path)
    monkeypatch.setattr(module, "PARTS", tmp_path / "parts")
    monkeypatch.setattr(module, "_helps", lambda: iter(()))
    return module


def found(words: Any, template: str, part: str) -> list[str]:
    (words.PACKAGE / "surfaces" / "templates" / "one.html").write_text(template, encoding="utf-8")
    (words.PARTS / "one.po").write_text(PART + part, encoding="utf-8")
    return list(words.faults())


@pytest.mark.parametrize(
    ("template", "part", "fault"),
    [
        ("{{ _('Done') }}", 'msgid "Done"\nmsgstr "完成100%"\n', "a bare %"),
        ("{{ _('Half: 50%') }}", 'msgid "Half: 50%"\nmsgstr "一半"\n', "a bare %"),
        ("{{ _('%(n)s of it', n=1) }}", 'msgid "%(n)s of it"\nmsgstr "%(m)s 份"\n', "%(m)s is not"),
        ("{{ _('Done') }}", 'msgid "Done"\nmsgstr "完成100%%"\n', ""),
        ("{{ _('%(n)s of it', n=1) }}", 'msgid "%(n)s of it"\nmsgstr "%(n)s 份"\n', ""),
    ],
)
def test_what_no_template_can_show_is_found(
    words: ModuleType, template: str, part: str, fault: str
) -> None:
    told = found(words, template, part)
    assert [fault in each for each in told] == ([True] if fault else []), told


def test_a_bare_percent_really_breaks_a_template() -> None:
    """The reason for the rule: Jinja fills every message, also one without a name in it."""
    from jinja2 import Environment

    from tongxin.surfaces.kit.rendering import engine

    assert engine().env.newstyle_gettext  # type: ignore[attr-defined]
    shown = Environment(extensions=["jinja2.ext.i18n"])
    shown.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: "完成100%" if text == "Done" else text,
        lambda one, _many, _n: one,
        newstyle=True,
    )
    with pytest.raises((ValueError, TypeError)):
        shown.from_string("{{ _('Done') }}").render()
