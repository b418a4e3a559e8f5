"""A building's plan as ``<tx-plan>`` takes it, and what its edits ask for."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, RawPostDataException
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import actions, policy
from tongxin.domain.homes.models import Flat
from tongxin.domain.homes.selectors import FlatCell, Plan
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput

YEAR = dt.timedelta(days=365)
MOST_AT_ONCE = 1_000
_NAMES = {"dog": "has_dog", "hazard": "charging_hazard", "noVisit": "no_visit"}
_NONE = object()
_USUAL: dict[str, Any] = {
    "column": 0, "span": 1, "rise": 1, "shape": None, "use": "flat", "care": [], "dog": False,
    "hazard": False, "noVisit": False, "fresh": 0, "version": 1,
}  # fmt: skip
"""What ``filled`` in the component's model.ts puts where nothing is said."""
_PLAIN = frozenset({"state", "use", "number"})


def plan_of(plan: Plan, *, people: bool = False) -> dict[str, Any]:
    """Return a plan as plain data for the component; ``people``: also how many each flat has."""
    return {
        "building": {"id": plan.building_id, "label": plan.label},
        "units": [
            {
                "id": unit.id,
                "number": unit.number,
                "lowest": unit.lowest,
                "highest": unit.highest,
                "columns": unit.columns,
                "version": unit.version,
                "flats": [cell_of(cell) | _people(cell, people) for cell in unit.flats],
            }
            for unit in plan.units
        ],
        "may": {"edit": plan.may_edit, "call": plan.may_call, "seeCare": plan.may_see_care},
    }


def cell_of(cell: FlatCell) -> dict[str, Any]:
    """Return a cell for the component, which knows what is usual: only the rest goes along."""
    whole = {
        "id": cell.id,
        "number": cell.number,
        "floor": cell.floor,
        "column": cell.column,
        "span": cell.span,
        "rise": cell.rise,
        "shape": cell.shape,
        "use": cell.use,
        "state": cell.state,
        "fresh": freshness(cell),
        "care": list(cell.care),
        "dog": cell.has_dog,
        "hazard": cell.charging_hazard,
        "noVisit": cell.no_visit,
        "version": cell.version,
    }
    return {name: value for name, value in whole.items() if value != _USUAL.get(name, _NONE)}


def _people(cell: FlatCell, wanted: bool) -> dict[str, int]:
    return {"people": cell.people} if wanted and cell.people else {}


def freshness(cell: FlatCell) -> int:
    """Return 3 fresh, 2 not quite, 1 old, 0 never confirmed."""
    if cell.confirmed_at is None:
        return 0
    if cell.fresh == "fresh":
        return 3
    return 2 if clock.now() - cell.confirmed_at <= YEAR else 1


def do_edit(building_id: int, request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Do what the component's page posted; return what of the flats has changed, or ``again``.

    ``again``: the plan has another shape now, and is to be read anew. Raises ``NotFound`` and
    ``Forbidden`` before the edit is read, ``BadInput`` for what is none.
    """
    with policy.at_building(building_id, actor):
        edit = _asked(request)
    do = _EDITS[edit["act"]]
    return do(building_id, edit, actor)


def _asked(request: HttpRequest) -> Mapping[str, Any]:
    try:
        edit = json.loads(request.body)
    except (ValueError, RawPostDataException):  # a form's body was read already
        edit = None
    if not isinstance(edit, dict) or edit.get("act") not in _EDITS:
        raise _unreadable()
    return edit


def _lay_out(building_id: int, edit: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    actions.lay_out_unit(
        building_id,
        str(edit.get("number", ""))[:12],
        _whole(edit, "lowest"),
        _whole(edit, "highest"),
        _whole(edit, "columns"),
        actor=actor,
        version=_whole(edit, "version") or None,
    )
    return {"again": True}


def _merge(_building: int, edit: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    others = edit.get("others")
    if not isinstance(others, list) or not all(isinstance(each, int) for each in others):
        raise _unreadable("others")
    actions.merge_flats([_whole(edit, "flat"), *others], actor=actor)
    return {"again": True}


def _add(_building: int, edit: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    actions.add_flat(
        _whole(edit, "unit"),
        actor=actor,
        number=str(edit.get("number", "")),
        floor=_whole(edit, "floor"),
        column=_whole(edit, "column"),
        use=str(edit.get("use", "")),
    )
    return {"again": True}


def _remove(_building: int, edit: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    actions.remove_flat(_whole(edit, "flat"), actor=actor, version=_whole(edit, "version"))
    return {"again": True}


def _set_one(_building: int, edit: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    return {"flats": [_set(edit, actor)]}


def _set_many(_building: int, edit: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Set what was pasted: all of it, or, when one cell cannot be so, nothing."""
    items = edit.get("items")
    if not isinstance(items, list) or not 0 < len(items) <= MOST_AT_ONCE:
        raise _unreadable("items")
    if not all(isinstance(each, dict) for each in items):
        raise _unreadable("items")
    # Always by id: two hands on one sheet lock its flats in the same order.
    items = sorted(items, key=lambda each: _whole(each, "flat"))
    with acting_as(actor):
        return {"flats": [_set(each, actor) for each in items]}


def _set(edit: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    changes = edit.get("changes")
    if not isinstance(changes, dict):
        raise _unreadable("changes")
    flat = _changed(_whole(edit, "flat"), _whole(edit, "version"), changes, actor)
    fresh = {"fresh": 3} if "state" in changes else {}
    return {"flat": flat.pk, "changes": {"version": flat.version, **fresh}}


def _changed(flat: int, version: int, changes: Mapping[str, Any], actor: Actor) -> Flat:
    if "shape" in changes:
        return actions.draw_shape(flat, actor=actor, shape=changes["shape"], version=version)
    known = {_NAMES.get(name, name): value for name, value in changes.items()}
    if not known or not set(known) <= {*_PLAIN, *_NAMES.values()}:
        raise _unreadable("changes")
    return actions.set_flat(flat, actor=actor, version=version, **known)


def _whole(edit: Mapping[str, Any], name: str) -> int:
    value = edit.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**53:
        raise _unreadable(name)
    return value


def _unreadable(field: str = "") -> BadInput:
    return BadInput("plan.edit", _("This change cannot be read."), field=field or None)


_EDITS = {
    "set": _set_one, "many": _set_many, "merge": _merge, "lay_out": _lay_out,
    "add": _add, "remove": _remove,
}  # fmt: skip
