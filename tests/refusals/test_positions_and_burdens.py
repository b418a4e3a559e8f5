"""Refusals 6, 8, 9 and 12, read off the program: positions, looks, burdens, lists of needs."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

import tongxin
from tongxin.domain.dispatch import duty
from tongxin.domain.dispatch.models import Whereabouts, WhereaboutsTrack
from tongxin.domain.incidents import kinds
from tongxin.kernel import clock

HERE = Path(tongxin.__file__).parent
POSITIONS = {"Whereabouts", "WhereaboutsTrack"}
"""The only rows that say where a person was: members on duty, by their own phone."""
OF_THINGS = {"Incident", "Building", "Post", "Landmark", "GroundFault", "Closure", "Member"}
"""Rows with a spot that is no person's: of what happened, of the ground, of where one serves."""
BURDENS = frozenset(
    {
        *("mileage", "kilometres", "steps", "online", "login", "logins", "checkin", "clocked"),
        *("attendance", "punch", "streak", "leaderboard", "activity", "ranking"),
    }
)
"""By these nobody who serves is counted or compared (rules of 2023 and 2024 on burdens)."""
NO_BURDEN = {
    "Account.last_login",  # one's first log-in asks for a password of one's own
    "StatusOut.steps",  # what became of a report, step by step
}
OPENING = {"unseal"}


def models() -> Iterator[Any]:
    return (m for m in apps.get_models() if m.__module__.startswith("tongxin."))


def names() -> Iterator[str]:
    for model in models():
        yield from (f"{model.__name__}.{field.name}" for field in model._meta.get_fields())
    document = Client().get("/api/v1/openapi.json").json()
    for name, schema in document["components"]["schemas"].items():
        yield from (f"{name}.{key}" for key in schema.get("properties", {}))


def paths(found: Any = None, before: str = "") -> Iterator[str]:
    for one in (found or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from paths(one, before + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield before + str(one.pattern)


def test_only_members_on_duty_have_a_position_and_no_resident_ever() -> None:
    with_spot = {
        model.__name__
        for model in models()
        if {"lon", "home_lon"} & {f.name for f in model._meta.get_fields()}
    }
    assert with_spot >= POSITIONS
    assert with_spot - POSITIONS <= OF_THINGS | {"WhereaboutsTrack"}
    of_residents = {"homes", "vault", "rights"}
    asked = [model for model in models() if model._meta.app_label in of_residents]
    assert len(asked) > 15
    columns = {field.name for model in asked for field in model._meta.get_fields()}
    assert not columns & {"lon", "lat", "spot", "location", "place", "seen_where"}


@pytest.mark.django_db
def test_positions_are_dropped_after_ninety_days_as_a_whole(held_clock: Any) -> None:
    """The table has no day older than that, whatever was in it."""
    now = held_clock.set(dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)) or clock.now()
    duty.keep_track()
    WhereaboutsTrack.objects.create(member_id=1, at=now, lon=114.3, lat=30.6)
    held_clock.set(now + dt.timedelta(days=92))
    duty.keep_track()
    assert not WhereaboutsTrack.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dispatch_whereabouts")
        assert cursor.fetchone() is not None
    assert {f.name for f in Whereabouts._meta.concrete_fields} >= {"member_id", "lon", "lat"}


@pytest.mark.django_db
def test_nobody_is_counted_by_logins_mileage_or_time_online() -> None:
    found = {name for name in names() if BURDENS & set(re.findall(r"[a-z]+", name.lower()))}
    assert found <= NO_BURDEN
    doors = list(paths())
    assert len(doors) > 150
    counting = BURDENS - {"login", "steps"}  # the log-in itself, and a task's steps
    assert [door for door in doors if counting & set(re.findall(r"[a-z]+", door.lower()))] == []


def test_no_procedure_asks_for_a_photo() -> None:
    asked = {
        (kind.code, act.act, name)
        for kind in kinds.registry().reportable()
        for act in kind.lifecycle.transitions.values()
        for name in act.requires
    }
    assert len(asked) > 20
    assert [each for each in asked if "photo" in each[2] or "picture" in each[2]] == []


def test_sealed_words_are_opened_in_the_vault_alone() -> None:
    """Everybody else goes through ``reveal``, which asks for a purpose and leaves a trace first."""
    outside, inside = [], 0
    for path in sorted(HERE.rglob("*.py")):
        name = path.relative_to(HERE).as_posix()
        if "/tests/" in name or "/migrations/" in name:
            continue
        called = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
        }
        if called & OPENING:
            inside += name.startswith("plumbing/vault/")
            outside += [] if name.startswith(("plumbing/vault/", "kernel/")) else [name]
    assert inside >= 3
    assert outside == []


def test_every_reveal_names_its_purpose() -> None:
    """No call leaves the purpose to chance: it stands in the call, by name."""
    calls = [
        (path.name, node)
        for path in sorted(HERE.rglob("*.py"))
        if "/tests/" not in path.as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") in ("reveal", "reveal_many", "reveal_subject")
    ]
    assert len(calls) >= 5
    assert [
        name for name, call in calls if "purpose" not in {word.arg for word in call.keywords}
    ] == []


@pytest.mark.django_db
def test_no_door_lists_or_exports_needs_or_empty_flats() -> None:
    words = {"care", "needs", "empty", "vacant", "alone"}
    doors = [door for door in paths() if words & set(re.findall(r"[a-z]+", door.lower()))]
    # what is left concerns one flat or one person, never several
    assert [door for door in doors if "<int:" not in door and "<str:" not in door] == []
    schemas = Client().get("/api/v1/openapi.json").json()["components"]["schemas"]
    held = {key for schema in schemas.values() for key in schema.get("properties", {})}
    assert not held & {"care", "care_marks", "lives_alone", "empty_flats", "residents"}
