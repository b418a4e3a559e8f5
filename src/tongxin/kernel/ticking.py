"""Small acts that a worker repeats all day: claim due clocks, seal the audit trail, poll positions.

An app registers its tickers in ``AppConfig.ready()``; only the worker process runs them, each in a
thread of its own, so that a slow one never delays another. Nothing here knows the database: the
worker says through ``around`` what has to happen around each act.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

logger = logging.getLogger(__name__)

Around = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class Ticker:
    """An act to repeat every ``every_seconds`` seconds; ``name`` is its stable, unique slug."""

    name: str
    every_seconds: float
    act: Callable[[], None]


_tickers: dict[str, Ticker] = {}


def register(name: str, every_seconds: float, act: Callable[[], None]) -> None:
    """Have the worker call ``act`` every ``every_seconds`` seconds.

    The act opens its own transactions, must be safe to run in several workers at once (claim rows
    with ``SKIP LOCKED``), and may raise: the error is logged and the act comes round again.
    Raises ``ValueError`` when another act has the name, or the interval is not positive.
    """
    if every_seconds <= 0:
        raise ValueError(f"ticker {name!r} needs a positive interval")
    known = _tickers.get(name)
    if known and known.act is not act:
        raise ValueError(f"ticker {name!r} is registered twice")
    _tickers[name] = Ticker(name, every_seconds, act)


def registered() -> tuple[Ticker, ...]:
    """Return all tickers in the order of their registration."""
    return tuple(_tickers.values())


def tick(ticker: Ticker, around: Around = nullcontext) -> bool:
    """Run the act once; return whether it went well. An error is logged, never raised."""
    try:
        with around():
            ticker.act()
    except Exception:
        logger.exception("ticker %s failed and will be tried again", ticker.name)
        return False
    return True


def run_until(ticker: Ticker, stop: threading.Event, around: Around = nullcontext) -> None:
    """Repeat the act at a fixed rate until ``stop`` is set; missed beats are not made up for."""
    due = time.monotonic()
    while not stop.wait(max(0.0, due - time.monotonic())):
        tick(ticker, around)
        due = max(due + ticker.every_seconds, time.monotonic())


def start_all(stop: threading.Event, around: Around = nullcontext) -> list[threading.Thread]:
    """Start one daemon thread for each registered ticker; they end soon after ``stop`` is set."""
    threads = [
        threading.Thread(
            target=run_until, args=(ticker, stop, around), name=f"tick-{ticker.name}", daemon=True
        )
        for ticker in registered()
    ]
    for thread in threads:
        thread.start()
    return threads
