"""From report to written plan with 4,000 on duty, all timed by road; is the first the fastest?

The streets are Wuhan's (shared data), or a generated net, which is then said. Plans are written as
in service: real PostgreSQL with durable commits, the app's role, timeline, clocks and alerts, while
positions come in and the board's ticker runs. Who could truly be there first is found by full
Dijkstra on the same graph and a rule written apart.

``dijkstra_ratio`` compares the road times of all 4,000 with SciPy's Dijkstra for the same answer:
limited to the way of the farthest who can be timed, exact as the engine's checker is.
``dijkstra_10min_ratio`` limits it to ten minutes instead, within which it times only
``timed_in_10min`` of the people. Both compare computing time, so that whatever else runs on the
machine counts for neither.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src")]

Figures = dict[str, float | str | None]
PEOPLE, SEED = 4_000, 20_261_124
POST_EVERY_S = 10
"""A phone posts its position this often."""
WINDOW = (114.17, 30.48, 114.45, 30.68)
"""West, south, east, north of the district, in the middle of the city."""
BEATS_A_SIDE, STATIONS_A_SIDE = 8, 4
LIMIT_S = 600.0
SAME_S = 0.05
"""Two times that differ by less are the same: the engine counts in milliseconds."""


@dataclass(frozen=True)
class Counts:
    """How much is measured."""

    plans: int
    choices: int
    truths: int
    peers: int


SHORT, FULL = Counts(120, 200, 150, 8), Counts(800, 2_000, 800, 40)


@dataclass
class Measured:
    """Milliseconds, and what became of the comparison with the full search."""

    choices: list[float] = field(default_factory=list)
    works: list[float] = field(default_factory=list)
    roads_works: list[float] = field(default_factory=list)
    plans: list[float] = field(default_factory=list)
    whole_peers: list[float] = field(default_factory=list)
    short_peers: list[float] = field(default_factory=list)
    timed_shares: list[float] = field(default_factory=list)
    truly: int = 0
    compared: int = 0
    worst_s: float = 0.0
    without_first: int = 0
    roads: str = ""
    notes: dict[str, float] = field(default_factory=dict)


def run(short: bool) -> Figures:
    """Measure and return the figures."""
    return figures(measure(short))


def figures(seen: Measured) -> Figures:
    """Return the figures under their names in the design."""
    return {
        "choice_p50_ms": round(_percentile(seen.choices, 50), 2),
        "choice_p99_ms": round(_percentile(seen.choices, 99), 2),
        "choice_cpu_p50_ms": round(_percentile(seen.works, 50), 2),
        "plan_p50_ms": round(_percentile(seen.plans, 50), 2),
        "plan_p99_ms": round(_percentile(seen.plans, 99), 2),
        "truly_fastest_share": round(seen.truly / max(1, seen.compared), 4),
        "compared": seen.compared,
        "worst_regret_s": round(seen.worst_s, 1),
        "roads_cpu_p50_ms": round(_percentile(seen.roads_works, 50), 2),
        "dijkstra_ratio": _ratio(seen.whole_peers, seen.roads_works),
        "dijkstra_cpu_p50_ms": round(_percentile(seen.whole_peers, 50), 1),
        "dijkstra_10min_ratio": _ratio(seen.short_peers, seen.roads_works),
        "dijkstra_10min_cpu_p50_ms": round(_percentile(seen.short_peers, 50), 1),
        "timed_in_10min": round(float(np.mean(seen.timed_shares)), 3),
        "osrm_regret_s": seen.notes.get("osrm_regret_s"),
        "on_duty": PEOPLE,
        "roads": seen.roads,
    }


def measure(short: bool) -> Measured:
    """Set a district up and measure; ``short`` takes fewer of everything."""
    counts, seen = SHORT if short else FULL, Measured()
    with tempfile.TemporaryDirectory(prefix="tongxin-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        os.environ["TONGXIN_DATA"] = str(folder)
        os.environ["DJANGO_SETTINGS_MODULE"] = "tongxin.config.settings"
        roads = _beside("--roads", str(folder))
        with database(folder):
            seen.roads = roads.communicate()[0].strip()
            if roads.returncode:
                raise SystemExit("the roads could not be built")
            district = District()
            _measure_choices(district, counts, seen)
            _measure_plans(district, counts, seen)
            _measure_truth(district, counts, seen)
            _measure_peer(district, counts, seen)
            _close()
    if not short:
        _ask_osrm(seen)
    return seen


def _beside(*arguments: str) -> subprocess.Popen[str]:
    """Start this module once more, on the other core."""
    command = [sys.executable, "-m", "benchmarks.dispatch", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """Run a durable server with the whole schema, and connect Django as the app's role."""
    from tongxin.config.database import lay_schema, prepare
    from tongxin.config.postgres import EmbeddedPostgres

    with EmbeddedPostgres(folder) as postgres:
        urls = postgres.urls()
        prepare(urls)
        os.environ |= {"DATABASE_URL": urls.owner, "DATABASE_OWNER_URL": urls.owner}
        import django

        django.setup()
        lay_schema()
        _connect_to(urls.app)
        yield
        _close()


def _connect_to(url: str) -> None:
    from django.db import connections

    from tongxin.config.environment import database_settings

    for alias in ("default", "audit"):
        connections[alias].close()
        connections[alias].settings_dict.update(database_settings(url))


def _close() -> None:
    from django.db import connections

    connections.close_all()


def build_roads(folder: Path) -> str:
    """Build the road engine's data (no base map: nobody looks); return what the streets are."""
    from tongxin.foundation.roads.building import build_arcs, build_graph
    from tongxin.foundation.roads.graph import save_arcs
    from tongxin.foundation.roads.importing import POINTER, map_folder
    from tongxin.foundation.roads.network import Mode

    raw, told = _streets()
    version = map_folder(folder) / "bench"
    version.mkdir(parents=True)
    built = build_graph(raw)
    built.graph.save(version)
    for mode in Mode:
        save_arcs(build_arcs(built, mode), version, mode)
    (version.parent / POINTER).write_text(version.name, "utf-8")
    return told


def _streets() -> tuple[Any, str]:
    from tongxin.foundation.roads.importing import RoadLine, raw_from_lines
    from tongxin.foundation.roads.osmreading import read_roads

    shared = Path(os.environ.get("TONGXIN_SHARED_DATA") or ROOT.parent / "shared" / "data")
    extract = shared / "osm" / "wuhan-derived.osm.pbf"
    if extract.exists():
        return read_roads(extract), "Wuhan"
    west, south, east, north = WINDOW
    xs, ys = np.linspace(west, east, 150), np.linspace(south, north, 130)
    draw = np.random.default_rng(SEED)
    lines = []
    for i, x in enumerate(xs):
        for j, y in enumerate(ys):
            kind = draw.choice(["residential", "tertiary", "primary"])
            if i + 1 < len(xs) and draw.random() > 0.1:
                lines.append(RoadLine([(x, y), (xs[i + 1], y)], highway=kind))
            if j + 1 < len(ys) and draw.random() > 0.1:
                lines.append(RoadLine([(x, y), (x, ys[j + 1])], highway=kind))
    return raw_from_lines(lines), "a generated net (the real streets of Wuhan are absent)"


class District:
    """64 beats in 16 stations, and 4,000 people on duty: officers, auxiliaries, grid workers.

    Six in ten go by car, a quarter by e-bike, the rest on foot; one in twenty-five has no position
    and is assumed at home, one in ten has an old one.
    """

    def __init__(self) -> None:
        from tongxin.foundation.roads import loading

        self.draw = np.random.default_rng(SEED)
        self.network = loading.current_network()
        self.beats, self.stations, self.branch = self._ground()
        self.points = self._street_points()
        self._people()

    def _ground(self) -> tuple[list[Any], list[Any], Any]:
        from tongxin.foundation.territory import locating
        from tongxin.foundation.territory.models import Area, Level, Network

        west, south, east, north = WINDOW

        def area(code: str, level: Level, box: tuple[float, ...], parent: Any, **more: Any) -> Any:
            w, s, e, n = box
            ring = [[w, s], [e, s], [e, n], [w, n], [w, s]]
            made = Area.objects.create(
                network=Network.POLICE, level=level, code=code, name=code, parent=parent,
                geometry={"type": "Polygon", "coordinates": [ring]},
                valid_from=dt.date(2020, 1, 1), number=len(code), **more,
            )  # fmt: skip
            made.path = [*(parent.path if parent else []), made.pk]
            made.save(update_fields=["path"])
            return made

        def cells(side: int) -> Iterator[tuple[int, int, tuple[float, ...]]]:
            for i in range(side):
                for j in range(side):
                    w, h = (east - west) / side, (north - south) / side
                    yield i, j, (west + i * w, south + j * h, west + i * w + w, south + j * h + h)

        branch = area("B", Level.BRANCH, WINDOW, None, promise_minutes=5)
        stations = {
            (i, j): area(f"S{i}{j}", Level.STATION, box, branch)
            for i, j, box in cells(STATIONS_A_SIDE)
        }
        beats = [
            area(f"P{i}{j}", Level.BEAT, box, stations[i // 2, j // 2], promise_minutes=3)
            for i, j, box in cells(BEATS_A_SIDE)
        ]
        locating.forget()
        return beats, list(stations.values()), branch

    def _street_points(self) -> list[tuple[float, float]]:
        points = np.asarray(self.network.graph.points)  # type: ignore[attr-defined]
        west, south, east, north = WINDOW
        inside = (points > (west, south)).all(axis=1) & (points < (east, north)).all(axis=1)
        return [tuple(p) for p in points[inside].tolist()]

    def spot(self) -> Any:
        """Return a spot some steps off a street, inside the district."""
        from tongxin.kernel.geometry import Spot

        lon, lat = self.points[int(self.draw.integers(len(self.points)))]
        off = self.draw.normal(0, 0.0003, 2)
        west, south, east, north = WINDOW
        return Spot(
            float(np.clip(lon + off[0], west + 1e-6, east - 1e-6)),
            float(np.clip(lat + off[1], south + 1e-6, north - 1e-6)),
        )

    def _people(self) -> None:
        from tongxin.domain.dispatch.models import DutySession, Whereabouts
        from tongxin.foundation.access.models import Grant, Member, Role
        from tongxin.kernel import clock

        roles = [Role.PATROL_OFFICER, Role.COMMUNITY_OFFICER, Role.AUXILIARY, Role.GRID_WORKER]
        drawn = self.draw.choice(4, PEOPLE, p=[0.3, 0.05, 0.25, 0.4])
        modes = self.draw.choice(["car", "bicycle", "foot"], PEOPLE, p=[0.6, 0.25, 0.15])
        spots = [self.spot() for _one in range(PEOPLE)]
        members = Member.objects.bulk_create(
            Member(
                code=f"M{n}", kind=roles[drawn[n]], name=f"员{n}", surname="员",
                phone=f"139{n:08d}", home_lon=spots[n].lon, home_lat=spots[n].lat,
                skills=["first_aid"] if n % 5 == 0 else [],
            )
            for n in range(PEOPLE)
        )  # fmt: skip
        now = clock.now()
        early = now - dt.timedelta(hours=4)
        Grant.objects.bulk_create(
            Grant(member=m, role=m.kind, area=self._area_of(n, m.kind), valid_from=early)
            for n, m in enumerate(members)
        )
        DutySession.objects.bulk_create(
            DutySession(member_id=m.pk, mode=modes[n], started_at=early)
            for n, m in enumerate(members)
        )
        ages = np.where(self.draw.random(PEOPLE) < 0.1, 300, 20)
        Whereabouts.objects.bulk_create(
            Whereabouts(
                member_id=m.pk, lon=spots[n].lon, lat=spots[n].lat, mode=modes[n],
                at=now - dt.timedelta(seconds=int(ages[n])), received_at=now,
            )
            for n, m in enumerate(members)
            if n % 25
        )  # fmt: skip
        self.members, self.modes, self.spots = members, modes, spots
        with _connection().cursor() as cursor:
            cursor.execute("ANALYZE")

    def _area_of(self, number: int, kind: str) -> Any:
        if kind == "patrol_officer":
            return self.stations[number % len(self.stations)]
        return self.beats[number % len(self.beats)]


def _connection() -> Any:
    from django.db import connection

    return connection


def _measure_choices(district: District, counts: Counts, seen: Measured) -> None:
    """Time the choice itself: all on duty to the spot by road, then first, lead, support."""
    from tongxin.domain.dispatch import needs
    from tongxin.domain.dispatch.choosing import choose
    from tongxin.domain.dispatch.duty_board import board
    from tongxin.domain.incidents.intake import _incident
    from tongxin.domain.incidents.kinds import registry
    from tongxin.domain.incidents.reports import Report
    from tongxin.foundation.access.scope import SystemActor, acting_as
    from tongxin.foundation.territory import locating
    from tongxin.kernel import clock

    kind = registry()["emergency"]
    wanted = needs.still_open(kind, [])
    with acting_as("dispatch"):
        shot = board().snapshot()
        for _number in range(counts.choices):
            spot = district.spot()
            report = Report("emergency", spot, place="bench")
            incident = _incident(report, kind, locating.locate(spot), SystemActor("bench"))
            need = needs.need_of(incident, kind, wanted, [], clock.now())
            begun, worked = time.perf_counter(), time.thread_time()
            seconds = shot.times_to(spot)
            timed = time.thread_time()
            choose(need, shot.people, seconds)
            seen.choices.append((time.perf_counter() - begun) * 1_000)
            seen.works.append((time.thread_time() - worked) * 1_000)
            seen.roads_works.append((timed - worked) * 1_000)


def _measure_plans(district: District, counts: Counts, seen: Measured) -> None:
    """Time the written plan of one incident after another, positions coming in meanwhile."""
    from tongxin.config.memory import settle
    from tongxin.config.worker import SWITCH_SECONDS
    from tongxin.domain.dispatch.planning import propose
    from tongxin.kernel import ticking

    stop = threading.Event()
    sys.setswitchinterval(SWITCH_SECONDS)  # as the worker does
    ticker = next(one for one in ticking.registered() if one.name == "dispatch.board")
    thread = threading.Thread(target=_tick, args=(ticker, stop), daemon=True)
    thread.start()
    walked = time.perf_counter()
    for number in range(counts.plans + 5):
        if number == 5:
            settle()  # as a warm worker has
        incident = _report(district)
        passed, walked = time.perf_counter() - walked, time.perf_counter()
        _walk(district, round(passed * PEOPLE / POST_EVERY_S))
        begun = time.perf_counter()
        plan = propose(incident.pk)
        took = (time.perf_counter() - begun) * 1_000
        if number >= 5:  # connections, caches and engines are warm
            seen.plans.append(took)
        if plan is None or not plan.assignments.filter(role="first").exists():
            seen.without_first += 1
        if number % 25 == 24:
            _all_done()
    stop.set()
    thread.join(10)


def _tick(ticker: Any, stop: threading.Event) -> None:
    """Refresh the board each second, as the worker does."""
    from tongxin.kernel import ticking

    ticking.run_until(ticker, stop)
    _close()


def _report(district: District) -> Any:
    from tongxin.domain.incidents.actions import Report, report
    from tongxin.foundation.access.scope import SystemActor, acting_as

    with acting_as("bench"):
        given = Report("emergency", district.spot(), place="bench")
        return report(given, actor=SystemActor("bench")).incident


def _walk(district: District, count: int) -> None:
    """Some people have moved by a street or so."""
    from tongxin.kernel import clock

    chosen = district.draw.integers(0, PEOPLE, count)
    now = clock.now()
    rows = [
        (now, now, 0.0004 * district.draw.normal(), 0.0004 * district.draw.normal(),
         district.members[n].pk)
        for n in chosen
    ]  # fmt: skip
    with _connection().cursor() as cursor:
        cursor.executemany(
            "UPDATE dispatch_whereabouts SET at = %s, received_at = %s,"
            " lon = lon + %s, lat = lat + %s WHERE member_id = %s",
            rows,
        )


def _all_done() -> None:
    """Everybody comes free again, so that 4,000 are on duty and nearly all free."""
    from tongxin.domain.dispatch.models import ACTIVE_STATES, Assignment
    from tongxin.kernel import clock

    active = Assignment.objects.filter(state__in=ACTIVE_STATES)
    active.update(state="released", end_code="released", ended_at=clock.now())


def _measure_truth(district: District, counts: Counts, seen: Measured) -> None:
    """Compare the first on scene of written plans with a full search and a rule of its own."""
    from tongxin.domain.dispatch.duty_board import board
    from tongxin.domain.dispatch.models import Assignment, Whereabouts
    from tongxin.domain.dispatch.planning import propose
    from tongxin.foundation.roads import dijkstra
    from tongxin.foundation.roads.network import Mode
    from tongxin.kernel.geometry import Spot

    _all_done()
    board().reread()  # its positions may be a second old; here the choice is asked about
    places = {w.member_id: Spot(w.lon, w.lat) for w in Whereabouts.objects.all()}
    here = [places.get(m.pk, district.spots[n]) for n, m in enumerate(district.members)]
    cases = []
    for _number in range(counts.truths):
        incident = _report(district)
        propose(incident.pk)
        cases.append((incident, Assignment.objects.filter(incident=incident, role="first").first()))
        _all_done()
    goals = [Spot(incident.lon, incident.lat) for incident, _row in cases]
    times = np.full((PEOPLE, len(goals)), np.inf)
    for mode in Mode:
        rows = np.flatnonzero(district.modes == mode.value)
        times[rows] = dijkstra.travel_times(
            district.network,
            [here[row] for row in rows],
            goals,
            mode,  # type: ignore[arg-type]
        )
    for column, (_incident, row) in enumerate(cases):
        _judge(district, times[:, column], row, seen)


def _judge(district: District, times: Any, row: Any, seen: Measured) -> None:
    """An emergency calls police and village officers first; grid workers are not among them."""
    may = np.array([m.kind != "grid_worker" for m in district.members])
    fastest = float(times[may].min())
    if not np.isfinite(fastest):
        return
    seen.compared += 1
    number = next(n for n, m in enumerate(district.members) if row and m.pk == row.member_id)
    regret = float(times[number]) - fastest
    seen.truly += regret <= SAME_S
    seen.worst_s = max(seen.worst_s, regret)


def _measure_peer(district: District, counts: Counts, seen: Measured) -> None:
    """Time SciPy's Dijkstra for the same people to the same kind of spot.

    It is given every help: the matrix is made beforehand, it searches backwards from the ways into
    the spot, and only looks up where the people are snapped already.
    """
    from tongxin.foundation.roads.dijkstra import matrix
    from tongxin.foundation.roads.network import Mode

    groups = []
    for mode in Mode:
        rows = np.flatnonzero(district.modes == mode.value)
        engine = district.network.engine(mode)  # type: ignore[attr-defined]
        placed = engine.place([district.spots[row] for row in rows], engine.metric)
        exits, left = engine.doors.exits(placed, engine.metric.forward, engine.metric.backward)
        groups.append((engine, matrix(engine, engine.metric).T.tocsr(), exits, left))
    for _number in range(counts.peers):
        spot = district.spot()
        _took, farthest = _search(groups, spot, [np.inf] * len(groups))
        took, _times = _search(groups, spot, [_last(times) for times in farthest])
        seen.whole_peers.append(took)
        took, within = _search(groups, spot, [LIMIT_S * 1_000] * len(groups))
        seen.short_peers.append(took)
        seen.timed_shares.append(float(np.isfinite(np.concatenate(within)).mean()))


def _last(times: Any) -> float:
    reached = times[np.isfinite(times)]
    return float(reached.max()) + 1 if reached.size else 1.0


def _search(groups: list[Any], spot: Any, limits: list[float]) -> tuple[float, list[Any]]:
    """Return the computing time of all modes together, and the ways of all in milliseconds."""
    from scipy.sparse.csgraph import dijkstra as search

    begun, times = time.thread_time(), []
    for (engine, backwards, exits, left), limit in zip(groups, limits, strict=True):
        metric = engine.metric
        target = engine.place([spot], metric)
        entries = engine.doors.entries(target, metric.forward, metric.backward)
        found = search(backwards, indices=[node for node, _cost in entries], limit=limit)
        nearest = (found + np.array([[cost] for _node, cost in entries])).min(axis=0)
        times.append((nearest[exits] + left).min(axis=1))
    return (time.thread_time() - begun) * 1_000, times


def _ask_osrm(seen: Measured) -> None:
    """Take the engine's regret against OSRM where OSRM can run; null otherwise."""
    from benchmarks import roads_osrm

    regret = roads_osrm.run(short=True).get("osrm_regret_s")
    if isinstance(regret, float):
        seen.notes["osrm_regret_s"] = regret


def _ratio(theirs: list[float], ours: list[float]) -> float:
    return round(_percentile(theirs, 50) / _percentile(ours, 50), 1)


def _percentile(values: list[float], percent: float) -> float:
    return float(np.percentile(values, percent)) if values else float("nan")


def main() -> None:
    """Print a table and, last, one line of JSON; ``--short`` takes fewer of everything."""
    if sys.argv[1:2] == ["--roads"]:
        print(build_roads(Path(sys.argv[2])))
        return
    found = run("--short" in sys.argv)
    print(f"{found['on_duty']} on duty; streets: {found['roads']}")
    for name, value in found.items():
        print(f"  {name:26} {value}")
    print(json.dumps({"name": "dispatch", "figures": found}))


if __name__ == "__main__":
    main()
