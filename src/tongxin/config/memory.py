"""Keeping the garbage collector from walking over the whole program while somebody waits."""

from __future__ import annotations

import gc
import threading

WARM_AFTER_SECONDS = 20.0
"""By then a worker has read its map and board."""


def settle() -> None:
    """Leave everything that is loaded now out of the collector's rounds, and make these rarer.

    A full round over map, board and code takes about 100 ms; what is read later is still collected.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def settle_when_warm(stop: threading.Event) -> threading.Thread:
    """Settle once this process has warmed up, in a thread that ends with ``stop``."""

    def wait() -> None:
        if not stop.wait(WARM_AFTER_SECONDS):
            settle()

    thread = threading.Thread(target=wait, daemon=True, name="settle")
    thread.start()
    return thread
