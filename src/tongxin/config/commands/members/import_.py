"""``tongxin members import``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak
from tongxin.config.commands._asking import pairs, show_bad
from tongxin.config.words import gettext as _


@speak.command("import", short_help="Take over a list of members from Excel or CSV.")
@speak.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@speak.option("--column", "columns", multiple=True, metavar="FIELD=NAME", help="Name a column.")
@speak.option("--dry-run", is_flag=True, help="List every bad row and write nothing.")
@speak.option("--accept", is_flag=True, help="Leave out the bad rows and take in the others.")
def command(file: Path, columns: tuple[str, ...], *, dry_run: bool, accept: bool) -> None:
    """Take over FILE, a list of members with role, work phone and area.

    Every bad row is listed; nothing is written until all are good or --accept is given. Columns
    that Tongxin refuses to hold (ethnicity, identity number…) are named, and the file is refused.
    Fields are code, name, role, phone, area, network, skills, until.
    """
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.foundation.access import importing
        from tongxin.foundation.access.scope import SystemActor, acting_as

        actor = SystemActor("command-line")
        with acting_as(actor):
            plan = importing.plan_members(file, columns=pairs("--column", columns))
            show_bad(plan.bad)
            if dry_run:
                said = _("{good} rows are good, {bad} bad")
                click.echo(said.format(good=len(plan.rows), bad=len(plan.bad)))
                return
            done = importing.apply_members(plan, actor=actor, accept=accept)
    said = _("{added} members added, {renewed} renewed, {granted} areas granted, {bad} bad rows")
    click.echo(
        said.format(added=done.added, renewed=done.renewed, granted=done.granted, bad=len(plan.bad))
    )
