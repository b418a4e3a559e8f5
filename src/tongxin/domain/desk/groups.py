"""The register of residents' groups: added and closed by an officer of the ground, open to all.

Newcomers see which groups there are at their address, how they get in, and whose real name and
number stand in each. Nothing is read out of a group.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxin.domain.desk import policy
from tongxin.domain.desk.masking import masked
from tongxin.domain.desk.models_groups import GroupKind, GroupPlace, ResidentsGroup
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.ground import AreaInfo
from tongxin.foundation.territory.models import Building
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.kernel.geometry import Spot

LONGEST_NAME, LONGEST_JOINING = 60, 160


@dataclass(frozen=True, kw_only=True)
class NewGroup:
    """What is said of a group when it is added."""

    name: str
    kind: str
    place: str
    area_id: int
    estate: str = ""
    joining: str = ""


def add_group(new: NewGroup, *, actor: MemberActor) -> ResidentsGroup:
    """Add a group on one's own ground; the one who adds it keeps it.

    Raises ``BadInput`` for a lacking name or an unknown kind, ``NotFound`` for an area that is none
    or off the own ground, ``Conflict`` when the area has a group of that name.
    """
    name = new.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadInput("group.name", _("Give the group its name."), field="name")
    if new.kind not in GroupKind.values:
        raise BadInput("group.kind", _("Say of whom the group is."), field="kind")
    if new.place not in GroupPlace.values:
        raise BadInput("group.place", _("Say where the group talks."), field="place")
    if len(new.joining) > LONGEST_JOINING:
        raise BadInput("group.joining", _("That is too long."), field="joining")
    area = locating.area_info(new.area_id)
    with acting_as(actor):
        if not access.may(actor, policy.PUBLISHES, area.path):
            raise policy.absent()
        return _written(new, name, area, actor)


def _written(new: NewGroup, name: str, area: AreaInfo, actor: MemberActor) -> ResidentsGroup:
    try:
        with transaction.atomic():
            made = ResidentsGroup.objects.create(
                name=name,
                kind=new.kind,
                place=new.place,
                estate=new.estate.strip()[:LONGEST_NAME],
                joining=masked(new.joining.strip()),
                area_id=area.id,
                area_ids=list(area.path),
                keeper_id=actor.member.pk,
                added_at=clock.now(),
            )
    except IntegrityError:
        said = _("There is a group of that name on this area already.")
        raise Conflict("group.known", said, field="name") from None
    audit.record(actor=str(actor), act="desk.group_added", subject=f"group:{made.pk}")
    return made


def close_group(group_id: int, *, actor: MemberActor) -> None:
    """A group is no more, or no longer ours to show. Raises ``NotFound``."""
    with acting_as(actor):
        rows = ResidentsGroup.objects.select_for_update()
        found = rows.filter(pk=group_id, closed_at__isnull=True).first()
        if found is None or not access.may(actor, policy.PUBLISHES, found.area_ids):
            raise policy.absent()
        found.closed_at = clock.now()
        found.save(update_fields=["closed_at"])
        audit.record(actor=str(actor), act="desk.group_closed", subject=f"group:{group_id}")


def groups_of(member: Member) -> list[ResidentsGroup]:
    """Return the groups on the member's own ground, by area and name."""
    scope = scope_of(member, policy.PUBLISHES)
    rows = ResidentsGroup.objects.filter(scope.filter(), closed_at__isnull=True)
    return list(rows.order_by("area_id", "name"))


def groups_at(area_ids: Collection[int], place: str = "") -> list[ResidentsGroup]:
    """Return the groups of a place, given all its areas and its label: one's own estate first.

    Groups of other estates than the one that ``place`` names are left out when it names one.
    """
    rows = list(ResidentsGroup.objects.filter(area_id__in=list(area_ids), closed_at__isnull=True))
    here = [row for row in rows if row.estate and row.estate in place]
    common = [row for row in rows if not row.estate]
    shown = [*here, *common] if here else rows
    return sorted(shown, key=lambda row: (row not in here, -len(row.area_ids), row.name))


def grounds_of(member: Member) -> list[AreaInfo]:
    """Return the areas on which a member may add a group: those that were given to him."""
    scope = scope_of(member, policy.PUBLISHES)
    infos = locating.ground_on(timezone.localdate(clock.now())).infos
    own = [infos[area_id] for area_id in scope.area_ids if area_id in infos]
    return sorted(own, key=lambda area: (len(area.path), area.number, area.name))


def estates_of(member: Member) -> list[str]:
    """Return the names of the estates on the member's own ground, by their reading."""
    scope = scope_of(member, policy.PUBLISHES)
    bounds = locating.ground_bounds(scope.area_ids)
    if bounds is None:
        return []
    west, south, east, north = bounds
    rows = Building.objects.filter(lon__range=(west, east), lat__range=(south, north))
    spots = {
        estate: Spot(lon, lat)
        for estate, lon, lat in rows.exclude(estate="")
        .order_by("-pinyin")
        .values_list("estate", "lon", "lat")
    }
    found = zip(spots, locating.locate_many(list(spots.values())), strict=True)
    return [estate for estate, at in reversed(list(found)) if scope.covers(at.area_ids)]
