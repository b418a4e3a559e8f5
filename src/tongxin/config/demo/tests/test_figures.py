from __future__ import annotations

import datetime as dt
import json
import random
import statistics
from collections import Counter
from itertools import islice, takewhile
from pathlib import Path

import numpy as np
import pytest

from tongxin.config.demo.calls import ZONE, DemoPlace, demo_calls, texts
from tongxin.config.demo.figures import FIGURES_FILE, load_figures
from tongxin.config.demo.kinds import CallKind, CallUrgency, kind_of_title, urgency_of_title
from tongxin.config.demo.make_figures import reckon
from tongxin.config.demo.reckoning import fits

START = dt.datetime(2026, 5, 4, 0, 0, tzinfo=ZONE)


def bridge(_: random.Random) -> DemoPlace:
    return DemoPlace(114.3, 30.5, "桥头", village=False)


@pytest.mark.data
def test_the_committed_table_is_what_the_script_makes_of_the_real_calls(shared_data: Path) -> None:
    made = json.loads(json.dumps(reckon(shared_data), ensure_ascii=False))
    assert json.loads(FIGURES_FILE.read_text("utf-8")) == made


def test_every_figure_names_its_source() -> None:
    table = json.loads(FIGURES_FILE.read_text("utf-8"))
    files = {row["file"] for row in table["sources"]}
    for name in ("calls_per_day", "hour_shares", "weekday_factors", "month_factors", "handling"):
        assert table[name]["source"] in files, name
        assert table[name]["note"], name
    assert set(table["kinds"]["source"]) <= files


def test_shares_add_up_and_handling_fits_lie_near_the_data() -> None:
    figures = load_figures()
    assert sum(figures.hour_shares) == pytest.approx(1, abs=1e-3)
    assert sum(figures.kind_shares.values()) == pytest.approx(1)
    assert statistics.fmean(figures.weekday_factors) == pytest.approx(1, abs=1e-3)
    for row in json.loads(FIGURES_FILE.read_text("utf-8"))["handling"]["by_kind"].values():
        assert row["fit_p90_s"] == pytest.approx(row["p90_s"], rel=0.25)


def test_calls_come_at_the_rates_of_the_figures() -> None:
    figures = load_figures()
    end = START + dt.timedelta(days=28)
    calls = list(takewhile(lambda c: c.at < end, demo_calls(figures, bridge, seed=3, start=START)))
    # May's factor and a whole number of weeks: what the weekdays give cancels out.
    expected = 28 * figures.calls_per_day * figures.month_factors[4]
    assert len(calls) == pytest.approx(expected, rel=4 / expected**0.5)
    hours = Counter(c.at.astimezone(ZONE).hour for c in calls)
    for hour, share in enumerate(figures.hour_shares):
        assert hours[hour] / len(calls) == pytest.approx(share, rel=0.12)
    kinds = Counter(c.kind for c in calls)
    for kind, share in figures.kind_shares.items():
        assert kinds[kind] == pytest.approx(
            share * len(calls), abs=4.5 * (share * len(calls)) ** 0.5
        )
    assert [c.at for c in calls] == sorted(c.at for c in calls)


def test_handling_times_have_the_fitted_median() -> None:
    figures = load_figures()
    times: dict[CallKind, list[float]] = {}
    for call in islice(demo_calls(figures, bridge, seed=5, start=START), 20_000):
        times.setdefault(call.kind, []).append(call.handling_seconds)
    for kind in (CallKind.EMERGENCY, CallKind.HELP, CallKind.HAZARD, CallKind.ACCIDENT):
        assert statistics.median(times[kind]) == pytest.approx(
            figures.handling[kind].median_s, rel=0.12
        )


def test_a_smaller_population_calls_less_and_the_same_seed_repeats_itself() -> None:
    figures = load_figures()

    def day(population: int) -> int:
        stream = demo_calls(figures, bridge, seed=9, start=START, population=population)
        return sum(1 for _ in takewhile(lambda c: c.at < START + dt.timedelta(days=7), stream))

    assert day(120_000) == pytest.approx(day(1_200_000) / 10, rel=0.12)
    twice = [list(islice(demo_calls(figures, bridge, seed=1, start=START), 50)) for _ in "ab"]
    assert twice[0] == twice[1]


def test_callers_speak_in_words_that_fit_kind_and_ground() -> None:
    told = 0
    for kind in CallKind:
        for village in (False, True):
            sentences = texts(kind, village=village)
            assert sentences
            assert all(s.format(place="桥头").startswith("桥头") for s in sentences)
        told += len({*texts(kind, village=False), *texts(kind, village=True)})
    assert told >= 60
    assert not any("羊进了豆子地" in s for s in texts(CallKind.DISPUTE, village=False))
    assert any("羊进了豆子地" in s for s in texts(CallKind.DISPUTE, village=True))


@pytest.mark.parametrize(
    ("title", "kind", "urgency"),
    [
        ("THEFT - COLD", CallKind.HELP, CallUrgency.LOW),
        ("ROBBERY - PRIORITY *H", CallKind.EMERGENCY, CallUrgency.HIGH),
        ("ACCIDENT - NON INJURY", CallKind.ACCIDENT, CallUrgency.LOW),
        ("ACCIDENT - INJURY", CallKind.ACCIDENT, CallUrgency.HIGH),
        ("DISTURBANCE - PRIORITY", CallKind.DISPUTE, CallUrgency.MEDIUM),
        ("SOMETHING NEW", CallKind.HELP, CallUrgency.MEDIUM),
        ("", CallKind.HELP, CallUrgency.MEDIUM),
    ],
)
def test_foreign_titles_become_our_kinds(title: str, kind: CallKind, urgency: CallUrgency) -> None:
    assert (kind_of_title(title), urgency_of_title(title)) == (kind, urgency)


def test_smoothing_round_the_clock_keeps_the_sum_and_joins_midnight() -> None:
    counts = np.zeros(24)
    counts[0] = 100.0
    smooth = fits.smooth_hours(counts, 1.0)
    assert smooth.sum() == pytest.approx(100)
    assert smooth[23] == pytest.approx(smooth[1])
    assert smooth[1] > smooth[2] > smooth[12]


def test_leaving_a_day_out_finds_the_width_that_a_smooth_day_deserves() -> None:
    rng = np.random.default_rng(1)
    shape = 16 * (1 + 0.6 * np.sin(np.arange(24) / 24 * 2 * np.pi))
    width, scores = fits.choose_bandwidth(rng.poisson(shape, (7, 24)).astype(float))
    assert width >= 1.0
    assert scores[str(width)] == max(scores.values())
