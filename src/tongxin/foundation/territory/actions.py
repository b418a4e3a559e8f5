"""Writing what is wrong with the ground, so that the office page can list and draw it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection

from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.ground import FoundFault, Located
from tongxin.foundation.territory.models import GroundFault
from tongxin.kernel import clock
from tongxin.kernel.geometry import Spot

_RECORD = """
    INSERT INTO territory_groundfault AS known
        (network, kind, lon, lat, answered_area_id, area_ids, signature, times,
         first_seen, last_seen)
    VALUES (%(network)s, %(kind)s, %(lon)s, %(lat)s, %(answered)s, %(areas)s, %(signature)s, 1,
            %(now)s, %(now)s)
    ON CONFLICT (signature) DO UPDATE
    SET times = known.times + 1, last_seen = excluded.last_seen, mended_at = NULL
"""


def locate_and_record(spot: Spot, on: dt.date | None = None) -> Located:
    """Return `locating.locate`, and write down the gap or overlap that was met, if any."""
    located = locating.locate(spot, on)
    for fault in located.faults:
        record_fault(fault)
    return located


def record_fault(fault: FoundFault) -> None:
    """Write a fault, or count it once more: one row for each signature."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "network": fault.network.value,
                "kind": fault.kind.value,
                "lon": fault.spot.lon,
                "lat": fault.spot.lat,
                "answered": fault.answered.id,
                "areas": list(fault.area_ids),
                "signature": fault.signature,
                "now": clock.now(),
            },
        )


def recheck_faults() -> int:
    """Ask again about every open fault; mark those that are mended and return how many."""
    faults = list(GroundFault.objects.filter(mended_at__isnull=True))
    found = locating.locate_many([Spot(fault.lon, fault.lat) for fault in faults])
    mended = [
        fault.pk
        for fault, located in zip(faults, found, strict=True)
        if not _still_there(fault, located.faults)
    ]
    GroundFault.objects.filter(pk__in=mended).update(mended_at=clock.now())
    return len(mended)


def mark_mended(fault_id: int, *, actor: str) -> bool:
    """Put one fault away as mended; met again, it is open again. The caller checked the right."""
    open_one = GroundFault.objects.filter(pk=fault_id, mended_at__isnull=True)
    done = bool(open_one.update(mended_at=clock.now()))
    if done:
        audit.record(actor=actor, act="territory.fault_mended", subject=f"ground_fault:{fault_id}")
    return done


def _still_there(fault: GroundFault, found: Iterable[FoundFault]) -> bool:
    return any(f.network == fault.network and f.kind == fault.kind for f in found)
