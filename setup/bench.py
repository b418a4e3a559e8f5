"""Runs one benchmark of ``benchmarks/``, or lists them.

    .venv/bin/python setup/bench.py NAME [arguments]

A benchmark is a module; its docstring's first line says what it measures. It runs in its short form
(``--short``) unless ``TONGXIN_BENCH=full``. It prints a table and, last, one line of JSON.
"""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks"


def benchmarks() -> dict[str, Path]:
    """Return the benchmarks by name: modules, or packages with a ``__main__``."""
    modules = {path.stem: path for path in FOLDER.glob("[a-z]*.py")}
    packages = {path.parent.name: path for path in FOLDER.glob("*/__main__.py")}
    return modules | packages


def first_line(path: Path) -> str:
    """Return the first line of the module's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]


def main() -> None:
    """Run the benchmark that is named, in this process's place."""
    known = benchmarks()
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        print("make bench NAME=… with one of:")
        for name, path in sorted(known.items()):
            print(f"  {name:12} {first_line(path)}")
        sys.exit(0 if len(sys.argv) < 2 else 2)
    short = [] if os.environ.get("TONGXIN_BENCH") == "full" else ["--short"]
    os.chdir(ROOT)
    module = f"benchmarks.{sys.argv[1]}"
    os.execv(sys.executable, [sys.executable, "-m", module, *short, *sys.argv[2:]])


if __name__ == "__main__":
    main()
