"""Progress bars for long work at the terminal; a line now and then where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

Report = Callable[[str, float], None]
_EVERY_SECONDS = 5.0


@contextmanager
def bar(title: str) -> Iterator[Report]:
    """Yield ``report(stage, share)``: a word for what is being done, and the share done, 0 to 1."""
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    columns = (
        TextColumn("{task.fields[title]}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=1.0, title=title)
        yield lambda stage, share: progress.update(task, description=stage, completed=share)
        progress.update(task, completed=1.0, description="")


def _lines(title: str) -> Report:
    said_at = time.monotonic()

    def report(stage: str, share: float) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= _EVERY_SECONDS:
            said_at = time.monotonic()
            print(f"{title}: {stage} {share:.0%}", file=sys.stderr, flush=True)

    return report
