"""Intake and the queue page at 10 thousand, 100 thousand and a million incidents kept.

Three databases with the same district and the same open incidents, each with closed ones of former
years and their timelines; one process takes reports in and asks for the queue's first page, through
the product's own code, in turn at each, so that whatever else runs on the machine falls on all
alike. The ratio is the cost at the largest over that at the smallest.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

from _district import dispatcher, district  # noqa: E402

SIZES = (10_000, 100_000, 1_000_000)
OPEN = 1_000
WARM_UP = 20


@dataclass(frozen=True)
class Row:
    """The median costs at one size, in ms; the queue as a dispatcher and as a beat's officer."""

    size: int
    intake: float
    queue: float
    beat_queue: float


def run(short: bool) -> dict[str, float]:
    """Measure and return the figures."""
    return figures(measure(short))


def measure(short: bool) -> list[Row]:
    """Build a database of each size and measure them in turn; ``short``: fewer times and lines."""
    times, lines = (80, 1) if short else (1_500, 2)
    with district():
        member, officer = dispatcher(), _officer()
        for _number in range(OPEN):
            _report(member)
        wrappers = [_database_of(size, lines) for size in SIZES]
        return _costs(wrappers, member, officer, times)


def figures(rows: list[Row]) -> dict[str, float]:
    """Return how many times dearer the largest size is than the smallest."""
    small, large = rows[0], rows[-1]
    return {
        "intake_ratio": round(large.intake / small.intake, 3),
        "queue_ratio": round(large.queue / small.queue, 3),
        "beat_queue_ratio": round(large.beat_queue / small.beat_queue, 3),
        "intake_ms": round(large.intake, 2),
        "queue_ms": round(large.queue, 2),
    }


def main() -> None:
    """Print the table, and the figures as one line of JSON."""
    rows = measure("--short" in sys.argv)
    print(f"{'incidents':>12}{'intake ms':>12}{'queue ms':>12}{'beat queue ms':>15}")
    for row in rows:
        print(f"{row.size:>12,}{row.intake:>12.2f}{row.queue:>12.2f}{row.beat_queue:>15.2f}")
    print(json.dumps({"name": "growth", "figures": figures(rows)}))


def _costs(wrappers: list[Any], member: object, officer: object, times: int) -> list[Row]:
    from django.db import connections

    from tongxin.domain.incidents import selectors

    def page(who: object) -> Callable[[], object]:
        return lambda: selectors.queue(who, limit=50)

    acts = (lambda: _report(member), page(member), page(officer))
    taken = [([], [], []) for _size in SIZES]
    for number in range(times + WARM_UP):
        for place in random.sample(range(len(SIZES)), len(SIZES)):
            connections["default"] = wrappers[place]
            spent = [_time(act) for act in acts]
            _put_back()
            if number >= WARM_UP:
                for list_of, one in zip(taken[place], spent, strict=True):
                    list_of.append(one)
    return [
        Row(size, *(statistics.median(list_of) for list_of in lists))
        for size, lists in zip(SIZES, taken, strict=True)
    ]


def _time(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1_000


def _put_back() -> None:
    """Close what was just reported, so that the open incidents stay the same."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_incident SET is_open = false, needs_person = false, state = 'closed'"
            " WHERE id = (SELECT currval('incidents_incident_id_seq'))"
        )


def _database_of(size: int, lines: int) -> Any:
    """Clone the district's database, fill it with closed incidents; return a connection to it."""
    import psycopg
    from django.conf import settings
    from django.db import connections
    from django.db.utils import load_backend
    from psycopg.conninfo import make_conninfo

    connections.close_all()
    owner, name = os.environ["DATABASE_OWNER_URL"], f"growth_{size}"
    with psycopg.connect(make_conninfo(owner, dbname="postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE tongxin')
    _fill(make_conninfo(owner, dbname=name), size, lines)
    given = {**connections["default"].settings_dict, "NAME": name}
    backend = load_backend(settings.DATABASES["default"]["ENGINE"])
    return backend.DatabaseWrapper(given, "default")


def _fill(address: str, size: int, lines: int) -> None:
    """Write closed incidents of former years with ``lines`` each, as a night leaves them."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as database:
        areas = json.dumps(_areas(database))
        laid = list(database.execute(_INDEXES))
        for drop, _again in laid:
            database.execute(drop)
    halves = [(1, size // 2), (size // 2 + 1, size)]

    def write(half: tuple[int, int]) -> None:
        values = {"first": half[0], "last": half[1], "areas": areas, "lines": lines}
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(_CLOSED, values)
            connection.execute(_LINES, values)

    def lay_again(statement: str) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("SET maintenance_work_mem = '512MB'")
            connection.execute(statement)

    with ThreadPoolExecutor(len(halves)) as both:
        list(both.map(write, halves))
        list(both.map(lay_again, [again for _drop, again in laid]))
    with psycopg.connect(address, autocommit=True) as database:
        database.execute("VACUUM ANALYZE incidents_incident")
        database.execute("ANALYZE incidents_timelineentry")


def _areas(database: Any) -> list[list[int]]:
    found: dict[str, list[int]] = {}
    rows = database.execute("SELECT path, code FROM territory_area WHERE parent_id IS NOT NULL")
    for path, code in rows:
        found.setdefault(code, []).extend(path)
    return list(found.values())


def _report(member: object) -> None:
    from tongxin.domain.incidents.actions import Report, report
    from tongxin.foundation.access.scope import MemberActor
    from tongxin.kernel.geometry import Spot

    given = Report("hazard", Spot(114.2345, 30.5345), what="楼道堆物", contact_phone="13800138000")
    report(given, actor=MemberActor(member), idempotency_key=uuid.uuid4().hex)


def _officer() -> object:
    from tongxin.foundation.access.models import Grant, Member, Role
    from tongxin.foundation.territory.models import Area
    from tongxin.kernel import clock

    beat = Area.objects.get(network="police", code="7")
    member = Member.objects.create(
        code="O1", kind=Role.COMMUNITY_OFFICER, name="李响", surname="李"
    )
    grant = {"role": Role.COMMUNITY_OFFICER, "area": beat, "valid_from": clock.now()}
    Grant.objects.create(member=member, **grant)
    return member


# All but the primary key, the dearest first: laid anew in one go when the rows are there.
_INDEXES = """
    SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %I', i.indexname)
            ELSE format('ALTER TABLE incidents_incident DROP CONSTRAINT %I', c.conname) END,
        CASE WHEN c.oid IS NULL THEN i.indexdef
            ELSE format('ALTER TABLE incidents_incident ADD CONSTRAINT %I %s', c.conname,
                pg_get_constraintdef(c.oid)) END
    FROM pg_indexes i LEFT JOIN pg_constraint c
        ON c.conname = i.indexname AND c.conrelid = 'incidents_incident'::regclass
    WHERE i.tablename = 'incidents_incident' AND c.contype IS DISTINCT FROM 'p'
    ORDER BY i.indexname <> 'incident_place_pairs'
"""
_CLOSED = """
    INSERT INTO incidents_incident (id, number, kind, state, urgency, is_open, lon, lat, place,
        place_exact, area_ids, leaf_areas, source, external_ref, public_token, escalation,
        needs_person, opened_at, accepted_at, arrived_at, closed_at, outcome, version)
    SELECT -n, 'old-' || n, (ARRAY['help', 'hazard', 'dispute', 'enquiry'])[1 + n %% 4], 'closed',
        1, false, 114.20 + (n %% 80) * 0.001, 30.50 + (n / 80 %% 80) * 0.001, '铁塔寺小区', true,
        ARRAY(SELECT jsonb_array_elements_text(%(areas)s::jsonb -> (n %% 64))::bigint),
        '{}', 'import', '', 'old' || n, '', false, at, at, at, at + interval '1 hour', 'settled', 2
    FROM generate_series(%(first)s::int, %(last)s::int) AS n,
        LATERAL (SELECT now() - interval '1 day' - n * interval '31 seconds' AS at) AS moment
"""
_LINES = """
    INSERT INTO incidents_timelineentry (incident_id, seq, at, act, actor, payload, public)
    SELECT -n, s, now() - interval '1 day' - n * interval '31 seconds',
        (ARRAY['report', 'close'])[s], 'system:import', '{}', true
    FROM generate_series(%(first)s::int, %(last)s::int) AS n,
        generate_series(1, %(lines)s::int) AS s
"""

if __name__ == "__main__":
    main()
