"""Whom would OSRM send? Our nearest of ten against OSRM's, on the same real map.

For each of many spots ten people stand somewhere in the city; both engines pick who is there
first. Regret is how much longer, by OSRM's own reckoning, our pick takes than its own. Needs the
real map of Portland and a Python ≥ 3.12 for OSRM's bindings; without them the figure is null, with
the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from tongxin.foundation.roads import importing  # noqa: E402
from tongxin.foundation.roads.cch import CchNetwork  # noqa: E402
from tongxin.foundation.roads.network import Mode  # noqa: E402
from tongxin.foundation.roads.straight import StraightLineNetwork  # noqa: E402
from tongxin.kernel.geometry import Spot  # noqa: E402

PEER = "osrm-bindings==26.10.0"
DENSE_CORE = (-122.735, 45.448, -122.632, 45.552)
PEOPLE = 10
SEED = 20_260_601

Figures = dict[str, float | str | None]


class NotRunnable(Exception):
    """Says what the comparison lacks here."""


def run(short: bool) -> Figures:
    """Return mean regret in seconds and shares of equal picks; ``short`` takes fewer spots."""
    try:
        return compare(300 if short else 3_000)
    except NotRunnable as lacking:
        return {"osrm_regret_s": None, "reason": str(lacking)}


def compare(count: int) -> Figures:
    extract = shared_data() / "osm" / "portland-or.osm.pbf"
    if not extract.exists():
        raise NotRunnable("the real map of Portland is absent: set TONGXIN_SHARED_DATA")
    python = peer_python()
    with tempfile.TemporaryDirectory(prefix="tongxin-osrm-") as folder:
        report = importing.import_map(extract, Path(folder))
        network = CchNetwork(Path(folder) / "map" / report.version)
        cases = draw_cases(network, count)
        theirs = ask_peer(python, extract, peer_graph(extract), cases)
        ours = [times(network, case) for case in cases]
        straight = [times(StraightLineNetwork(), case) for case in cases]
    return {**judged("osrm", ours, theirs), **judged("straight_line", straight, theirs)}


def shared_data() -> Path:
    return Path(os.environ.get("TONGXIN_SHARED_DATA") or ROOT.parent / "shared" / "data")


def draw_cases(network: CchNetwork, count: int) -> list[list[Spot]]:
    """Return lists of one goal and ten people, all on streets in the dense core."""
    engine, graph = network.engine(Mode.CAR), network.graph
    west, south, east, north = DENSE_CORE
    useful = np.repeat(engine.arcs.useful, np.diff(graph.starts))
    points = np.asarray(graph.points)[useful]
    inside = (points > (west, south)).all(axis=1) & (points < (east, north)).all(axis=1)
    points = points[inside]
    drawn = np.random.default_rng(SEED).integers(0, len(points), (count, PEOPLE + 1))
    return [[Spot(*point) for point in points[row].tolist()] for row in drawn]


def times(network: CchNetwork | StraightLineNetwork, case: list[Spot]) -> list[float]:
    answer: list[float] = network.travel_times(case[1:], case[:1], Mode.CAR)[:, 0].tolist()
    return answer


def judged(
    name: str, ours: list[list[float]], theirs: list[list[float | None]]
) -> dict[str, float | None]:
    """Return regret and shares; cases where OSRM finds no way for our pick are left out."""
    regrets = []
    for mine, peer in zip(ours, theirs, strict=True):
        known = [np.inf if s is None else s for s in peer]
        pick = int(np.argmin(mine))
        if np.isfinite(known[pick]) and np.isfinite(mine[pick]):
            regrets.append(known[pick] - min(known))
    if len(regrets) < 0.95 * len(ours):
        raise NotRunnable(f"OSRM and we know ways for only {len(regrets)} of {len(ours)} spots")
    return {
        f"{name}_regret_s": round(float(np.mean(regrets)), 2),
        f"{name}_same_pick_share": round(float(np.mean(np.array(regrets) == 0)), 3),
        f"{name}_regret_p95_s": round(float(np.percentile(regrets, 95)), 1),
    }


def peer_python() -> Path:
    """Return a Python that has OSRM's bindings, made in a folder of its own when need be."""
    made = peer_folder() / "python"
    python = made / "bin" / "python"
    if has_bindings(python):
        return python
    base = next((p for p in candidates() if is_new_enough(p)), None)
    if base is None:
        raise NotRunnable("no Python >= 3.12 is at hand: set TONGXIN_OSRM_PYTHON to one")
    steps = (
        [str(base), "-m", "venv", str(made)],
        [str(python), "-m", "pip", "install", "-q", PEER],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotRunnable(f"OSRM's bindings cannot be installed: {done.stderr[-200:]}")
    return python


def peer_graph(extract: Path) -> Path:
    """Return the folder of OSRM's own graph, which takes it half a minute to build once."""
    seen = extract.stat()
    folder = peer_folder() / f"graph-{seen.st_size}-{int(seen.st_mtime)}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def peer_folder() -> Path:
    return Path(os.environ.get("TONGXIN_CACHE", Path.home() / ".cache" / "tongxin")) / "osrm"


def candidates() -> list[str]:
    given = os.environ.get("TONGXIN_OSRM_PYTHON")
    named = [shutil.which(f"python3.{minor}") for minor in (12, 13, 14)]
    pyenv = sorted(map(str, (Path.home() / ".pyenv" / "versions").glob("3.1[2-9]*/bin/python")))
    return [path for path in (given, *named, *pyenv) if path]


def is_new_enough(python: str) -> bool:
    asked = "import sys; sys.exit(sys.version_info < (3, 12))"
    return subprocess.run([python, "-c", asked], capture_output=True, check=False).returncode == 0


def has_bindings(python: Path) -> bool:
    if not python.exists():
        return False
    return (
        subprocess.run([python, "-c", "import osrm"], capture_output=True, check=False).returncode
        == 0
    )


def ask_peer(
    python: Path, extract: Path, folder: Path, cases: list[list[Spot]]
) -> list[list[float | None]]:
    asked = {
        "extract": str(extract),
        "folder": str(folder),
        "cases": [{"goal": case[0], "people": case[1:]} for case in cases],
    }
    script = Path(__file__).with_name("roads_osrm_peer.py")
    done = subprocess.run(
        [python, str(script)], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotRunnable(f"OSRM does not run here: {done.stderr[-300:]}")
    answers: list[list[float | None]] = json.loads(done.stdout[done.stdout.index("[[") :])
    return answers


def main() -> None:
    figures: dict[str, Any] = run(short="--full" not in sys.argv)
    for name, value in figures.items():
        print(f"{name:<32} {value}")
    print(json.dumps({"name": "roads_osrm", "figures": figures}))


if __name__ == "__main__":
    main()
