from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tongxin.kernel import ticking


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "_tickers", {})


def test_an_act_is_repeated_although_it_fails_once() -> None:
    done = threading.Event()
    calls: list[int] = []

    def act() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise RuntimeError("the database was away")
        done.set()

    ticking.register("x", 0.001, act)
    stop = threading.Event()
    threads = ticking.start_all(stop)
    assert done.wait(5)
    stop.set()
    threads[0].join(5)
    assert not threads[0].is_alive()


def test_a_slow_act_does_not_hold_up_another() -> None:
    release, quick = threading.Event(), threading.Event()
    ticking.register("slow", 0.001, lambda: release.wait(10) and None)
    ticking.register("quick", 0.001, quick.set)
    stop = threading.Event()
    threads = ticking.start_all(stop)
    assert quick.wait(5)
    stop.set()
    release.set()
    for thread in threads:
        thread.join(5)


def test_around_wraps_every_act_even_one_that_fails() -> None:
    seen: list[str] = []

    @contextmanager
    def around() -> Iterator[None]:
        try:
            yield
        finally:
            seen.append("closed")

    def act() -> None:
        raise RuntimeError

    assert not ticking.tick(ticking.Ticker("x", 1, act), around)
    assert seen == ["closed"]


def test_a_name_is_given_once_and_intervals_are_positive() -> None:
    ticking.register("x", 1, print)
    ticking.register("x", 1, print)
    with pytest.raises(ValueError, match="twice"):
        ticking.register("x", 1, repr)
    with pytest.raises(ValueError, match="positive"):
        ticking.register("y", 0, print)
