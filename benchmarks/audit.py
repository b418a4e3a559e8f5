"""Checking the whole audit trail, against a bare SHA-256 loop over the same bytes.

A trail is filled by the product's own writer and sealed by its own sealer, in a durable database of
our own. Ours reads every row, writes it down canonically, chains it, compares seal and anchors and
looks for rows that were never sealed. The peer only hashes bytes that lie ready in memory.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

ROWS, SHORT_ROWS = 1_000_000, 100_000
SAMPLE = 100_000
CHUNK = 5_000
TURNS = 3


def main() -> None:
    """Print the table and, last, the figures as one line of JSON."""
    print(json.dumps(run("--short" in sys.argv), ensure_ascii=False))


def run(short: bool = False) -> dict[str, Any]:
    """Measure; returns ``{"name": "audit", "figures": {…}}``."""
    from benchmarks._district import district

    rows = SHORT_ROWS if short else ROWS
    with district():
        filled_s = _timed(lambda: _fill(rows))
        sealed_s = _timed(_seal)
        seconds = [_timed(lambda: _verify(rows)) for _turn in range(TURNS if short else 1)]
        pieces = _canonical(min(rows, SAMPLE))
    bare = median(_timed(lambda: _hash(pieces)) for _turn in range(TURNS)) / len(pieces) * rows
    figures = {
        "rows_per_s": round(rows / min(seconds)),
        "sha256_ratio": round(min(seconds) / bare, 1),
        "rows": rows,
        "verify_s": round(min(seconds), 2),
        "seconds_a_million": round(min(seconds) / rows * 1e6, 1),
        "bare_sha256_s": round(bare, 3),
        "written_rows_per_s": round(rows / filled_s),
        "sealed_rows_per_s": round(rows / sealed_s),
    }
    _print_table(figures)
    return {"name": "audit", "figures": figures}


def _fill(rows: int) -> None:
    from tongxin.foundation.audit import actions

    acts = ("vault.reveal", "grant.given", "incident.closed", "vault.erase")
    for start in range(0, rows, CHUNK):
        actions.record_many(
            actions.Line(
                actor=f"member:{number % 4_000}",
                act=acts[number % len(acts)],
                subject=f"vault:{number}",
                purpose="handle_incident" if number % 2 else "",
                detail={"because": number} if number % 3 else {},
                allowed=number % 50 > 0,
            )
            for number in range(start, min(start + CHUNK, rows))
        )


def _seal() -> None:
    from tongxin.foundation.audit import sealing

    sealing.seal_all()
    sealing.anchor()


def _verify(rows: int) -> None:
    from tongxin.foundation.audit import verifying

    verdict = verifying.verify()
    assert verdict.ok, str(verdict.bad)
    assert verdict.entries >= rows, "the figures would be of another trail"


def _canonical(rows: int) -> list[bytes]:
    """Return what is hashed for the first rows, ready in memory."""
    from django.db import connection

    from tongxin.foundation.audit.canonical import COLUMNS, entry_of

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM audit_auditentry entry ORDER BY entry.id LIMIT %s",
            [rows],
        )
        return [entry_of(row).canonical() for row in cursor.fetchall()]


def _hash(pieces: list[bytes]) -> None:
    head = bytes(32)
    for number, piece in enumerate(pieces):
        head = hashlib.sha256(head + number.to_bytes(8, "big") + piece).digest()


def _timed(act: Any) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _print_table(figures: dict[str, Any]) -> None:
    print(f"{'rows in the trail':40} {figures['rows']:10,}")
    print(f"{'checked':40} {figures['rows_per_s']:10,} rows/s")
    print(f"{'a million rows':40} {figures['seconds_a_million']:10} s")
    print(f"{'bare SHA-256 over the same bytes':40} {figures['bare_sha256_s']:10} s")
    print(f"{'ratio':40} {figures['sha256_ratio']:10}")
    print(f"{'written':40} {figures['written_rows_per_s']:10,} rows/s")
    print(f"{'sealed':40} {figures['sealed_rows_per_s']:10,} rows/s")


if __name__ == "__main__":
    main()
