"""Runs inside the peer's own Python: answers tables of seconds from OSRM for ``roads_osrm.py``.

Reads ``{"extract": path, "folder": path, "cases": [{"goal": [lon, lat], "people": […]}, …]}`` on
stdin and writes, for each case, the list of seconds (null: no way).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import osrm  # type: ignore[import-not-found, unused-ignore]


def main() -> None:
    asked = json.load(sys.stdin)
    graph = Path(asked["folder"]) / "map.osrm"
    if not Path(f"{graph}.hsgr").exists():
        build(asked["extract"], graph)
    engine = osrm.OSRM(algorithm="CH", storage_config=str(graph), use_shared_memory=False)
    json.dump([seconds(engine, case) for case in asked["cases"]], sys.stdout)


def build(extract: str, graph: Path) -> None:
    profile = Path(osrm.__file__).parent / "share" / "profiles" / "car.lua"
    steps = (
        ["extract", "-p", str(profile), "-o", str(graph), extract],
        ["contract", str(graph)],
    )
    for step in steps:
        done = subprocess.run(
            [sys.executable, "-m", "osrm", *step], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"osrm {step[0]}: {done.stdout[-500:]}{done.stderr[-500:]}")


def seconds(engine: osrm.OSRM, case: dict[str, list[list[float]]]) -> list[float | None]:
    people = [tuple(person) for person in case["people"]]
    asked = osrm.TableParameters(
        coordinates=[*people, tuple(case["goal"])],
        sources=list(range(len(people))),
        destinations=[len(people)],
        annotations=["duration"],
    )
    table = engine.Table(asked)
    return [row[0] for row in table["durations"]]


if __name__ == "__main__":
    main()
