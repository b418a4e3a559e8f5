"""Schemathesis against the real application on the real database: what is promised is kept.

Each operation is called with made-up input, half of whose names, numbers and ids are those of
things that exist, so that the calls get past the door. Whatever comes, the answer is one that the
description promises: never a fault of ours, never an undocumented status or shape.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tongxin.config.wsgi import application
from tongxin.surfaces.api.urls import api

pytestmark = pytest.mark.django_db(transaction=True)
load_all_checks()

PROVE = os.environ.get("TONGXIN_PROVE") == "1"
EXAMPLES = 300 if PROVE else 12
HARD = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not PROVE,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
PROMISED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
PUBLIC = {("get", "/api/v1/status/{token}"), ("post", "/api/v1/status/{token}/rating")}
"""Reached by a reporter's own token instead of a log-in."""
SIGNED = {("post", "/api/v1/calls/events")}
"""Reached by the telephone gateway, whose signature is asked for."""
AT_THE_DOOR = {401, 422}
"""Answers that come before anything is done: each operation must have got past them."""
SECRET = "a secret of the telephone gateway"
WRONG_LOG_INS: list[dict[str, str]] = [
    {},
    {"Authorization": "Bearer tongxin_of-my-own-making"},
    {"Authorization": "Basic ZGlzcGF0Y2hlcjp0b25neGlu"},
    {"Cookie": "sessionid=0123456789abcdef0123456789abcdef"},
]


def operations() -> list[tuple[str, str]]:
    """Return every operation of the description as (method, path)."""
    found = api.get_openapi_schema()["paths"]
    return sorted((method, path) for path, each in found.items() for method in each)


@dataclass
class Ground:
    """What exists: values by the name of the parameter or field that may hold them."""

    token: str
    known: dict[str, list[Any]] = field(default_factory=dict)


@pytest.fixture
def ground() -> Ground:
    from tongxin.domain.dispatch import actions
    from tongxin.domain.dispatch.models import Assignment
    from tongxin.domain.dispatch.tests.making import Station, as_, reported, run_jobs
    from tongxin.domain.incidents.actions import report
    from tongxin.domain.incidents.models import Incident
    from tongxin.domain.incidents.reports import Report
    from tongxin.foundation.access.actions import issue_token
    from tongxin.foundation.access.models import Grant, Role
    from tongxin.foundation.access.scope import ReporterActor, SystemActor
    from tongxin.foundation.access.tests.making import give
    from tongxin.foundation.territory.models import Area
    from tongxin.foundation.territory.tests.making import spot
    from tongxin.plumbing.channels.models import Delivery

    station = Station()
    for number in range(6):
        station.officer(f"李{number}", spot(1 + number, 1 + number))
    chief = station.dispatcher
    give(chief, Role.STATION_CHIEF, station.branch)
    for kind in ("emergency", "help", "dispute", "accident", "hazard", "tip", "enquiry"):
        reported(spot(2, 2), kind, what="门口吵起来了", contact_phone="13800000001")
    report(Report("help", spot(3, 3), what="摔倒了"), actor=ReporterActor())
    run_jobs()
    for row in Assignment.objects.order_by("pk")[:2]:
        actions.accept(row.pk, actor=as_(chief))
    closed = Incident.objects.order_by("pk")[0]
    _close(closed, chief)
    assert Grant.objects.filter(member=chief).count() == 2
    token, _row = issue_token(member=chief, actor=SystemActor("test"), name="schema")
    incidents = list(Incident.objects.order_by("pk"))
    numbers = [one.number for one in incidents]
    members = list(Assignment.objects.values_list("member_id", flat=True))
    tokens = [one.public_token for one in incidents]
    areas = list(Area.objects.values_list("pk", flat=True))
    return Ground(
        token,
        {
            "number": numbers,
            "into": numbers,
            "token": tokens,
            "assignment": list(Assignment.objects.values_list("pk", flat=True)),
            "alert": list(Delivery.objects.values_list("pk", flat=True)),
            "member": members,
            "to_area": areas,
            "area": areas,
            "kind": ["help", "emergency", "dispute", "accident", "hazard", "tip", "case_count"],
            "act": ["search", "quick", "mediate", "order", "mended", "follow", "publish", "close"],
            "answer": ["accept", "depart", "arrive", "done", "decline", "need-help"],
            "reason": ["safety", "other", "busy", "not_ours"],
            "outcome": ["settled", "helped", "mended", "mediated", "answered"],
            "purpose": ["handle_incident", "call_back"],
            "version": [1, 2, 3, 4, None],
            "lon": [114.32, 114.35, 120.0],
            "lat": [30.52, 30.55, 31.0],
            "fields": [{"deadline": _tomorrow()}, {"nobody_hurt": True, "both_agree": True}],
            "is_open": [True, False],
        },
    )


def _tomorrow() -> str:
    from tongxin.kernel import clock

    return (clock.now() + dt.timedelta(days=1)).isoformat()


def _close(incident: Any, chief: Any) -> None:
    from tongxin.domain.dispatch.tests.making import as_
    from tongxin.domain.incidents.actions import close

    close(incident.pk, actor=as_(chief), outcome="settled")


@pytest.fixture(autouse=True)
def _a_telephone_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from tongxin.plumbing.channels import registry

    file = tmp_path / "channels.yaml"
    file.write_text(f"call: {{url: 'http://127.0.0.1:9', secret: '{SECRET}'}}")
    monkeypatch.setenv("TONGXIN_CHANNELS", str(file))
    registry.forget()
    yield
    registry.forget()


@pytest.fixture
def schema() -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


def body_fields(method: str, path: str) -> set[str]:
    """Return the names of the fields that an operation's body may have."""
    described = api.get_openapi_schema()
    names: set[str] = set()
    for media in (
        described["paths"][path][method].get("requestBody", {}).get("content", {}).values()
    ):
        shape = media["schema"]
        if "$ref" in shape:
            shape = described["components"]["schemas"][shape["$ref"].rsplit("/", 1)[1]]
        names |= set(shape.get("properties", {}))
    return names


def bring_in(case: Any, fields: set[str], known: dict[str, list[Any]], data: Any) -> None:
    """Put things that exist in place of made-up ones, each with even odds."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            for name in sorted(set(place) & set(known)):
                if data.draw(st.booleans()):
                    place[name] = data.draw(st.sampled_from(known[name]))
    if isinstance(case.body, dict) and data.draw(st.booleans()):
        for name in sorted(fields & set(known)):
            case.body.setdefault(name, data.draw(st.sampled_from(known[name])))


@pytest.mark.parametrize(("method", "path"), operations(), ids=lambda part: part)
def test_every_answer_is_one_that_is_promised(
    method: str, path: str, schema: Any, ground: Ground
) -> None:
    operation = schema[path][method.upper()]
    fields = body_fields(method, path)
    strategies = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

    @HARD
    @given(case=st.one_of(strategies), data=st.data())
    def whatever_comes(case: Any, data: Any) -> None:
        bring_in(case, fields, ground.known, data)
        response = case.call(headers={"Authorization": f"Bearer {ground.token}"})
        case.validate_response(response, checks=PROMISED)
        answers[response.status_code] += 1

    answers: Counter[int] = Counter()
    whatever_comes()
    assert set(answers) - AT_THE_DOOR or (method, path) in SIGNED, answers


def test_without_a_token_only_the_public_is_answered(schema: Any, ground: Ground) -> None:
    """The log-in is asked for before the input is looked at; a wrong one is none."""
    for method, path in operations():
        _ask_without_log_in(schema[path][method.upper()], _allowed(method, path), ground)


def _allowed(method: str, path: str) -> set[int]:
    if (method, path) in PUBLIC:
        return {200, 204, 404, 409, 422, 429}
    return {403} if (method, path) in SIGNED else {401}


def _ask_without_log_in(operation: Any, allowed: set[int], ground: Ground) -> None:
    @settings(HARD, max_examples=max(4, EXAMPLES // 10))
    @given(case=operation.as_strategy(), data=st.data(), wrong=st.sampled_from(WRONG_LOG_INS))
    def nobody(case: Any, data: Any, wrong: dict[str, str]) -> None:
        bring_in(case, set(), ground.known, data)
        case.headers.pop("Authorization", None)
        response = case.call(headers=wrong)
        assert response.status_code in allowed, f"{case.method} {case.path}: {response.text}"
        case.validate_response(response, checks=PROMISED)

    nobody()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
gateway_words = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from(["incoming", "state", "other"]) | json_values,
        "call": st.sampled_from(["c1", "c2"]) | json_values,
        "from": st.sampled_from(["13800000001", "", "*#"]) | json_values,
        "dialled": st.sampled_from(["13900009991", "110", "+86"]) | json_values,
        "to": st.sampled_from(["13900009991", ""]) | json_values,
        "state": st.sampled_from(["ringing", "answered", "busy", "no_answer", "ended"])
        | json_values,
        "ref": json_values,
    },
)


def test_whatever_the_gateway_signs_is_answered_as_promised(schema: Any, ground: Ground) -> None:
    from django.test import Client

    from tongxin.kernel import clock
    from tongxin.plumbing.channels import signing

    client, answers = Client(raise_request_exception=False), Counter[int]()
    promised = set(schema["/api/v1/calls/events"]["POST"].definition.raw["responses"])

    @settings(HARD, max_examples=4 * EXAMPLES)
    @given(
        said=gateway_words | json_values, at=st.sampled_from(["", "²", "9" * 5_000, "-1", "1e9"])
    )
    def whatever_comes(said: Any, at: str) -> None:
        body = json.dumps(said).encode()
        signed = signing.headers(SECRET, body, clock.now().timestamp())
        if at:
            signed[signing.TIME_HEADER] = at
        answer = client.post(
            "/api/v1/calls/events", body, content_type="application/json", headers=signed
        )
        assert {answer.status_code, str(answer.status_code)} & promised, answer.content
        assert not at or answer.status_code == 403
        answers[answer.status_code] += 1

    whatever_comes()
    assert {200, 400, 403} & set(answers), answers
