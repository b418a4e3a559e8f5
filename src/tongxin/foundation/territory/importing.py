"""Imports of the ground: read, plan (the dry run), apply (in one transaction, history kept)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import actions, locating, lookup, succession
from tongxin.foundation.territory.ground import AreaInfo, Ground
from tongxin.foundation.territory.listing import ListPlan, apply_lists, plan_lists
from tongxin.foundation.territory.models import Area, Network, Post, TerritoryVersion
from tongxin.foundation.territory.planning import AreaPlan, Key, plan_areas, rank_of
from tongxin.foundation.territory.reading import AreaSource, AreasRead, read_areas
from tongxin.foundation.territory.rows import AreaRow, BadRow, RowFault
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.kernel.geometry import Spot

__all__ = [
    "AreaPlan",
    "AreaSource",
    "AreasApplied",
    "AreasRead",
    "BadRow",
    "ListPlan",
    "RowFault",
    "apply_areas",
    "apply_lists",
    "plan_areas",
    "plan_lists",
    "read_areas",
]

_IDS = """
    SELECT nextval(pg_get_serial_sequence('territory_area', 'id')) FROM generate_series(1, %s)
"""


@dataclass(frozen=True, slots=True)
class AreasApplied:
    """What an import did: how many areas it started, drew anew, ended, and rows it left out."""

    started: int
    changed: int
    ended: int
    left_out: int
    faults_mended: int


def apply_areas(plan: AreaPlan, *, actor: str, accept: bool = False) -> AreasApplied:
    """Write a plan in one transaction; ``actor`` stands in the trail, as ``member:7``.

    Changed areas end on the plan's day and start anew under new ids, with all that lies under
    them; posts and, through `succession`, grants follow. Raises ``BadInput`` when there are bad
    rows and ``accept`` is false, ``Conflict`` when the territory changed since the plan was made.
    The caller has checked that the actor may change the territory.
    """
    if plan.bad and not accept:
        raise BadInput(
            "areas.bad_rows",
            _("%(number)s bad rows: nothing was written. Mend them, or accept what can be.")
            % {"number": len(plan.bad)},
        )
    with transaction.atomic():
        _lock(plan.version)
        change = _Change(plan, locating.ground_on(plan.day))
        change.write()
        locating.forget()
        lookup.forget()
        _move_posts(change.ended_without_heir(), plan.day)
        succession.tell(change.heirs())
        mended = actions.recheck_faults()
        done = AreasApplied(
            len(plan.start), len(change.heirs()), len(plan.end), len(plan.left_out), mended
        )
        audit.record(
            actor=actor,
            act="territory.imported",
            subject=f"territory:{plan.day.isoformat()}",
            detail={"started": done.started, "changed": done.changed, "ended": done.ended},
        )
    return done


def _lock(planned_on: int) -> None:
    """Let one import in at a time, and only on the ground that it was planned for."""
    row = TerritoryVersion.objects.select_for_update().first()
    if row is not None and row.version != planned_on:
        raise Conflict(
            "territory.changed", _("The territory has changed meanwhile: plan the import again.")
        )


class _Change:
    """Turns a plan into rows: new areas with their paths, ends of old ones, who follows whom."""

    def __init__(self, plan: AreaPlan, ground: Ground) -> None:
        self.plan, self.ground = plan, ground
        self.by_key = {(i.network.value, i.code): i for i in ground.infos.values()}
        self.ending = {info.id for info in plan.end}
        self.paths: dict[Key, list[int]] = {}
        self.fresh: list[Area] = []
        self.kept: list[Area] = []
        self.successors: dict[int, int] = {}

    def write(self) -> None:
        """End, then start: the unique code of valid areas allows no other order."""
        rows = {(row.network, row.code): row for row in self.plan.rows}
        self._prepare(rows)
        gone = self.ending | set(self.successors)
        Area.objects.filter(pk__in=gone).update(valid_to=self.plan.day)
        Area.objects.bulk_create(self.fresh, batch_size=500)
        self._carry_posts()
        self._update_figures(rows)

    def heirs(self) -> dict[int, int]:
        """Return old id → new id for every area that was drawn anew."""
        return self.successors

    def ended_without_heir(self) -> set[int]:
        """Return the ids of areas that vanished."""
        return self.ending

    def _prepare(self, rows: dict[Key, AreaRow]) -> None:
        """Go from the top down, so that each area finds its parent's path."""
        staying = {
            key: info
            for key, info in self.by_key.items()
            if key not in rows and info.id not in self.ending
        }
        work: list[tuple[int, Key]] = [
            (rank_of(row.network, row.level), key) for key, row in rows.items()
        ] + [(rank_of(i.network.value, i.level.value), key) for key, i in staying.items()]
        ids = iter(_new_ids(len(work)))
        older = Area.objects.in_bulk([info.id for info in staying.values()])
        for _rank, key in sorted(work):
            if key in rows:
                self._place_row(rows[key], next(ids))
            else:
                self._place_staying(staying[key], older[staying[key].id], next(ids))

    def _place_row(self, row: AreaRow, fresh_id: int) -> None:
        key = (row.network, row.code)
        known = self.by_key.get(key)
        above = self.paths.get((row.network, row.parent), [])
        if known and key not in self.plan.change and list(known.path[:-1]) == above:
            self.paths[key] = list(known.path)
            return
        self._start(key, known, above, fresh_id, **_columns(row))

    def _place_staying(self, info: AreaInfo, old: Area, fresh_id: int) -> None:
        """Leave an area that no file speaks of, or start it anew under a parent drawn anew."""
        key = (info.network.value, info.code)
        above: list[int] = []
        if info.parent_id is not None:
            above = self.paths[(info.network.value, self.ground.infos[info.parent_id].code)]
        if list(info.path[:-1]) == above:
            self.paths[key] = list(info.path)
            return
        same = {
            name: getattr(old, name)
            for name in (*_ROW_COLUMNS, "geometry", "population", "promise_minutes")
        }
        self._start(key, info, above, fresh_id, **same)

    def _start(
        self, key: Key, known: AreaInfo | None, above: list[int], fresh_id: int, **columns: Any
    ) -> None:
        path = [*above, fresh_id]
        self.paths[key] = path
        if known is not None:
            self.successors[known.id] = fresh_id
        self.fresh.append(
            Area(
                id=fresh_id,
                path=path,
                parent_id=above[-1] if above else None,
                valid_from=self.plan.day,
                **columns,
            )
        )

    def _carry_posts(self) -> None:
        posts = list(Post.objects.filter(area_id__in=self.successors))
        for post in posts:
            post.area_id = self.successors[post.area_id]
        Post.objects.bulk_update(posts, ["area"], batch_size=500)

    def _update_figures(self, rows: dict[Key, AreaRow]) -> None:
        """Take over what makes no other area of one: number, promise, population, village."""
        fresh = {area.pk for area in self.fresh}
        ids = {self.paths[key][-1]: row for key, row in rows.items()}
        areas = Area.objects.in_bulk([i for i in ids if i not in fresh])
        for area_id, area in areas.items():
            row = ids[area_id]
            area.number, area.is_village = row.number, row.is_village
            area.promise_minutes, area.population = row.promise_minutes, row.population
        Area.objects.bulk_update(
            areas.values(),
            ["number", "is_village", "promise_minutes", "population"],
            batch_size=500,
        )


_ROW_COLUMNS = ("network", "level", "code", "name", "number", "is_village")


def _columns(row: AreaRow) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _ROW_COLUMNS},
        "promise_minutes": row.promise_minutes,
        "population": row.population,
        "geometry": shapely.geometry.mapping(row.shape),
    }


def _new_ids(number: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [number])
        return [row[0] for row in cursor.fetchall()]


def _move_posts(ended: set[int], day: dt.date) -> None:
    """Put posts of areas that vanished under the area in which they stand."""
    posts: Sequence[Post] = list(Post.objects.filter(area_id__in=ended).select_related("area"))
    found = locating.locate_many([Spot(post.lon, post.lat) for post in posts], day)
    for post, located in zip(posts, found, strict=True):
        leaf = located.leaf.get(Network(post.area.network))
        if leaf is not None:
            Post.objects.filter(pk=post.pk).update(area_id=leaf.id)
