"""Story S07 in the demo: water comes through the ceiling under an empty flat of the officer's beat.

Whoever plays ``officer`` gets the call soon after the log-in, and another one when it is over.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tongxin.config.demo.names import NameBook, phone_number
from tongxin.config.demo.play.people import ACTOR, People
from tongxin.domain.homes.models import Flat, FlatState
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents.models import Incident, Source
from tongxin.domain.incidents.reports import Report
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.scope import Actor, SystemActor, acting_as
from tongxin.foundation.territory.models import Building
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

LOG_IN = "officer"
KIND = "help"
LOOK_EVERY = dt.timedelta(seconds=10)
NOT_AGAIN_FOR = dt.timedelta(minutes=10)
_LOW, _CALLER = 5, 50_000_007


@dataclass(frozen=True, slots=True)
class Leak:
    """Where it drips: the building, and the flat under the empty one of the top floor."""

    building: Building
    home: str


def find_leak() -> Leak | None:
    """Return the leak that the floor plans were drawn with; ``None`` for another district."""
    officer = Member.objects.filter(account__username=LOG_IN).first()
    grant = officer.grants.order_by("id").first() if officer else None
    if grant is None:
        return None
    with acting_as(ACTOR):
        empty = Flat.objects.filter(
            area_ids__contains=[grant.area_id], state=FlatState.EMPTY, floor__gte=_LOW
        )
        for top in empty.select_related("unit__building").order_by("id")[:200]:
            below = Flat.objects.filter(
                unit=top.unit, floor=top.floor - 1, column=top.column, state=FlatState.LIVED_IN
            )
            found = below.select_related("unit__building").first()
            if top.floor == top.unit.highest and found is not None:
                return Leak(top.unit.building, found.label)
    return None


def report_leak(leak: Leak, *, actor: Actor) -> int:
    """Have the neighbour below ring, and the desk write it down; return the incident."""
    _surname, name = NameBook("leak").person()
    given = Report(
        kind=KIND,
        spot=Spot(leak.building.lon, leak.building.lat),
        source=Source.PHONE,
        what=f"{leak.home}，天花板一直往下滴水，楼上敲门没人应，找不到房主",
        place_said=leak.building.label,
        contact_name=name,
        contact_phone=phone_number(_CALLER),
    )
    with acting_as(actor):
        return incidents.report(given, actor=actor).incident.pk


def begin_still() -> None:
    """Leave one open in a demo in which nobody calls."""
    leak = find_leak()
    if leak is not None and not _drips(leak):
        report_leak(leak, actor=SystemActor(ACTOR))


class LeakCaller:
    """Rings while a person plays the officer, and no leak is open."""

    def __init__(self, people: People) -> None:
        self._people, self._leak = people, find_leak()
        officer = Member.objects.filter(account__username=LOG_IN)
        self._ids = frozenset(officer.values_list("pk", flat=True))
        self._looks_at = self._rings_from = clock.now()

    def beat(self) -> list[int]:
        """Ring when it is time; return the incident, if one was made."""
        now = clock.now()
        if self._leak is None or now < self._looks_at:
            return []
        self._looks_at = now + LOOK_EVERY
        if now < self._rings_from or not self._ids & self._people.in_use() or _drips(self._leak):
            return []
        self._rings_from = now + NOT_AGAIN_FOR
        return [report_leak(self._leak, actor=self._people.dispatcher(0))]


def _drips(leak: Leak) -> bool:
    """Tell whether one of these calls is open still."""
    spot = {"lon": leak.building.lon, "lat": leak.building.lat}
    with acting_as(ACTOR):
        return Incident.objects.filter(kind=KIND, is_open=True, **spot).exists()
