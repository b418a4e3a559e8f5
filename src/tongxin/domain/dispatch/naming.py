"""How colleagues name the people of a plan: form of address, ground, crew; two queries for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tongxin.foundation.access.models import Team
from tongxin.foundation.access.selectors import people, valid_grants


@dataclass(frozen=True, slots=True)
class Who:
    """``name`` is 李警官, ``title`` 李警官 · 3号警务区; ``kind`` the member's main role."""

    member_id: int
    name: str
    title: str
    phone: str
    kind: str
    ground: str


NOBODY = Who(0, "", "", "", "", "")


def who(ids: Iterable[int]) -> dict[int, Who]:
    """Return the names of members by id; unknown ids are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    grounds = _grounds(wanted)
    return {
        member_id: Who(
            member_id,
            person.title,
            " · ".join(part for part in (person.title, grounds.get(member_id, "")) if part),
            person.phone,
            str(person.role),
            grounds.get(member_id, ""),
        )
        for member_id, person in people(wanted).items()
    }


def crews(ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of crews by id."""
    wanted = {crew for crew in ids if crew is not None}
    return dict(Team.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def _grounds(ids: set[int]) -> dict[int, str]:
    """Return the name of each member's lowest area."""
    rows = (
        valid_grants()
        .filter(member_id__in=ids)
        .values_list("member_id", "area__path", "area__name")
    )
    ranked = sorted(rows, key=lambda row: len(row[1]))
    return {member_id: name for member_id, _path, name in ranked}
