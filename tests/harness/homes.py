"""Homes in the drawn district, made through the domain's own acts: a plan, people, a log-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.district import PASSWORD, StorySite

if TYPE_CHECKING:
    from tongxin.domain.homes.models import Flat
    from tongxin.foundation.access.scope import MemberActor
    from tongxin.foundation.territory.models import Building

AGREED = {"legal_basis": "consent", "consented": True}
NOTICE = {"notice_version": "homes-2026-11"}


def member_actor(login: str) -> MemberActor:
    """Return a logged-in member as an actor."""
    from tongxin.foundation.access.models import Member
    from tongxin.foundation.access.scope import MemberActor

    return MemberActor(Member.objects.get(account__username=login))


def lay_out(building: Building, number: str, actor: Any, floors: int = 6) -> dict[str, Flat]:
    """Lay out a unit of two flats a floor; return its flats by number."""
    from tongxin.domain.homes import actions
    from tongxin.domain.homes.models import Flat
    from tongxin.foundation.access.scope import acting_as

    unit = actions.lay_out_unit(building.pk, number, 1, floors, 2, actor=actor)
    with acting_as(actor):
        return {flat.number: flat for flat in Flat.objects.filter(unit=unit)}


def building_of(story: StorySite, beat_code: str) -> Building:
    """Return the first drawn building of a beat."""
    from tongxin.foundation.territory.models import Building

    drawn = next(b for b in story.district.buildings if b.beat_code == beat_code)
    return Building.objects.get(code=drawn.code)


def officer_of_another_beat(story: StorySite) -> tuple[str, str]:
    """Give the officer of another beat a log-in; return its name and the beat's code."""
    from tongxin.foundation.access.models import Account, Member

    with_homes = {building.beat_code for building in story.district.buildings}
    own = story.who("officer").code
    drawn, beat = next(
        (each, grant.area_code)
        for each in story.district.members
        for grant in each.grants
        if grant.role == "community_officer" and each.code != own and grant.area_code in with_homes
    )
    member = Member.objects.get(code=drawn.code)
    if member.account is None:
        account = Account(username="stranger")
        account.set_password(PASSWORD)
        account.save()
        member.account = account
        member.save(update_fields=["account"])
    return str(member.account.username), beat


def bare_building(story: StorySite, number: int) -> Building:
    """Write a building of the officer's beat that nobody has laid out."""
    from tongxin.foundation.territory import lookup
    from tongxin.foundation.territory.models import Building

    beside = building_of(story, story.district.story.beat)
    made = Building.objects.create(
        code=f"bare-{number}",
        name=f"{number}号楼",
        estate=beside.estate,
        address=beside.address,
        lon=beside.lon,
        lat=beside.lat,
    )
    lookup.forget()
    return made
