"""Signs of life for the machines that watch an installation."""

from __future__ import annotations

import hmac
import os

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET


@never_cache
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that this process lives; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when this process can serve, else 503 naming what is wrong."""
    faults = {**_database_fault(), **_build_fault()}
    return JsonResponse({"ready": not faults, "faults": faults}, status=503 if faults else 200)


@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text format: to the machine itself, or with ``TONGXIN_METRICS_TOKEN``.

    Figures are counts over the whole installation; none is about a person.
    """
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    from tongxin.config.figures import Figures

    if not _may_see_metrics(request):
        return HttpResponse(status=403)
    registry = CollectorRegistry()
    registry.register(Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def pending_migrations() -> list[str]:
    """Return the names of migrations that the database lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


_schema_is_complete = False


def _database_fault() -> dict[str, str]:
    global _schema_is_complete  # noqa: PLW0603 - a schema once complete stays so for this code
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _schema_is_complete and pending_migrations():
            return {"migrations": _("The database lacks migrations: run “tongxin migrate”.")}
    except DatabaseError:
        return {"database": _("The database does not answer.")}
    _schema_is_complete = True
    return {}


def _build_fault() -> dict[str, str]:
    from tongxin.surfaces.kit.assets import BuildMissing, read_manifest

    try:
        read_manifest()
    except BuildMissing as error:
        return {"build": str(error)}
    return {}


def _may_see_metrics(request: HttpRequest) -> bool:
    token = os.environ.get("TONGXIN_METRICS_TOKEN")
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    is_local = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
    return is_local and "X-Forwarded-For" not in request.headers
