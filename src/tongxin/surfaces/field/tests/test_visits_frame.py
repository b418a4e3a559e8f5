"""What a phone keeps of the visits page: the same for everybody, whole, and new after a deploy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tongxin.surfaces.field import visits
from tongxin.surfaces.kit import assets

if TYPE_CHECKING:
    from tongxin.surfaces.field.tests.phones import Phones

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build"),
]
PUBLIC = ("/field/sw.js", "/field/manifest.webmanifest", "/field/no-signal/")


def kept_by(worker: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(worker.split("\n", 1)[0].removeprefix("self.TONGXIN=")[:-1])
    return said


def test_the_worker_names_files_that_are_there_and_nothing_else_of_the_site(client: Client) -> None:
    answer = client.get("/field/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Service-Worker-Allowed"] == "/field/"
    assert answer["Cache-Control"] == "no-cache"
    assert "connect-src 'self'" in answer["Content-Security-Policy"]
    kept = kept_by(answer.content.decode())
    static = Path(assets.MANIFEST).parents[1]
    for file in kept["files"]:
        assert file.startswith("/static/")
        assert (static / file.removeprefix("/static/")).is_file(), file
    assert not any("engine" in file or "map" in file for file in kept["files"])
    assert (kept["shell"], kept["quiet"]) == ("/field/visits/", "/field/no-signal/")


def test_a_phone_without_log_in_gets_the_worker_but_not_the_page(client: Client) -> None:
    for path in PUBLIC:
        assert client.get(path).status_code == 200, path
    assert client.get("/field/visits/")["Location"].startswith("/accounts/login/")


def test_the_installed_page_has_a_name_and_icons(client: Client) -> None:
    about = json.loads(client.get("/field/manifest.webmanifest").content)
    assert (about["start_url"], about["scope"]) == ("/field/visits/", "/field/")
    assert {icon["purpose"] for icon in about["icons"]} == {"any", "maskable"}
    static = Path(assets.MANIFEST).parents[1]
    for icon in about["icons"]:
        drawn = (static / icon["src"].removeprefix("/static/")).read_bytes()
        assert drawn.startswith(b"\x89PNG")
        assert len(drawn) < 20_000


def test_the_frame_is_nobody_s(phones: Phones) -> None:
    answer = phones.of(phones.officer).get("/field/visits/")
    page = answer.content.decode()
    assert answer[visits.SHELL_HEADER] == visits.kept()["version"]
    assert phones.officer.name not in page
    assert "csrfmiddlewaretoken" not in page
    assert not re.search(r'name="csrf-token"', page)
    assert "csrftoken" in answer.cookies
    assert phones.read(phones.other, "/field/visits/") == page
    assert phones.of(phones.volunteer).get("/field/visits/").status_code == 403


def test_another_word_or_script_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = visits.kept()["version"]
    assert visits.kept()["version"] == before
    visits._kept.cache_clear()
    drawn = visits._drawn
    monkeypatch.setattr(visits, "_drawn", lambda template: drawn(template) + "<!-- new -->")
    assert visits.kept()["version"] != before
    visits._kept.cache_clear()
