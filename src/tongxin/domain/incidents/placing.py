"""Correcting where an incident is: areas, owner, label and promise follow the new spot.

The areas are those of the incident's own day. A promise that still runs is counted anew from the
report, by the new zone; one that was kept or broken stays as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import clocks, policy
from tongxin.domain.incidents.acting import announce
from tongxin.domain.incidents.intake import DEFAULT_PROMISE_MINUTES
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.kinds.table import PROMISE
from tongxin.domain.incidents.models import Clock, HandOver, Incident
from tongxin.domain.incidents.numbering import district_day
from tongxin.domain.incidents.reports import check_spot, check_words
from tongxin.domain.incidents.timeline import Line, append
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor
from tongxin.foundation.territory import actions as territory
from tongxin.foundation.territory import locating
from tongxin.foundation.territory import selectors as places
from tongxin.foundation.territory.ground import Located
from tongxin.foundation.territory.models import Network
from tongxin.kernel.errors import Conflict
from tongxin.kernel.geometry import Spot, distance_m
from tongxin.plumbing.live import actions as live

ACT = "correct_place"
LONGEST_WORDS = 200
_PLACE = ("lon", "lat", "place", "place_exact", "area_ids", "leaf_areas", "owner_area_id")
_PROMISE = ("promise_minutes", "promise_due_at")


def correct_place(
    incident_id: int,
    *,
    actor: Actor,
    spot: Spot,
    version: int | None = None,
    words: str | None = None,
) -> Incident:
    """Move an open incident to ``spot`` (WGS-84); ``words``, what was said of it, go to the vault.

    Needs the right to triage or to dispatch on the ground where it lay, or to have been called to
    it and accepted: who stands there knows best. Open pages of the old and
    the new ground are told. Raises ``NotFound`` out of sight, ``Conflict`` when it is closed or
    stale, ``BadInput`` for a spot that is none.
    """
    check_spot(spot)
    check_words("words", words or "", LONGEST_WORDS)
    with transaction.atomic():
        Incident.objects.select_for_update().filter(pk=incident_id).first()
        incident = policy.find(incident_id, actor)
        _check(incident, actor)
        located = territory.locate_and_record(spot, district_day(incident.opened_at))
        move = _move(incident, spot, located)
        line = Line(ACT, move.payload, (words or "").strip() or None)
        before = incident.area_ids
        seq = append(incident, line, actor=actor, changes=move.changes, version=version)
        _settle(incident, move)
        tell_left(incident, before)
        announce(incident, ACT, actor, seq, move.payload)
    return incident


@dataclass(frozen=True)
class _Move:
    """What changes, what the line keeps, which clocks run to a new due time."""

    changes: Mapping[str, Any]
    payload: Mapping[str, Any]
    running: tuple[str, ...]
    request: HandOver | None
    added: list[int]


def require_right(incident: Incident, actor: Actor) -> None:
    """Raise ``Forbidden`` unless the actor may correct the place; see ``correct_place``."""
    if not may_correct(incident, actor):
        policy.require(actor, Permission.TRIAGE, incident.area_ids)


def may_correct(incident: Incident, actor: Actor) -> bool:
    """Tell whether the actor may correct the place of an incident that he sees."""
    rights = (Permission.TRIAGE, Permission.DISPATCH)
    if any(access.may(actor, right, incident.area_ids) for right in rights):
        return True
    return policy.is_called(actor, incident)


def _check(incident: Incident, actor: Actor) -> None:
    require_right(incident, actor)
    if not incident.is_open:
        raise Conflict("incident.closed", _("This is closed; open it again first."))


def _move(incident: Incident, spot: Spot, located: Located) -> _Move:
    leaves = {network.value: info.id for network, info in located.leaf.items() if info}
    owner, request = _owner(incident, leaves), _request(incident)
    others = [owner] if owner is not None else []
    here = _joined(located.area_ids, *(locating.area_info(area).path for area in others))
    asked = locating.area_info(request.to_area_id).path if request else ()
    label, exact = places.place_label(spot, located)
    running = _running(incident)
    changes = {
        "lon": spot.lon,
        "lat": spot.lat,
        "place": label[:120],
        "place_exact": exact,
        "area_ids": _joined(here, asked),
        "leaf_areas": leaves,
        "owner_area_id": owner,
    } | (_promise(incident, located) if running else {})
    was = {name: _plain(getattr(incident, name)) for name in changes}
    if request:
        was["added_areas"] = request.added_areas
    metres = round(distance_m(Spot(incident.lon, incident.lat), spot))
    payload = {"from": incident.state, "place": label[:120], "metres": metres, "was": was}
    payload |= {"area": owner, "area_was": incident.owner_area_id}
    return _Move(changes, payload, running, request, [a for a in asked if a not in here])


def _owner(incident: Incident, leaves: Mapping[str, int]) -> int | None:
    """Return who owns it now: the same network's area; a body that has taken it over keeps it."""
    owner = incident.owner_area_id
    was = next((n for n, area in incident.leaf_areas.items() if area == owner), None)
    if owner is not None and was is None:
        return owner
    return leaves.get(was or Network.POLICE.value, leaves.get(Network.POLICE.value))


def _request(incident: Incident) -> HandOver | None:
    return incident.hand_overs.select_for_update().filter(answered_at=None).first()


def _joined(*paths: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(area for path in paths for area in path))


def _running(incident: Incident) -> tuple[str, ...]:
    """Return the promises of the zone that were neither kept nor broken yet."""
    lengths = registry()[incident.kind].clocks
    rows = Clock.objects.filter(
        incident=incident,
        ref="",
        kind__in=[name for name, length in lengths.items() if length == PROMISE],
        fired_at__isnull=True,
        stopped_at__isnull=True,
    )
    return tuple(rows.values_list("kind", flat=True))


def _promise(incident: Incident, located: Located) -> dict[str, Any]:
    minutes = located.promise_minutes or DEFAULT_PROMISE_MINUTES
    due = incident.opened_at + dt.timedelta(minutes=minutes)
    return {"promise_minutes": minutes, "promise_due_at": due}


def _settle(incident: Incident, move: _Move) -> None:
    for name in move.running:
        clocks.start(incident, name, move.changes["promise_due_at"])
    if move.request:
        HandOver.objects.filter(pk=move.request.pk).update(added_areas=move.added)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def former(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns as they were before a correction, for undo."""
    was = payload["was"]
    columns = {name: was[name] for name in _PLACE}
    if was.get("promise_due_at"):
        due = dt.datetime.fromisoformat(was["promise_due_at"])
        columns |= {"promise_minutes": was["promise_minutes"], "promise_due_at": due}
    return columns


def turn_back(incident: Incident, payload: Mapping[str, Any]) -> None:
    """Set the promise and an open hand-over back to what they were, in undo's transaction."""
    was = payload["was"]
    if was.get("promise_due_at"):
        lengths = registry()[incident.kind].clocks
        open_ones = Clock.objects.filter(incident=incident, ref="", stopped_at__isnull=True)
        for name in open_ones.values_list("kind", flat=True):
            if lengths.get(name) == PROMISE and incident.promise_due_at is not None:
                clocks.start(incident, name, incident.promise_due_at)
    if "added_areas" in was:
        incident.hand_overs.filter(answered_at=None).update(added_areas=was["added_areas"])


def tell_left(incident: Incident, before: Iterable[int]) -> None:
    """Tell the open pages of the ground that it has left: it goes from their lists."""
    gone = [area for area in before if area not in incident.area_ids]
    ref = f"incident:{incident.pk}"
    live.publish_many([(f"area:{area}", ref) for area in gone], version=incident.version)
