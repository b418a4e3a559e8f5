"""From commit to the last of 500 and of 2,000 open streams.

Ours (the live process as ``tongxin serve`` starts it), a bare loop and django-eventstream take
turns, with the same clients and the same row committed in the same database. Each figure is the
time from just before COMMIT until the last stream has the event.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

from _live_clients import Pages  # noqa: E402
from _live_peers import commit_row  # noqa: E402

SIZES = (500, 2_000)
PORTS = {"ours": 8165, "floor": 8166, "peer": 8167}
WARM_UP = 2
FEWEST = 5
SECONDS_A_PROBE = 0.7  # a slow peer must not hold up the rest


@dataclass(frozen=True)
class Row:
    """The times of one server at one number of streams, in milliseconds."""

    server: str
    streams: int
    times: tuple[float, ...]

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p99(self) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]


def run(short: bool) -> dict[str, float]:
    """Measure and return the figures at 2,000 streams."""
    return figures(measure(short))


def measure(short: bool) -> list[Row]:
    """Return a row for each server and size; ``short`` takes fewer probes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 16_384)), hard))
    probes = 10 if short else 120
    with _database() as (data, conninfo):
        return list(_measure_by_turns(tuple(PORTS), data, conninfo, probes))


def figures(rows: list[Row]) -> dict[str, float]:
    """Return p50 and p99 in ms, and how many times faster than the peer, slower than the floor."""
    big = {row.server: row for row in rows if row.streams == max(SIZES)}
    small = {row.server: row for row in rows if row.streams == min(SIZES)}
    return {
        "p50_ms": round(big["ours"].p50, 1),
        "p99_ms": round(big["ours"].p99, 1),
        "peer_ratio": round(big["peer"].p50 / big["ours"].p50, 2),
        "floor_ratio": round(big["ours"].p50 / big["floor"].p50, 2),
        "p50_ms_500": round(small["ours"].p50, 1),
        "p99_ms_500": round(small["ours"].p99, 1),
    }


def main() -> None:
    """Print the table, and the figures as one line of JSON."""
    rows = measure("--short" in sys.argv)
    print(f"{'server':<20} {'streams':>8} {'p50 ms':>8} {'p99 ms':>8} {'probes':>8}")
    names = {"ours": "tongxin live", "floor": "bare loop", "peer": "django-eventstream"}
    for row in rows:
        line = f"{names[row.server]:<20} {row.streams:>8} {row.p50:>8.1f} {row.p99:>8.1f}"
        print(f"{line} {len(row.times):>8}")
    print(json.dumps({"name": "live", "figures": figures(rows)}))


def _measure_by_turns(
    servers: tuple[str, ...], data: Path, conninfo: str, probes: int
) -> Iterator[Row]:
    """Measure servers by turns, probe by probe, so that a busy machine is busy for all of them."""
    with ExitStack() as up:
        for name in servers:
            up.enter_context(_server(name, PORTS[name], data, conninfo))
        for streams in SIZES:
            yield from _measure_size(servers, streams, conninfo, probes)


def _measure_size(
    servers: tuple[str, ...], streams: int, conninfo: str, probes: int
) -> Iterator[Row]:
    times: dict[str, list[float]] = {name: [] for name in servers}
    with ExitStack() as open_ones:
        pages = {
            name: open_ones.enter_context(Pages(_stream_url(name, PORTS[name]), streams))
            for name in servers
        }
        fires = {name: _trigger(name, PORTS[name], conninfo) for name in servers}
        enough = time.monotonic() + SECONDS_A_PROBE * probes
        for number in range(probes + WARM_UP):
            if number >= FEWEST + WARM_UP and time.monotonic() > enough:
                break
            for name in servers:
                times[name].append(_probe(pages[name], fires[name], f"probe:{number}."))
    for name in servers:
        yield Row(name, streams, tuple(times[name][WARM_UP:]))


def _probe(pages: Pages, fire: Callable[[str], int], mark: str) -> float:
    pages.watch(mark)
    begin = fire(mark)
    return (pages.last() - begin) / 1e6


def _trigger(server: str, port: int, conninfo: str) -> Callable[[str], int]:
    if server != "peer":
        topic = "branch" if server == "ours" else "floor"
        return lambda mark: commit_row(conninfo, topic, mark)

    def fire(mark: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/fire/?mark={mark}") as answer:
            return int(answer.read())

    return fire


def _stream_url(server: str, port: int) -> str:
    base = f"http://127.0.0.1:{port}"
    if server == "floor":
        return f"{base}/"
    if server == "peer":
        return f"{base}/events/"
    from tongxin.plumbing.live import tickets

    return f"{base}/live/?ticket={tickets.issue(1, ['branch'])}"


@contextmanager
def _server(name: str, port: int, data: Path, conninfo: str) -> Iterator[None]:
    from tongxin.config.processes import live_command

    command = (
        live_command(port)
        if name == "ours"
        else [sys.executable, str(HERE / "_live_peers.py"), name, str(port), conninfo]
    )
    with (data / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for_port(port, process, name, data)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_port(port: int, process: subprocess.Popen[bytes], name: str, data: Path) -> None:
    url = f"http://127.0.0.1:{port}/live/healthz"
    for _attempt in range(200):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return
        except (OSError, TimeoutError):
            pass
        time.sleep(0.05)
    log = (data / f"{name}.log").read_text(errors="replace")
    raise RuntimeError(f"{name} did not start: {log[-500:]}")


@contextmanager
def _database() -> Iterator[tuple[Path, str]]:
    """Run a durable PostgreSQL of our own with the feed's table, and point Django at it."""
    from tongxin.config.database import prepare
    from tongxin.config.postgres import EmbeddedPostgres

    with tempfile.TemporaryDirectory(prefix="tongxin-bench-live-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        with EmbeddedPostgres(data) as postgres:
            urls = postgres.urls()
            prepare(urls)
            os.environ |= urls.as_environment() | {
                "TONGXIN_DATA": folder,
                "DJANGO_SETTINGS_MODULE": "tongxin.config.settings",
                "PYTHONPATH": str(HERE.parent / "src"),
            }
            _lay_feed()
            yield data, urls.app


def _lay_feed() -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.INSTALLED_APPS = ["tongxin.plumbing.live"]
    django.setup()
    from django.db import connections

    from tongxin.config.environment import database_settings

    app = dict(connections["default"].settings_dict)
    connections["default"].settings_dict.update(database_settings(os.environ["DATABASE_OWNER_URL"]))
    call_command("migrate", "live", verbosity=0, skip_checks=True)
    connections["default"].close()
    connections["default"].settings_dict.update(app)


if __name__ == "__main__":
    main()
