from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def application() -> Iterator[Any]:
    """The application as the server loads it, with the collector as it was afterwards."""
    import gc

    before = gc.get_threshold()
    from tongxin.config import wsgi

    yield wsgi.application
    gc.unfreeze()
    gc.set_threshold(*before)


def ask(application: Any, path: str) -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
    }  # fmt: skip
    body = b"".join(application(environ, lambda status, head: told.extend((status, dict(head)))))
    return told[0], told[1], body


def test_the_interface_answers_without_a_cookie(db: None, application: Any) -> None:
    status, head, body = ask(application, "/api/v1/openapi.json")
    assert status == "200 OK"
    assert json.loads(body)["info"]["title"] == "Tongxin"
    assert "Set-Cookie" not in head
    assert "Content-Security-Policy" in head


def test_without_a_token_it_refuses(db: None, application: Any) -> None:
    assert ask(application, "/api/v1/incidents")[0].startswith("401")
