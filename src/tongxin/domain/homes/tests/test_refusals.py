"""Refusals 1, 2 and 12, read off the register itself: models, import headings, exports."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest
from django.apps import apps

from tongxin.domain.homes import cards, exporting, keeping, looking, sheets
from tongxin.domain.homes.models import Care, FlatState, FlatUse, Part, Resident
from tongxin.kernel import refusals

JUDGING = (
    *("score", "rank", "rating", "risk", "label", "predict", "suspicious", "danger", "grade"),
    *("level", "attention", "blacklist", "petition", "record"),
)
"""What no field, code or heading about a person may be named after (refusal 1)."""
FIELDS_OF_A_PERSON = {
    *("id", "flat", "subject_id", "name_ref", "phone_ref", "note_ref", "part", "lives_here"),
    *("ring_order", "is_minor", "is_protected", "legal_basis", "basis_rule", "notice_version"),
    *("notice_shown_at", "consented_at", "entered_by", "entered_at", "confirmed_at", "left_at"),
    *("area_ids", "version", "stamps"),  # stamps count changes of the fields, for merging
}
"""All that the register keeps of a person: whoever adds a field has to come here and say why."""


def columns() -> list[str]:
    models = apps.get_app_config("homes").get_models()
    return [field.name for model in models for field in model._meta.get_fields()]


def keys() -> list[str]:
    kinds = [
        kind
        for module in (cards, looking)
        for _name, kind in inspect.getmembers(module, dataclasses.is_dataclass)
    ]
    return [field.name for kind in kinds for field in dataclasses.fields(kind)]


def codes() -> list[str]:
    return [*Care.values, *FlatState.values, *FlatUse.values, *Part.values]


@pytest.mark.parametrize("name", sorted({*columns(), *keys(), *codes(), *keeping.FIELDS}))
def test_no_field_judges_or_holds_what_is_refused(name: str) -> None:
    assert refusals.refused(name) is None
    words = name.lower().split("_")
    allowed = {"label"} if name == "label" else set()  # a place's, in cards of flats
    assert not (set(words) & set(JUDGING)) - allowed, name


def test_a_person_has_no_further_fields() -> None:
    own = {field.name for field in Resident._meta.concrete_fields}
    assert own == FIELDS_OF_A_PERSON


def test_no_card_of_a_person_holds_a_name_or_a_number() -> None:
    held = {field.name for field in dataclasses.fields(cards.ResidentCard)}
    assert not held & {"name", "phone", "note", "subject_id", "name_ref", "phone_ref"}


def test_only_labels_of_places_are_labels() -> None:
    labelled = [
        kind.__name__
        for _name, kind in inspect.getmembers(cards, dataclasses.is_dataclass)
        if "label" in {field.name for field in dataclasses.fields(kind)}
    ]
    assert "ResidentCard" not in labelled
    assert "label" not in columns()


@pytest.mark.parametrize(
    "heading",
    [
        *(
            "民族",
            "族别",
            "宗教信仰",
            "政治面貌",
            "是否党员",
            "身份证号",
            "公民身份号码",
            "证件号码",
        ),
        *("指纹", "人脸编号", "手机串号", "行动轨迹", "重点人员类别", "信用分", "前科情况"),
        *("ethnicity", "Religion", "political status", "ID number", "IMEI", "risk score"),
        *("minzu", "sfzh", "文化程度", "婚姻状况", "学历", "职业"),
    ],
)
def test_refused_columns_of_a_list_are_dropped(heading: str) -> None:
    assert sheets.is_refused(heading)
    book = _list([heading, "楼栋", "房号", "姓名"], ["秘密", "3号楼", "501", "单雄信"])
    understood = sheets.understand(book, {})
    assert understood.refused == [heading]
    assert "秘密" not in repr(understood.said)
    told = sheets.understand(book, {"note": heading})  # nor when a member maps it by hand
    assert "秘密" not in repr(told.said)


def test_no_heading_of_ours_is_refused() -> None:
    for name, headings in sheets.COLUMNS.items():
        assert not any(sheets.is_refused(each) for each in (name, *headings))


def test_an_export_has_no_care_and_several_buildings_no_states() -> None:
    """Refusal 12: help lists do not serve burglars."""
    everything = {*exporting.ONE_BUILDING, *exporting.SEVERAL_BUILDINGS, *exporting.HEADINGS}
    assert not everything & {"care", "needs", "code", "no_visit", "has_dog", "note"}
    assert "state" not in exporting.SEVERAL_BUILDINGS
    assert set(exporting.SEVERAL_BUILDINGS) <= set(exporting.HEADINGS)


def test_no_list_over_several_buildings_tells_of_care_or_empty_flats() -> None:
    for kind in (cards.BuildingRow, cards.FlatHit, cards.ProtectedCard):
        held = {field.name for field in dataclasses.fields(kind)}
        assert not held & {"care", "state", "empty", "no_visit", "lives_alone"}, kind


def _list(*rows: list[Any]) -> list[Any]:
    from tongxin.domain.homes.books import Sheet

    return [Sheet("S", tuple((line, tuple(cells)) for line, cells in enumerate(rows, 1)))]
