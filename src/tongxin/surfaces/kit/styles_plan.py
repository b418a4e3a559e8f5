"""An invented building for the style page, as ``<tx-plan>`` takes it: all states, marks, shapes."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.utils.translation import gettext as _

STATES = ("lived_in", "lived_in", "let", "empty", "lived_in", "unknown")


def plan_sample() -> dict[str, Any]:
    """Return two units, one with a cellar, shops below, merged flats and a duplex; one odd yard."""
    ids = count(1)
    first = [_flat(next(ids), f"{f}0{c + 1}", f, c) for f in range(2, 7) for c in range(2)]
    first += [_flat(next(ids), name, 1, at, use="shop") for at, name in enumerate(("铺1", "铺2"))]
    first[4] |= {"care": ["oxygen", "lives_alone"], "state": "lived_in", "fresh": 3}
    first[7] |= {"care": ["wheelchair", "hard_of_hearing", "poor_sight", "memory"], "dog": True}
    first[9] |= {"state": "empty", "fresh": 1}
    second = [_flat(next(ids), f"{f}0{c + 1}", f, c) for f in (-1, 1, 2) for c in range(3)]
    second += [
        _flat(next(ids), "301", 3, 0, span=2, hazard=True),
        _flat(next(ids), "303", 3, 2, noVisit=True, care=["infant"]),
        _flat(next(ids), "401", 4, 0, rise=2, dog=True),
        _flat(next(ids), "402", 4, 1, care=["dialysis", "bedridden"], fresh=0),
        _flat(next(ids), "403", 4, 2, care=["pregnant", "sign_language"]),
    ]
    for flat in second[:3]:
        flat |= {"number": "B" + flat["number"][1:], "use": "common"}
    yard = [
        _shaped(next(ids), _("East room"), (0, 0, 1, 1.5)),
        _shaped(next(ids), "北房", (1, 0, 2, 1)),
        _shaped(next(ids), _("Yard"), (1, 1, 2, 1), use="court"),
    ]
    units = [
        _unit("1", (1, 6), 2, first),
        _unit("2", (-1, 5), 3, second),
        _unit("", (1, 2), 3, yard),
    ]
    return {
        "building": {"id": 1, "label": _("Lotus Garden, block 3")},
        "units": units,
        "may": {"edit": True, "call": True, "seeCare": True},
    }


def _unit(
    number: str, floors: tuple[int, int], columns: int, flats: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": flats[0]["id"], "number": number, "lowest": floors[0], "highest": floors[1],
        "columns": columns, "version": 1, "flats": flats,
    }  # fmt: skip


def _flat(flat_id: int, number: str, floor: int, column: int, **more: Any) -> dict[str, Any]:
    return {
        "id": flat_id, "number": number, "floor": floor, "column": column, "span": 1, "rise": 1,
        "shape": None, "use": "flat", "state": STATES[flat_id % len(STATES)], "fresh": flat_id % 4,
        "confirmed": None, "care": [], "dog": False, "hazard": False, "noVisit": False,
        "people": 2, "version": 1,
    } | more  # fmt: skip


def _shaped(
    flat_id: int, number: str, box: tuple[float, float, float, float], **more: Any
) -> dict[str, Any]:
    shape = dict(zip(("x", "y", "width", "height"), box, strict=True))
    return _flat(flat_id, number, 2, 0, shape=shape, **{"use": "bungalow"} | more)
