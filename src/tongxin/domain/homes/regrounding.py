"""The register follows the ground: when areas are redrawn, each building's rows go with it.

An incident keeps the areas of its day; a flat lies where it lies today. Grants follow redrawn areas
at once, so a ticker of the worker, as a system actor, brings the register after them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import models, transaction
from django.utils import timezone

from tongxin.domain.homes.models import (
    BreakGlass,
    CareMark,
    Flat,
    HomeQuestion,
    LookApproval,
    QuestionState,
    RegisterGrant,
    Resident,
    Sheet,
    SheetMapping,
    SyncConflict,
    Unit,
    Visit,
)
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Building
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

ACTOR = "homes.ground"
EVERY_SECONDS = 3.0
LOOK_ANYWAY = dt.timedelta(hours=1)
"""So often all buildings are compared even if no area changed: one may have been put right."""
_BATCH = 100
_UNIT_OF: tuple[tuple[type[models.Model], str], ...] = (
    (Sheet, "unit_id"),
    (Resident, "flat__unit_id"),
    (Visit, "flat__unit_id"),
    (SyncConflict, "flat__unit_id"),
    (CareMark, "resident__flat__unit_id"),
    (LookApproval, "resident__flat__unit_id"),
)
"""What goes with a unit and its flats, and the way from there to the unit."""
_seen: tuple[int, dt.date, dt.datetime] | None = None


def tick() -> None:
    """Bring the register after the ground, when areas changed or begin to hold today."""
    global _seen  # noqa: PLW0603 - what this worker has compared last
    now = clock.now()
    version, today = locating.current_version(), timezone.localdate(now)
    if _seen is not None and _seen[:2] == (version, today) and now - _seen[2] < LOOK_ANYWAY:
        return
    follow_ground()
    _seen = version, today, now


def follow_ground() -> int:
    """Give the rows of every building that lies otherwise by now its areas of today.

    A hundred buildings a transaction; done again it does nothing. Returns how many it moved.
    """
    locating.reload()
    moved = 0
    for areas, buildings in sorted(_astray().items()):
        for some in _batches(sorted(buildings)):
            with acting_as(ACTOR), transaction.atomic():
                _move(some, list(areas))
                audit.record(
                    actor=f"system:{ACTOR}",
                    act="homes.ground_followed",
                    subject=f"territory:{locating.current_version()}",
                    detail={"buildings": len(some)},
                )
            moved += len(some)
    return moved


def carry(successors: dict[int, int]) -> None:
    """Let register grants, open questions and remembered columns go over to redrawn areas.

    Called in the transaction of the import, as the members' grants are carried then.
    """
    with acting_as(ACTOR):
        for old, new in successors.items():
            RegisterGrant.objects.filter(area_id=old).update(area_id=new)
            SheetMapping.objects.filter(holder=f"area:{old}").update(holder=f"area:{new}")
        asked = HomeQuestion.objects.filter(beat_id__in=successors, state=QuestionState.ASKED)
        for question in asked.select_for_update():
            beat = locating.area_info(successors[question.beat_id])
            question.beat_id = beat.id
            question.area_ids = sorted({*question.area_ids, *beat.path})
            question.save(update_fields=["beat_id", "area_ids"])


def _astray() -> dict[tuple[int, ...], list[int]]:
    """Return the buildings whose units lie in other areas than they say, by their areas today."""
    with acting_as(ACTOR):
        held: dict[int, set[frozenset[int]]] = defaultdict(set)
        for building_id, areas in Unit.objects.values_list("building_id", "area_ids"):
            held[building_id].add(frozenset(areas))
    rows = list(Building.objects.filter(pk__in=held).values_list("id", "lon", "lat"))
    where = locating.locate_many([Spot(lon, lat) for _id, lon, lat in rows])
    found: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for (building_id, _lon, _lat), at in zip(rows, where, strict=True):
        if held[building_id] != {frozenset(at.area_ids)}:
            found[at.area_ids].append(building_id)
    return found


def _batches(ids: list[int]) -> list[list[int]]:
    return [ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH)]


def _move(buildings: Sequence[int], areas: list[int]) -> None:
    """Move all rows of some buildings; flats first, the lock under which their people change."""
    locked = Unit.objects.select_for_update().filter(building_id__in=buildings).order_by("id")
    units = list(locked.values_list("id", flat=True))
    Unit.objects.filter(pk__in=units).update(area_ids=areas)
    Flat.objects.filter(unit_id__in=units).update(area_ids=areas, changed_at=clock.now())
    for model, unit in _UNIT_OF:
        rows = model._default_manager.filter(**{f"{unit}__in": units})
        rows.update(area_ids=areas)
    _open_to_both(buildings, areas)


def _open_to_both(buildings: Sequence[int], areas: list[int]) -> None:
    """Show an emergency look that waits for review to the supervisors of the new ground too."""
    waiting = BreakGlass.objects.filter(building_id__in=buildings, reviewed_at__isnull=True)
    for glass in waiting.select_for_update():
        glass.area_ids = sorted({*glass.area_ids, *areas})
        glass.save(update_fields=["area_ids"])
