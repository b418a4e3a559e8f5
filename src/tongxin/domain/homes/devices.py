"""Phones that carry buildings along: registered, told to wipe, forgotten after their time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import policy
from tongxin.domain.homes.models import OfflineDevice, SyncConflict, SyncOp, Visit
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory.models import Building
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, NotFound, TongxinError

KEPT_HOURS = 24
"""How long a phone keeps what it took along, without taking it anew."""
MOST_BUILDINGS = 12
MOST_DEVICES = 8
"""So many phones of one member carry something along at one time."""
OPS_KEPT = dt.timedelta(days=30)
"""A phone is wiped after a day; what it sent is remembered long enough for any late answer."""
SETTLED_KEPT = dt.timedelta(days=30)
VISITS_KEPT = dt.timedelta(days=1_095)
"""Visits without their notes (those: `apps`); three years, as other acts of service."""
SWEEP_EVERY_SECONDS = 3_600.0
LOG_OUT, EXPIRED, REVOKED, TRIES, GROUND, LOG_INS = (
    "logout", "expired", "revoked", "tries", "ground", "log_ins",
)  # fmt: skip
SAYS_ITSELF = (LOG_OUT, EXPIRED, REVOKED, TRIES)


class Wipe(TongxinError):
    """The phone is to wipe what it carries, at once."""

    status = 410


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """One of a member's phones as the page shows it; ``state``: carrying, over, revoked, wiped."""

    id: int
    named: str
    state: str
    buildings: tuple[str, ...]
    taken_at: dt.datetime
    expires_at: dt.datetime
    seen_at: dt.datetime
    wiped_at: dt.datetime | None


def take_along(
    device: uuid.UUID, named: str, buildings: Collection[int], *, actor: MemberActor
) -> OfflineDevice:
    """Register a phone with the buildings that it takes along, or renew it, for 24 hours.

    Who may see the buildings, the caller has asked. Raises ``BadInput`` for too many.
    """
    if not 0 < len(set(buildings)) <= MOST_BUILDINGS:
        said = _("Choose up to %(most)s buildings.") % {"most": MOST_BUILDINGS}
        raise BadInput("visits.buildings", said, field="buildings")
    now = clock.now()
    with acting_as(actor):
        mine = OfflineDevice.objects.filter(member_id=actor.member.pk)
        carrying = mine.filter(expires_at__gt=now, revoked_at__isnull=True, wiped_at__isnull=True)
        if carrying.exclude(device=device).count() >= MOST_DEVICES:
            enough = _("Enough phones of yours carry homes along: revoke one first.")
            raise BadInput("visits.devices", enough, field="device")
        row, _made = OfflineDevice.objects.update_or_create(
            member_id=actor.member.pk,
            device=device,
            defaults={
                "named": named.strip()[:60],
                "buildings": sorted(set(buildings)),
                "taken_at": now,
                "expires_at": now + dt.timedelta(hours=KEPT_HOURS),
                "seen_at": now,
                "revoked_at": None,
                "revoked_by": None,
                "wiped_at": None,
                "why": "",
            },
        )
        audit.record(
            actor=str(actor),
            act="homes.taken_along",
            subject=f"device:{row.pk}",
            purpose="visit",
            detail={"buildings": row.buildings},
        )
    return row


def find(device: uuid.UUID, actor: MemberActor) -> OfflineDevice:
    """Return the member's phone that is in contact; raises ``Wipe`` when it may carry no more.

    One that `is_over` is returned: what it still brings is taken in before it is told so.
    """
    with acting_as(actor):
        row = OfflineDevice.objects.filter(member_id=actor.member.pk, device=device).first()
        if row is None or row.revoked_at is not None:
            raise Wipe("visits.revoked", _("This phone carries nothing along any more."))
        OfflineDevice.objects.filter(pk=row.pk).update(seen_at=clock.now())
    if not _has_ground(row, actor):
        _revoke([row.pk], GROUND, by=None)
        said = _("These homes are no longer on your ground.")
        raise Wipe("visits.ground", said)
    return row


def is_over(row: OfflineDevice) -> bool:
    """Tell whether a phone's 24 hours are over, or it has forgotten what it carried."""
    return row.wiped_at is not None or row.expires_at <= clock.now()


def over() -> Wipe:
    """Return what a phone is told whose 24 hours are over."""
    return Wipe("visits.expired", _("The 24 hours are over: take the homes along anew."))


def wiped(device: uuid.UUID, why: str, *, actor: MemberActor) -> None:
    """Note that a phone says it has wiped itself; one that is unknown changes nothing."""
    if why not in SAYS_ITSELF:
        raise BadInput("visits.why", _("Say why it was wiped."), field="why")
    with acting_as(actor):
        rows = OfflineDevice.objects.filter(member_id=actor.member.pk, device=device)
        for row in rows.filter(wiped_at__isnull=True):
            row.wiped_at, row.why = clock.now(), row.why or why
            row.save(update_fields=["wiped_at", "why"])
            audit.record(
                actor=str(actor),
                act="homes.phone_wiped",
                subject=f"device:{row.pk}",
                detail={"why": why},
            )


def revoke(device_id: int, *, actor: Actor) -> None:
    """Have a phone told to wipe at its next contact: one's own, or any by who manages members.

    Raises ``NotFound`` for another member's phone without that right.
    """
    member = policy.member_of(actor)
    with acting_as("homes.devices"):
        row = OfflineDevice.objects.filter(pk=device_id).first()
    may = row is not None and (
        row.member_id == member.pk or access.holds(member, Permission.MANAGE_MEMBERS)
    )
    if row is None or not may:
        raise NotFound("visits.no_device", _("There is no such phone."))
    if row.revoked_at is None:
        _revoke([row.pk], REVOKED, by=member.pk)
        audit.record(actor=str(actor), act="homes.phone_revoked", subject=f"device:{row.pk}")


def revoke_of(member_id: int, *, actor: Actor) -> int:
    """Have all phones of a member told to wipe; return how many. Raises ``Forbidden``.

    For a lost phone: by who manages members.
    """
    access.require_anywhere(actor, Permission.MANAGE_MEMBERS)
    count = carrying(member_id)
    revoke_all(member_id)
    audit.record(
        actor=str(actor),
        act="homes.phones_revoked",
        subject=f"member:{member_id}",
        detail={"phones": count},
    )
    return count


def carrying(member_id: int) -> int:
    """Return how many phones of a member carry homes along now."""
    with acting_as("homes.devices"):
        rows = OfflineDevice.objects.filter(member_id=member_id, expires_at__gt=clock.now())
        return rows.filter(revoked_at__isnull=True, wiped_at__isnull=True).count()


def revoke_all(member_id: int) -> None:
    """Have all phones of a member told to wipe: a log-in, a token or a grant of his was ended."""
    with acting_as("homes.devices"):
        rows = OfflineDevice.objects.filter(member_id=member_id, revoked_at__isnull=True)
        _revoke(list(rows.values_list("pk", flat=True)), LOG_INS, by=None)


def register() -> None:
    """Hear of log-ins, grants and tokens that are taken away."""
    from tongxin.foundation.access.actions import on_revoked

    on_revoked(revoke_all)


def devices_of(member: Member) -> list[DeviceCard]:
    """Return a member's own phones, the last one in contact first."""
    with policy.as_member(member):
        rows = list(OfflineDevice.objects.filter(member_id=member.pk).order_by("-seen_at")[:50])
    ids = {i for row in rows for i in row.buildings}
    buildings = Building.objects.defer("grams", "footprint").filter(pk__in=ids)
    labels = {row.pk: row.label for row in buildings}
    return [_card(row, labels) for row in rows]


def sweep() -> None:
    """Forget what is past its time: what phones sent, settled clashes, phones, old visits."""
    from tongxin.domain.homes import keeping

    now = clock.now()
    with acting_as("homes.devices"):
        SyncOp.objects.filter(received_at__lt=now - OPS_KEPT).delete()
        settled = SyncConflict.objects.filter(settled_at__lt=now - SETTLED_KEPT)
        keeping.drop_entries([ref for ref in settled.values_list("value_ref", flat=True) if ref])
        settled.delete()
        OfflineDevice.objects.filter(expires_at__lt=now - OPS_KEPT).delete()
        Visit.objects.filter(visited_at__lt=now - VISITS_KEPT).delete()


def _has_ground(row: OfflineDevice, actor: MemberActor) -> bool:
    from tongxin.domain.homes.selectors import register_scope

    ground = register_scope(actor.member)
    rows = Building.objects.defer("grams", "footprint").filter(pk__in=row.buildings)
    return bool(ground) and all(ground.covers(policy.ground_of(each)) for each in rows)


def _revoke(ids: Iterable[int], why: str, *, by: int | None) -> None:
    with acting_as("homes.devices"):
        rows = OfflineDevice.objects.filter(pk__in=list(ids), revoked_at__isnull=True)
        rows.update(revoked_at=clock.now(), revoked_by=by, why=why)


def _card(row: OfflineDevice, labels: dict[int, str]) -> DeviceCard:
    state = "carrying"
    if row.wiped_at is not None:
        state = "wiped"
    elif row.revoked_at is not None:
        state = "revoked"
    elif is_over(row):
        state = "over"
    return DeviceCard(
        id=row.pk,
        named=row.named,
        state=state,
        buildings=tuple(labels[i] for i in row.buildings if i in labels),
        taken_at=row.taken_at,
        expires_at=row.expires_at,
        seen_at=row.seen_at,
        wiped_at=row.wiped_at,
    )
