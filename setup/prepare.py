"""Installs what a goal needs, from a fresh clone and with the standard library alone.

    python setup/prepare.py service | demo | checks

Each step leaves a stamp made from the content of what it was made from, so that a second run only
does what changed. ``service`` and ``demo`` install what runs, ``checks`` also what tests.
"""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ground import ROOT, Refused, refuse_taken_ports, refuse_too_little_space, say
from programs import install_system_programs
from python_packages import install_packages, make_importable, make_words
from stamps import Stamps

from pages import build_pages

GOALS = ("service", "demo", "checks")
Step = Callable[[Stamps], None]


def steps_for(goal: str) -> list[Step]:
    """Return the steps of ``goal`` in order."""
    lock = "dev" if goal == "checks" else "run"
    steps: list[Step] = [
        lambda stamps: install_packages(stamps, lock),
        make_importable,
        make_words,
        build_pages,
    ]
    return [*steps, install_system_programs] if goal == "checks" else steps


def prepare(goal: str) -> None:
    """Run the steps of ``goal`` that have something to do; raises ``Refused``."""
    folder = ROOT / ".setup"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        wait_for_turn(lock.fileno())
        if goal == "demo":
            refuse_taken_ports()
        refuse_too_little_space()
        stamps = Stamps(folder / "stamps.json")
        for step in steps_for(goal):
            step(stamps)


def wait_for_turn(lock: int) -> None:
    """Let one set-up work at a time."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another set-up is running in this folder; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)


def main() -> None:
    """Prepare the goal that is named; one sentence and exit code 2 when it cannot be done."""
    goal = sys.argv[1] if len(sys.argv) > 1 else "service"
    if goal not in GOALS:
        sys.exit(f"usage: prepare.py {' | '.join(GOALS)}")
    try:
        prepare(goal)
    except Refused as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    if goal == "service":
        say("ready: start it with .venv/bin/tongxin serve, or make demo")


if __name__ == "__main__":
    main()
