"""``tongxin territory list``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak
from tongxin.config.commands._asking import pairs, show_bad
from tongxin.config.words import gettext as _


@speak.command("list", short_help="Take over buildings, posts or landmarks from Excel or CSV.")
@speak.argument("kind", type=click.Choice(["buildings", "posts", "landmarks"]))
@speak.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@speak.option("--srs", help="Reference system of the file: WGS-84, GCJ-02, BD-09, EPSG:n…")
@speak.option("--column", "columns", multiple=True, metavar="FIELD=NAME", help="Name a column.")
@speak.option("--dry-run", is_flag=True, help="List every bad row and write nothing.")
@speak.option("--accept", is_flag=True, help="Leave out the bad rows and take in the others.")
def command(
    kind: str,
    file: Path,
    srs: str | None,
    columns: tuple[str, ...],
    *,
    dry_run: bool,
    accept: bool,
) -> None:
    """Take over FILE, a list of buildings, posts or landmarks with coordinates.

    Every bad row is listed; nothing is written until all are good or --accept is given. The same
    list may be imported again: what is known by its code is renewed.
    """
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.foundation.access.scope import SystemActor, acting_as
        from tongxin.foundation.territory import importing
        from tongxin.foundation.territory.listing import ListKind

        actor = SystemActor("command-line")
        with acting_as(actor):
            plan = importing.plan_lists(
                ListKind(kind), file, srs=srs, columns=pairs("--column", columns)
            )
            show_bad(plan.bad)
            if dry_run:
                said = _("{good} rows are good, {bad} bad")
                click.echo(said.format(good=len(plan.rows), bad=len(plan.bad)))
                return
            written = importing.apply_lists(plan, actor=str(actor), accept=accept)
    said = {
        "buildings": _("{written} buildings written, {bad} bad rows"),
        "posts": _("{written} posts written, {bad} bad rows"),
        "landmarks": _("{written} landmarks written, {bad} bad rows"),
    }[kind]
    click.echo(said.format(written=written, bad=len(plan.bad)))
