"""Intake and the queue page at 10 thousand, 100 thousand and a million incidents kept.

The same process takes reports in and asks for the queue's first page through the product's own
code, round by round at each size; the open incidents stay the same, the closed ones of former days
grow, with their timelines. The ratio is the cost at the largest size over that at the smallest.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

from _district import dispatcher, district  # noqa: E402

SIZES = (10_000, 100_000, 1_000_000)
OPEN = 1_000


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
    """Grow the table and measure at each size; ``short`` measures fewer times."""
    times = 120 if short else 600
    with district():
        member, officer = dispatcher(), _officer()
        _open_some(member)
        rows, kept = [], 0
        for size in SIZES:
            _add_closed(kept, size)
            kept = size
            rows.append(_costs(size, member, officer, times))
        return rows


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


def _costs(size: int, member: object, officer: object, times: int) -> Row:
    from tongxin.domain.incidents import selectors

    def page(who: object) -> Callable[[], object]:
        return lambda: selectors.queue(who, limit=50)

    acts = (lambda: _report(member), page(member), page(officer))
    taken: tuple[list[float], ...] = ([], [], [])
    for number in range(times + 20):
        for act, list_of in zip(acts, taken, strict=True):
            begin = time.perf_counter()
            act()
            if number >= 20:
                list_of.append((time.perf_counter() - begin) * 1_000)
    _forget_open(OPEN)
    return Row(size, *(statistics.median(each) for each in taken))


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


def _open_some(member: object) -> None:
    for _number in range(OPEN):
        _report(member)


def _forget_open(keep: int) -> None:
    """Close what the measurement opened, so that the open set stays the same at every size."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_incident SET is_open = false, needs_person = false, state = 'closed'"
            " WHERE is_open AND id NOT IN (SELECT id FROM incidents_incident WHERE is_open"
            " ORDER BY id LIMIT %s)",
            [keep],
        )


def _add_closed(have: int, want: int) -> None:
    """Write closed incidents of the last years with two lines each, and let the server settle."""
    from django.db import connection

    areas = _areas()
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED, {"have": have, "want": want, "areas": json.dumps(areas)})
        cursor.execute(_LINES, {"have": have, "want": want})
    _settle()


def _areas() -> list[list[int]]:
    from tongxin.foundation.territory.models import Area

    found: dict[str, list[int]] = {}
    for path, code in Area.objects.exclude(parent=None).values_list("path", "code"):
        found.setdefault(code, []).extend(path)
    return list(found.values())


def _settle() -> None:
    """Vacuum and checkpoint as the owner, as the server would do in the quiet of a night."""
    import os

    import psycopg

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE incidents_incident")
        owner.execute("ANALYZE incidents_timelineentry")


_CLOSED = """
    INSERT INTO incidents_incident (id, number, kind, state, urgency, is_open, lon, lat, place,
        place_exact, area_ids, leaf_areas, source, external_ref, public_token, escalation,
        needs_person, opened_at, accepted_at, arrived_at, closed_at, outcome, version)
    SELECT -n, 'old-' || n, (ARRAY['help', 'hazard', 'dispute', 'enquiry'])[1 + n %% 4], 'closed',
        1, false, 114.20 + (n %% 80) * 0.001, 30.50 + (n / 80 %% 80) * 0.001, '铁塔寺小区', true,
        ARRAY(SELECT jsonb_array_elements_text(%(areas)s::jsonb -> (n %% 64))::bigint),
        '{}', 'import', '', 'old' || n, '', false, at, at, at, at + interval '1 hour', 'settled', 2
    FROM generate_series(%(have)s + 1, %(want)s) AS n,
        LATERAL (SELECT now() - interval '1 day' - n * interval '31 seconds' AS at) AS moment
"""
_LINES = """
    INSERT INTO incidents_timelineentry (incident_id, seq, at, act, actor, payload, public)
    SELECT -n, s, now() - interval '1 day' - n * interval '31 seconds',
        (ARRAY['report', 'close'])[s], 'system:import', '{}', true
    FROM generate_series(%(have)s + 1, %(want)s) AS n, generate_series(1, 2) AS s
"""

if __name__ == "__main__":
    main()
