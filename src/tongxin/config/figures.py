"""The figures of ``/metrics``, counted in the database when they are asked for.

Counting there, and not in each process, gives one truth over all web and worker processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tongxin.domain.incidents.models import Clock, Incident
from tongxin.kernel import clock
from tongxin.plumbing.channels.models import Delivery

_JOBS = "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"
_OLDEST_JOB = """
SELECT coalesce(extract(epoch FROM now() - min(event.at)), 0)
  FROM procrastinate_jobs job JOIN procrastinate_events event ON event.job_id = job.id
 WHERE job.status = 'todo' AND event.type = 'deferred'
"""
_WORKERS = """
SELECT count(*) FROM procrastinate_workers
 WHERE last_heartbeat > now() - interval '10 seconds'
"""


class Figures(Collector):
    """Gathers all figures; each family is one query."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the metric families."""
        yield _many("tongxin_jobs", "Jobs by status.", "status", _rows(_JOBS))
        yield _one("tongxin_jobs_oldest_seconds", "Age of the oldest waiting job.", _OLDEST_JOB)
        yield _one("tongxin_workers", "Workers with a heartbeat in the last 10 s.", _WORKERS)
        is_open = Incident.objects.filter(is_open=True)
        yield _many("tongxin_incidents_open", "Open incidents by state.", "state", _by(is_open))
        yield _many(
            "tongxin_deliveries", "Deliveries by state.", "state", _by(Delivery.objects.all())
        )
        yield GaugeMetricFamily(
            "tongxin_clocks_overdue",
            "Clocks that are due but have not fired.",
            value=Clock.objects.filter(
                fired_at=None, stopped_at=None, due_at__lt=clock.now()
            ).count(),
        )


def _many(
    name: str, text: str, label: str, rows: Iterable[tuple[object, ...]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in rows:
        family.add_metric([str(key)], float(str(value)))
    return family


def _one(name: str, text: str, query: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(str(_rows(query)[0][0])))


def _by(rows: QuerySet[Any]) -> list[tuple[object, ...]]:
    return list(rows.order_by("state").values_list("state").annotate(Count("pk")))


def _rows(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
