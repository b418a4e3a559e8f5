"""Lists of buildings, posts and landmarks from Excel and CSV: checked whole, written at once."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import locating, lookup
from tongxin.foundation.territory.ground import Located
from tongxin.foundation.territory.models import (
    Area,
    Building,
    Landmark,
    LandmarkKind,
    Network,
    Post,
    PostKind,
)
from tongxin.foundation.territory.reference import Reference, is_in_china
from tongxin.foundation.territory.rows import BadRow, RowFault
from tongxin.foundation.territory.tables import Table, read_table
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import Spot, distance_m

SAME_LANDMARK_M = 200.0
"""A landmark of the same name this near is the same one."""
PLAUSIBLE_M = 300_000.0


class ListKind(enum.StrEnum):
    """Which list a table is."""

    BUILDINGS = "buildings"
    POSTS = "posts"
    LANDMARKS = "landmarks"


_SPOT = {"lon": ("lon", "lng", "longitude", "经度", "x"), "lat": ("lat", "latitude", "纬度", "y")}
_SRS = {"srs": ("srs", "coordinate_system", "坐标系")}
_BUILDING = {
    "code": ("code", "编码", "楼栋编码", "编号"),
    "name": ("name", "名称", "楼栋", "楼号"),
    "address": ("address", "地址"),
    "estate": ("estate", "小区"),
    "units": ("units", "单元数"),
    "floors": ("floors", "层数", "楼层数"),
}
_POST = {
    "kind": ("kind", "类型", "种类"),
    "code": ("code", "编码", "编号"),
    "name": ("name", "名称"),
    "phone": ("phone", "电话", "联系电话"),
    "area": ("area", "辖区", "辖区编码", "所属区域"),
}
_LANDMARK = {
    "name": ("name", "名称"),
    "aliases": ("aliases", "别名", "俗称"),
    "kind": ("kind", "类型"),
}
COLUMNS: Mapping[ListKind, Mapping[str, tuple[str, ...]]] = {
    ListKind.BUILDINGS: {**_BUILDING, **_SPOT, **_SRS},
    ListKind.POSTS: {**_POST, **_SPOT, **_SRS},
    ListKind.LANDMARKS: {**_LANDMARK, **_SPOT, **_SRS},
}
_NEEDED: Mapping[ListKind, tuple[str, ...]] = {
    ListKind.BUILDINGS: ("code", "name", "lon", "lat"),
    ListKind.POSTS: ("kind", "code", "name", "lon", "lat"),
    ListKind.LANDMARKS: ("name", "lon", "lat"),
}
_POST_KINDS = {
    "警务室": PostKind.ROOM, "警务站": PostKind.STATION, "警务点": PostKind.POINT,
    "网格室": PostKind.GRID_ROOM, "护学岗": PostKind.SCHOOL_DUTY_ROOM,
    "护学岗值班室": PostKind.SCHOOL_DUTY_ROOM,
}  # fmt: skip
_LANDMARK_KINDS = {"街道": LandmarkKind.STREET, "道路": LandmarkKind.STREET}


@dataclass(slots=True)
class ListRow:
    """One row, brought to our words and to WGS-84."""

    line: int
    values: dict[str, str]
    spot: Spot


@dataclass(slots=True)
class ListPlan:
    """What a list would write: rows that can be taken, and all that are wrong."""

    kind: ListKind
    source: str
    rows: list[ListRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    located: dict[int, Located] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Tell whether there is no bad row."""
        return not self.bad

    def refuse(self, line: int, code: str, fault: RowFault, message: object) -> None:
        """Add something that is wrong."""
        self.bad.append(BadRow(self.source, line, code, fault, str(message)))


def plan_lists(
    kind: ListKind,
    source: Path | Table,
    *,
    srs: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> ListPlan:
    """Check a list against itself and the ground; writes nothing.

    ``srs`` is the reference system of the whole file, unless a column (``srs``, 坐标系, or the one
    named in ``columns``) gives it row by row. ``columns`` maps our fields to the file's columns.
    """
    table = read_table(source) if isinstance(source, Path) else source
    plan = ListPlan(ListKind(kind), table.source)
    found = _columns_for(plan, table, columns or {}, srs)
    if found is not None:
        reader = _Reader(plan, found, srs)
        for line, cells in table.rows:
            reader.read(line, cells)
        _check_doubles(plan)
        _check_ground(plan)
    return plan


def apply_lists(plan: ListPlan, *, actor: str, accept: bool = False) -> int:
    """Write the rows of a plan in one transaction: known codes are renewed, others added.

    Returns how many rows were written. Raises ``BadInput`` when there are bad rows and ``accept``
    is false; with it, rows that cannot be taken are left out.
    """
    if plan.bad and not accept:
        raise BadInput(
            "list.bad_rows",
            _("%(number)s bad rows: nothing was written. Mend them, or accept what can be.")
            % {"number": len(plan.bad)},
        )
    with transaction.atomic():
        _WRITERS[plan.kind](plan)
        audit.record(
            actor=actor,
            act=f"{plan.kind.value}.imported",
            subject="territory:lists",
            detail={"rows": len(plan.rows)},
        )
    lookup.forget()
    return len(plan.rows)


def _columns_for(
    plan: ListPlan, table: Table, told: Mapping[str, str], srs: str | None
) -> dict[str, str] | None:
    by_lower = {name.lower(): name for name in table.header}
    found: dict[str, str] = {}
    for target, usual in COLUMNS[plan.kind].items():
        names = (told[target].lower(),) if target in told else usual
        name = next((by_lower[each] for each in names if each in by_lower), None)
        found |= {target: name} if name else {}
    for target in _NEEDED[plan.kind]:
        if target not in found:
            message = _("There is no column for “%(field)s”; the file has: %(columns)s.") % {
                "field": target,
                "columns": ", ".join(table.header),
            }
            plan.refuse(0, "", RowFault.MISSING_COLUMN, message)
    if srs is None and "srs" not in found:
        silent = _("The file does not say its reference system: choose one (--srs).")
        plan.refuse(0, "", RowFault.WRONG_REFERENCE_SYSTEM, silent)
    return None if plan.bad else found


class _Reader:
    """Reads rows one by one; a row with something wrong is listed and not taken."""

    def __init__(self, plan: ListPlan, columns: Mapping[str, str], srs: str | None) -> None:
        self.plan, self.columns, self.srs = plan, columns, srs
        self.references: dict[str, Reference] = {}

    def read(self, line: int, cells: Mapping[str, str]) -> None:
        """Take one row in, or say what is wrong with it."""
        values = {name: cells.get(column, "") for name, column in self.columns.items()}
        before = len(self.plan.bad)
        for name in _NEEDED[self.plan.kind]:
            if not values[name]:
                message = _("The row has no %(field)s.") % {"field": name}
                self._refuse(line, values, RowFault.MISSING_VALUE, message)
        self._check_values(line, values)
        spot = self._spot(line, values) if len(self.plan.bad) == before else None
        if spot is not None and len(self.plan.bad) == before:
            self.plan.rows.append(ListRow(line, values, spot))

    def _refuse(
        self, line: int, values: Mapping[str, str], fault: RowFault, message: object
    ) -> None:
        self.plan.refuse(line, values.get("code", ""), fault, message)

    def _check_values(self, line: int, values: dict[str, str]) -> None:
        for name in ("units", "floors"):
            text = values.get(name, "")
            if text and not (text.isdecimal() and 0 < int(text) < 200):
                message = _("%(field)s must be a number from 1 to 199.") % {"field": name}
                self._refuse(line, values, RowFault.WRONG_VALUE, message)
        limits = {"code": 40, "name": 80, "address": 160, "estate": 80, "phone": 32}
        for name, limit in limits.items():
            if len(values.get(name, "")) > limit:
                message = _("%(field)s is longer than %(limit)s characters.") % {
                    "field": name,
                    "limit": limit,
                }
                self._refuse(line, values, RowFault.WRONG_VALUE, message)
        if self.plan.kind is not ListKind.BUILDINGS:
            self._check_kind(line, values)

    def _check_kind(self, line: int, values: dict[str, str]) -> None:
        is_post = self.plan.kind is ListKind.POSTS
        known: dict[str, Any] = _POST_KINDS if is_post else _LANDMARK_KINDS
        choices: Sequence[str] = PostKind.values if is_post else LandmarkKind.values
        text = values.get("kind", "")
        kind = str(known.get(text, text or ("" if is_post else LandmarkKind.LANDMARK)))
        if kind not in choices:
            message = _("“%(kind)s” is no kind of this list.") % {"kind": text[:30]}
            self._refuse(line, values, RowFault.WRONG_VALUE, message)
        values["kind"] = kind

    def _spot(self, line: int, values: Mapping[str, str]) -> Spot | None:
        try:
            x, y = float(values["lon"]), float(values["lat"])
        except ValueError:
            self._refuse(line, values, RowFault.WRONG_VALUE, _("The coordinates are no numbers."))
            return None
        name = values.get("srs") or self.srs
        if not name:
            message = _("The row does not say its reference system.")
            self._refuse(line, values, RowFault.WRONG_REFERENCE_SYSTEM, message)
            return None
        try:
            reference = self.references.setdefault(name, Reference.named(name))
        except BadInput as error:
            self._refuse(line, values, RowFault.WRONG_REFERENCE_SYSTEM, error.message)
            return None
        return self._plausible(line, values, reference, Spot(x, y))

    def _plausible(
        self, line: int, values: Mapping[str, str], reference: Reference, given: Spot
    ) -> Spot | None:
        message: object = None
        spot = reference.to_wgs84(*given)
        if not np.isfinite(spot).all() or not (abs(spot.lon) <= 180 and abs(spot.lat) <= 90):
            swapped = abs(given.lat) <= 180 and abs(given.lon) <= 90
            message = (
                _("Longitude and latitude look swapped.")
                if swapped and reference.crs is None
                else _("These coordinates are no degrees in that system: choose one (--srs).")
            )
        elif reference.is_chinese and not is_in_china(spot):
            message = _("%(system)s holds in China only.") % {"system": reference.name}
        if message:
            self._refuse(line, values, RowFault.WRONG_REFERENCE_SYSTEM, message)
            return None
        return spot


def _check_doubles(plan: ListPlan) -> None:
    if plan.kind is ListKind.LANDMARKS:
        return
    times = Counter(row.values["code"] for row in plan.rows)
    seen: set[str] = set()
    for row in list(plan.rows):
        code = row.values["code"]
        if code in seen:
            message = _("The code %(code)s is given %(times)s times.") % {
                "code": code,
                "times": times[code],
            }
            plan.refuse(row.line, code, RowFault.DUPLICATE_CODE, message)
            plan.rows.remove(row)
        seen.add(code)


def _check_ground(plan: ListPlan) -> None:
    """Lay the rows on the ground: far away means a wrong system, just outside is only told."""
    located = locating.locate_many([row.spot for row in plan.rows])
    plan.located = {row.line: where for row, where in zip(plan.rows, located, strict=True)}
    home = locating.middle()
    for row in list(plan.rows):
        code = row.values.get("code", "")
        if home is not None and distance_m(home, row.spot) > PLAUSIBLE_M:
            plan.refuse(row.line, code, RowFault.WRONG_REFERENCE_SYSTEM, _far_sentence(home, row))
            plan.rows.remove(row)
        elif home is not None and plan.located[row.line].is_outside:
            message = _("The spot lies outside every area.")
            plan.refuse(row.line, code, RowFault.OUTSIDE, message)
    if plan.kind is ListKind.POSTS:
        _check_post_areas(plan)


def _far_sentence(home: Spot, row: ListRow) -> object:
    swapped = Spot(row.spot.lat, row.spot.lon)
    if abs(swapped.lat) <= 90 and distance_m(home, swapped) <= PLAUSIBLE_M:
        return _("Longitude and latitude look swapped.")
    away = f"{distance_m(home, row.spot) / 1000:,.0f}"
    return _("Lies %(km)s km from the rest: check the reference system.") % {"km": away}


def _check_post_areas(plan: ListPlan) -> None:
    """A post stands under the area it names, or else under the police network's where it stands."""
    codes = {row.values["area"] for row in plan.rows if row.values.get("area")}
    valid = Area.objects.filter(code__in=codes, valid_to__isnull=True).order_by("network", "id")
    by_code = {area.code: area.pk for area in valid}
    for row in list(plan.rows):
        named = row.values.get("area", "")
        leaf = plan.located[row.line].leaf.get(Network.POLICE)
        area_id = by_code.get(named) if named else (leaf.id if leaf else None)
        if area_id is None:
            message = _("There is no area “%(area)s”.") % {"area": named or "–"}
            plan.refuse(row.line, row.values["code"], RowFault.UNKNOWN_AREA, message)
            plan.rows.remove(row)
        else:
            row.values["area"] = str(area_id)


def _write_buildings(plan: ListPlan) -> None:
    Building.objects.bulk_create(
        [
            Building(
                code=row.values["code"],
                name=row.values["name"],
                address=row.values.get("address", ""),
                estate=row.values.get("estate", ""),
                lon=row.spot.lon,
                lat=row.spot.lat,
                units=int(row.values.get("units") or 1),
                floors=int(row.values.get("floors") or 1),
            )
            for row in plan.rows
        ],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            "name", "address", "estate", "lon", "lat", "units", "floors", "pinyin", "grams",
        ],
    )  # fmt: skip


def _write_posts(plan: ListPlan) -> None:
    Post.objects.bulk_create(
        [
            Post(
                kind=row.values["kind"],
                code=row.values["code"],
                name=row.values["name"],
                phone=row.values.get("phone", ""),
                area_id=int(row.values["area"]),
                lon=row.spot.lon,
                lat=row.spot.lat,
            )
            for row in plan.rows
        ],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["kind", "name", "phone", "area", "lon", "lat", "pinyin", "grams"],
    )


def _write_landmarks(plan: ListPlan) -> None:
    names = {row.values["name"] for row in plan.rows}
    known: dict[str, list[Landmark]] = {}
    for landmark in Landmark.objects.filter(name__in=names):
        known.setdefault(landmark.name, []).append(landmark)
    fresh = []
    for row in plan.rows:
        same = _same_landmark(known.get(row.values["name"], []), row.spot)
        landmark = same or Landmark()
        landmark.name, landmark.kind = row.values["name"], row.values["kind"]
        landmark.lon, landmark.lat = row.spot
        landmark.aliases = _split(row.values.get("aliases", ""))
        if same:
            same.save()
        else:
            fresh.append(landmark)
    Landmark.objects.bulk_create(fresh, batch_size=1000)


def _same_landmark(known: Sequence[Landmark], spot: Spot) -> Landmark | None:
    near = [(distance_m(spot, Spot(one.lon, one.lat)), one.pk, one) for one in known]
    best = min(near, default=None, key=lambda each: each[:2])
    return best[2] if best and best[0] <= SAME_LANDMARK_M else None


def _split(text: str) -> list[str]:
    for mark in "、,，;；|/":
        text = text.replace(mark, "\n")
    return [name.strip()[:80] for name in text.splitlines() if name.strip()]


_WRITERS: Mapping[ListKind, Callable[[ListPlan], None]] = {
    ListKind.BUILDINGS: _write_buildings,
    ListKind.POSTS: _write_posts,
    ListKind.LANDMARKS: _write_landmarks,
}
