"""What goes to a phone on its visits, as plain data: the other half of the contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import selectors, stamping
from tongxin.domain.homes.carrying import CarriedFlat, CarriedPerson, Stamped
from tongxin.domain.homes.conflicts import FIELD_WORDS, ConflictCard, Side
from tongxin.domain.homes.models import Care, FlatState, OfflineDevice, Part, VisitOutcome
from tongxin.domain.homes.syncing import Synced
from tongxin.domain.homes.visit_plan import WHY
from tongxin.foundation.access.models import Member
from tongxin.kernel import clock
from tongxin.plumbing.vault.legal import RULES, LegalBasis
from tongxin.surfaces.field.homes_people import DUTY_RULES, NOTICE_VERSION
from tongxin.surfaces.kit import floor_plan

GROUNDS = (LegalBasis.CONSENT, LegalBasis.GUARDIAN, LegalBasis.DUTY)
MARKS = ("has_dog", "charging_hazard", "no_visit")
Words = Iterable[tuple[Any, Any]]
_YES = {True: _("Yes"), False: _("No")}
_HERE = {True: _("Still belongs to this home"), False: _("Has moved out")}
_NOTHING = _("(nothing)")


def taken(
    device: OfflineDevice, member: Member, flats: Iterable[CarriedFlat], open_ones: Any
) -> dict[str, Any]:
    """Return what is taken along: words, buildings with flats and people, open clashes."""
    by_building: dict[int, list[CarriedFlat]] = {each: [] for each in device.buildings}
    for flat in flats:
        by_building[flat.building_id].append(flat)
    return {
        "device": str(device.device),
        "taken_at": device.taken_at.isoformat(),
        "expires_at": device.expires_at.isoformat(),
        "mark": clock.now().isoformat(),
        "member": {"id": member.pk, "name": member.name},
        "notice_version": NOTICE_VERSION,
        **_vocabulary(),
        "buildings": [_building(member, each, held) for each, held in by_building.items()],
        "conflicts": [conflict(card) for card in open_ones],
    }


def synced(
    device: OfflineDevice, result: Synced, flats: Iterable[CarriedFlat], open_ones: Any
) -> dict[str, Any]:
    """Return what became of a phone's acts, and what has changed for it."""
    return said_of(result) | {
        "conflicts": [conflict(card) for card in open_ones],
        "flats": [flat_of(flat) for flat in flats],
        "expires_at": device.expires_at.isoformat(),
        "mark": clock.now().isoformat(),
    }


def said_of(result: Synced) -> dict[str, Any]:
    """Return which acts were taken in and which refused."""
    return {
        "applied": [str(each) for each in result.applied],
        "refused": [
            {"id": str(each.id), "code": each.code, "detail": each.detail}
            for each in result.refused
        ],
        "made": result.made,
    }


def flat_of(flat: CarriedFlat) -> dict[str, Any]:
    """Return a flat as the phone keeps it."""
    return {
        "id": flat.id,
        "unit": flat.unit,
        "number": flat.number,
        "label": flat.label,
        "floor": flat.floor,
        "fields": _fields(flat.fields),
        "confirmed_at": _moment(flat.confirmed_at),
        "rest_until": _moment(flat.due.rest_until),
        "why": [{"code": code, "words": str(WHY[code])} for code in flat.due.why],
        "rank": flat.due.turn,
        "people": [_person(each) for each in flat.people],
        "visits": [
            {"at": each.at.isoformat(), "outcome": each.outcome, "by": each.by, "note": each.note}
            for each in flat.visits
        ],
    }


def conflict(card: ConflictCard) -> dict[str, Any]:
    """Return an open clash."""
    person = {} if card.resident_id is None else {"person": f"resident:{card.resident_id}"}
    return {
        "id": card.id,
        "flat": card.flat_id,
        "flat_label": card.flat_label,
        **person,
        "field": card.field,
        "field_words": str(FIELD_WORDS[card.field]),
        "now": _side(card.now) | {"stamp": card.now.stamp},
        "theirs": _side(card.theirs),
        "mine": card.mine,
        "settled": None,
    }


def _vocabulary() -> dict[str, Any]:
    rules = words((code, RULES[code]) for code in DUTY_RULES)
    return {
        "states": words(FlatState.choices),
        "marks": words((name, FIELD_WORDS[name]) for name in MARKS),
        "parts": words(Part.choices),
        "care": words(Care.choices),
        "grounds": [
            {"code": each.value, "words": str(each.label)}
            | {"rules": rules if each is LegalBasis.DUTY else []}
            for each in GROUNDS
        ],
        "outcomes": words(VisitOutcome.choices),
    }


def words(choices: Words) -> list[dict[str, str]]:
    """Return choices as codes with words."""
    return [{"code": str(code), "words": str(said)} for code, said in choices]


def _building(member: Member, building_id: int, flats: Iterable[CarriedFlat]) -> dict[str, Any]:
    plan = selectors.plan(member, building_id)
    return {
        "id": building_id,
        "label": plan.label,
        "plan": floor_plan.plan_of(plan),
        "flats": [flat_of(flat) for flat in flats],
    }


def _person(person: CarriedPerson) -> dict[str, Any]:
    return {
        "key": f"resident:{person.id}",
        "fields": _fields(person.fields),
        "is_minor": person.is_minor,
        "withheld": person.withheld,
        "until": _moment(person.until),
        "consent": person.consent,
        "care": [{"key": f"care:{mark}", "code": code} for mark, code in person.care],
    }


def _fields(fields: Mapping[str, Stamped]) -> dict[str, dict[str, Any]]:
    return {name: {"value": each.value, "stamp": each.stamp} for name, each in fields.items()}


def _side(side: Side) -> dict[str, Any]:
    return {"value": side.value, "by": side.by, "at": _moment(side.at)}


def _moment(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def shown_value(field: str, value: object) -> str:
    """Return a clash's value in words, for the page."""
    named = {"state": FlatState, "part": Part}.get(field)
    if named is not None:
        return str(dict(named.choices).get(str(value), value))
    if field == stamping.HERE:
        return str(_HERE[bool(value)])
    if isinstance(value, bool):
        return str(_YES[value])
    return str(value) if value not in ("", None) else str(_NOTHING)
