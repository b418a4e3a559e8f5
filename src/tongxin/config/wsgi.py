"""The WSGI application that Granian serves, with the static files in front of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from allauth import account, mfa
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

from tongxin.config import memory

LOG_IN_STATIC = [Path(package.__file__).parent / "static" for package in (account, mfa)]
"""Scripts of django-allauth for passkeys and recovery codes, served from where they lie."""

KIT_STATIC = Path(__file__).resolve().parent.parent / "surfaces" / "kit" / "static"
# Vite names a built file after its content: name-CONTENTHASH.suffix.
_HASHED = re.compile(r"/dist/(assets/)?.+-[\w-]{8}\.\w+$")


def is_for_ever(_path: str, url: str) -> bool:
    """Return whether the file behind ``url`` never changes, so that it may be kept for ever."""
    return _HASHED.search(url) is not None


def with_static_files(django: object, folder: Path = KIT_STATIC) -> WhiteNoise:
    """Serve ``folder`` under ``/static/``, compressed files where the build left them."""
    served = WhiteNoise(
        django,
        root=folder,
        prefix="static/",
        max_age=3600,
        immutable_file_test=is_for_ever,
        allow_all_origins=False,
    )
    for own in LOG_IN_STATIC:
        served.add_files(own, prefix="static/")
    return served


def settle() -> None:
    """Load every page now, and leave what was loaded out of the garbage collector's rounds.

    The first visitor does not wait for imports, and no later one for a walk over the whole program.
    """
    from django.urls import get_resolver

    _ = get_resolver().url_patterns, get_resolver().reverse_dict
    memory.settle()


def by_path(pages: WSGIHandler, interface: WSGIHandler) -> Callable[..., Any]:
    """Send requests for the interface past everything that only log-ins by cookie need."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        handler = interface if environ.get("PATH_INFO", "").startswith("/api/") else pages
        return handler(environ, start_response)

    return serve


def interface_handler() -> WSGIHandler:
    """Return the handler of ``/api/``: bearer tokens only, so no sessions, forms or messages."""
    whole = settings.MIDDLEWARE
    settings.MIDDLEWARE = [name for name in whole if name not in FOR_COOKIES]
    try:
        return WSGIHandler()
    finally:
        settings.MIDDLEWARE = whole


FOR_COOKIES = frozenset(
    {
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
        "tongxin.surfaces.kit.middleware.ActingMemberMiddleware",
        "tongxin.surfaces.kit.middleware.ErrorPageMiddleware",
    }
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")
application = with_static_files(by_path(get_wsgi_application(), interface_handler()))
settle()
