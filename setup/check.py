"""Runs the checks, one after another, and tells how each went; the tests come last.

    .venv/bin/python setup/check.py lint | all [arguments for pytest]

With ``TONGXIN_PROVE=1`` the tests run in their full counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ground import PYTHON, ROOT, say
from programs import POSTGRES_15

from pages import FRONTEND, node_environment, npm

BIN = PYTHON.parent
SOURCES = ["src", "tests", "benchmarks", "setup", "conftest.py"]
TESTS_AT_ONCE = "2"
Check = tuple[str, list[str | Path], Path]


def lint_checks() -> list[Check]:
    """Return the checks of style, types, floors and words."""
    there = [name for name in SOURCES if (ROOT / name).exists()]
    return [
        ("style (ruff)", [BIN / "ruff", "check", "--quiet", *there], ROOT),
        ("format (ruff)", [BIN / "ruff", "format", "--check", "--quiet", *there], ROOT),
        ("floors (import-linter)", [BIN / "lint-imports"], ROOT),
        ("types (mypy)", [BIN / "mypy", "-p", "tongxin"], ROOT),
        ("words (every message in Chinese)", [PYTHON, ROOT / "setup" / "words.py", "check"], ROOT),
        ("front end (tsc, vitest)", [*npm(), "run", "check"], FRONTEND),
    ]


def run_check(name: str, command: list[str | Path], folder: Path) -> bool:
    """Run one check; show its output only when it fails."""
    began = time.monotonic()
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **node_environment()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    word = "well" if done.returncode == 0 else "FAILED"
    say(f"{name}: {word} ({time.monotonic() - began:.0f} s)")
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


def run_tests(title: str, arguments: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run pytest with its output shown; return whether all went well."""
    say(title)
    command = [str(BIN / "pytest"), "-n", TESTS_AT_ONCE, "--dist", "loadgroup", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode == 1 and "--lf" not in arguments:
        # Browsers and killed processes can be late on a busy machine: what failed is asked once
        # more, alone. What fails twice has failed.
        return run_tests(f"{title}: what failed, once more", [*arguments, "--lf"], environment)
    return done.returncode in (0, 5)  # 5: nothing of that kind was found


def run_on_postgres_15() -> bool:
    """Run the part of the tests that needs a database on Debian's PostgreSQL 15, where it is."""
    if not (POSTGRES_15 / "initdb").exists():
        say("tests on PostgreSQL 15: left out, postgresql-15 is not installed")
        return True
    marks = ["-m", "database and not browser and not faults and not prove", "-q"]
    there = {"TONGXIN_POSTGRES_BIN": str(POSTGRES_15)}
    return run_tests("tests of the database part on PostgreSQL 15", marks, there)


def run_all_tests(arguments: list[str]) -> bool:
    """Run all tests: the closing line of this run is the last that is printed."""
    return run_tests("all tests", ["--durations=8", *arguments])


def main() -> None:
    """Run what is named; exit code 1 when anything failed."""
    what, arguments = (sys.argv[1:2] or ["all"])[0], sys.argv[2:]
    well = [run_check(*check) for check in lint_checks()]
    if what == "all":
        well.append(run_on_postgres_15())
        well.append(run_all_tests(arguments))
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
