"""The parts of finding that need no database: cutting, sounds, residents' words, hidden numbers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.domain.desk import masking, reading, segmenting, terms, vocabulary
from tongxin.kernel.errors import BadInput

LAW = """# 中华人民共和国某某法

2004年9月13日 某会议通过

2021年4月29日 修正

<!-- INFO END -->

## 第一章 总　则

第一条 为了某事，制定本法。

第二条 有下列情形之一的：

（一）其一；

## 第二章 罚则

第一百零三条 违反本法的，罚款。
"""


def test_a_law_is_read_with_its_dates_chapters_and_paragraphs() -> None:
    law = reading.read_law(LAW)
    assert (law.name, law.dated) == ("某某法", dt.date(2021, 4, 29))
    assert [(each.number, each.chapter) for each in law.articles] == [
        (1, "总则"), (2, "总则"), (103, "罚则"),
    ]  # fmt: skip
    assert law.articles[1].text == "有下列情形之一的：\n（一）其一；"


@pytest.mark.parametrize("text", ["", "# 只有题目", LAW.replace("# 中华", "中华"), "第一条 无题"])
def test_what_is_no_law_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        reading.read_law(text)


def test_numerals() -> None:
    said = {
        "一": 1,
        "十": 10,
        "十二": 12,
        "二十": 20,
        "一百": 100,
        "一百零三": 103,
        "一百一十": 110,
    }
    assert {numeral: reading.number_of(numeral) for numeral in said} == said


def test_pinyin_and_homophones_sound_like_what_was_meant() -> None:
    def sounds(text: str) -> list[str]:
        return list(segmenting.syllable_pairs(segmenting.syllables(text)))

    assert sounds("居住证") == sounds("juzhuzheng") == sounds("居住正") == sounds("ju zhu zheng")
    assert sounds("居住zheng") == sounds("居住证")
    assert sounds("zhengzai") == sounds("zenzai")
    assert segmenting.syllables("hello kitty 123") == []


def test_residents_words_mean_the_laws_words_by_sign_and_by_sound() -> None:
    assert "烟花爆竹" in vocabulary.meant_by("俺放炮仗")
    assert "烟花爆竹" in vocabulary.meant_by("fang bianpao")
    assert vocabulary.meant_by("今天天气") == set()


def test_every_line_of_the_tables_says_something() -> None:
    assert len(vocabulary._plain()) > 500
    for same in vocabulary._same():
        assert same.said
        assert same.meant


@given(st.text(max_size=400))
def test_whatever_is_typed_has_terms_or_none(text: str) -> None:
    found = terms.of_question(text)
    assert all(0 < weight <= 1 for weight in found.values())
    assert all(len(term) > 1 for term in found)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",  # the example of GB 11643
        "110105 19491231 002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105491231002",
        "6222 0212 3456 7890 128",
        "4111111111111111",
        "E12345678",
    ],
)
def test_numbers_of_papers_and_cards_are_hidden(number: str) -> None:
    said = masking.masked(f"我的号是{number}，怎么补办？")
    assert masking.HIDDEN in said
    assert not any(part in said for part in (number, number[:6], number[-4:]))
    assert said.endswith("，怎么补办？")


@pytest.mark.parametrize(
    "text", ["我电话13800138000", "3号楼2单元501", "罚款5000元", "2026年11月24日", "京A12345", ""]
)
def test_what_is_no_such_number_stays(text: str) -> None:
    assert masking.masked(text) == text


@pytest.mark.data
def test_the_questions_name_articles_that_are_there(shared_laws: Path) -> None:
    import csv

    there = {
        f"{law.name}#{article.number}"
        for law in reading.read_folder(shared_laws)
        for article in law.articles
    }
    table = Path(__file__).parents[5] / "benchmarks" / "answers_questions.csv"
    rows = list(csv.DictReader(table.open(encoding="utf-8")))
    assert len([row for row in rows if int(row["number"]) <= 364]) == 364
    assert {ref for row in rows for ref in (row["article"], *row["also"].split())} <= there
    assert {f"{law}#{number}" for law, number in vocabulary._plain()} <= there
