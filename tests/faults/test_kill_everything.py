"""Web, worker, live and the database are killed at random while everybody goes on working.

The short form kills 8 times, ``TONGXIN_PROVE=1`` 50 times. ``TONGXIN_FAULT_SEED`` repeats a run's
dice (what is killed when; the operating system keeps its own).
"""

from __future__ import annotations

import os
import random
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.findings import Everybody, missing
from faults.people import Api, Console, Reporter, Responder
from faults.served import SECRET, SIGNS, START_SECONDS, Served
from harness.site import two_free_ports
from tongxin.plumbing.channels.tests import standin

pytestmark = [pytest.mark.faults, pytest.mark.database]

PROVE = os.environ.get("TONGXIN_PROVE") == "1"
KILLS = 50 if PROVE else 8
REPORTERS, RESPONDERS, AGENTS, CONSOLES = 20, 24, 8, 4
COMES_BACK_SECONDS = 240.0 if PROVE else 90.0  # what ends again and again waits 30 s at last
SETTLES_SECONDS = 300.0 if PROVE else 120.0


@pytest.fixture
def gateway() -> Iterator[standin.StandIn]:
    with standin.running(SECRET) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, gateway: standin.StandIn) -> Iterator[Served]:
    served = Served(tmp_path / "data", two_free_ports(), gateway.url)
    try:
        assert served.wait_until(served.is_up, START_SECONDS), "\n".join(served.lines[-30:])
        yield served
    finally:
        served.end()


def test_nothing_is_lost_whatever_is_killed(site: Served, gateway: standin.StandIn) -> None:
    seed = os.environ.get("TONGXIN_FAULT_SEED") or (secrets.token_hex(4) if PROVE else "short")
    stop, closing = threading.Event(), threading.Event()
    everybody = _everybody(site, gateway, seed, stop, closing)
    killed: list[str] = []
    assert site.wait_until(lambda: all(c.opened for c in everybody.consoles), COMES_BACK_SECONDS)
    began = time.monotonic()
    try:
        _kill(site, random.Random(seed), killed)
        killing = time.monotonic() - began
        stop.set()  # no new reports; what was begun is finished, all others go on
        settled = site.wait_until(site.is_up, COMES_BACK_SECONDS)
        for reporter in everybody.reporters:
            reporter.join(COMES_BACK_SECONDS)
        settled = settled and site.wait_until(lambda: not missing(site, everybody), SETTLES_SECONDS)
    finally:
        for reporter in everybody.reporters:
            reporter.give_up.set()
        closing.set()
        for person in (*everybody.responders, *everybody.consoles):
            person.join(30)
    found = [] if settled else missing(site, everybody)
    took = f"killing took {killing:.0f} s, settling {time.monotonic() - began - killing:.0f} s; "
    print(took + _told(seed, killed, everybody))
    told = [_told(seed, killed, everybody), *found, "the site said:", *site.lines[-60:]]
    assert not found, "\n".join(told)
    assert settled, "\n".join(told)
    _something_happened(site, everybody)
    trail = site.run("audit", "verify")
    assert trail.returncode == 0, trail.stdout + trail.stderr


def _everybody(
    site: Served,
    gateway: standin.StandIn,
    seed: str,
    stop: threading.Event,
    closing: threading.Event,
) -> Everybody:
    cast = site.fill(REPORTERS, RESPONDERS)
    crews = [(int(who), Api(site.url, token)) for who, token in cast["responders"].items()]
    everybody = Everybody(
        reporters=[
            Reporter(f"shop{who}", f"{seed} {who}", stop, Api(site.url, token), int(who))
            for who, token in cast["reporters"].items()
        ],
        responders=[
            Responder(f"crew{n}", f"{seed} {n}", closing, dict(crews[n::AGENTS]))
            for n in range(AGENTS)
        ],
        consoles=[
            Console(
                f"console{n}",
                f"{seed} {n}",
                closing,
                (site.url, site.port + 1),
                Api(site.url, cast["dispatcher"]),
            )
            for n in range(CONSOLES)
        ],
        gateway=gateway,
    )
    for person in (*everybody.consoles, *everybody.responders, *everybody.reporters):
        person.start()
    return everybody


def _kill(site: Served, rng: random.Random, killed: list[str]) -> None:
    """Kill each in turn, in a shuffled order, at random moments of its running."""
    names = [name for _round in range(-(-KILLS // len(SIGNS))) for name in _shuffled(rng)]
    pause = threading.Event()
    for name in names[:KILLS]:
        if rng.random() < 0.5:  # else it is hit while it gets up
            assert site.wait_until(site.is_up, COMES_BACK_SECONDS), "\n".join(site.lines[-60:])
        pause.wait(rng.uniform(0.5, 3.5))
        assert site.wait_until(lambda name=name: name in site.children(), COMES_BACK_SECONDS)
        pause.wait(rng.uniform(0.0, 1.5))
        while not (hit := site.kill(name, rng)):
            assert site.wait_until(lambda name=name: name in site.children(), COMES_BACK_SECONDS)
        killed.append(hit)


def _shuffled(rng: random.Random) -> list[str]:
    names = sorted(SIGNS)
    rng.shuffle(names)
    return names


def _told(seed: str, killed: list[str], everybody: Everybody) -> str:
    tries = [r.tries[key] for r in everybody.reporters for key in r.acknowledged]
    again = sum(1 for count in tries if count > 1)
    streams = sum(console.opened for console in everybody.consoles)
    afresh = sum(console.reloads for console in everybody.consoles)
    did = sum((r.did for r in everybody.responders), start=type(everybody.responders[0].did)())
    shown = sum(sum(r.shown.values()) for r in everybody.responders)
    return (
        f"TONGXIN_FAULT_SEED={seed}: {len(killed)} kills ({', '.join(killed)});"
        f" {len(tries)} reports acknowledged, {again} of them after more than one try;"
        f" {shown} alerts shown; {streams} streams opened, {afresh} loaded afresh;"
        f" answers {dict(did)}"
    )


def _something_happened(site: Served, everybody: Everybody) -> None:
    """The proof counts only if there was something to lose."""
    acts = dict(site.rows("SELECT act, count(*) FROM incidents_timelineentry GROUP BY 1"))
    for act in ("report", "plan", "accept", "arrive", "close", "promise_broken", "escalate"):
        assert acts.get(act, 0) >= 1, acts
    assert any(count > 1 for r in everybody.reporters for count in r.tries.values())
    assert all(console.opened >= 2 for console in everybody.consoles)
