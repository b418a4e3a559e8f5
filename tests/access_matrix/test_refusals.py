"""What is refused, read off the pages themselves: every page and list, as those see it who may not.

Administrators see no case. Volunteers and partners see no reporter's words. A partner sees what he
has reported himself, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse

from access_matrix.cast import NAME, OWN, PHONE, SECRETS, WORDS, Actor, Scene
from access_matrix.interface import INTERFACE
from access_matrix.knocking import Row
from access_matrix.pages import TABLES
from access_matrix.test_matrix import ask_interface, ask_page
from tongxin.foundation.access.models import Role

pytestmark = pytest.mark.django_db
ADMINISTRATORS = (
    Role.SYSTEM_ADMINISTRATOR,
    Role.SECURITY_ADMINISTRATOR,
    Role.AUDIT_ADMINISTRATOR,
)
HELPERS = (
    *(Role.SECURITY_VOLUNTEER, Role.SECURITY_GUARD, Role.BUILDING_HEAD, Role.PARTNER),
    *(Role.RESIDENTS_REPRESENTATIVE, Role.PROPERTY_MANAGER, Role.SCHOOL_CONTACT),
)
OPEN = {"places", "/places"}
"""The search for places by name: all of it is on street signs, and tells of no case."""
BY_TOKEN = {"status", "status_photos", "status_rate", "/status/{token}", "/status/{token}/rating"}
"""Opened by the reporter's own token, whoever holds it: no matter of roles."""


def everything_seen_by(actor: Actor, scene: Scene) -> Iterator[tuple[Row, HttpResponse]]:
    """Ask for every page and list there is, and try every act; nothing of it is kept."""
    asked = [(row, ask_page) for table in TABLES.values() for row in table]
    asked += [(row, ask_interface) for row in INTERFACE]
    for row, ask in asked:
        if row.name in BY_TOKEN | OPEN:
            continue
        with transaction.atomic():
            response = ask(row, actor, scene)
            transaction.set_rollback(True)
        yield row, response


def text_of(response: HttpResponse) -> str:
    if getattr(response, "streaming", False):
        return b"".join(response).decode(errors="replace")  # type: ignore[call-overload]
    raw = response.content.decode(errors="replace")
    # JSON writes Chinese in escapes
    return raw + (raw.encode().decode("unicode_escape", "replace") if "\\u" in raw else "")


def names_a_case(row: Row) -> bool:
    """Tell whether the asker gave a number himself, which a refusal may repeat."""
    return "number" in row.args or "$number" in row.data.values()


def told(row: Row, secret: str) -> str:
    return f"{row.method} {row.name} {dict(row.args)} tells {secret!r}"


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_an_administrator_sees_no_case(role: Role, scene: Scene) -> None:
    """No number, no place of an incident, no word of it, nobody's name or phone, on no page."""
    said = scene.ids
    hidden = (said["number"], said["other_number"], said["handed"], said["public"], *SECRETS)
    actor, found, seen = scene.of(role), [], 0
    for row, response in everything_seen_by(actor, scene):
        if row.public or response.status_code >= 400:
            hides = SECRETS if names_a_case(row) else hidden
        else:
            hides, seen = (*hidden, said["place"]), seen + 1
        text = text_of(response)
        found += [told(row, secret) for secret in hides if secret in text]
    assert not found, "\n".join(found)
    assert seen > 5  # there were pages to look at


@pytest.mark.parametrize("role", HELPERS)
def test_who_helps_of_his_own_will_sees_no_reporters_words(role: Role, scene: Scene) -> None:
    found = [
        told(row, secret)
        for row, response in everything_seen_by(scene.of(role), scene)
        for secret in SECRETS
        if secret in text_of(response)
    ]
    assert not found, "\n".join(found)


def test_one_who_is_sent_reads_what_happened_but_not_who_said_it(scene: Scene) -> None:
    from tongxin.domain.dispatch.models import Assignment

    volunteer = scene.of(Role.SECURITY_VOLUNTEER)
    Assignment.objects.filter(pk=scene.ids["assignment"]).update(member_id=volunteer.member_id)
    page = volunteer.client.get(f"/field/incidents/{scene.ids['number']}/")
    assert page.status_code == 200
    assert WORDS in page.content.decode()
    for row, response in everything_seen_by(volunteer, scene):
        text = text_of(response)
        assert NAME not in text, told(row, NAME)
        assert PHONE not in text, told(row, PHONE)


def test_a_partner_sees_only_what_he_has_reported(scene: Scene) -> None:
    partner, other = scene.of(Role.PARTNER), scene.of(Role.SCHOOL_CONTACT)
    where = {"lon": scene.ids["lon"], "lat": scene.ids["lat"]}
    own = _report(partner, {"kind": "help", "what": "门口有人晕倒", **where})
    assert [row["number"] for row in _listed(partner)] == [own]
    assert _listed(other) == []
    assert partner.client.get(f"/field/incidents/{own}/").status_code == 200
    assert other.client.get(f"/field/incidents/{own}/").status_code == 404
    found = [
        told(row, number)
        for row, response in everything_seen_by(partner, scene)
        for number in (scene.ids["number"], scene.ids["handed"])
        if not row.public and not names_a_case(row) and number in text_of(response)
    ]
    assert not found, "\n".join(found)


def _report(actor: Actor, body: dict[str, Any]) -> str:
    headers = {"Authorization": f"Bearer {actor.token}"}
    answer = actor.client.post(
        "/api/v1/reports", body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 201, answer.content
    number: str = answer.json()["number"]
    return number


def _listed(actor: Actor) -> list[dict[str, Any]]:
    answer = actor.client.get(
        "/api/v1/incidents", headers={"Authorization": f"Bearer {actor.token}"}
    )
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_the_secrets_are_there_for_those_who_may(scene: Scene) -> None:
    """Else the tests above would prove nothing."""
    dispatcher = scene.of(Role.DISPATCHER, OWN)
    number = scene.ids["number"]
    page = dispatcher.client.get(f"/console/incidents/{number}/").content.decode()
    assert WORDS in page
    assert number in page
    assert scene.ids["place"] in page
    contact = dispatcher.client.post(f"/console/incidents/{number}/contact/").content.decode()
    assert PHONE in contact
    photo = dispatcher.client.get(f"/console/incidents/{number}/photos/{scene.ids['photo']}/")
    assert photo["Content-Type"] == "image/jpeg"
    assert photo["Cache-Control"] == "no-store"
