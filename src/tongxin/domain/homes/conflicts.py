"""Values that clashed: kept beside the one that stands, shown to both, settled by a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import keeping, policy, stamping
from tongxin.domain.homes.looking import approved_until, open_many
from tongxin.domain.homes.models import Flat, Resident, SyncConflict
from tongxin.domain.homes.policy import Sight
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.people import Person
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor
from tongxin.foundation.access.selectors import scope_of
from tongxin.kernel import clock
from tongxin.plumbing.channels.alerting import alert
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault.purposes import Purpose

CONFLICTS_PATH = "/field/visits/conflicts/"
MOST = 200
FIELD_WORDS: Mapping[str, str | Promise] = {
    "state": _("Who lives there"),
    "has_dog": _("Dog"),
    "charging_hazard": _("E-bike charging hazard"),
    "no_visit": _("Asks for no visits"),
    "name": _("Name"),
    "phone": _("Telephone"),
    "note": _("Note"),
    "part": _("Part"),
    "lives_here": _("Lives here"),
    "ring_order": _("Order of ringing"),
    stamping.HERE: _("Belongs to this home"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two values: what it says, who said so and when; ``stamp`` of the one that stands.

    ``value`` is ``None`` where it may not be shown, a minor's without a supervisor's yes.
    """

    value: object
    by: str
    at: dt.datetime | None
    stamp: int | None = None


@dataclass(frozen=True, slots=True)
class ConflictCard:
    """Two values for one field, for a person who may settle it."""

    id: int
    flat_id: int
    flat_label: str
    resident_id: int | None
    field: str
    now: Side
    theirs: Side
    mine: bool


def open_conflicts(
    actor: MemberActor, building_ids: Collection[int] | None = None
) -> list[ConflictCard]:
    """Return the open clashes that concern a member: all of his beat for an officer, else his own.

    His own are those of which either value is his. Values of a person are opened for the purpose
    ``visit``, with a trail, and only for who may see the person.
    """
    with policy.as_member(actor):
        return _cards(_concerning(actor, building_ids), actor)


def waiting_for(actor: MemberActor) -> int:
    """Return how many open clashes concern a member; nothing is opened."""
    with policy.as_member(actor):
        return len(_concerning(actor, None))


def keep(
    flat: Flat,
    resident: Resident | None,
    name: str,
    value: object,
    *,
    actor: MemberActor,
    at: dt.datetime,
    stamp: int,
) -> SyncConflict:
    """Keep a value that clashed, and tell both hands. In the transaction of the act."""
    standing = stamping.stamp_of(resident or flat, name)
    ref = None
    if resident is not None and name in stamping.SEALED_FIELDS and value:
        ref, value = keeping.propose(resident, name, str(value), actor=actor), None
    row = SyncConflict.objects.create(
        flat=flat,
        resident=resident,
        field=name,
        value=value,
        value_ref=ref,
        stamp=stamp,
        said_by=actor.member.pk,
        said_at=at,
        held_by=standing.by,
        found_at=clock.now(),
        area_ids=flat.area_ids,
    )
    stamping.touch([flat.pk])
    _tell(row, "homes.clash", {row.said_by, row.held_by})
    return row


def end(row: SyncConflict, by: int, how: str) -> None:
    """End a clash; what lay in the vault for it goes. In the transaction of the act."""
    if row.value_ref is not None:
        keeping.drop_entries([row.value_ref])
    row.value_ref, row.settled_by, row.settled_at, row.how = None, by, clock.now(), how
    row.save(update_fields=["value_ref", "settled_by", "settled_at", "how"])
    stamping.touch([row.flat_id])
    if how == SyncConflict.How.SETTLED:
        _tell(row, "homes.clash_settled", {row.said_by, row.held_by} - {by})


def kept_value(row: SyncConflict, actor: MemberActor) -> object:
    """Return the value that was kept; one of a person is opened with a trail."""
    if row.value_ref is None:
        return row.value
    found = vault.reveal_many([row.value_ref], actor=actor, purpose=Purpose.VISIT)
    return found.get(row.value_ref, "")


def find(conflict_id: int, actor: MemberActor) -> SyncConflict:
    """Return a clash that the member may settle, open or not; else raises ``NotFound``."""
    rows = SyncConflict.objects.filter(pk=conflict_id)
    for row, seen in _in_sight(rows, actor):
        if seen.may_edit:
            return row
    raise policy.absent()


def _concerning(actor: MemberActor, building_ids: Collection[int] | None) -> list[SyncConflict]:
    member = actor.member
    rows = SyncConflict.objects.filter(settled_at__isnull=True)
    if building_ids is not None:
        rows = rows.filter(flat__unit__building_id__in=building_ids)
    else:
        ground = scope_of(member, Permission.SEE_REGISTER)
        tends = scope_of(member, Permission.TEND_REGISTER)
        rows = rows.filter(ground.filter("area_ids") | tends.filter("area_ids"))
    return [row for row, seen in _in_sight(rows, actor) if _concerns(row, member, seen)]


def _in_sight(rows: QuerySet[SyncConflict], actor: MemberActor) -> list[tuple[SyncConflict, Sight]]:
    """Return those on ground, and about people, that are for these eyes, with the sight."""
    related = rows.select_related("flat__unit__building", "resident").defer(
        "flat__unit__building__grams"
    )
    waiting = list(related.order_by("found_at", "id")[:MOST])
    sights = policy.sights(actor, (row.area_ids for row in waiting))
    found = []
    for row in waiting:
        seen = sights[tuple(row.area_ids)]
        if seen and (row.resident is None or seen.sees(row.resident)):
            found.append((row, seen))
    return found


def _concerns(row: SyncConflict, member: Member, seen: Sight) -> bool:
    standing = stamping.stamp_of(row.resident or row.flat, row.field).by
    return seen.all_people or member.pk in (row.said_by, row.held_by, standing)


def _cards(rows: list[SyncConflict], actor: MemberActor) -> list[ConflictCard]:
    people = [row.resident for row in rows if row.resident is not None]
    minors = {each.pk for each in people if each.is_minor}
    hidden = minors - approved_until(actor.member.pk, minors).keys()
    sealed = [row for row in rows if row.field in stamping.SEALED_FIELDS]
    shown = [row for row in sealed if row.resident_id not in hidden]
    texts = open_many([row.resident for row in shown if row.resident], Purpose.VISIT, actor=actor)
    refs = [row.value_ref for row in shown if row.value_ref is not None]
    if refs:
        texts |= vault.reveal_many(refs, actor=actor, purpose=Purpose.VISIT)
    stamps = {row.pk: stamping.stamp_of(row.resident or row.flat, row.field) for row in rows}
    names = access.people(
        {row.said_by for row in rows} | {s.by for s in stamps.values() if s.by is not None}
    )
    return [_card(row, texts, stamps[row.pk], names, hidden, actor) for row in rows]


def _card(  # noqa: PLR0917
    row: SyncConflict,
    texts: Mapping[int, str],
    stamp: stamping.Stamp,
    names: Mapping[int, Person],
    hidden: Collection[int],
    actor: MemberActor,
) -> ConflictCard:
    withheld = row.field in stamping.SEALED_FIELDS and row.resident_id in hidden
    kept = row.value if row.value_ref is None else texts.get(row.value_ref, "")
    return ConflictCard(
        id=row.pk,
        flat_id=row.flat_id,
        flat_label=row.flat.label,
        resident_id=row.resident_id,
        field=row.field,
        now=Side(
            None if withheld else _standing(row, texts),
            _title(names, stamp.by),
            stamp.at,
            stamp.number,
        ),
        theirs=Side(None if withheld else kept, _title(names, row.said_by), row.said_at),
        mine=row.said_by == actor.member.pk,
    )


def _standing(row: SyncConflict, texts: Mapping[int, str]) -> object:
    """Return the value that stands."""
    if row.resident is None:
        return getattr(row.flat, row.field)
    if row.field == stamping.HERE:
        return row.resident.left_at is None
    if row.field in stamping.SEALED_FIELDS:
        return texts.get(getattr(row.resident, f"{row.field}_ref") or 0, "")
    return getattr(row.resident, row.field)


def _title(names: Mapping[int, Person], member_id: int | None) -> str:
    who = names.get(member_id or 0)
    return who.title if who else ""


def _tell(row: SyncConflict, template: str, members: Iterable[int | None]) -> None:
    for member_id in sorted({each for each in members if each}):
        alert(
            member_id=member_id,
            template=template,
            values={"link": CONFLICTS_PATH},
            subject=f"homes:clash:{row.pk}",
            once_key=f"{template}:{row.pk}:{member_id}",
            urgent=False,
        )
