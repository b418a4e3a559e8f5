"""Writing members, grants and tokens; every grant and revocation leaves a line in the trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access import names, policy, tokens
from tongxin.foundation.access.grants import grants_changed, held_grants
from tongxin.foundation.access.models import Account, ApiToken, Grant, Member, Role
from tongxin.foundation.access.roles import (
    ADMINISTRATORS,
    Permission,
    permissions_of,
)
from tongxin.foundation.access.scope import Actor, MemberActor
from tongxin.foundation.access.selectors import valid_grants
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory.models import Area
from tongxin.kernel import clock, refusals
from tongxin.kernel.errors import BadInput, Conflict, Forbidden

TOKEN_DAYS = 90
LONGEST_TOKEN_DAYS = 366

Revoked = Callable[[int], None]
_revoked_handlers: list[Revoked] = []


def on_revoked(handler: Revoked) -> Revoked:
    """Have ``handler(member_id)`` called inside the transaction that takes a right away."""
    if handler not in _revoked_handlers:
        _revoked_handlers.append(handler)
    return handler


@dataclass(frozen=True, kw_only=True)
class NewMember:
    """What is needed of a member; name and work phone are public duty data."""

    code: str
    name: str
    kind: Role
    phone: str = ""
    surname: str = ""
    skills: tuple[str, ...] = ()
    home_post_id: int | None = None
    home_lon: float | None = None
    home_lat: float | None = None


def skills_said(text: str) -> tuple[str, ...]:
    """Return the skills of one field: words with commas or 、 between them.

    Raises ``BadInput`` for a word that sorts people by what is refused (belief, party, a score).
    """
    words = text.replace("、", ",").replace("，", ",").split(",")
    skills = tuple(word.strip()[:32] for word in words if word.strip())
    if wrong := next((skill for skill in skills if refusals.refused(skill)), None):
        said = _("“%(word)s” is no skill: that is not kept of people.") % {"word": wrong}
        raise BadInput("member.skill_refused", said, field="skills")
    return skills


@transaction.atomic
def create_member(
    *, new: NewMember, actor: Actor, username: str = "", password: str = ""
) -> Member:
    """Add a member, with an account where a username is given; grants come separately.

    Raises ``Conflict`` when the code or the username is taken, ``Forbidden``, ``BadInput``.
    """
    policy.require_anywhere(actor, Permission.MANAGE_MEMBERS)
    if Member.objects.filter(code=new.code).exists():
        raise Conflict("member.code_taken", _("Another member has this code."), field="code")
    member = member_from(new)
    if username:
        member.account = new_account(username, password)
    member.save()
    audit.record(actor=str(actor), act="member.created", subject=f"member:{member.pk}")
    return member


def member_from(new: NewMember) -> Member:
    """Return an unsaved member with surname and ordering key filled in; raises ``BadInput``."""
    name = new.name.strip()
    if not name or not new.code.strip():
        raise BadInput("member.incomplete", _("A member needs a code and a name."), field="name")
    return Member(
        code=new.code.strip(),
        name=name,
        kind=Role(new.kind),
        surname=new.surname or names.surname_of(name),
        pinyin=names.order_key(name),
        phone=new.phone,
        skills=list(new.skills),
        home_post_id=new.home_post_id,
        home_lon=new.home_lon,
        home_lat=new.home_lat,
    )


@transaction.atomic
def deactivate(*, member: Member, actor: Actor) -> None:
    """Let a member leave: grants and tokens end, the log-in is closed, the history stays."""
    policy.require_anywhere(actor, Permission.MANAGE_MEMBERS)
    now = clock.now()
    valid_grants(now).filter(member=member).update(valid_to=now)
    ApiToken.objects.filter(member=member, revoked_at__isnull=True).update(revoked_at=now)
    Account.objects.filter(member=member).update(is_active=False)
    Member.objects.filter(pk=member.pk).update(is_active=False)
    member.is_active = False
    audit.record(actor=str(actor), act="member.left", subject=f"member:{member.pk}")
    tell_revoked(member.pk)


@transaction.atomic
def grant(
    *,
    member: Member,
    role: Role,
    area: Area,
    actor: Actor,
    valid_from: dt.datetime | None = None,
    valid_to: dt.datetime | None = None,
) -> Grant:
    """Give a role on an area and all under it, from now or ``valid_from`` on.

    Nobody grants to himself, and an administrator's role is never joined with another. The same
    role on the same area again gives the grant that holds. Raises ``Forbidden``, ``BadInput``.
    """
    role, begins = Role(role), valid_from or clock.now()
    _check_grant(member, role, area, actor)
    if valid_to is not None and valid_to <= begins:
        raise BadInput("grant.ends_early", _("The grant ends before it begins."), field="valid_to")
    known = valid_grants(begins).filter(member=member, role=role, area=area).first()
    if known is not None and known.valid_to == valid_to:
        return known
    made = Grant.objects.create(
        member=member,
        role=role,
        area=area,
        valid_from=begins,
        valid_to=valid_to,
        granted_by=actor.member if isinstance(actor, MemberActor) else None,
    )
    audit.record_many([grant_line(actor, "grant.given", made)])
    return made


@transaction.atomic
def revoke(*, grant: Grant, actor: Actor) -> None:
    """End a grant now. Ending one that has ended changes nothing. Raises ``Forbidden``."""
    policy.require(actor, Permission.MANAGE_GRANTS, grant.area.path)
    now = max(clock.now(), grant.valid_from)
    ended = (
        Grant.objects.filter(pk=grant.pk).exclude(valid_to__lte=now).update(valid_to=now)
    )  # compare and swap: an end that has passed stays what it is
    if not ended:
        return
    grant.valid_to = now
    grants_changed()
    audit.record_many([grant_line(actor, "grant.revoked", grant)])
    tell_revoked(grant.member_id)


@transaction.atomic
def issue_token(
    *,
    member: Member,
    actor: Actor,
    name: str,
    scopes: Collection[Permission] | None = None,
    days: int = TOKEN_DAYS,
) -> tuple[str, ApiToken]:
    """Make a token and return it, in clear for this once, with its row.

    ``scopes`` defaults to the rights the member holds today, listed one by one, so that a later
    grant does not widen the token. Raises ``BadInput`` for rights the member does not hold.
    """
    policy.require_anywhere(actor, Permission.MANAGE_TOKENS)
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise BadInput("token.days", _("A token lasts from 1 to 366 days."), field="days")
    clear, now = tokens.fresh(), clock.now()
    token = ApiToken.objects.create(
        member=member,
        name=name,
        digest=tokens.digest_of(clear),
        scopes=sorted(p.value for p in _scopes_for(member, scopes)),
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    audit.record(
        actor=str(actor),
        act="token.issued",
        subject=f"token:{token.pk}",
        detail={"member": member.pk, "scopes": token.scopes},
    )
    return clear, token


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: Actor) -> None:
    """End a token at once."""
    policy.require_anywhere(actor, Permission.MANAGE_TOKENS)
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now()):
        audit.record(actor=str(actor), act="token.revoked", subject=f"token:{token.pk}")
        tell_revoked(token.member_id)


def carry_grants(successors: dict[int, int]) -> None:
    """Let grants follow areas that were drawn anew: old area id → new area id.

    Called by the territory inside the transaction that replaces the areas. The old grants end and
    new ones begin at this moment, so that the history stays true.
    """
    now = clock.now()
    for old in valid_grants(now).filter(area_id__in=successors):
        Grant.objects.filter(pk=old.pk).update(valid_to=now)
        Grant.objects.create(
            member_id=old.member_id,
            role=old.role,
            area_id=successors[old.area_id],
            valid_from=now,
            valid_to=old.valid_to,
            granted_by_id=old.granted_by_id,
        )
    waiting = Grant.objects.filter(area_id__in=successors, valid_from__gt=now)
    for later in waiting:
        Grant.objects.filter(pk=later.pk).update(area_id=successors[later.area_id])
    grants_changed()


def _check_grant(member: Member, role: Role, area: Area, actor: Actor) -> None:
    policy.require(actor, Permission.MANAGE_GRANTS, area.path)
    if isinstance(actor, MemberActor) and actor.member.pk == member.pk:
        raise Forbidden("grant.own", _("Nobody grants a role to himself."), field="member")
    held = {grant.role for grant in held_grants(member)} - {role}
    if held and (role in ADMINISTRATORS or held & ADMINISTRATORS):
        raise BadInput(
            "grant.administrator_alone",
            _("An administrator holds no other role: the three offices are kept apart."),
            field="role",
        )


def new_account(username: str, password: str) -> Account:
    """Make an account; raises ``Conflict`` when the log-in name is taken."""
    if Account.objects.filter(username=username).exists():
        raise Conflict("account.taken", _("This log-in name is taken."), field="username")
    return Account.objects.create_account(username, password)


def _scopes_for(member: Member, asked: Iterable[Permission] | None) -> frozenset[Permission]:
    held = permissions_of({grant.role for grant in held_grants(member)})
    scopes = held if asked is None else frozenset(Permission(p) for p in asked)
    beyond = sorted(p.value for p in scopes - held)
    if beyond:
        raise BadInput(
            "token.beyond",
            _("The member does not hold: %(rights)s.") % {"rights": ", ".join(beyond)},
            field="scopes",
        )
    return scopes


def grant_line(actor: Actor, act: str, made: Grant) -> audit.Line:
    """Return the line of the trail for an act on a grant."""
    detail = {"member": made.member_id, "role": str(made.role), "area": made.area_id}
    return audit.Line(str(actor), act, f"grant:{made.pk}", detail=detail)


def tell_revoked(member_id: int) -> None:
    """Call the handlers of ``on_revoked``: open pages and streams of the member close."""
    for handler in _revoked_handlers:
        handler(member_id)
