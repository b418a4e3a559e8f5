"""The desk without a browser: what its answers hold."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tongxin.domain.dispatch.models import Assignment
from tongxin.domain.dispatch.tests.making import Station, asked, planned, run_jobs
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Account, Member, Role
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory import lookup
from tongxin.foundation.territory.models import Landmark
from tongxin.foundation.territory.tests.making import spot

PART = {"HX-Request": "true"}


@pytest.fixture
def station(db: None, held_clock: Any, settings: Any) -> Station:
    settings.SECOND_FACTOR_REQUIRED = False
    made = Station()
    for name, at in (("新华路菜场", spot(1, 1.2)), ("新华东路菜场", spot(7, 1.2))):
        Landmark.objects.create(name=name, lon=at.lon, lat=at.lat)
    lookup.forget()
    return made


def desk_of(who: Member) -> Client:
    who.account = Account.objects.create_account(f"desk-{who.pk}", "a word of their own")
    who.save(update_fields=["account"])
    client = Client(headers=PART)
    client.force_login(who.account)
    return client


@pytest.fixture
def desk(station: Station) -> Client:
    return desk_of(station.dispatcher)


def shown(client: Client, path: str, **said: str) -> str:
    answer = client.post(path, said) if said else client.get(path)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def test_the_place_is_corrected_by_words_alone_and_can_be_undone(
    station: Station, desk: Client
) -> None:
    incident = planned(spot(1, 1.2))
    path = f"/console/incidents/{incident.number}/"
    told = shown(desk, f"{path}acts/correct_place/", place="新华东路菜场", version="2")
    assert "<strong>新华东路菜场</strong>" in told
    assert f'hx-post="{path}undo/"' in told
    assert "<strong>新华路菜场</strong>" in shown(desk, f"{path}undo/", act="undo")


def test_what_was_changed_meanwhile_or_is_no_place_is_said_and_nothing_moves(
    station: Station, desk: Client
) -> None:
    incident = planned(spot(1, 1.2))
    path = f"/console/incidents/{incident.number}/acts/correct_place/"
    stale = desk.post(path, {"place": "新华东路菜场", "version": "1"})
    assert stale.status_code == 409
    assert desk.post(path, {"place": "qqqqqqqq"}).status_code == 422
    assert Incident.objects.get(pk=incident.pk).place == "新华路菜场"


def test_who_moves_it_off_his_ground_is_told_so(station: Station) -> None:
    chief = desk_of(member("孙所", Role.STATION_CHIEF, station.beats[0]))
    incident = planned(spot(1, 1.2))
    path = f"/console/incidents/{incident.number}/acts/correct_place/"
    told = shown(chief, path, place="新华东路菜场")
    assert "data-incident" not in told
    assert '"toast' in told


def test_no_by_telephone_needs_a_reason_and_the_next_is_asked(
    station: Station, desk: Client
) -> None:
    for name, at in (("李近", spot(1, 1)), ("王远", spot(7, 1))):
        station.officer(name, at)
    incident = planned(spot(1, 1.2))
    first = asked(incident)
    path = f"/console/assignments/{first.pk}/decline/"
    without = desk.post(path, {"number": incident.number})
    assert without.status_code == 422
    shown(desk, path, number=incident.number, reason="unwell")
    run_jobs()
    row = Assignment.objects.get(pk=first.pk)
    assert (row.state, row.end_code) == ("declined", "unwell")
    assert asked(incident).member_id != first.member_id


def test_an_overruling_is_offered_to_be_undone_in_its_message_only(
    station: Station, desk: Client
) -> None:
    station.officer("李近", spot(1, 1))
    other = station.officer("王远", spot(7, 1))
    incident = planned(spot(1, 1.2))
    path = f"/console/incidents/{incident.number}/"
    said = {"member": str(other.pk), "role": "first", "reason_code": "safety"}
    told = shown(desk, f"{path}overrule/", **said)
    plan = Assignment.objects.get(incident=incident, member_id=other.pk).plan_id
    assert told.count(f"/console/plans/{plan}/undo/") == 2  # action and hx-post of one form
    assert 'data-key="u"' in told
    assert "/undo/" not in shown(desk, path)


def test_incidents_are_found_by_place_also_in_pinyin(station: Station, desk: Client) -> None:
    number = planned(spot(1, 1.2)).number
    for words in ("菜场", "xinhua", number):
        assert f'data-pane="{number}"' in shown(desk, f"/console/search/?q={words}")
    assert "data-pane" not in shown(desk, "/console/search/?q=没有的地方")


def test_who_also_goes_out_finds_the_way_to_the_field_page(station: Station) -> None:
    chief = desk_of(member("孙所", Role.STATION_CHIEF, station.station))
    dispatcher = desk_of(station.dispatcher)
    for client in (chief, dispatcher):
        del client.defaults["HTTP_HX_REQUEST"]  # a whole page
    assert 'href="/field/"' in chief.get("/console/").content.decode()
    assert 'href="/field/"' not in dispatcher.get("/console/").content.decode()
