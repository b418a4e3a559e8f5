"""The visits page that works without signal: its frame, its service worker, how it is installed.

Nothing here is anybody's: the frame is the same for everybody, and a phone keeps it. What the page
shows comes from the phone itself, where ``/field/visits/take/`` and ``sync/`` have put it.
"""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongxin.surfaces.field.homes import page
from tongxin.surfaces.kit import assets
from tongxin.surfaces.kit.rendering import engine

SHELL_HEADER = "X-Tongxin-Shell"
"""Says of which build the frame is: a phone takes over only one of the build that it has."""
SCOPE = "/field/"
LANGUAGES = ("zh-hans", "en")
_WORKER_POLICY = "default-src 'none'; connect-src 'self'"
_SHELL, _QUIET = "field/visits/shell.html", "field/visits/no_signal.html"


@require_GET
@page
def visits(request: HttpRequest) -> HttpResponse:
    """Show the frame of the visits page."""
    get_token(request)  # the page's script takes it from the cookie
    response = HttpResponse(_drawn(_SHELL))
    response[SHELL_HEADER] = kept()["version"]
    return response


@require_GET
def no_signal(request: HttpRequest) -> HttpResponse:
    """Show what stands in, on a phone, for a page that cannot be fetched."""
    return HttpResponse(_drawn(_QUIET))


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker of the phone pages, with the list of what it keeps in front."""
    source = f"self.TONGXIN={json.dumps(kept())};\n{_worker_source()}"
    response = HttpResponse(source, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = SCOPE
    response["Content-Security-Policy"] = _WORKER_POLICY
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """Say what the page is called and looks like once it is installed."""
    about = {
        "id": SCOPE,
        "name": _("Tongxin visits"),
        "short_name": _("Tongxin"),
        "start_url": reverse("field_visits"),
        "scope": SCOPE,
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#1f5fbf",
        "icons": [
            _icon("app-192.png", 192, "any"),
            _icon("app-512.png", 512, "any"),
            _icon("app-maskable-512.png", 512, "maskable"),
        ],
    }
    return JsonResponse(about, content_type="application/manifest+json")


def _icon(file: str, size: int, purpose: str) -> dict[str, str]:
    source = static(f"kit/{file}")
    return {"src": source, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def kept() -> dict[str, Any]:
    """Return what a phone keeps of the pages: the build's version, the frame, the files behind it.

    The version is another as soon as any of it is: a template, a word, a script.
    Raises ``BuildMissing`` when the front end is not built.
    """
    assets.read_manifest()
    return _kept(assets.MANIFEST.stat().st_mtime_ns)


@functools.lru_cache(maxsize=2)
def _kept(_changed_at: int) -> dict[str, Any]:
    files = [*assets.addresses_of("visits"), static("kit/icon.svg")]
    digest = hashlib.sha256(_worker_source().encode())
    for language in LANGUAGES:
        with translation.override(language):
            digest.update((_drawn(_SHELL) + _drawn(_QUIET)).encode())
    digest.update("\n".join(files).encode())
    return {
        "version": digest.hexdigest()[:16],
        "shell": reverse("field_visits"),
        "quiet": reverse("field_no_signal"),
        "files": files,
    }


def _drawn(template: str) -> str:
    """Draw a template without a request: no member, no token, no message can get into it."""
    return str(engine().env.get_template(template).render())


def _worker_source() -> str:
    file: str = assets.read_manifest()["src/worker/worker.ts"]["file"]
    return (assets.MANIFEST.parent / file).read_text(encoding="utf-8")
