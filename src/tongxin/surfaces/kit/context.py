"""What every page knows: who looks at it, where the live stream is, what the district is called."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import translation


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return the names that every template may use."""
    return {
        "member": getattr(request, "member", None),
        "csrf_token": get_token(request),
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        "live_url": settings.LIVE_URL,
        "live_ticket_url": "/live/ticket/",
        "emergency_numbers": settings.EMERGENCY_NUMBERS,
        "district_name": settings.DISTRICT_NAME,
        "demo": settings.DEMO,
    }
