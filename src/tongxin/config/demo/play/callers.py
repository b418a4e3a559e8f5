"""Those who call: residents, the desk that writes it down, grid workers who see something."""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections.abc import Callable, Iterator
from itertools import count
from typing import Protocol

import numpy as np

from tongxin.config.demo.calls import DemoCall, texts
from tongxin.config.demo.names import NameBook, phone_number
from tongxin.config.demo.play.people import ACTOR, People
from tongxin.config.demo.play.steps import Steps
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents.models import Source
from tongxin.domain.incidents.reports import Report
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.scope import Actor, ReporterActor, acting_as
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

BY_PORTAL, SEEN_BY_WORKERS, TWICE = 0.25, 0.4, 0.04
SEES = frozenset({"hazard", "notice", "service_request"})
"""What grid workers report themselves."""
_PHONES_FROM = 50_000_000


class Calls(Protocol):
    """Where reports come from; the play asks when the next one is due and has it made."""

    def next_at(self) -> dt.datetime | None:
        """Return when the next report comes; None when there is none left."""

    def take_due(self) -> list[int]:
        """Make the report that is due; return the incidents that it touched."""


class NoCalls:
    """Nobody calls."""

    def next_at(self) -> dt.datetime | None:
        """Return that no call comes."""
        return None

    def take_due(self) -> list[int]:
        """Return that nothing was touched."""
        return []


class DemoCallers:
    """Calls of an invented day, some of them twice."""

    def __init__(self, calls: Iterator[DemoCall], people: People, steps: Steps, seed: int) -> None:
        self._calls, self._people, self._steps = calls, people, steps
        self._rng = random.Random(seed)  # noqa: S311 - a simulation, not a secret
        self._names = NameBook(f"callers {seed}")
        self._serial = count(1)
        self._seed = seed
        self._heap: list[tuple[dt.datetime, int, Callable[[], list[int]]]] = []
        self._workers = _Workers(people)
        self._plan_next()

    def next_at(self) -> dt.datetime | None:
        """Return when the next call, or the merging of two, is due."""
        return self._heap[0][0] if self._heap else None

    def take_due(self) -> list[int]:
        """Do what is due; return the incidents that it touched."""
        return heapq.heappop(self._heap)[2]()

    def _plan_next(self) -> None:
        call = next(self._calls, None)
        if call is not None:
            self._at(call.at, lambda: self._take(call))

    def _at(self, moment: dt.datetime, act: Callable[[], list[int]]) -> None:
        heapq.heappush(self._heap, (moment, next(self._serial), act))

    def _take(self, call: DemoCall) -> list[int]:
        self._plan_next()
        incident_id = self._report(call)
        if self._rng.random() < TWICE:
            later = clock.now() + dt.timedelta(seconds=self._rng.uniform(40, 120))
            self._at(later, lambda: self._again(call, incident_id))
        return [incident_id]

    def _again(self, call: DemoCall, first: int) -> list[int]:
        """Somebody else reports the same; the desk sees it and merges the two."""
        other = DemoCall(
            clock.now(), call.kind, call.urgency, call.lon + 0.0002, call.lat + 0.0001,
            self._rng.choice(texts(call.kind, village=False)).format(place="我这边"),
            call.handling_seconds,
        )  # fmt: skip
        second = self._report(other)
        later = clock.now() + dt.timedelta(seconds=self._rng.uniform(30, 80))
        self._at(later, lambda: [second, first] if self._steps.merge(second, first) else [])
        return [second]

    def _report(self, call: DemoCall) -> int:
        actor, source = self._who(call)
        name, phone = self._contact(source)
        given = Report(
            kind=call.kind.value,
            spot=Spot(call.lon, call.lat),
            source=source,
            what=call.text,
            urgency=call.urgency.number,
            contact_name=name,
            contact_phone=phone,
        )
        key = f"demo-{self._seed}-{next(self._serial)}"
        with acting_as(actor):
            return incidents.report(given, actor=actor, idempotency_key=key).incident.pk

    def _who(self, call: DemoCall) -> tuple[Actor, str]:
        throw = self._rng.random()
        if call.kind in SEES and throw < SEEN_BY_WORKERS:
            worker = self._workers.nearest(Spot(call.lon, call.lat))
            if worker is not None:
                return worker, Source.MEMBER
        if throw > 1 - BY_PORTAL:
            return ReporterActor(), Source.PORTAL
        return self._people.dispatcher(next(self._serial)), Source.PHONE

    def _contact(self, source: str) -> tuple[str, str]:
        if source == Source.MEMBER:
            return "", ""
        _surname, name = self._names.person()
        return name, phone_number(_PHONES_FROM + self._rng.randrange(10_000_000))


class _Workers:
    """Grid workers by where they are at home."""

    def __init__(self, people: People) -> None:
        self._people = people
        with acting_as(ACTOR):
            rows = Member.objects.filter(kind=Role.GRID_WORKER, home_lon__isnull=False)
            found = list(rows.order_by("pk").values_list("pk", "home_lon", "home_lat"))
        self._ids = [row[0] for row in found]
        self._homes = np.array([row[1:] for row in found], dtype=float).reshape(-1, 2)

    def nearest(self, spot: Spot) -> Actor | None:
        """Return the worker who lives nearest."""
        if not self._ids:
            return None
        away = np.square(self._homes - np.array([spot.lon, spot.lat])).sum(axis=1)
        return self._people.actor(self._ids[int(away.argmin())])
