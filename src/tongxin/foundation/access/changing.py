"""Changing what is written of a member, and taking back one who had left."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access import accounts, names, policy
from tongxin.foundation.access.grants import grants_changed
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.phones import checked_phone
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory.models import Post
from tongxin.kernel.errors import BadInput, Conflict

LONGEST_NAME = 40


@dataclass(frozen=True, kw_only=True)
class Details:
    """What may be changed of a member; the code stays, for it is how lists know the member."""

    name: str
    kind: Role
    phone: str = ""
    surname: str = ""
    skills: tuple[str, ...] = ()
    home_post_id: int | None = None


@transaction.atomic
def change_member(*, member: Member, details: Details, actor: Actor) -> list[str]:
    """Write what is new; return the names of the fields that changed.

    Surname and order key follow from the name, as in an import. The trail names the fields, not
    what stands in them. Raises ``BadInput``, ``Forbidden``.
    """
    policy.require_anywhere(actor, Permission.MANAGE_MEMBERS)
    kept = Member.objects.select_for_update().get(pk=member.pk)
    if not kept.is_active:
        raise BadInput("member.inactive", _("This member has left."))
    wanted = _checked(details)
    changed = [name for name, value in wanted.items() if getattr(kept, name) != value]
    if changed:
        for name in changed:
            setattr(kept, name, wanted[name])
        kept.save(update_fields=changed)
        detail = {"fields": changed}
        audit.record(
            actor=str(actor), act="member.changed", subject=f"member:{member.pk}", detail=detail
        )
    return changed


@transaction.atomic
def come_back(*, member: Member, actor: Actor) -> str:
    """Take back a member who had left; return a new first password where there is a log-in, or "".

    No grant comes back: they are given anew. The old password opens nothing any more.
    Raises ``Conflict`` for one who has not left, ``Forbidden``.
    """
    policy.require_anywhere(actor, Permission.MANAGE_MEMBERS)
    back = Member.objects.filter(pk=member.pk, is_active=False).update(is_active=True)
    if not back:
        raise Conflict("member.active", _("This member has not left."))
    audit.record(actor=str(actor), act="member.came_back", subject=f"member:{member.pk}")
    member.is_active = True
    grants_changed()
    if member.account is None:
        return ""
    member.account.is_active = True
    member.account.save(update_fields=["is_active"])
    return accounts.reset_password(member=member, actor=actor)


def _checked(details: Details) -> dict[str, object]:
    name = details.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadInput("member.name", _("A name has 1 to 40 characters."), field="name")
    post_id = details.home_post_id
    if post_id is not None and not Post.objects.filter(pk=post_id).exists():
        raise BadInput("member.home_post", _("Choose a post from the list."), field="home_post")
    return {
        "name": name,
        "surname": (details.surname.strip() or names.surname_of(name))[:8],
        "pinyin": names.order_key(name),
        "kind": Role(details.kind).value,
        "phone": checked_phone(details.phone),
        "skills": list(details.skills),
        "home_post_id": post_id,
    }
