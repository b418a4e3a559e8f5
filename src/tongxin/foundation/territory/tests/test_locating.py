from __future__ import annotations

import datetime as dt

import pytest

from tongxin.foundation.territory import actions, locating
from tongxin.foundation.territory.models import Area, FaultKind, GroundFault, Network
from tongxin.foundation.territory.tests.making import District, area, box, spot
from tongxin.kernel.errors import NotFound
from tongxin.kernel.geometry import Spot

pytestmark = pytest.mark.django_db


@pytest.fixture
def district() -> District:
    return District()


def test_a_spot_has_one_answer_in_each_network_that_is_drawn(district: District) -> None:
    located = locating.locate(spot(0.5, 1.5))

    assert located.leaf[Network.POLICE].code == "P01"
    assert located.leaf[Network.GOVERNANCE].code == "G1"
    assert located.leaf[Network.CIVIC] is None
    assert set(located.area_ids) == {
        district.branch.pk,
        district.station.pk,
        district.beats[1].pk,
        district.community.pk,
        district.grids[1].pk,
    }
    assert located.faults == ()


def test_many_spots_are_answered_alike_and_in_order(district: District) -> None:
    spots = [spot(x / 7, y / 7) for x in range(-3, 18) for y in range(-3, 18)]
    assert locating.locate_many(spots) == [locating.locate(one) for one in spots]


def test_a_promise_is_inherited_until_a_lower_area_has_its_own(district: District) -> None:
    assert locating.locate(spot(0.5, 0.5)).promise_minutes == 5
    assert locating.locate(spot(1.5, 0.5)).promise_minutes == 3


def test_a_gap_is_answered_with_the_nearest_area_and_told(district: District) -> None:
    district.beats[0].delete()

    located = locating.locate(spot(0.9, 0.5))

    assert located.leaf[Network.POLICE].code == "P10"
    [fault] = located.faults
    assert (fault.kind, fault.network) == (FaultKind.GAP, Network.POLICE)


def test_an_overlap_is_answered_with_the_lowest_number_and_told(district: District) -> None:
    other = area("P99", box(0.5, 0, 1, 1), parent=district.station, number=1)

    located = locating.locate(spot(0.7, 0.5))

    assert located.leaf[Network.POLICE].code == "P99"
    [fault] = located.faults
    assert fault.kind is FaultKind.OVERLAP
    assert set(fault.area_ids) == {other.pk, district.beats[0].pk}


def test_a_border_that_neighbours_share_is_no_fault(district: District) -> None:
    for on_border in (spot(1, 0.5), spot(1, 1), spot(0.25, 1)):
        located = locating.locate(on_border)
        assert located.leaf[Network.POLICE] is not None
        assert located.faults == ()


def test_far_outside_nobody_is_named_but_the_branch_still_sees_it(district: District) -> None:
    located = locating.locate(Spot(116.5, 39.9))

    assert located.is_outside
    assert located.area_ids == (district.branch.pk,)
    assert located.faults == ()


def test_a_fault_is_written_once_and_counted(district: District, held_clock) -> None:
    area("P99", box(0.5, 0, 1, 1), parent=district.station)

    for shift in (0.6, 0.7, 0.8):
        actions.locate_and_record(spot(shift, 0.5))

    [fault] = GroundFault.objects.all()
    assert (fault.kind, fault.times) == (FaultKind.OVERLAP, 3)


def test_a_mended_fault_is_ticked_off_and_comes_back_when_it_does(district: District) -> None:
    other = area("P99", box(0.5, 0, 1, 1), parent=district.station)
    actions.locate_and_record(spot(0.7, 0.5))
    assert actions.recheck_faults() == 0

    Area.objects.filter(pk=other.pk).delete()
    locating.forget()
    assert actions.recheck_faults() == 1
    assert GroundFault.objects.get().mended_at is not None


def test_the_answer_is_that_of_the_day(district: District) -> None:
    turn = dt.date(2026, 3, 1)
    Area.objects.filter(code="P00").update(valid_to=turn)
    area("P77", box(0, 0), parent=district.station, valid_from=turn)

    before = locating.locate(spot(0.5, 0.5), on=turn - dt.timedelta(days=1))
    after = locating.locate(spot(0.5, 0.5), on=turn)

    assert before.leaf[Network.POLICE].code == "P00"
    assert after.leaf[Network.POLICE].code == "P77"
    assert before.faults == after.faults == ()


def test_an_area_that_ended_is_still_known(district: District) -> None:
    ended = area("OLD", box(5, 5), valid_to=dt.date(2021, 1, 1))
    assert locating.area_info(ended.pk).code == "OLD"
    with pytest.raises(NotFound):
        locating.area_info(0)


def test_a_change_by_another_process_is_felt_within_a_second(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert locating.locate(spot(0.5, 0.5)).leaf[Network.POLICE].name == "P00"
    Area.objects.filter(code="P00").update(name="New")  # no signal is sent: as from elsewhere

    assert locating.locate(spot(0.5, 0.5)).leaf[Network.POLICE].name == "P00"
    monkeypatch.setattr(locating, "CHECK_SECONDS", 0)
    assert locating.locate(spot(0.5, 0.5)).leaf[Network.POLICE].name == "New"


def test_midnight_turns_the_page(district: District, held_clock) -> None:
    area("P77", box(0, 0), parent=district.station, valid_from=dt.date(2026, 6, 16))
    Area.objects.filter(code="P00").update(valid_to=dt.date(2026, 6, 16))
    locating.forget()
    assert locating.locate(spot(0.5, 0.5)).leaf[Network.POLICE].code == "P00"

    held_clock.advance(14 * 3600 + 1)  # 10:00 in Shanghai to just after midnight

    assert locating.locate(spot(0.5, 0.5)).leaf[Network.POLICE].code == "P77"


def test_areas_are_drawn_as_geojson(district: District) -> None:
    drawn = locating.areas_geojson(Network.POLICE, "beat")
    assert {f["properties"]["code"] for f in drawn["features"]} == {"P00", "P01", "P10", "P11"}
    assert drawn["features"][0]["geometry"]["type"] == "Polygon"
