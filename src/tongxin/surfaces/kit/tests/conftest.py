"""The kit's own pages, served without a database, and a browser that notes every fault on them."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import jinja2
import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from tongxin.surfaces.kit import assets, rendering

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

HARMLESS = ("GL Driver Message", "WebGL", "the server responded with a status of")


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Return the address of the kit's pages: /styles/ and /page/."""
    if not assets.MANIFEST.exists():
        pytest.skip("not built: npm run build in frontend/")
    own = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    with override_settings(ROOT_URLCONF="tongxin.surfaces.kit.tests.styles_urls", DEBUG=True):
        rendering.engine().env.loader.loaders.append(own)  # override_settings made it anew
        application = StaticFilesHandler(WSGIHandler())
        served = make_server("127.0.0.1", 0, application, Server, Quiet)
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        served.server_close()


@pytest.fixture
def open_page(site: str, new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    def start(path: str = "/styles/", language: str = "zh-CN", **options: Any) -> Page:
        context = new_context(locale=language, reduced_motion="reduce", **options)
        page = context.new_page()
        page.faults = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
        page.on("console", lambda said: note(page, said))
        page.goto(site + path)
        return page

    return start


def note(page: Any, said: Any) -> None:
    if said.type in ("error", "warning") and not any(word in said.text for word in HARMLESS):
        page.faults.append(said.text)
