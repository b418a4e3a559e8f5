"""``tongxin migrate``."""

from __future__ import annotations

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command(short_help="Bring the database to this version.")
@speak.option("--quiet", is_flag=True, help="Say nothing when all is well.")
def command(quiet: bool) -> None:
    """Bring the database to the schema of this version, as the role that owns it.

    Safe to repeat. A migration that would hold up the running service gives way and is tried again.
    """
    from tongxin.config import reaching

    with reaching.database():
        _prepare()
        with reaching.django(as_owner=True):
            from tongxin.config.database import lay_schema

            lay_schema(quiet=quiet)
        _mark()
    if not quiet:
        click.echo(_("The database is up to date."))


def _mark() -> None:
    from tongxin.config.environment import Environment
    from tongxin.config.marking import mark_schema

    environment = Environment.read()
    mark_schema(environment.owner_url or "", environment.data)


def _prepare() -> None:
    from tongxin.config.database import prepare
    from tongxin.config.environment import Environment
    from tongxin.config.postgres import Urls

    environment = Environment.read()
    app, owner = environment.database_url, environment.owner_url
    if app and owner:
        prepare(Urls(app=app, owner=owner))
