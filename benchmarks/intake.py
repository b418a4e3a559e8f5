"""Accepted reports a second over HTTP, durable, against the same rows by FastAPI and asyncpg.

Both servers stand on the same durable database, two processes each, and take turns under the same
load (32 connections); the ratio is that of the medians of the rounds. Then reports come at 100 a
second, on time whatever is under way, and the waiting is counted from when each was due.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

from _district import dispatcher, district, token_of  # noqa: E402
from _intake_load import Result, closed_loop, open_loop  # noqa: E402

OURS, PEER = 8170, 8171
OUR_PATH, PEER_PATH = "/api/v1/reports", "/reports"
WORKERS = 2
RATE = 100.0
START_SECONDS = 90.0


@dataclass(frozen=True)
class Measured:
    """Every round of both servers, and the waiting at 100 a second."""

    ours: list[Result]
    peer: list[Result]
    steady: Result


def run(short: bool) -> dict[str, float]:
    """Measure and return the figures."""
    return figures(measure(short))


def measure(short: bool) -> Measured:
    """Load both servers in turn; ``short`` takes fewer and shorter rounds."""
    rounds, seconds, steady = (3, 3.0, 8.0) if short else (6, 10.0, 60.0)
    with district() as data:
        token = token_of(dispatcher())
        with _servers(data):
            closed_loop(OURS, OUR_PATH, token, 1.5)
            closed_loop(PEER, PEER_PATH, token, 1.0)
            ours, peer = [], []
            for _round in range(rounds):
                ours.append(closed_loop(OURS, OUR_PATH, token, seconds))
                peer.append(closed_loop(PEER, PEER_PATH, token, seconds))
            return Measured(ours, peer, open_loop(OURS, OUR_PATH, token, steady, RATE))


def figures(measured: Measured) -> dict[str, float]:
    """Return the throughput ratio, and p50 and p99 in ms at 100 a second."""
    refused = sum(r.refused for r in (*measured.ours, *measured.peer, measured.steady))
    if refused:
        raise RuntimeError(f"{refused} reports were refused: these figures would mean nothing")
    ours, peer = _per_second(measured.ours), _per_second(measured.peer)
    return {
        "throughput_ratio": round(ours / peer, 3),
        "p50_ms": round(measured.steady.percentile(0.50), 2),
        "p99_ms": round(measured.steady.percentile(0.99), 2),
        "per_second": round(ours),
        "peer_per_second": round(peer),
    }


def main() -> None:
    """Print the table, and the figures as one line of JSON."""
    measured = measure("--short" in sys.argv)
    print(f"{'server':<28}{'reports/s':>10}{'p50 ms':>9}{'p99 ms':>9}")
    for name, rounds in (("tongxin, 32 busy", measured.ours), ("asyncpg, 32 busy", measured.peer)):
        print(_line(name, _per_second(rounds), rounds))
    print(_line(f"tongxin at {RATE:.0f}/s", measured.steady.per_second, [measured.steady]))
    print(json.dumps({"name": "intake", "figures": figures(measured)}))


def _line(name: str, per_second: float, rounds: list[Result]) -> str:
    p50 = statistics.median(r.percentile(0.50) for r in rounds)
    p99 = statistics.median(r.percentile(0.99) for r in rounds)
    return f"{name:<28}{per_second:>10.0f}{p50:>9.1f}{p99:>9.1f}"


def _per_second(rounds: list[Result]) -> float:
    return statistics.median(r.per_second for r in rounds)


@contextmanager
def _servers(data: Path) -> Iterator[None]:
    from tongxin.config.processes import web_command

    peer = [
        *(sys.executable, "-m", "uvicorn", "_intake_peer:app", "--port", str(PEER)),
        *("--workers", str(WORKERS), "--loop", "uvloop", "--log-level", "warning"),
        "--no-access-log",
    ]
    environment = os.environ | {
        "PEER_DSN": _dsn(os.environ["DATABASE_OWNER_URL"]),
        "PYTHONPATH": f"{HERE.parent / 'src'}:{HERE}",
    }
    with (data / "servers.log").open("wb") as log:
        both = [
            subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            for command in (web_command(OURS, workers=WORKERS), peer)
        ]
        try:
            for port, process in zip((OURS, PEER), both, strict=True):
                _wait_for(port, process, data / "servers.log")
            yield
        finally:
            for process in both:
                process.terminate()
            for process in both:
                process.wait(15)


def _dsn(url: str) -> str:
    """Return the same database for asyncpg, which wants the socket's folder as a parameter."""
    from urllib.parse import quote

    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    login = f"{quote(str(parts['user']))}:{quote(str(parts.get('password') or ''))}"
    return f"postgresql://{login}@/{parts['dbname']}?host={quote(str(parts['host']), safe='')}"


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"port {port} does not answer: {log.read_text(errors='replace')[-800:]}")


if __name__ == "__main__":
    main()
