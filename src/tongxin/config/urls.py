"""Which surface answers which path."""

from __future__ import annotations

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("", include("tongxin.surfaces.kit.urls")),
    path("console/", include("tongxin.surfaces.console.urls")),
    path("field/", include("tongxin.surfaces.field.urls")),
    path("office/", include("tongxin.surfaces.office.urls")),
    path("api/v1/", include("tongxin.surfaces.api.urls")),
    path("", include("tongxin.surfaces.portal.urls")),
]
