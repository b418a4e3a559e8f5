"""Who looks after this spot? The areas from memory, the people in one query (story S01)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from tongxin.foundation.access.models import Role
from tongxin.foundation.access.people import Person, make_person
from tongxin.foundation.access.roles import EMERGENCY_ORDER, VOLUNTEERS
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.locating import AreaInfo, Located
from tongxin.foundation.territory.models import Level, Network
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

_RANK = {role: rank for rank, role in enumerate(EMERGENCY_ORDER)}
_NEAR_LEVELS = frozenset({Level.BEAT, Level.COMMUNITY, Level.ESTATE, Level.GRID})
_AUXILIARIES = frozenset({Role.AUXILIARY, Role.POLICE_ASSISTANT, Role.VILLAGE_OFFICER})

_PEOPLE = """
    WITH held AS MATERIALIZED (
        SELECT g.area_id, g.role, m.id, m.name, m.surname, m.phone, m.pinyin
        FROM access_grant g JOIN access_member m ON m.id = g.member_id
        WHERE g.area_id = ANY(%(areas)s) AND g.role = ANY(%(roles)s)
          AND g.valid_from <= %(at)s AND (g.valid_to IS NULL OR g.valid_to > %(at)s)
          AND m.is_active
    )
    SELECT area_id, id, role, name, surname, phone, pinyin, 0 FROM held
    WHERE role <> ALL(%(volunteers)s)
    UNION ALL
    SELECT NULL, NULL, '', '', '', '', '', count(DISTINCT id) FROM held
    WHERE role = ANY(%(volunteers)s) AND area_id = ANY(%(near)s)
"""


@dataclass(frozen=True, slots=True)
class BeatTeam:
    """The 1+2+N of a spot's beat and grids; volunteers are counted, not named."""

    officers: tuple[Person, ...]
    auxiliaries: tuple[Person, ...]
    grid_workers: tuple[Person, ...]
    volunteers: int


@dataclass(frozen=True, slots=True)
class LooksAfter:
    """The areas of a spot and, for each network, who answers there, best first.

    ``people`` has the lowest level on which anybody holds a grant; where nobody there has a phone,
    the next level up that does is added, so that some number answers.
    """

    located: Located
    people: Mapping[Network, list[Person]]
    team: BeatTeam

    @property
    def first(self) -> Person | None:
        """Return whom to ring first: the police network's best, else another network's."""
        everyone = [p for network in Network for p in self.people.get(network, []) if p.phone]
        return everyone[0] if everyone else None


def who_looks_after(spot: Spot, on: dt.date | None = None) -> LooksAfter:
    """Answer for a spot (WGS-84) and a day, today by default: areas, people, phone numbers."""
    located = locating.locate(spot, on)
    infos = {i: locating.area_info(i) for i in located.area_ids}
    by_area, volunteers = _people_on(infos, _moment(on))
    people = {network: _answering(leaf, by_area) for network, leaf in located.leaf.items()}
    return LooksAfter(located, people, _team(located, by_area, volunteers))


def _moment(on: dt.date | None) -> dt.datetime:
    if on is None:
        return clock.now()
    return timezone.make_aware(dt.datetime.combine(on, dt.time(12)))


def _people_on(
    infos: Mapping[int, AreaInfo], at: dt.datetime
) -> tuple[dict[int, list[Person]], int]:
    """Read the people of all areas, sorted for an emergency, and the number of volunteers."""
    rows = _read(infos, at)
    volunteers = sum(int(row[7]) for row in rows)
    people: dict[int, list[Person]] = defaultdict(list)
    named = [row for row in rows if row[1] is not None]
    for row in sorted(named, key=lambda row: (_RANK[Role(row[2])], row[6])):
        people[row[0]].append(make_person(row[1:6], infos[row[0]]))
    return people, volunteers


def _read(infos: Mapping[int, AreaInfo], at: dt.datetime) -> Sequence[tuple[Any, ...]]:
    volunteers = [role.value for role in VOLUNTEERS]
    with connection.cursor() as cursor:
        cursor.execute(
            _PEOPLE,
            {
                "areas": list(infos),
                "near": [i for i, info in infos.items() if info.level in _NEAR_LEVELS],
                "roles": [role.value for role in EMERGENCY_ORDER] + volunteers,
                "volunteers": volunteers,
                "at": at,
            },
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _answering(leaf: AreaInfo | None, by_area: Mapping[int, list[Person]]) -> list[Person]:
    """Go up from the leaf until somebody with a phone is found."""
    found: list[Person] = []
    for area_id in reversed(leaf.path if leaf else ()):
        level = by_area.get(area_id, [])
        if not found or any(person.phone for person in level):
            found += level
        if any(person.phone for person in found):
            break
    return found


def _team(located: Located, by_area: Mapping[int, list[Person]], volunteers: int) -> BeatTeam:
    beat = located.leaf.get(Network.POLICE)
    on_beat = by_area.get(beat.id, []) if beat else []
    near = [
        person
        for people in by_area.values()
        for person in people
        if person.area and person.area.level in _NEAR_LEVELS
    ]
    return BeatTeam(
        officers=_with_role(on_beat, {Role.COMMUNITY_OFFICER, Role.PATROL_OFFICER}),
        auxiliaries=_with_role(on_beat, _AUXILIARIES),
        grid_workers=_with_role(near, {Role.GRID_WORKER}),
        volunteers=volunteers,
    )


def _with_role(people: Iterable[Person], roles: Iterable[Role]) -> tuple[Person, ...]:
    wanted = frozenset(roles)
    chosen = {person.member_id: person for person in people if person.role in wanted}
    return tuple(chosen.values())
