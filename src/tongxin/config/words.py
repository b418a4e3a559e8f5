"""The words of the command line, in the terminal's language, before and without Django."""

from __future__ import annotations

import gettext as standard
import os
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"


page_language: ContextVar[str] = ContextVar("tongxin_page_language", default="")
"""Set while a page tells what the command line would: ``zh-hans`` or ``en``."""


def gettext(message: str) -> str:
    """Return ``message`` (an English sentence, perhaps with ``{names}``) as the terminal speaks."""
    return _catalogue(spoken()).gettext(message)


def pgettext(context: str, message: str) -> str:
    """Return ``message`` as ``gettext`` does; the context tells it from the same word elsewhere."""
    return _catalogue(spoken()).pgettext(context, message)


def npgettext(context: str, one: str, many: str, count: int) -> str:
    """Return ``one`` or ``many`` as ``pgettext`` does, whichever ``count`` asks for."""
    return _catalogue(spoken()).npgettext(context, one, many, count)


def spoken() -> str:
    """Return the terminal's language, or the page's while one asks: ``zh_Hans`` or ``en``."""
    if page_language.get():
        return "zh_Hans" if page_language.get().startswith("zh") else "en"
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "zh_Hans" if os.environ[name].startswith("zh") else "en"
    return "en"


@cache
def _catalogue(language: str) -> standard.NullTranslations:
    return standard.translation("django", LOCALE, languages=[language], fallback=True)
