"""The interface: `/api/v1/`, described by `/api/v1/openapi.json`."""

from __future__ import annotations

from django.urls import path

from tongxin import __version__
from tongxin.surfaces.api import alerts, dispatch, incidents, problems, territory
from tongxin.surfaces.api.acting import TokenAuth
from tongxin.surfaces.api.describing import Interface

api = Interface(
    title="Tongxin",
    version=__version__,
    description="Reports, incidents, dispatch and the ground of a district.",
    auth=TokenAuth(),
    docs_url=None,
    urls_namespace="api",
)
problems.install(api)
for _router in (incidents.router, dispatch.router, alerts.router, territory.router):
    api.add_router("", _router)

urlpatterns = [path("", api.urls)]
