"""Hiding numbers of papers and cards that somebody typed into free text, before it is kept.

An identity number (18 characters with a check digit, or the 15 digits of old), a bank card (13 to
19 digits by the Luhn rule, spaces allowed) and a passport or permit are replaced; a telephone
number stays, for it is how somebody asks to be rung.
"""

from __future__ import annotations

import re

HIDDEN = "［号码已隐去］"
_SPACED = r"(?:[ \-\u3000·.]?)"
_IDENTITY = re.compile(rf"(?<![0-9])(?:\d{_SPACED}){{17}}[\dXx](?![0-9A-Za-z])")
_OLD_IDENTITY = re.compile(
    r"(?<![0-9])[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?![0-9])"
)
_CARD = re.compile(rf"(?<![0-9])(?:\d{_SPACED}){{12,18}}\d(?![0-9])")
_PASSPORT = re.compile(
    r"(?<![0-9A-Za-z])(?:[EeGgHhMm][0-9A-Za-z]?\d{7,8}|[CcWw]\d{8})(?![0-9A-Za-z])"
)
_FACTORS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_NARROW = {wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), 0xFF38, 0xFF58)}


def masked(text: str) -> str:
    """Return ``text`` with numbers of papers and cards hidden; full-width digits are seen too."""
    said = text.translate(_NARROW)
    said = _IDENTITY.sub(lambda found: HIDDEN if _is_identity(found[0]) else found[0], said)
    said = _OLD_IDENTITY.sub(HIDDEN, said)
    said = _CARD.sub(lambda found: HIDDEN if _is_card(found[0]) else found[0], said)
    return _PASSPORT.sub(HIDDEN, said)


def holds_numbers(text: str) -> bool:
    """Tell whether there is anything to hide, a telephone number included: not for the public."""
    return masked(text) != text or bool(re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text))


def _is_identity(found: str) -> bool:
    """Tell whether it is an identity number: by check digit, or by a date in its place."""
    number = re.sub(r"[^0-9Xx]", "", found).upper()
    total = sum(int(digit) * factor for digit, factor in zip(number[:17], _FACTORS, strict=True))
    dated = re.fullmatch(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", number[6:14])
    return _CHECKS[total % 11] == number[17] or bool(dated)


def _is_card(found: str) -> bool:
    digits = [int(sign) for sign in re.sub(r"\D", "", found)][::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
