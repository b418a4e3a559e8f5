"""``tongxin members administrator``: the first log-in of an installation."""

from __future__ import annotations

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command(short_help="Make the security administrator who makes all others.")
@speak.argument("username")
@speak.argument("name")
def command(username: str, name: str) -> None:
    """Make NAME a security administrator of the whole branch, with the log-in USERNAME.

    The first password is printed this once; the first log-in asks for another one and for a second
    factor. Everything after that is done in the office.
    """
    from tongxin.config import reaching

    with reaching.django():
        password = _make(username, name)
    click.echo(_("Log-in {username}, first password {password}").format(
        username=username, password=password))  # fmt: skip


def _make(username: str, name: str) -> str:
    from tongxin.foundation.access import accounts, actions
    from tongxin.foundation.access.models import Role
    from tongxin.foundation.access.scope import SystemActor, acting_as
    from tongxin.foundation.territory.models import Area, Level, Network
    from tongxin.kernel.errors import Conflict

    with acting_as(SystemActor("command-line")) as actor:
        branch = Area.objects.filter(
            network=Network.POLICE, level=Level.BRANCH, valid_to__isnull=True
        ).first()
        if branch is None:
            raise Conflict("area.no_branch", _("Import the branch's areas first."))
        new = actions.NewMember(code=username, name=name, kind=Role.SECURITY_ADMINISTRATOR)
        member = actions.create_member(new=new, actor=actor)
        actions.grant(member=member, role=Role.SECURITY_ADMINISTRATOR, area=branch, actor=actor)
        return accounts.open_account(member=member, username=username, actor=actor)
