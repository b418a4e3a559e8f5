"""The register × register grants and broken glass: own, foreign, expired; looks and changes.

The rows are those of the table of pages, so that a page that is added there is tried here too.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access_matrix.cast import NAME, OWN, PHONE, Actor, Scene, _client
from access_matrix.knocking import Row, knock_everywhere, told
from access_matrix.pages import HOMES
from access_matrix.test_matrix import ask_page
from tongxin.foundation.access.models import Role

pytestmark = pytest.mark.django_db
OFFICERS_ONLY = {"field_question_answer", "field_protect"}
"""What no register grant opens."""
THROUGH_GLASS = {"field_building", "field_flat", "field_flat_open", "field_ring"}
"""What broken glass opens: looks, never a change."""
OF_THE_REGISTER = [
    row
    for row in HOMES
    if {"flat_id", "building_id", "question_id"} & set(row.args) and row.name != "field_glass"
]


def _actor(who: Any, role: Role, name: str) -> Actor:
    from tongxin.foundation.access.models import Account

    who.account = Account.objects.create(username=name)
    who.save(update_fields=["account"])
    client = _client()
    client.force_login(who.account)
    return Actor(role, OWN, client, "", who.pk)


def workers(scene: Scene) -> dict[str, Actor]:
    """Grid workers of the beat, by the register grant that they hold."""
    from tongxin.domain.homes.models import RegisterGrant
    from tongxin.foundation.access.tests.making import member
    from tongxin.foundation.territory.models import Area
    from tongxin.kernel import clock

    own = Area.objects.get(pk=scene.ids["beat"])
    far = Area.objects.get(code="FP")
    now, day = clock.now(), dt.timedelta(days=1)
    grants = {
        "none": None,
        "valid": (own, now - day, now + day),
        "foreign": (far, now - day, now + day),
        "expired": (own, now - 2 * day, now - day),
        "not begun": (own, now + day, now + 2 * day),
    }
    found = {}
    for name, held in grants.items():
        who = member("何网格", Role.GRID_WORKER, own)
        found[name] = _actor(who, Role.GRID_WORKER, f"worker-{name}".replace(" ", "-"))
        if held is not None:
            RegisterGrant.objects.create(
                member_id=who.pk, area_id=held[0].pk, given_by=0, valid_from=held[1],
                valid_to=held[2],
            )  # fmt: skip
    return found


def expected_of_worker(row: Row, grant: str) -> int:
    if row.name in OFFICERS_ONLY:
        return 403
    theirs = bool(row.then) and row.name not in THROUGH_GLASS
    return 403 if theirs and grant != "valid" else 200


def test_a_register_grant_opens_its_own_area_and_for_its_time(scene: Scene) -> None:
    wrong, tried = [], 0
    for grant, actor in workers(scene).items():
        for knock in knock_everywhere(OF_THE_REGISTER, Scene([actor], scene.ids), ask_page):
            knock.expected = expected_of_worker(knock.row, grant)
            tried += 1
            if not knock.as_expected:
                wrong.append(knock)
            if knock.row.name == "field_flat_open":
                text = knock.response.content.decode()
                assert (NAME in text) is (grant == "valid"), grant
                assert (PHONE in text.replace(" ", "")) is (grant == "valid"), grant
    assert not wrong, told(wrong)
    assert tried == 5 * len(OF_THE_REGISTER) > 60


def test_broken_glass_opens_one_building_for_looks_and_closes_again(scene: Scene) -> None:
    from tongxin.domain.homes.models import BreakGlass
    from tongxin.foundation.access.scope import acting_as
    from tongxin.foundation.access.tests.making import member
    from tongxin.foundation.territory.models import Area
    from tongxin.kernel import clock

    far = Area.objects.get(code="FP")
    now, span = clock.now(), dt.timedelta(minutes=15)
    wrong = []
    for role in (Role.COMMUNITY_OFFICER, Role.PATROL_OFFICER):
        for name, since in (("open", now), ("expired", now - 2 * span)):
            who = member("施远", role, far)
            actor = _actor(who, role, f"{role}-{name}")
            with acting_as("test"):
                BreakGlass.objects.create(
                    building_id=scene.ids["building"], member_id=who.pk, because_ref=1,
                    broken_at=since, valid_to=since + span, area_ids=[far.pk],
                )  # fmt: skip
            for knock in knock_everywhere(OF_THE_REGISTER, Scene([actor], scene.ids), ask_page):
                opened = THROUGH_GLASS
                if role is Role.COMMUNITY_OFFICER:  # who there is, nameless
                    opened = opened | {"field_residents"}
                if name == "open" and knock.row.name in opened:
                    knock.expected = 200
                elif role is Role.PATROL_OFFICER and knock.row.name not in THROUGH_GLASS:
                    knock.expected = 403
                else:
                    knock.expected = 404
                wrong += [] if knock.as_expected else [knock]
    assert not wrong, told(wrong)
