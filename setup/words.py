"""The words of the interface: merges the parts, compiles them, finds those without Chinese.

    python setup/words.py compile | check

Message ids are the English words; ``src/tongxin/locale/parts/*.po`` hold the Chinese. The merged
catalogue is made, never edited.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "tongxin"
PARTS = PACKAGE / "locale" / "parts"
MERGED = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
_NAME = re.compile(r"%\((\w+)\)[sd]")
_BARE = re.compile(r"%(?!\(\w+\)[sd])")
METHODS = [("**/tests/**", "ignore"), ("**/migrations/**", "ignore"), ("**.py", "python")]
METHODS += [("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}


class Faulty(Exception):
    """The words are not in order; the text says which."""


def merged() -> tuple[Catalog, list[str]]:
    """Return all parts in one catalogue, and what two parts translate differently.

    The first part, by name, then has its way. Raises ``Faulty`` when a part cannot be read.
    """
    whole = Catalog(locale="zh_Hans", project="tongxin", fuzzy=False)
    disputed: list[str] = []
    for path in sorted(PARTS.glob("*.po")):
        for message in _read(path):
            if not message.id or not _is_translated(message.string):
                continue
            known = whole.get(_first(message.id), message.context)
            if known is None:
                whole.add(message.id, message.string, context=message.context, flags=message.flags)
            elif _first(known.string) != _first(message.string):
                words = f"{_first(known.string)} / {_first(message.string)}"
                disputed.append(f"{path.name}: {_first(message.id)!r} is translated twice: {words}")
    return whole, disputed


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        try:
            return read_po(file, locale="zh_Hans", abort_invalid=True)
        except PoFileError as error:
            raise Faulty(f"{path.name} cannot be read: {error}") from error


def compile_words() -> int:
    """Write the merged catalogue and its compiled form; return how many messages it has."""
    catalogue, _disputed = merged()
    MERGED.parent.mkdir(parents=True, exist_ok=True)
    with MERGED.open("wb") as text:
        write_po(text, catalogue, sort_output=True, width=100)
    with MERGED.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, catalogue)
    return len(catalogue)


def faults() -> Iterator[str]:
    """Yield each message of the sources that has no Chinese, and each that has it twice."""
    catalogue, disputed = merged()
    yield from disputed
    options = {"**/templates/**": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
    found = extract_from_dir(
        PACKAGE, METHODS, options, keywords=KEYWORDS, comment_tags=(), strip_comment_tags=False
    )
    for file, line, message, _comments, context in found:
        if not message:
            continue
        known = catalogue.get(_first(message), context)
        if known is None:
            yield f"src/tongxin/{file}:{line}: {_first(message)!r}"
        elif "templates/" in file and (why := unfillable(message, known.string)):
            yield f"src/tongxin/{file}:{line}: {why}"
    for place, context, words in _helps():
        if catalogue.get(words, context or None) is None:
            yield f"help of {place}: {words!r}"


def unfillable(identifier: object, text: object) -> str:
    """Return why a template cannot show a message, ``""`` when it can.

    Templates fill every message with ``%``, those without a name in them too: a bare ``%`` (50%) is
    an error of the server there, and so is a name that the English does not have.
    """
    names = {name for each in _all(identifier) for name in _NAME.findall(each)}
    for each in (*_all(identifier), *_all(text)):
        if _BARE.search(each.replace("%%", "")):
            return f"a bare % (write %%): {each!r}"
        if strange := set(_NAME.findall(each)) - names:
            return f"%({min(strange)})s is not in the English: {each!r}"
    return ""


def _all(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, (tuple, list)) else (str(text),)


def _helps() -> Iterator[tuple[str, str, str]]:
    """Return what the command line's help shows: docstrings stand in no call of ``gettext``."""
    from tongxin.config import command, speak

    return speak.texts(command.cli)


def main() -> None:
    """Do what is named; exit code 1 when the words are not in order."""
    what = sys.argv[1] if len(sys.argv) > 1 else "compile"
    try:
        if what == "check":
            missing = sorted(set(faults()))
            print("\n".join(missing) or "every message has its Chinese")
            sys.exit(bool(missing))
        print(f"{compile_words()} messages")
    except Faulty as error:
        sys.exit(str(error))


def _first(identifier: object) -> str:
    return identifier[0] if isinstance(identifier, (tuple, list)) else str(identifier)


def _is_translated(text: object) -> bool:
    return all(text) if isinstance(text, (tuple, list)) else bool(text)


if __name__ == "__main__":
    main()
