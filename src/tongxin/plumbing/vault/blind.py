"""Finding without opening: keyed digests of phone numbers and names.

Equal values give equal digests, so a row can be found by what it holds; without the key nothing can
be guessed from them, not even a phone number with its few digits.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

import phonenumbers

from tongxin.plumbing.vault.keyring import keyring

REGION = "CN"


def phone(text: str) -> bytes:
    """Return the digest of a phone number, however it was written ("138 0013 8000", "+86…")."""
    return _digest("phone", normal_phone(text))


def name(text: str) -> bytes:
    """Return the digest of a name; width, case and spaces do not matter."""
    return _digest("name", "".join(unicodedata.normalize("NFKC", text).casefold().split()))


def of_field(field: str, value: str | bytes) -> bytes | None:
    """Return the digest for a field that is indexed (``…phone`` and ``…name``), else ``None``."""
    if not isinstance(value, str) or not value.strip():
        return None
    if field == "phone" or field.endswith("_phone"):
        return phone(value)
    if field == "name" or field.endswith("_name"):
        return name(value)
    return None


def normal_phone(text: str) -> str:
    """Return the number as E.164 (China when no country is given), else its bare digits."""
    plain = unicodedata.normalize("NFKC", text)
    try:
        number = phonenumbers.parse(plain, REGION)
    except phonenumbers.NumberParseException:
        return "".join(letter for letter in plain if letter.isdigit())
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _digest(what: str, value: str) -> bytes:
    return hmac.new(keyring().blind, f"{what}:{value}".encode(), hashlib.sha256).digest()
