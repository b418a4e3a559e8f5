"""Finding without opening: keyed digests of phone numbers, names and how names are read.

Equal values give equal digests, so a row can be found by what it holds; without the key nothing can
be guessed from them, not even a phone number with its few digits.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

from tongxin.foundation.access.names import readings_of
from tongxin.plumbing.vault.blindkey import blind_key

REGION = "CN"
_NOT_A_LETTER = re.compile(r"[^a-z]+")
_LY_NY = re.compile(r"(?<=[ln])yu")


@dataclass(frozen=True)
class Digests:
    """What a field is found by: its value, and for a name how it is read."""

    exact: bytes | None = None
    pinyin: bytes | None = None


def phone(text: str) -> bytes:
    """Return the digest of a phone number, however it was written ("138 0013 8000", "+86…")."""
    return _digest("phone", normal_phone(text))


def name(text: str) -> bytes:
    """Return the digest of a name; width, case and spaces do not matter."""
    return _digest("name", "".join(unicodedata.normalize("NFKC", text).casefold().split()))


def pinyin(text: str) -> bytes:
    """Return the digest of a reading as people type it: "shan xiongxin", "Shàn Xióngxìn", "lv"."""
    return _digest("pinyin", normal_pinyin(text))


def reading(name: str) -> bytes:
    """Return the digest of how a name is read: surnames as such (单 shan, 尉迟 yu chi)."""
    return pinyin(" ".join(readings_of(name)))


def of_field(field: str, value: str | bytes) -> Digests:
    """Return the digests for a field that is indexed (``…phone`` and ``…name``)."""
    if not isinstance(value, str) or not value.strip():
        return Digests()
    if field == "phone" or field.endswith("_phone"):
        return Digests(phone(value))
    if field == "name" or field.endswith("_name"):
        return Digests(name(value), reading(value))
    return Digests()


def normal_pinyin(text: str) -> str:
    """Return letters only, without tones: ü, v and the passport's yu after l and n are one."""
    spread = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    marked = spread.replace("u\u0308", "v")
    return _LY_NY.sub("v", _NOT_A_LETTER.sub("", marked))


def normal_phone(text: str) -> str:
    """Return the number as E.164 (China when no country is given), else its bare digits."""
    plain = unicodedata.normalize("NFKC", text)
    try:
        number = phonenumbers.parse(plain, REGION)
    except phonenumbers.NumberParseException:
        return "".join(letter for letter in plain if letter.isdigit())
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _digest(what: str, value: str) -> bytes:
    return hmac.new(blind_key(), f"{what}:{value}".encode(), hashlib.sha256).digest()
