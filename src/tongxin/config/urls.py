"""Which surface answers which path."""

from __future__ import annotations

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from tongxin.config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("", include("tongxin.surfaces.kit.urls")),
    path("console/", include("tongxin.surfaces.console.urls")),
    path("field/", include("tongxin.surfaces.field.urls")),
    path("office/", include("tongxin.surfaces.office.urls")),
    path("api/v1/", include("tongxin.surfaces.api.urls")),
    path("", include("tongxin.surfaces.portal.urls")),
]
