"""Which surface answers which path."""

from __future__ import annotations

from django.urls import include, path, re_path
from django.urls.resolvers import URLPattern, URLResolver

from tongxin.config import health
from tongxin.surfaces.kit.views import no_account_by_mail

BY_MAIL = r"^accounts/(?:signup|email|confirm-email|login/code|password/(?:reset|set))/"
"""Pages of django-allauth that need an address, which accounts do not have."""

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    re_path(BY_MAIL, no_account_by_mail, name="account_by_mail"),
    path("accounts/", include("allauth.urls")),
    path("", include("tongxin.surfaces.kit.urls")),
    path("console/", include("tongxin.surfaces.console.urls")),
    path("field/", include("tongxin.surfaces.field.urls")),
    path("office/", include("tongxin.surfaces.office.urls")),
    path("api/v1/", include("tongxin.surfaces.api.urls")),
    path("", include("tongxin.surfaces.portal.urls")),
]
