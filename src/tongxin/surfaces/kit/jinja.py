"""The Jinja2 environment behind every page, for Django's Jinja2 backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2.utils import missing

from tongxin.surfaces.kit import formats, people, procedure_words
from tongxin.surfaces.kit.assets import vite_tags
from tongxin.surfaces.kit.rendering import is_fragment

SURFACES = Path(__file__).parent.parent

FORMATS = (
    formats.absolute,
    formats.ago,
    formats.at_time,
    formats.day,
    formats.left,
    formats.mark_of,
    formats.min_sec,
    formats.minute,
    formats.minutes,
    formats.mode_word,
    formats.phone_link,
    formats.relative,
    formats.state_word,
    people.titled,
    procedure_words.field_type,
    procedure_words.field_words,
)


class Absent(jinja2.Undefined):
    """Strict about names, and about showing what is not there; a missing key may be asked after.

    So ``{% if entry.note %}`` is false for an entry without a note, while ``{% if entri %}`` and
    ``{{ entry.nota }}`` fail.
    """

    def _ask(self) -> None:
        if self._undefined_obj is missing:
            self._fail_with_undefined_error()

    def __bool__(self) -> bool:
        self._ask()
        return False

    def __len__(self) -> int:
        self._ask()
        return 0

    def __iter__(self) -> Iterator[object]:
        self._ask()
        return iter(())

    def __str__(self) -> str:
        raise jinja2.UndefinedError(self._undefined_message)


def environment(**options: Any) -> jinja2.Environment:
    """Return the environment: autoescape, strict about names, gettext, our helpers at hand.

    ``options`` are those of ``jinja2.Environment``; a ``loader`` among them is asked first, then
    the ``templates/`` folder of every surface.
    """
    given = options.pop("loader", None)
    loaders = [given, *surface_loaders()] if given else surface_loaders()
    options |= {"autoescape": True, "undefined": Absent, "trim_blocks": True}
    extensions = ["jinja2.ext.i18n", *options.pop("extensions", [])]
    made = jinja2.Environment(loader=jinja2.ChoiceLoader(loaders), extensions=extensions, **options)  # noqa: S701 - it is on
    _speak(made)
    named = {function.__name__: function for function in FORMATS}
    made.filters |= named
    made.globals |= named | {
        "url": url,
        "static": static,
        "vite_tags": vite_tags,
        "html_lang": html_lang,
        "is_fragment": is_fragment,
        "theme_of": theme_of,
        "widget_attrs": widget_attrs,
    }
    return made


def surface_loaders() -> list[jinja2.BaseLoader]:
    """Return a loader for the ``templates/`` folder of each surface, by name."""
    folders = sorted(SURFACES.glob("*/templates"))
    return [jinja2.FileSystemLoader(folder) for folder in folders]


def _speak(made: jinja2.Environment) -> None:
    made.install_gettext_callables(  # type: ignore[attr-defined]  # comes with the i18n extension
        gettext=translation.gettext,
        ngettext=translation.ngettext,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
        newstyle=True,
    )


def url(name: str, *args: object, **kwargs: object) -> str:
    """Return the address of a named view: ``url('console:incident', ref=…)``."""
    return reverse(name, args=args, kwargs=kwargs)


def html_lang() -> str:
    """Return the active language as HTML writes it: ``zh-Hans``, ``en``."""
    return translation.to_locale(translation.get_language() or "zh-hans").replace("_", "-")


def theme_of(request: HttpRequest | None) -> str:
    """Return the theme that the reader chose (a cookie), or '' to follow the system."""
    chosen = request.COOKIES.get("theme", "") if request is not None else ""
    return chosen if chosen in ("light", "dark") else ""


def widget_attrs(bound: Any, attrs: dict[str, object]) -> dict[str, object]:
    """Return the attributes that a Django field's own widget needs in this kit."""
    by = [f"{bound.id_for_label}-error"] if bound.errors else []
    by += [f"{bound.id_for_label}-hint"] if bound.help_text else []
    wrong: dict[str, object] = {"aria-invalid": "true"} if bound.errors else {}
    described: dict[str, object] = {"aria-describedby": " ".join(by)} if by else {}
    return {"class": "input"} | wrong | described | attrs
