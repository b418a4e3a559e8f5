"""Several acts at the same moment, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

from tongxin.kernel.errors import TongxinError


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment; return what each gave, or the refusal that it met."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)  # type: list[Any]

    def one(index: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[index] = act()
        except TongxinError as refusal:
            results[index] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
