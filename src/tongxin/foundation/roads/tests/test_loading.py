from __future__ import annotations

import copy
import datetime as dt
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection

from tongxin.foundation.roads import actions, folders, importing, loading, rushhours
from tongxin.foundation.roads.models import Closure
from tongxin.foundation.roads.network import Mode
from tongxin.foundation.roads.tests.nets import grid, spot, street
from tongxin.kernel.errors import BadInput, Conflict, NotFound

ROW = [street((c, 0), (c + 1, 0), highway="primary") for c in range(3)]
ENDS = [spot(0.5, 0)], [spot(2.5, 0)]
MIDDLE = spot(1.5, 0)
TOMORROW = dt.timedelta(days=1)


@pytest.fixture
def data_dir(tmp_path: Path, settings: Any, held_clock: Any) -> Path:
    del held_clock
    settings.TONGXIN_DATA = tmp_path
    return tmp_path


@pytest.fixture
def mapped(data_dir: Path) -> Path:
    importing.import_lines(ROW, data_dir)
    return data_dir


def seconds(mode: Mode = Mode.CAR) -> float:
    """What a worker that has just looked would answer."""
    loading.refresh()
    return float(loading.current_network().travel_times(*ENDS, mode)[0, 0])


@pytest.mark.django_db
class TestClosures:
    def test_a_closure_holds_until_its_time(self, mapped: Path, held_clock: Any) -> None:
        free = seconds()
        until = held_clock.now() + dt.timedelta(minutes=30)
        actions.close_road(actor="t", reason_code="accident", spot=MIDDLE, until=until)
        assert seconds() == np.inf
        held_clock.advance(29 * 60)
        assert seconds() == np.inf
        held_clock.advance(61)
        assert seconds() == free

    def test_a_road_can_be_reopened_early_and_for_some_only(self, mapped: Path) -> None:
        free, foot = seconds(), seconds(Mode.FOOT)
        rows = actions.close_road(
            actor="t", reason_code="works", spot=MIDDLE, modes=[Mode.CAR, Mode.BICYCLE]
        )
        assert (seconds(), seconds(Mode.BICYCLE), seconds(Mode.FOOT)) == (np.inf, np.inf, foot)
        assert actions.reopen_road(actor="t", closures=[row.id for row in rows]) == 1
        assert seconds() == free
        assert actions.reopen_road(actor="t", closures=[row.id for row in rows]) == 0

    def test_a_closure_outlives_a_new_map_even_where_the_street_is_drawn_anew(
        self, mapped: Path
    ) -> None:
        actions.close_road(actor="t", reason_code="works", spot=MIDDLE)
        importing.import_lines(ROW, mapped)
        assert seconds() == np.inf
        redrawn = [street((c / 4, 0), ((c + 1) / 4, 0), highway="primary") for c in range(12)]
        importing.import_lines(redrawn, mapped)
        assert seconds() == np.inf

    def test_what_cannot_be_closed_is_refused(self, mapped: Path, held_clock: Any) -> None:
        past = held_clock.now() - TOMORROW
        wrong: list[tuple[type[Exception], dict[str, Any]]] = [
            (NotFound, {"segments": [1]}),
            (BadInput, {"spot": spot(1, 3)}),
            (BadInput, {}),
            (BadInput, {"spot": MIDDLE, "until": past}),
            (BadInput, {"spot": MIDDLE, "modes": []}),
            (BadInput, {"spot": MIDDLE, "reason_code": "Mr Wang lay on the road"}),
        ]
        for error, given in wrong:
            with pytest.raises(error):
                actions.close_road(**{"actor": "t", "reason_code": "works", **given})
        assert not Closure.objects.exists()

    def test_without_a_map_nothing_can_be_closed(self, data_dir: Path) -> None:
        del data_dir
        with pytest.raises(Conflict):
            actions.close_road(actor="t", reason_code="works", spot=MIDDLE)

    def test_rush_hours_slow_the_working_day_and_can_be_set(
        self, mapped: Path, held_clock: Any
    ) -> None:
        ten = seconds()  # Monday 10:00 in the district
        held_clock.set(dt.datetime(2026, 6, 14, 19, 0, tzinfo=dt.UTC))
        night = seconds()  # Monday 03:00
        assert ten > night
        factors = copy.deepcopy(dict(rushhours.usual()))
        factors["primary"]["workday"][3] = 3.0
        actions.set_rush_hour(actor="t", factors=factors)
        assert seconds() == pytest.approx(3 * night, rel=0.01)

    @pytest.mark.parametrize(
        "factors",
        [
            [],
            {"boulevard": {}},
            {"primary": {"workday": [1] * 24}},
            {"primary": {"workday": [1] * 23, "restday": [1] * 24}},
            {"primary": {"workday": [0] * 24, "restday": [1] * 24}},
            {"primary": {"workday": ["1"] * 24, "restday": [1] * 24}},
            {"primary": {"workday": [float("nan")] * 24, "restday": [1] * 24}},
        ],
    )
    def test_a_table_of_rush_hours_that_is_not_whole_is_refused(self, factors: Any) -> None:
        with pytest.raises(BadInput):
            actions.set_rush_hour(actor="t", factors=factors)


@pytest.mark.django_db
def test_without_a_map_the_answer_is_an_estimate_until_one_is_imported(data_dir: Path) -> None:
    assert loading.current_network().estimate
    assert loading.current_basemap() is None
    importing.import_lines(ROW, data_dir)
    loading.refresh()
    assert not loading.current_network().estimate
    base = loading.current_basemap()
    assert base is not None
    assert base.version == loading.current_network().version


@pytest.mark.django_db(transaction=True)
def test_another_process_sees_a_closure_within_a_second_without_being_told(
    mapped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows written by somebody else take effect by looking, as the clock of the machine goes on."""
    free = float(loading.current_network().travel_times(*ENDS, Mode.CAR)[0, 0])
    assert free < np.inf
    snap = loading.current_network().snap(MIDDLE, Mode.CAR)
    Closure.objects.create(
        segment_key=snap.segment, lon=MIDDLE.lon, lat=MIDDLE.lat, modes=["car"],
        reason_code="works", closed_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC), closed_by="t",
    )  # fmt: skip
    assert loading.current_network().travel_times(*ENDS, Mode.CAR)[0, 0] == free
    second_later = loading.monotonic() + 1
    monkeypatch.setattr(loading, "monotonic", lambda: second_later)
    assert loading.current_network().travel_times(*ENDS, Mode.CAR)[0, 0] == np.inf


@pytest.mark.django_db(transaction=True)
def test_listeners_are_told_of_a_closure(mapped: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {actions.CHANNEL}")
    actions.close_road(actor="t", reason_code="works", spot=MIDDLE)
    heard = list(connection.connection.notifies(timeout=2, stop_after=1))
    assert [notice.channel for notice in heard] == [actions.CHANNEL]


class Readers:
    """Four threads that ask the network in force again and again, as a worker's do."""

    def __init__(self) -> None:
        self.network = loading.current_network()
        self.answers: list[float] = []
        self.errors: list[BaseException] = []
        self._kept = self.network.snap_many(ENDS[0], Mode.CAR)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(4)]

    def _read(self) -> None:
        while not self._stop.is_set():
            network = self.network
            try:
                self.answers.append(float(network.travel_times(*ENDS, Mode.CAR)[0, 0]))
                network.travel_times_from_snaps(self._kept, ENDS[1][0])
                network.route(ENDS[0][0], ENDS[1][0], Mode.CAR)
            except BaseException as error:
                self.errors.append(error)
                return

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_why: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.django_db
def test_maps_and_closures_are_swapped_under_readers_without_an_error(mapped: Path) -> None:
    with Readers() as readers:
        for turn in range(4):
            rows = actions.close_road(actor="t", reason_code="works", spot=MIDDLE)
            loading.refresh()
            assert loading.current_network() is readers.network
            actions.reopen_road(actor="t", closures=[row.id for row in rows])
            importing.import_lines([*ROW, *grid(3 + turn)], mapped)
            loading.refresh()
            readers.network = loading.current_network()
    assert readers.errors == []
    assert len(readers.answers) > 100
    assert min(readers.answers) < np.inf


@pytest.mark.django_db
@pytest.mark.parametrize("folder", ["gone", "damaged"])
def test_a_broken_version_leaves_the_old_one_in_force(mapped: Path, folder: str) -> None:
    before = seconds()
    version = loading.current_network().version
    (mapped / "map" / "damaged").mkdir()
    (mapped / "map" / folders.POINTER).write_text(folder)
    assert seconds() == before
    assert loading.current_network().version == version
