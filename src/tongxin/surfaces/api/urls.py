"""The interface: `/api/v1/`, described by `/api/v1/openapi.json`."""

from __future__ import annotations

from django.urls import path
from ninja import NinjaAPI

from tongxin import __version__
from tongxin.surfaces.api import dispatch, incidents, problems, territory
from tongxin.surfaces.api.acting import TokenAuth

api = NinjaAPI(
    title="Tongxin",
    version=__version__,
    description="Reports, incidents, dispatch and the ground of a district.",
    auth=TokenAuth(),
    docs_url=None,
    urls_namespace="api",
)
problems.install(api)
for _router in (incidents.router, dispatch.router, territory.router):
    api.add_router("", _router)

urlpatterns = [path("", api.urls)]
