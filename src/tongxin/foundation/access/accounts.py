"""Log-ins of members: opened, given a new one-time password, freed of a lost second factor.

A password made here is shown once and has to be changed at the first log-in: an account that has
never logged in (``last_login`` is empty) is asked for a password of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access import policy
from tongxin.foundation.access.actions import new_account, tell_revoked
from tongxin.foundation.access.models import Account, Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor
from tongxin.foundation.audit import actions as audit
from tongxin.kernel.errors import BadInput, Conflict, Forbidden

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letters that look like others on paper: read out or copied by hand."""
_GROUPS, _GROUP = 4, 4
MOST_AT_ONCE = 50
"""How many log-ins are opened in one go: hashing a password takes its time on purpose."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A log-in that was just opened, with its password in clear for this once."""

    member: Member
    username: str
    password: str


def fresh_password() -> str:
    """Return a random password of about 79 bits, in groups that can be read out."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


@transaction.atomic
def open_account(*, member: Member, username: str, actor: Actor) -> str:
    """Give a member a log-in; return its first password, shown this once.

    Raises ``Conflict`` when there is one already or the name is taken, ``BadInput``, ``Forbidden``.
    """
    _check(member, actor)
    if not member.is_active:
        raise BadInput("member.inactive", _("This member has left."), field="username")
    if member.account_id is not None:
        raise Conflict("account.exists", _("This member has a log-in already."), field="username")
    password = fresh_password()
    member.account = new_account(checked_username(username), password)
    Member.objects.filter(pk=member.pk).update(account=member.account)
    audit.record(actor=str(actor), act="account.opened", subject=f"member:{member.pk}")
    return password


@transaction.atomic
def open_accounts(*, members: Iterable[Member], actor: Actor) -> list[Opened]:
    """Give several members a log-in each, named by their codes; their passwords show this once.

    Who has left, has a log-in already or is the actor is passed over: two who do this at the same
    time open none twice. Raises ``BadInput`` for more than ``MOST_AT_ONCE``, ``Forbidden``.
    """
    policy.require_anywhere(actor, Permission.MANAGE_MEMBERS)
    ids = {member.pk for member in members}
    if len(ids) > MOST_AT_ONCE:
        said = _("At most %(most)s at once, please.") % {"most": MOST_AT_ONCE}
        raise BadInput("account.many", said, field="members")
    without = Member.objects.select_for_update().filter(
        pk__in=ids, is_active=True, account__isnull=True
    )
    return [
        Opened(member, name, open_account(member=member, username=name, actor=actor))
        for member in without.order_by("pinyin", "id")
        if not _is_own(member, actor)
        for name in (free_username(member),)
    ]


def free_username(member: Member) -> str:
    """Return a log-in name that is free: the member's code, with a number where it is taken."""
    kept = "".join(c for c in member.code if c.isalnum() or c in "-_")[:56]
    base = kept if len(kept) >= 2 else f"m{member.pk}"
    name, number = base, 1
    while Account.objects.filter(username=name).exists():
        number += 1
        name = f"{base}-{number}"
    return name


@transaction.atomic
def reset_password(*, member: Member, actor: Actor) -> str:
    """Give a new password, shown this once; every open log-in of the member ends.

    Raises ``Conflict`` without an account, ``Forbidden``.
    """
    account = _account(member, actor)
    password = fresh_password()
    account.set_password(password)
    account.last_login = None  # so that the next log-in asks for a password of one's own
    account.save(update_fields=["password", "last_login"])
    audit.record(actor=str(actor), act="account.password_reset", subject=f"member:{member.pk}")
    tell_revoked(member.pk)
    return password


@transaction.atomic
def take_second_factor(*, member: Member, actor: Actor) -> int:
    """Remove lost second factors; return how many. The next log-in has to set one up."""
    account = _account(member, actor)
    removed, _by_kind = Authenticator.objects.filter(user=account).delete()
    audit.record(actor=str(actor), act="account.second_factor_taken", subject=f"member:{member.pk}")
    tell_revoked(member.pk)
    return int(removed)


def has_second_factor(account_id: int | None) -> bool:
    """Tell whether an account has a second factor set up."""
    return account_id is not None and Authenticator.objects.filter(user_id=account_id).exists()


def checked_username(username: str) -> str:
    """Return a log-in name without blanks around it; raises ``BadInput``."""
    name = username.strip()
    if not 2 <= len(name) <= 64 or not name.replace("-", "").replace("_", "").isalnum():
        raise BadInput(
            "account.username",
            _("A log-in name has 2 to 64 letters, digits, - or _."),
            field="username",
        )
    return name


def _check(member: Member, actor: Actor) -> None:
    policy.require_anywhere(actor, Permission.MANAGE_MEMBERS)
    if _is_own(member, actor):
        raise Forbidden("account.own", _("One's own password is changed under one's own name."))


def _is_own(member: Member, actor: Actor) -> bool:
    return isinstance(actor, MemberActor) and actor.member.pk == member.pk


def _account(member: Member, actor: Actor) -> Account:
    _check(member, actor)
    if member.account is None:
        raise Conflict("account.none", _("This member has no log-in."), field="username")
    return member.account
