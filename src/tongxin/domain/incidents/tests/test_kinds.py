from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from tongxin.domain.incidents import kinds
from tongxin.domain.incidents.kinds import WrongTable

EXPECTED = {
    "emergency", "help", "lost_person", "dispute", "accident", "hazard", "tip", "enquiry",
    "service_request", "welcome", "notice", "case_count",
}  # fmt: skip


def checked(tmp_path: Path, text: str) -> kinds.Kinds:
    file = tmp_path / "kinds.yaml"
    file.write_text(text, encoding="utf-8")
    return kinds.check(file)


def wrong_line(tmp_path: Path, text: str) -> tuple[int, str]:
    with pytest.raises(WrongTable) as caught, translation.override("en"):
        checked(tmp_path, text)
    assert f"line {caught.value.line}" in str(caught.value.message)
    return caught.value.line, caught.value.says


def test_the_package_has_all_kinds_and_emergencies_are_accepted_within_a_minute() -> None:
    table = kinds.registry()
    assert set(table.kinds) == EXPECTED
    assert table["emergency"].clocks["accept"] == 60
    assert table["emergency"].clocks["arrive"] == "promise"
    assert table["accident"].has_quick_way
    assert table["case_count"].count_only
    assert "case_count" not in {kind.code for kind in table.reportable()}


def test_escalation_climbs_grid_community_station_branch() -> None:
    for kind in kinds.registry().reportable():
        levels = [rung.level for rung in kind.escalation]
        assert levels == sorted(levels, key=["grid", "community", "station", "branch"].index)


def test_a_tip_is_hidden_from_whom_it_is_not_for() -> None:
    hidden = kinds.registry().hidden_from(frozenset({"grid_worker"}))
    assert "tip" in hidden
    assert "hazard" not in hidden
    assert kinds.registry().hidden_from(frozenset({"community_officer"})) == ()


def test_a_district_changes_one_kind_and_keeps_the_rest(tmp_path: Path) -> None:
    table = checked(
        tmp_path,
        "kinds:\n  emergency:\n    like: emergency\n"
        "    clocks: {accept: 30s, arrive: promise, hand_over: 5m}\n",
    )
    assert set(table.kinds) == EXPECTED
    assert table["emergency"].clocks["accept"] == 30
    assert table["emergency"].words.zh == "紧急求助"


def test_a_district_replaces_the_whole_table(tmp_path: Path) -> None:
    text = Path(kinds.__file__).with_name("kinds.yaml").read_text(encoding="utf-8")
    table = checked(tmp_path, "replace: true\n" + text.replace("  enquiry:\n", "  question:\n"))
    assert "question" in table.kinds
    assert "enquiry" not in table.kinds


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("kinds:\n  x: {zh: 一, en: X, icon: a}\n", 2, "lacking"),
        ("kinds:\n  help:\n    like: help\n    urgency: 9\n", 4, "from 1 to 3"),
        ("kinds:\n  help:\n    like: help\n    colour: red\n", 4, "not known"),
        ("kinds:\n  help:\n    like: help\n    procedure: flying\n", 4, "no procedure"),
        ("kinds:\n  help:\n    like: help\n    seen_by: [wizard]\n", 4, "no role"),
        ("kinds:\n  help:\n    like: help\n    clocks: {accept: soon}\n", 4, "no duration"),
        ("kinds:\n  help:\n    like: help\n    clocks: {accept: 60s}\n", 4, "lacking"),
        ("kinds:\n  a: {like: help}\n\n  a: {like: help}\n", 4, "twice"),
        ("kinds:\n  help:\n    like: help\n    hears:\n      close: {zh: 好, en: 'x {name}'}\n",
         5, "{name}"),
        ("kinds:\n  help:\n    like: help\n    escalation:\n"
         "      - {level: station, after: 1m}\n      - {level: grid, after: 2m}\n", 6, "above"),
        ("kinds:\n  help:\n    like: help\n    called: {first: {roles: [grid_worker], count: 0}}\n",
         4, "from 1 to 50"),
        ("kinds: [\n", 2, "expected"),
        ("kinds:\n\thelp: 1\n", 2, "cannot start"),
        ("", 1, "empty"),
        ("procedures:\n  p:\n    start: a\n    states:\n"
         "      a: {zh: 甲, en: A, look: waiting}\n"
         "      b: {zh: 乙, en: B, look: done, ends: true}\n"
         "      c: {zh: 丙, en: C, look: waiting}\n"
         "    acts:\n      close: {from: a, to: b, permission: close, requires: [outcome]}\n",
         7, "never be reached"),
        ("procedures:\n  p:\n    start: a\n    states:\n"
         "      a: {zh: 甲, en: A, look: waiting}\n"
         "      b: {zh: 乙, en: B, look: done, ends: true}\n"
         "    acts:\n      close: {from: a, to: b, permission: fly, requires: [outcome]}\n",
         8, "no permission"),
        ("procedures:\n  p:\n    start: a\n    states:\n"
         "      a: {zh: 甲, en: A, look: waiting}\n"
         "      b: {zh: 乙, en: B, look: done, ends: true}\n"
         "    acts:\n      close: {from: a, to: b, permission: close}\n", 8, "outcome"),
    ],
)  # fmt: skip
def test_a_wrong_table_fails_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    found, sentence = wrong_line(tmp_path, text)
    assert found == line
    assert says in sentence


def test_buttons_say_verbs_and_fall_back_to_the_state(tmp_path: Path) -> None:
    with translation.override("zh-hans"):
        table = kinds.registry()
        assert str(table["dispute"].act_words("mediate")) == "开始调解"
        assert str(table["hazard"].act_words("order")) == "通知整改"
        assert str(table["hazard"].act_words("still_there")) == "仍未整改，再次通知"
        assert str(table["tip"].act_words("follow")) == "开始核查"
        assert str(table["emergency"].act_words("accept")) == "已签收"  # no words of its own
    states = {
        str(face.words) for each in table.reportable() for face in each.procedure.faces.values()
    }  # type: ignore[union-attr]
    for kind in table.reportable():
        for words in kind.procedure.act_words.values():  # type: ignore[union-attr]
            assert str(words) not in states


def test_an_act_with_words_in_one_language_only_fails_with_its_line(tmp_path: Path) -> None:
    text = (
        "procedures:\n  p:\n    start: a\n    states:\n"
        "      a: {zh: 甲, en: A, look: waiting}\n"
        "      b: {zh: 乙, en: B, look: done, ends: true}\n"
        "    acts:\n      close: {from: a, to: b, permission: close, requires: [outcome],\n"
        "        zh: 结束}\n"
    )
    line, says = wrong_line(tmp_path, text)
    assert line == 9
    assert "“en” is lacking" in says


def test_a_file_that_is_not_text_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "kinds.yaml"
    file.write_bytes(b"kinds:\n  help: \xff\n")
    with pytest.raises(WrongTable, match="UTF-8") as caught:
        kinds.check(file)
    assert caught.value.line == 2


def test_a_table_that_refers_to_itself_endlessly_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongTable):
        checked(tmp_path, "kinds: &a\n  x: *a\n")
