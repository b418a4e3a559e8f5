"""What an import of areas would change, and every row that keeps it from being clean."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.territory import checking, locating
from tongxin.foundation.territory.ground import AreaInfo, Ground
from tongxin.foundation.territory.models import NETWORK_LEVELS
from tongxin.foundation.territory.plane import Plane
from tongxin.foundation.territory.reading import AreasRead
from tongxin.foundation.territory.rows import AreaRow, BadRow, RowFault
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot, distance_m

PLAUSIBLE_M = 300_000.0
"""Farther than this from the rest, coordinates are taken to be in another reference system."""
STORED_DECIMALS = 8
Key = tuple[str, str]
"""Network and code: what an area is through time."""


@dataclass(slots=True)
class AreaPlan:
    """What an import would do; nothing is written until it is applied.

    ``rows`` are those that can be taken, higher levels first, their shapes mended; ``start`` the
    keys of new areas, ``change`` those drawn or named anew, ``end`` the areas that vanish.
    """

    day: dt.date
    version: int
    rows: list[AreaRow]
    bad: list[BadRow] = field(default_factory=list)
    start: set[Key] = field(default_factory=set)
    change: set[Key] = field(default_factory=set)
    end: list[AreaInfo] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Tell whether there is no bad row."""
        return not self.bad

    @property
    def left_out(self) -> list[BadRow]:
        """Return the bad rows that are not taken even when told to accept."""
        return [row for row in self.bad if not row.acceptable]


def plan_areas(
    read: AreasRead, *, on: dt.date | None = None, keep_others: bool = False
) -> AreaPlan:
    """Check rows against each other and the ground, and say what would change from ``on`` (today).

    Areas of the same networks and levels that the files no longer have end on that day, unless
    ``keep_others``. Writes nothing.
    """
    day = on or timezone.localdate(clock.now())
    locating.forget()
    ground = locating.ground_on(day)
    checker = _Checker(ground, list(read.rows), list(read.bad), keep_others)
    rows = checker.check()
    plan = AreaPlan(day, locating.current_version(), rows, checker.bad, end=checker.ending)
    for row in rows:
        known = checker.known.get(_key(row))
        if known is None:
            plan.start.add(_key(row))
        elif differs(row, known, ground):
            plan.change.add(_key(row))
    return plan


def missing(ground: Ground, rows: Iterable[AreaRow]) -> list[AreaInfo]:
    """Return the areas that rows of the same networks and levels no longer have."""
    rows = list(rows)
    named = {_key(row) for row in rows}
    drawn = {(row.network, row.level) for row in rows}
    return [
        info
        for info in ground.infos.values()
        if (info.network.value, info.level.value) in drawn
        and (info.network.value, info.code) not in named
    ]


def differs(row: AreaRow, known: AreaInfo, ground: Ground) -> bool:
    """Tell whether a row would make a known area another one: its outline, name, level, parent."""
    parent = ground.infos[known.parent_id].code if known.parent_id else ""
    if (row.level, row.name, row.parent) != (known.level.value, known.name, parent):
        return True
    old = shapely.normalize(ground.shape_of(known.id))
    return not shapely.equals_exact(shapely.normalize(row.shape), old, 10**-STORED_DECIMALS)


def rank_of(network: str, level: str) -> int:
    """Return how far down a level stands in its network, 0 at the top."""
    return NETWORK_LEVELS[network].index(level)


def _key(row: AreaRow) -> Key:
    return row.network, row.code


class _Checker:
    """Goes through the rows once; what is wrong is gathered in ``bad``."""

    def __init__(
        self, ground: Ground, rows: list[AreaRow], bad: list[BadRow], keep_others: bool
    ) -> None:
        self.ground, self.rows, self.bad = ground, rows, bad
        self.known = {(i.network.value, i.code): i for i in ground.infos.values()}
        self.out: set[int] = set()
        self.ending = [] if keep_others else missing(ground, rows)

    def check(self) -> list[AreaRow]:
        """Run every check; return the rows that can be taken, higher levels first."""
        self._check_words()
        self._check_doubles()
        self._check_shapes()
        self._check_places()
        self._check_parents()
        taken = self._taken()
        taken.sort(key=lambda row: rank_of(row.network, row.level))
        self._keep_parents_of_the_rest()
        if taken:
            self._check_division(taken)
        return taken

    def _refuse(self, row: AreaRow, fault: RowFault, message: object, **where: Any) -> None:
        self.bad.append(row.bad(fault, message, **where))
        if not self.bad[-1].acceptable:
            self.out.add(id(row))

    def _taken(self) -> list[AreaRow]:
        return [row for row in self.rows if id(row) not in self.out]

    def _check_words(self) -> None:
        for row in self.rows:
            for name in ("code", "name"):
                if not getattr(row, name):
                    message = _("The row has no %(field)s.") % {"field": name}
                    self._refuse(row, RowFault.MISSING_VALUE, message)
            if len(row.code) > 32 or len(row.name) > 80:
                self._refuse(row, RowFault.WRONG_VALUE, _("The code or the name is too long."))
            if row.level not in NETWORK_LEVELS.get(row.network, ()):
                message = _("The network “%(network)s” has no level “%(level)s”.") % {
                    "network": row.network[:20],
                    "level": row.level[:20],
                }
                self._refuse(row, RowFault.WRONG_LEVEL, message)
            if row.promise_minutes is not None and not 1 <= row.promise_minutes <= 60:
                self._refuse(row, RowFault.WRONG_VALUE, _("A promise is from 1 to 60 minutes."))

    def _check_doubles(self) -> None:
        times = Counter(_key(row) for row in self.rows)
        seen: set[Key] = set()
        for row in self.rows:
            if row.code and times[_key(row)] > 1 and _key(row) in seen:
                message = _("The code %(code)s is given %(times)s times.") % {
                    "code": row.code,
                    "times": times[_key(row)],
                }
                self._refuse(row, RowFault.DUPLICATE_CODE, message)
            seen.add(_key(row))

    def _check_shapes(self) -> None:
        refused = {
            (b.source, b.line) for b in self.bad if b.fault is RowFault.WRONG_REFERENCE_SYSTEM
        }
        for row in self.rows:
            if row.shape is None:
                if refused & {(row.source, 0), (row.source, row.line)}:
                    self.out.add(id(row))  # the row or its whole file was refused already
                else:
                    self._refuse(row, RowFault.NOT_A_POLYGON, _("The row has no usable polygon."))
            elif self._has_degrees(row):
                self._mend(row)

    def _has_degrees(self, row: AreaRow) -> bool:
        west, south, east, north = shapely.bounds(row.shape)
        if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
            return True
        if -90 <= west <= east <= 90 and -180 <= south <= north <= 180:
            message = _("Longitude and latitude look swapped.")
        else:
            message = _("These coordinates are no degrees in that system: choose one (--srs).")
        self._refuse(row, RowFault.WRONG_REFERENCE_SYSTEM, message)
        return False

    def _mend(self, row: AreaRow) -> None:
        spot = checking.crossing(row.shape)
        if spot is not None:
            mended = checking.mended(row.shape)
            if mended.is_empty:
                self._refuse(row, RowFault.NOT_A_POLYGON, _("The polygon covers no ground."))
                return
            message = _(
                "The polygon crosses itself at %(lon).6f, %(lat).6f; --accept mends it by a zero"
                " buffer."
            ) % {"lon": spot.lon, "lat": spot.lat}
            self._refuse(row, RowFault.SELF_CROSSING, message, spot=spot)
            row.shape = mended
        row.shape = _rounded(row.shape)

    def _check_places(self) -> None:
        """Find rows that lie far from the known territory, or else from the other rows."""
        rows = [row for row in self._taken() if row.shape is not None]
        if not rows:
            return
        centres = shapely.get_coordinates(shapely.centroid([row.shape for row in rows]))
        if self.ground.records:
            home = Spot(self.ground.plane.lon, self.ground.plane.lat)
        else:
            home = Spot(*(float(value) for value in np.median(centres, axis=0)))
        for row, (lon, lat) in zip(rows, centres, strict=True):
            away = distance_m(home, Spot(float(lon), float(lat)))
            if away > PLAUSIBLE_M:
                self._refuse(row, RowFault.WRONG_REFERENCE_SYSTEM, _far(away))

    def _check_parents(self) -> None:
        """Follow parents from the top down; whoever hangs on a row left out is left out too."""
        tops = self._top_ranks()
        fine = {_key(row): row.level for row in self.rows if id(row) not in self.out}
        for row in sorted(self._taken(), key=lambda row: rank_of(row.network, row.level)):
            above = self._level_above(row, fine)
            if above is None and (
                row.parent or rank_of(row.network, row.level) > tops[row.network]
            ):
                message = _("There is no area %(code)s above this one.") % {
                    "code": row.parent or "–"
                }
                self._refuse(row, RowFault.UNKNOWN_PARENT, message)
                fine.pop(_key(row), None)
            elif above and rank_of(row.network, above) >= rank_of(row.network, row.level):
                message = _("The area above, %(code)s, stands on no higher level.") % {
                    "code": row.parent
                }
                self._refuse(row, RowFault.WRONG_LEVEL, message)
                fine.pop(_key(row), None)

    def _top_ranks(self) -> dict[str, int]:
        """Return, by network, the rank of its topmost level in the file or on the ground."""
        tops: dict[str, int] = {}
        levels = [(row.network, row.level) for row in self._taken()]
        levels += [
            (info.network.value, info.level.value)
            for info in self.ground.infos.values()
            if info not in self.ending
        ]
        for network, level in levels:
            rank = rank_of(network, level)
            tops[network] = min(rank, tops.get(network, rank))
        return tops

    def _level_above(self, row: AreaRow, fine: dict[Key, str]) -> str | None:
        key = (row.network, row.parent)
        if not row.parent or row.parent == row.code:
            return None
        if key in fine:
            return fine[key]
        info = self.known.get(key)
        return info.level.value if info is not None and info not in self.ending else None

    def _keep_parents_of_the_rest(self) -> None:
        """Do not end an area under which others stay that the files do not speak of."""
        named = {_key(row) for row in self.rows}
        ending = {info.id for info in self.ending}
        for info in self.ground.infos.values():
            stays = info.id not in ending and (info.network.value, info.code) not in named
            for above in info.path[:-1] if stays else ():
                if above in ending:
                    ending.discard(above)
                    self.bad.append(_still_needed(self.ground.infos[above], info))
        self.ending = [info for info in self.ending if info.id in ending]

    def _check_division(self, taken: Sequence[AreaRow]) -> None:
        shapes = np.array([row.shape for row in taken], dtype=object)
        plane = Plane.around(tuple(float(v) for v in shapely.total_bounds(shapes)))  # type: ignore[arg-type]
        for layer in sorted({(row.network, row.level) for row in taken}):
            rows = [row for row in taken if (row.network, row.level) == layer]
            self._check_overlaps(rows, self._staying(layer), plane)
        self._check_gaps(taken, plane)

    def _staying(self, layer: tuple[str, str]) -> list[AreaInfo]:
        named = {_key(row) for row in self.rows}
        return [
            info
            for key, info in self.known.items()
            if (info.network.value, info.level.value) == layer
            and key not in named
            and info not in self.ending
        ]

    def _check_overlaps(
        self, rows: Sequence[AreaRow], staying: Sequence[AreaInfo], plane: Plane
    ) -> None:
        shapes = [row.shape for row in rows] + [self.ground.shape_of(i.id) for i in staying]
        names = [row.name for row in rows] + [info.name for info in staying]
        for found in checking.overlaps(shapes, plane):
            if found.first < len(rows):
                message = _("Overlaps %(name)s by %(area)s m².") % {
                    "name": names[found.second],
                    "area": f"{found.square_metres:,.0f}",
                }
                self._refuse(
                    rows[found.first],
                    RowFault.OVERLAP,
                    message,
                    spot=found.spot,
                    square_metres=found.square_metres,
                )

    def _check_gaps(self, taken: Sequence[AreaRow], plane: Plane) -> None:
        by_key = {_key(row): row for row in taken}
        for key in sorted({(row.network, row.parent) for row in taken if row.parent}):
            children = [row.shape for row in taken if (row.network, row.parent) == key]
            children += [self.ground.shape_of(i.id) for i in self._staying_under(key)]
            parent = by_key.get(key)
            shape = parent.shape if parent else self.ground.shape_of(self.known[key].id)
            gap = checking.gap_within(shape, children, plane)
            self._add_gap(gap, parent or _first_child(taken, key), key[1])
        for network in sorted({row.network for row in taken}):
            roots = [row for row in taken if row.network == network and not row.parent]
            if len(roots) > 1:
                self._add_gap(checking.holes_in([r.shape for r in roots], plane), roots[0], network)

    def _staying_under(self, key: Key) -> Iterable[AreaInfo]:
        parent = self.known.get(key)
        named = {_key(row) for row in self.rows}
        children = self.ground.children(parent.id) if parent else []
        return [
            c for c in children if (c.network.value, c.code) not in named and c not in self.ending
        ]

    def _add_gap(self, gap: checking.Gap | None, row: AreaRow, within: str) -> None:
        if gap is None:
            return
        message = _("Within %(name)s, %(area)s m² in %(pieces)s pieces belong to nobody.") % {
            "name": within,
            "area": f"{gap.square_metres:,.0f}",
            "pieces": gap.pieces,
        }
        self._refuse(row, RowFault.GAP, message, spot=gap.spot, square_metres=gap.square_metres)


def _first_child(rows: Sequence[AreaRow], key: Key) -> AreaRow:
    return next(row for row in rows if (row.network, row.parent) == key)


def _still_needed(above: AreaInfo, below: AreaInfo) -> BadRow:
    message = _("%(above)s is not in the files but stays, for %(below)s lies under it.") % {
        "above": above.name,
        "below": below.name,
    }
    return BadRow("", 0, above.code, RowFault.OUTSIDE, str(message))


def _far(metres: float) -> str:
    return str(
        _("Lies %(km)s km from the rest: check the reference system.")
        % {"km": f"{metres / 1000:,.0f}"}
    )


def _rounded(shape: Any) -> Any:
    """Keep a millimetre; neighbours that shared a corner still share it."""
    return shapely.transform(shape, lambda xy: np.round(xy, STORED_DECIMALS))
