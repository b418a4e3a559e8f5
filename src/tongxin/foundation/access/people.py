"""A member as colleagues and residents see one."""

from __future__ import annotations

from dataclasses import dataclass

from tongxin.foundation.access.models import Role
from tongxin.foundation.access.titles import title_of
from tongxin.foundation.territory.locating import AreaInfo


@dataclass(frozen=True, slots=True)
class Person:
    """Role, form of address and work phone: public duty data, nothing private.

    ``role`` and ``area`` are those of the grant through which the person was found; without one,
    ``role`` is the member's kind and ``area`` is ``None``.
    """

    member_id: int
    role: Role
    name: str
    title: str
    phone: str
    area: AreaInfo | None = None
    surname: str = ""


Columns = tuple[int, str, str, str, str]
"""Member id, role, name, surname and phone, as queries give them."""


def make_person(columns: Columns, area: AreaInfo | None = None) -> Person:
    """Build a person from the columns of a query."""
    member_id, role, name, surname, phone = columns
    return Person(member_id, Role(role), name, title_of(surname, role), phone, area, surname)
