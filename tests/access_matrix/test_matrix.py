"""Every address × every role × its ground × GET and POST, on the real database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from access_matrix import rights
from access_matrix.cast import GROUNDS, Actor, Scene, picture
from access_matrix.interface import INTERFACE
from access_matrix.knocking import LOG_IN, Row, knock_everywhere, told
from access_matrix.pages import TABLES
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.roles import ROLE_PERMISSIONS, Permission

pytestmark = pytest.mark.django_db
ACCOUNTS, API = "accounts/", "api/v1/"
NAMELESS = {"favicon.ico"}
OTHER_METHODS = ("PUT", "PATCH", "DELETE")


def addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield every pattern of the resolver with its name."""
    for each in resolver.url_patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield here, each.name or ""
        else:
            yield from addresses(each, here)


def test_the_rights_of_every_role_are_those_that_were_meant() -> None:
    assert set(Permission) == rights.EVERY_RIGHT
    assert set(Role) == rights.EVERY_ROLE
    assert len(Role) == 23
    for role in Role:
        assert ROLE_PERMISSIONS[role] == rights.RIGHTS_OF[role], role


def test_every_address_is_listed() -> None:
    listed = {row.name for table in TABLES.values() for row in table}
    there = {
        name: pattern
        for pattern, name in addresses(get_resolver())
        if not pattern.removeprefix("^").startswith((ACCOUNTS, API)) and pattern not in NAMELESS
    }
    unlisted = sorted(
        f"{pattern} ({name})" for name, pattern in there.items() if name not in listed
    )
    assert not unlisted, (
        "who may open these? List each by its name in tests/access_matrix/pages.py, with the"
        f" rights that open it: {unlisted}"
    )
    assert not listed - there.keys(), f"these are no more: {sorted(listed - there.keys())}"


def test_every_operation_is_listed() -> None:
    from tongxin.surfaces.api.urls import api

    there = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in api.get_openapi_schema()["paths"].items()
        for method in operations
    }
    listed = {(row.method, row.name) for row in INTERFACE}
    assert not there - listed, (
        "who may call these? List each in tests/access_matrix/interface.py, with the rights that"
        f" it needs: {sorted(there - listed)}"
    )
    assert not listed - there, f"these are no more: {sorted(listed - there)}"


def fill(value: Any, scene: Scene) -> Any:
    """Put the scene's things in place of ``$name``; ``=text`` stands for itself."""
    if isinstance(value, dict):
        return {name: fill(each, scene) for name, each in value.items()}
    if isinstance(value, list):
        return [fill(each, scene) for each in value]
    if isinstance(value, str) and "$" in value:
        before, _dollar, name = value.partition("$")
        return scene.ids[name] if not before else f"{before}{scene.ids[name]}"
    return value


def arguments(row: Row, scene: Scene) -> dict[str, Any]:
    """Return the parts of the address: names of the scene's things, or ``=text`` itself."""
    return {
        name: said[1:] if said.startswith("=") else scene.ids[said]
        for name, said in row.args.items()
    }


def ask_page(row: Row, actor: Actor, scene: Scene) -> HttpResponse:
    address = reverse(row.name, kwargs=arguments(row, scene))
    data = dict(fill(dict(row.data), scene))
    if row.method == "GET":
        return actor.client.get(address, data)
    if row.method == "POST":
        return actor.client.post(address, data)
    return actor.client.generic(row.method, address)


@pytest.mark.parametrize("surface", TABLES)
def test_everybody_gets_in_where_he_may_and_nowhere_else(surface: str, scene: Scene) -> None:
    knocks = list(knock_everywhere(TABLES[surface], scene, ask_page))
    assert len(knocks) == len(TABLES[surface]) * (1 + len(Role) * len(GROUNDS))
    wrong = [knock for knock in knocks if not knock.as_expected]
    assert not wrong, told(wrong)


@pytest.mark.parametrize("surface", TABLES)
def test_a_method_that_is_not_listed_is_not_there(surface: str, scene: Scene) -> None:
    table = TABLES[surface]
    known = {(row.name, row.method) for row in table}
    others = [
        Row(row.name, method, args=row.args)
        for row in {row.name: row for row in table}.values()
        for method in ("GET", "POST")
        if (row.name, method) not in known
    ]
    few = [scene.actors[0], scene.of(Role.DISPATCHER), scene.of(Role.SYSTEM_ADMINISTRATOR)]
    few += [scene.of(Role.STATION_CHIEF), scene.of(Role.SECURITY_ADMINISTRATOR)]
    knocks = [*knock_everywhere(others, Scene(few, scene.ids), ask_page)]
    # what the table never lists, by two who see much
    rare = [
        Row(row.name, method, args=row.args)
        for row in {row.name: row for row in table}.values()
        for method in OTHER_METHODS
    ]
    two = [scene.of(Role.STATION_CHIEF), scene.of(Role.SYSTEM_ADMINISTRATOR)]
    knocks += knock_everywhere(rare, Scene(two, scene.ids), ask_page)
    refused = (405, 403, LOG_IN)
    wrong = [knock for knock in knocks if knock.came not in refused]
    assert not wrong, told(wrong)


def ask_interface(row: Row, actor: Actor, scene: Scene) -> HttpResponse:
    address = "/api/v1" + row.name.format(**arguments(row, scene))
    headers = {"Authorization": f"Bearer {actor.token}"} if actor.token else {}
    data = fill(dict(row.data), scene)
    client = scene.actors[0].client  # no cookies: the token alone counts
    if row.method == "GET":
        return client.get(address, data, headers=headers)
    if row.method == "POST" and row.name.endswith("/photos"):
        from django.core.files.uploadedfile import SimpleUploadedFile

        photo = SimpleUploadedFile("p.jpg", picture(), "image/jpeg")
        return client.post(address, {"photo": photo}, headers=headers)
    if row.method == "POST":
        return client.post(address, data, content_type="application/json", headers=headers)
    return client.generic(row.method, address, headers=headers)


def test_every_token_does_what_its_member_may_and_nothing_else(scene: Scene) -> None:
    knocks = list(knock_everywhere(INTERFACE, scene, ask_interface))
    for knock in knocks:
        if knock.expected == LOG_IN:
            knock.expected = 401
    wrong = [knock for knock in knocks if not knock.as_expected]
    assert not wrong, told(wrong)


def test_an_operation_that_is_not_listed_is_not_there(scene: Scene) -> None:
    """Another method on a path of the interface is none, whatever the token carries."""
    known = {(row.name, row.method) for row in INTERFACE}
    others = [
        Row(row.name, method, args=row.args)
        for row in {row.name: row for row in INTERFACE}.values()
        for method in ("GET", "POST", *OTHER_METHODS)
        if (row.name, method) not in known
    ]
    asked = Scene([scene.of(Role.STATION_CHIEF)], scene.ids)
    wrong = [k for k in knock_everywhere(others, asked, ask_interface) if k.came != 405]
    assert not wrong, told(wrong)


def test_a_log_in_is_no_token(scene: Scene) -> None:
    dispatcher = scene.of(Role.DISPATCHER)
    assert dispatcher.client.get("/api/v1/incidents").status_code == 401


def test_the_accounts_pages_know_no_roles(scene: Scene) -> None:
    """django-allauth's pages: the same answer for everybody who is logged in, never a fault."""
    answers: dict[str, set[int]] = {}
    few = [scene.of(role, ground) for role in (Role.DISPATCHER, Role.PARTNER) for ground in GROUNDS]
    for pattern, name in addresses(get_resolver()):
        if not pattern.startswith(ACCOUNTS) or "<" in pattern or name == "account_logout":
            continue
        for actor in (scene.actors[0], *few):
            answer = actor.client.get(reverse(name))
            assert answer.status_code < 500, (name, str(actor))
            if actor.role is not None:
                answers.setdefault(name, set()).add(answer.status_code)
    assert {name for name, got in answers.items() if len(got) > 1} == set()
    assert len(answers) > 10
