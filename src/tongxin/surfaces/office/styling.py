"""The style page: for whoever works in the office, and for everybody in the demo."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tongxin.surfaces.kit.asking import member_page
from tongxin.surfaces.kit.styles_view import styles
from tongxin.surfaces.office.frame import OFFICE_RIGHTS

_for_members = member_page(*OFFICE_RIGHTS)(styles)


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show every component of the kit in all its states."""
    return styles(request) if settings.DEMO else _for_members(request)
