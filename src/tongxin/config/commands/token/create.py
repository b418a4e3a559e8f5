"""``tongxin token create``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _

if TYPE_CHECKING:
    from tongxin.foundation.access.models import Member


@speak.command(short_help="Make an API token for a member.")
@speak.argument("member")
@speak.option("--name", default="command line", show_default=True, help="What it is for.")
@speak.option("--days", default=90, show_default=True, help="How long it is good (1 to 366).")
@speak.option("--right", "rights", multiple=True, help="Limit it to this right; may be repeated.")
def command(member: str, name: str, days: int, rights: tuple[str, ...]) -> None:
    """Print a new API token for MEMBER (log-in name or member code), shown this once.

    It carries the rights that the member holds today, or only those given by --right.
    """
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.foundation.access.actions import issue_token
        from tongxin.foundation.access.roles import Permission
        from tongxin.foundation.access.scope import SystemActor, acting_as
        from tongxin.kernel.errors import BadInput

        known = {right.value for right in Permission}
        if unknown := set(rights) - known:
            said = _("There is no right called {name}.").format(name=min(unknown))
            raise BadInput("token.right", said)
        actor = SystemActor("command-line")
        with acting_as(actor):
            clear, token = issue_token(
                member=_find(member),
                actor=actor,
                name=name,
                days=days,
                scopes=[Permission(right) for right in rights] or None,
            )
    click.echo(_("good until {day:%Y-%m-%d}").format(day=token.expires_at), err=True)
    click.echo(clear)


def _find(word: str) -> Member:
    from django.db.models import Q

    from tongxin.foundation.access.models import Member
    from tongxin.kernel.errors import NotFound

    found = Member.objects.filter(Q(account__username=word) | Q(code=word), is_active=True).first()
    if found is None:
        said = _("There is no active member {name}.").format(name=word)
        raise NotFound("member.unknown", said, field="member")
    return found
