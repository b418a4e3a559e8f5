from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from tongxin.kernel import clock
from tongxin.surfaces.kit import formats, people

NOW = dt.datetime(2026, 7, 3, 15, 5, 10, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def english_at_eleven() -> object:
    with translation.override("en"), clock.held(clock.HeldClock(NOW)):
        yield


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 hour ago"),
        (7300, "2 hours ago"),
        (-30, "at once"),
        (-120, "in 2 min"),
        (-3600, "in 1 hour"),
    ],
)
def test_fresh_times_read_relative(seconds: int, words: str) -> None:
    assert formats.relative(NOW - dt.timedelta(seconds=seconds)) == words


def test_old_times_read_absolute_in_the_zone_of_the_district(settings: object) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"  # type: ignore[attr-defined]
    assert formats.relative(NOW - dt.timedelta(days=2)) == "2026-07-01 23:05"
    assert formats.at_time(NOW) == (
        '<time datetime="2026-07-03T15:05:10+00:00" title="2026-07-03 23:05:10">23:05</time>'
    )
    assert ">07-01 23:05<" in formats.at_time(NOW - dt.timedelta(days=2))


def test_ago_is_absolute_on_hover_and_a_dash_for_never(settings: object) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"  # type: ignore[attr-defined]
    tag = formats.ago(NOW - dt.timedelta(minutes=2))
    assert "data-ago>2 min ago<" in tag
    assert 'title="2026-07-03 23:03:10"' in tag
    assert formats.ago(None) == "–"


@pytest.mark.parametrize(
    ("number", "words"), [(2, "2 min"), (2.04, "2 min"), (6.5, "6.5 min"), (10.4, "10 min")]
)
def test_minutes_are_as_exact_as_they_are_useful(number: float, words: str) -> None:
    assert formats.minutes(number) == words


def test_clock_words() -> None:
    assert formats.min_sec(245) == "4:05"
    assert formats.min_sec(3845) == "1:04:05"
    assert formats.left(NOW + dt.timedelta(seconds=65)) == "1:05"
    assert formats.left(NOW - dt.timedelta(seconds=30)) == "+0:30"
    assert formats.left(NOW, done=NOW - dt.timedelta(seconds=5)) == "0:05"


def test_a_number_is_tapped_as_given_and_read_in_groups() -> None:
    link = formats.phone_link("138-0000-0001", name="Officer Li")
    assert 'href="tel:13800000001"' in link
    assert "138 0000 0001" in link
    assert "Ring Officer Li" in link
    assert formats.phone_words("110") == "110"
    assert "<script>" not in formats.phone_link("<script>", name="<script>")


def test_only_police_officers_are_called_officer() -> None:
    assert people.titled("Li", "community_officer") == "Officer Li"
    assert people.titled("Li", "patrol_officer") == "Officer Li"
    assert people.titled("Zhang", "village_officer") == "Village officer Zhang"
    assert people.titled("Sun", "auxiliary") == "Auxiliary Sun"
    assert people.titled("Wu", "something new") == "Wu"


def test_every_role_has_a_title() -> None:
    from tongxin.foundation.access.models import Role

    assert not {role for role in Role if role.replace("_", "") not in people.TITLES}
