"""Closing and reopening roads, and setting the rush hours.

Each is a row, announced to the other processes on the channel `CHANNEL`; those that do not listen
see it within half a second, for `loading` looks that often.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.roads import loading, rushhours
from tongxin.foundation.roads.models import Closure, RushHours
from tongxin.foundation.roads.network import Mode
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, NotFound
from tongxin.kernel.geometry import Spot

if TYPE_CHECKING:
    from tongxin.foundation.roads.cch import CchNetwork

CHANNEL = "tongxin_roads"
NEAR_ENOUGH_M = 100.0
_REASON = re.compile(r"[a-z][a-z0-9_]{0,39}")


def close_road(
    *,
    actor: str,
    reason_code: str,
    segments: Sequence[int] = (),
    spot: Spot | None = None,
    until: dt.datetime | None = None,
    modes: Collection[Mode] = tuple(Mode),
) -> list[Closure]:
    """Shut segments by key (`Snap.segment`), or the one at a spot, for some modes.

    ``until`` is aware, None means until reopened; ``actor`` the reference of who closes.

    Raises:
        BadInput: no mode, a time that is past, a reason that is no code, no road at the spot.
        NotFound: a key that the map in force does not know.
        Conflict: no map is imported.
    """
    network = _map_in_force()
    _check(reason_code, until, modes)
    keys = list(segments) or [_segment_at(network, spot, modes)]
    graph = network.graph
    if any(key not in graph.position_of_key for key in keys):
        raise NotFound("roads.no_segment", _("The map has no such street."), field="segments")
    middles = {key: graph.middle(graph.position_of_key[key]) for key in keys}
    rows = [
        Closure(segment_key=key, lon=middle.lon, lat=middle.lat, modes=sorted(modes),
                reason_code=reason_code, closed_at=clock.now(), closed_by=actor, until=until)
        for key, middle in middles.items()
    ]  # fmt: skip
    with transaction.atomic():
        created = Closure.objects.bulk_create(rows)
        _announce()
    return created


def reopen_road(*, actor: str, closures: Sequence[int]) -> int:
    """Lift closures by id; return how many still stood. Lifting twice does no harm."""
    del actor  # who reopened is kept by the caller's own timeline
    with transaction.atomic():
        standing = Closure.objects.filter(id__in=closures, lifted_at__isnull=True)
        lifted = standing.update(lifted_at=clock.now())
        _announce()
    return lifted


def set_rush_hour(*, actor: str, factors: Any) -> RushHours:
    """Set how much longer cars take, by road class and hour (see `RushHours`).

    Raises:
        BadInput: the table is not whole.
    """
    with transaction.atomic():
        row = RushHours.objects.create(
            factors=rushhours.checked(factors), set_at=clock.now(), set_by=actor
        )
        _announce()
    return row


def _map_in_force() -> CchNetwork:
    from tongxin.foundation.roads.cch import CchNetwork

    network = loading.current_network()
    if not isinstance(network, CchNetwork):
        raise Conflict("roads.no_map", _("No road can be closed, for no map is imported."))
    return network


def _check(reason_code: str, until: dt.datetime | None, modes: Collection[Mode]) -> None:
    if not modes:
        raise BadInput("roads.no_mode", _("Say for whom the road is closed."), field="modes")
    if not _REASON.fullmatch(reason_code):
        raise BadInput("roads.reason", _("The reason must be one of the codes."),
                       field="reason_code")  # fmt: skip
    if until is not None and until <= clock.now():
        raise BadInput("roads.until_past", _("The closure would end before it begins."),
                       field="until")  # fmt: skip


def _segment_at(network: CchNetwork, spot: Spot | None, modes: Collection[Mode]) -> int:
    snaps = [] if spot is None else [network.snap(spot, mode) for mode in modes]
    near = [snap for snap in snaps if snap.reachable and snap.distance_m <= NEAR_ENOUGH_M]
    if not near:
        raise BadInput("roads.no_road_here", _("There is no road within 100 m of this spot."),
                       field="spot")  # fmt: skip
    return min(near, key=lambda snap: snap.distance_m).segment


def _announce() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    transaction.on_commit(loading.refresh)
