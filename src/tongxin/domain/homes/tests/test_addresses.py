"""Homes as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.domain.homes import addresses
from tongxin.domain.homes.addresses import Home, dashed, key_of, number, parse, say

HOME = Home("铁塔寺小区", "3", "2", "5", "501")


@pytest.mark.parametrize(
    "said",
    [
        "铁塔寺小区3号楼2单元501",
        "铁塔寺小区 3-2-501",
        "铁塔寺小区3-2-501室",
        "铁塔寺小区三号楼二单元五零一",
        "铁塔寺小区3栋2门501室",
        "铁塔寺小区3栋2门洞501号",
        "铁塔寺小区３幢乙单元五〇一户",
        "铁塔寺小区3#2单元501",
        "铁塔寺小区的3号2单元5楼501",
        "铁塔寺小区,3座2梯501房",
        "铁塔寺小区3—2—501",
    ],
)
def test_one_home_in_many_words(said: str) -> None:
    assert parse(said) == HOME


@pytest.mark.parametrize(
    ("said", "home"),
    [
        ("3-2-501", Home("", "3", "2", "5", "501")),
        ("3-501", Home("", "3", "", "5", "501")),
        ("3幢乙单元5楼东户", Home("", "3", "2", "5", "", "东")),
        ("A座1203", Home("", "a", "", "12", "1203")),
        ("3号楼1单元b101", Home("", "3", "1", "b1", "b101")),
        ("3号楼负一楼", Home("", "3", "", "b1")),
        ("501室", Home("", "", "", "5", "501")),
        ("十二号楼一单元一零二", Home("", "12", "1", "1", "102")),
        ("三里屯5号楼2单元302", Home("三里屯", "5", "2", "3", "302")),
        ("沈家湾东湾3号", Home("沈家湾东湾", "3")),
        ("解放路12号", Home("解放路12号")),
        ("解放路12-3", Home("解放路12-3")),
        ("铁塔寺小区", Home("铁塔寺小区")),
        ("王小明", Home("王小明")),
        ("", Home()),
    ],
)
def test_parts(said: str, home: Home) -> None:
    assert parse(said) == home


PLACES = st.text("铁塔寺东湖花园新村安和里光明家", min_size=1, max_size=8)
FLOORS = st.integers(1, 60)
HOMES = st.builds(
    lambda place, building, unit, floor, flat, letter: Home(
        place, building, unit, str(floor), f"{floor}{flat:02d}{letter}"
    ),
    PLACES,
    st.integers(1, 199).map(str) | st.sampled_from(["a", "b", "c12"]),
    st.integers(1, 30).map(str) | st.just(""),
    FLOORS,
    st.integers(1, 24),
    st.sampled_from(["", "", "a", "b"]),
)


@given(HOMES)
def test_what_is_said_is_taken_apart_to_the_same(home: Home) -> None:
    assert parse(say(home)) == home
    assert parse(say(home).translate(_WIDE)) == home


@given(HOMES.filter(lambda home: home.unit))
def test_the_short_way_says_the_same(home: Home) -> None:
    assert parse(dashed(home)) == home


@given(
    PLACES,
    st.integers(1, 40).map(str),
    st.sampled_from(["1", "2", "东", ""]),
    FLOORS.map(str),
    st.sampled_from("东西中"),
)
def test_a_side_says_the_same(place: str, building: str, unit: str, floor: str, side: str) -> None:
    home = Home(place, building, unit, floor, "", side)
    assert parse(say(home)) == home


@given(st.integers(1, 999))
def test_numbers_in_chinese_are_numbers(value: int) -> None:
    assert number(_in_chinese(value)) == str(value)
    assert number("".join("零一二三四五六七八九"[int(d)] for d in str(value))) == str(value)


@given(st.text(max_size=120))
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    home = parse(text)
    assert addresses.key_of(home.building, home.unit, home.flat)
    say(home)


def test_the_key_finds_a_flat_with_and_without_its_unit() -> None:
    assert key_of("铁塔寺小区3号楼", "乙", "五零一室") == "3/501/2"
    assert key_of("3栋", "", "501") == "3/501/"


_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def _in_chinese(value: int) -> str:
    """Write a number below 1,000 as people say it: 10 十, 12 十二, 105 一百零五."""
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = digits[hundreds] + "百" if hundreds else ""
    if tens:
        text += (digits[tens] if tens > 1 or hundreds else "") + "十"
    elif hundreds and ones:
        text += "零"
    return text + (digits[ones] if ones else "")
