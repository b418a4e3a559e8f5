"""The simulation process: the play by the wall clock, once a second, until it is asked to end."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import Error as DatabaseLost
from django.db import close_old_connections

from tongxin.config.demo.calls import DemoCall, demo_calls
from tongxin.config.demo.figures import Figures, load_figures
from tongxin.config.demo.play.callers import DemoCallers
from tongxin.config.demo.play.database_places import places_of_the_district
from tongxin.config.demo.play.idle import Idle
from tongxin.config.demo.play.journeys import Ground
from tongxin.config.demo.play.leak import LeakCaller
from tongxin.config.demo.play.manner import Manner
from tongxin.config.demo.play.people import People
from tongxin.config.demo.play.play import POST_EVERY, Play
from tongxin.config.demo.play.shifts import Shifts
from tongxin.kernel import clock

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
MOST_STEPS_A_BEAT = 40


@dataclass
class Simulation:
    """Everybody who is played, by the wall clock."""

    play: Play
    callers: DemoCallers
    idle: Idle
    shifts: Shifts
    leak: LeakCaller
    posted_at: float = 0.0

    @classmethod
    def at_speed(cls, speed: float) -> Simulation:
        """Set the play on the district that stands in the database."""
        figures, people = load_figures(), People()
        ground = Ground(people)
        play = Play(Manner(speed), figures, people, ground)
        seed = int(clock.now().timestamp())
        callers = DemoCallers(_calls(figures, speed, seed), people, play.steps, seed)
        return cls(play, callers, Idle(people, ground), Shifts(people, ground), LeakCaller(people))

    def beat(self) -> None:
        """Look at the district, and do what is due."""
        self.play.look()
        while (at := self.callers.next_at()) is not None and at <= clock.now():
            self.play.look(self.callers.take_due())
        if leaking := self.leak.beat():
            self.play.look(leaking)
        for _step in range(MOST_STEPS_A_BEAT):
            if not self.play.take_due():
                break
        if time.monotonic() - self.posted_at >= POST_EVERY.total_seconds():
            self.posted_at = time.monotonic()
            self.play.post_positions()
        self.idle.beat(self.play.away())
        self.shifts.beat(self.play.busy())


def run(speed: float) -> None:
    """Play until SIGTERM or SIGINT; a lost database is waited for."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: stop.set())
    simulation: Simulation | None = None
    while not stop.is_set():
        began = time.monotonic()
        try:
            simulation = simulation or Simulation.at_speed(speed)
            simulation.beat()
        except DatabaseLost as error:
            logger.warning("the database is away; the play waits: %s", error)
            close_old_connections()
        stop.wait(max(0.05, BEAT_SECONDS - (time.monotonic() - began)))


def _calls(figures: Figures, speed: float, seed: int) -> Iterator[DemoCall]:
    """Return calls from now on: ``speed`` times as many as the figures say for this hour."""
    population = round(figures.population * speed)
    return demo_calls(figures, places_of_the_district(), seed=seed, start=clock.now(),
                      population=population)  # fmt: skip
