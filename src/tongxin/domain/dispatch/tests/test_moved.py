from __future__ import annotations

from typing import Any

import pytest

from tongxin.domain.dispatch import actions as dispatch
from tongxin.domain.dispatch.models import Assignment
from tongxin.domain.dispatch.tests.making import Station, as_, asked, names_of, planned, run_jobs
from tongxin.domain.incidents import actions
from tongxin.foundation.territory.tests.making import spot
from tongxin.plumbing.channels.models import Delivery


@pytest.fixture
def station(db: None, held_clock: Any) -> Station:
    return Station()


def test_who_was_only_asked_is_called_back_and_the_nearest_to_the_new_place_goes(
    station: Station,
) -> None:
    near = station.officer("李近", spot(1, 1))
    far = station.officer("王远", spot(7, 1))
    incident = planned(spot(1, 1.2))
    assert names_of(incident) == [near.pk]
    Delivery.objects.filter(recipient=f"member:{near.pk}").update(state="shown")
    actions.correct_place(incident.pk, actor=as_(station.dispatcher), spot=spot(7, 1.2))
    run_jobs()
    assert names_of(incident) == [far.pk]
    let_go = Assignment.objects.get(incident=incident, state="released", role="first")
    assert (let_go.member_id, let_go.end_code) == (near.pk, "moved")
    assert Delivery.objects.get(template="assignment.released").recipient == f"member:{near.pk}"


def test_who_is_on_the_way_goes_on_and_is_told(station: Station) -> None:
    near = station.officer("李近", spot(1, 1))
    station.officer("王远", spot(7, 1))
    incident = planned(spot(1, 1.2))
    dispatch.depart(asked(incident).pk, actor=as_(near))
    actions.correct_place(incident.pk, actor=as_(station.dispatcher), spot=spot(2, 1.2))
    run_jobs()
    assert names_of(incident) == [near.pk]
    assert Delivery.objects.filter(
        template="assignment.moved", recipient=f"member:{near.pk}"
    ).exists()


def test_a_few_steps_further_call_nobody_back(station: Station) -> None:
    near = station.officer("李近", spot(1, 1))
    incident = planned(spot(1, 1.2))
    actions.correct_place(incident.pk, actor=as_(station.dispatcher), spot=spot(1, 1.25))
    run_jobs()
    assert names_of(incident) == [near.pk]
    assert not Assignment.objects.filter(incident=incident, state="released").exists()
