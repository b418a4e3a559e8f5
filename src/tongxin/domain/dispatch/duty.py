"""On and off duty, and the positions that are taken only in between (refusal 8)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongxin.domain.dispatch.models import (
    ACTIVE_STATES,
    Assignment,
    AssignmentState,
    DutySession,
    Mode,
    Whereabouts,
)
from tongxin.foundation.access.models import Member, Team, TeamKind
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, NotFound
from tongxin.kernel.geometry import ReferenceSystem, Spot, distance_m, to_wgs84
from tongxin.plumbing.live.actions import publish

AHEAD = dt.timedelta(seconds=60)
"""How far a phone's clock may run ahead of ours."""
BATCH_LIMIT = 1_000
_SHOWN_MOVE_M = 15.0


@dataclass(frozen=True, slots=True)
class Position:
    """A position as the phone gives it: degrees in ``system``, its own time (aware), metres of
    accuracy when the phone knows it."""

    lon: float
    lat: float
    at: dt.datetime
    accuracy_m: float | None = None
    system: ReferenceSystem = ReferenceSystem.WGS84


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a batch: ``refused`` maps the index in the batch to a code (``outside_duty``,
    ``in_future``, ``impossible``)."""

    accepted: int
    refused: dict[int, str] = field(default_factory=dict)


def go_on_duty(member: Member, mode: str, crew: int | None = None) -> DutySession:
    """Begin ``member``'s duty, moving by ``mode`` (foot, bicycle, car), with a crew or without.

    On duty already in the same way: the same session is returned; in another mode or crew, the
    running session ends and a new one begins. Raises ``BadInput`` for a mode that does not exist,
    ``NotFound`` for a crew that the member does not belong to.
    """
    _check_mode(mode)
    _check_crew(member, crew)
    with transaction.atomic():
        running = _open_session(member.pk)
        if running and (running.mode, running.team_id) == (mode, crew):
            return running
        if running:
            DutySession.objects.filter(pk=running.pk).update(ended_at=clock.now())
            Whereabouts.objects.filter(pk=member.pk).update(mode=mode, received_at=clock.now())
        session = _begin(member, mode, crew)
        _tell(member.pk, session.pk)
    return session


def go_off_duty(member: Member) -> DutySession:
    """End ``member``'s duty; the last position is forgotten at once.

    What was asked of the member and not arrived at is released, and others are asked. Raises
    ``Conflict``: ``duty.off`` when not on duty, ``duty.there`` when the member is at a scene.
    """
    with transaction.atomic():
        session = _open_session(member.pk, lock=True)
        if session is None:
            raise Conflict("duty.off", _("You are not on duty."))
        if _active(member.pk).filter(state=AssignmentState.ARRIVED).exists():
            raise Conflict(
                "duty.there", _("You are still at a scene: close it or ask to be released first.")
            )
        session.ended_at = clock.now()
        session.save(update_fields=["ended_at"])
        Whereabouts.objects.filter(pk=member.pk).delete()
        _release_what_was_asked(member.pk)
        _tell(member.pk, session.pk)
    return session


def post_positions(member: Member, batch: Sequence[Position]) -> Posted:
    """Take a batch of ``member``'s positions, each with its own time, in any order.

    The newest becomes the whereabouts, unless a newer one is known; all are kept in the track for
    90 days. Positions from outside the running session, or from the future, are refused one by one.
    Raises ``BadInput`` (``duty.off``, 422) off duty, and when not one position can be taken.
    """
    if len(batch) > BATCH_LIMIT:
        raise BadInput("positions.too_many", _("At most 1,000 positions at a time."), field="batch")
    with transaction.atomic():
        session = _open_session(member.pk, share=True)
        if session is None:
            raise BadInput("duty.off", _("You are off duty: positions are not taken."))
        good, refused = _sort_out(session, batch)
        if batch and not good:
            code = next(iter(refused.values()))
            raise BadInput(f"positions.{code}", REFUSALS[code], field="batch")
        if good:
            _keep(member.pk, session.mode, good)
    return Posted(len(good), refused)


REFUSALS = {
    "outside_duty": _("The position is from outside the running duty and is not taken."),
    "in_future": _("The position is from the future: check the phone's clock."),
    "impossible": _("The position is no place on earth."),
}


def _check_mode(mode: str) -> None:
    if mode not in Mode.values:
        raise BadInput("duty.mode", _("Choose foot, e-bike or car."), field="mode")


def _check_crew(member: Member, crew: int | None) -> None:
    if crew is None:
        return
    if not Team.objects.filter(pk=crew, kind=TeamKind.CREW, members=member).exists():
        raise NotFound("duty.crew", _("You do not belong to this crew."), field="crew")


def _open_session(member_id: int, *, lock: bool = False, share: bool = False) -> DutySession | None:
    sessions = DutySession.objects.filter(member_id=member_id, ended_at__isnull=True)
    if lock:
        sessions = sessions.select_for_update()
    if share:
        # Going off duty waits for a batch under way, so that no position comes after it.
        sessions = sessions.select_for_update(no_key=True)
    return sessions.first()


def _begin(member: Member, mode: str, crew: int | None) -> DutySession:
    try:
        with transaction.atomic():
            return DutySession.objects.create(
                member_id=member.pk, mode=mode, team_id=crew, started_at=clock.now()
            )
    except IntegrityError:  # the same tap came twice at once
        running = _open_session(member.pk)
        if running is None:
            raise
        return running


def _active(member_id: int) -> QuerySet[Assignment]:
    return Assignment.objects.filter(member_id=member_id, state__in=ACTIVE_STATES)


def _release_what_was_asked(member_id: int) -> None:
    from tongxin.domain.dispatch.releasing import release_all_of

    release_all_of(member_id, reason="off_duty")


def _tell(member_id: int, version: int) -> None:
    publish(topic="duty", ref=f"member:{member_id}", version=version % 2**31)


def _sort_out(
    session: DutySession, batch: Sequence[Position]
) -> tuple[list[tuple[Position, Spot]], dict[int, str]]:
    good: list[tuple[Position, Spot]] = []
    refused: dict[int, str] = {}
    latest = clock.now() + AHEAD
    for index, position in enumerate(batch):
        spot = _on_earth(position)
        if spot is None:
            refused[index] = "impossible"
        elif position.at > latest:
            refused[index] = "in_future"
        elif position.at < session.started_at:
            refused[index] = "outside_duty"
        else:
            good.append((position, spot))
    return good, refused


def _on_earth(position: Position) -> Spot | None:
    lon, lat = position.lon, position.lat
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        return None
    if position.at.tzinfo is None:
        return None
    return to_wgs84(lon, lat, position.system)


_UPSERT = """
    INSERT INTO dispatch_whereabouts AS w (member_id, lon, lat, accuracy_m, at, received_at, mode)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (member_id) DO UPDATE SET lon = excluded.lon, lat = excluded.lat,
        accuracy_m = excluded.accuracy_m, at = excluded.at, received_at = excluded.received_at,
        mode = excluded.mode
    WHERE excluded.at > w.at
"""
_TRACK = """
    INSERT INTO dispatch_whereaboutstrack (member_id, at, lon, lat)
    SELECT %s, * FROM unnest(%s::timestamptz[], %s::float8[], %s::float8[])
    ON CONFLICT DO NOTHING
"""


def _keep(member_id: int, mode: str, good: Sequence[tuple[Position, Spot]]) -> None:
    newest, spot = max(good, key=lambda pair: pair[0].at)
    before = Whereabouts.objects.filter(pk=member_id).values_list("lon", "lat", "at").first()
    now = clock.now()
    values = [member_id, spot.lon, spot.lat, newest.accuracy_m, newest.at, now, mode]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, values)
        times = [position.at for position, _spot in good]
        lons, lats = [s.lon for _p, s in good], [s.lat for _p, s in good]
        cursor.execute(_TRACK, [member_id, times, lons, lats])
    if before is None or _moved(before, newest.at, spot):
        _tell(member_id, int(newest.at.timestamp()))


def _moved(before: tuple[float, float, dt.datetime], at: dt.datetime, spot: Spot) -> bool:
    """Tell whether open maps should hear of it: newer, and farther than phones jitter."""
    return at > before[2] and distance_m(Spot(before[0], before[1]), spot) >= _SHOWN_MOVE_M


def keep_track() -> None:
    """Drop positions older than 90 days and make the partitions of the days to come (ticker)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT dispatch_track_keep(%s)", [clock.now().date()])
