"""Work phones as people dial them, checked where they are typed and where a list brings them."""

from __future__ import annotations

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongxin.kernel.errors import BadInput


def checked_phone(text: str) -> str:
    """Return a number as people dial it; short numbers of an exchange stay as they are.

    Nothing stays nothing. Raises ``BadInput`` for what is no telephone number.
    """
    text = text.strip()
    if not text or (text.isdecimal() and 3 <= len(text) <= 6):
        return text
    try:
        number = phonenumbers.parse(text, getattr(settings, "PHONE_REGION", "CN"))
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        said = _("“%(phone)s” is no telephone number.") % {"phone": text[:30]}
        raise BadInput("member.phone", said, field="phone")
    if number.country_code == 86:
        return str(phonenumbers.national_significant_number(number))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
