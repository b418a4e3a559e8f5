"""``tongxin homes import``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongxin.config import speak
from tongxin.config.commands._asking import pairs, show_bad
from tongxin.config.words import gettext as _

_BASES = click.Choice(["duty", "consent"])


@speak.command("import", short_help="Take over a station's lists and sheets of homes.")
@speak.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@speak.option("--station", required=True, metavar="CODE", help="The station's or beat's code.")
@speak.option("--column", "columns", multiple=True, metavar="FIELD=NAME", help="Name a column.")
@speak.option("--basis", type=_BASES, default="duty", help="On what ground it is kept.")
@speak.option("--rule", default="police_law_21", help="The rule of the duty.")
@speak.option("--notice", default="", help="The version of the notice that was shown.")
@speak.option("--dry-run", is_flag=True, help="List every bad row and write nothing.")
@speak.option("--accept", is_flag=True, help="Leave out the bad rows and take in the others.")
def command(
    file: Path,
    station: str,
    columns: tuple[str, ...],
    basis: str,
    rule: str,
    notice: str,
    *,
    dry_run: bool,
    accept: bool,
) -> None:
    """Take over FILE: one list with headings, or a sheet a building as drawn on paper.

    Columns of refused categories (ethnicity, religion, identity number…) are named and dropped.
    Every bad row is listed; nothing is written until all are good or --accept is given. Fields are
    estate, building, unit, flat, address, name, phone, part, state, note.
    """
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.domain.homes import importing
        from tongxin.domain.homes.keeping import Ground
        from tongxin.foundation.access.scope import SystemActor

        actor = SystemActor("command-line")
        plan = importing.plan_homes(
            file, actor=actor, area_id=_area(station), columns=pairs("--column", columns)
        )
        _show(plan)
        if dry_run:
            return
        ground = Ground(
            basis, rule if basis == "duty" else "", notice, consented=basis == "consent"
        )
        done = importing.apply_homes(plan, actor=actor, ground=ground, accept=accept)
    said = _("{people} people, {flats} flats and {units} units added; {known} were there already")
    click.echo(
        said.format(people=done.people, flats=done.flats, units=done.units, known=done.duplicates)
    )


def _show(plan: Any) -> None:
    show_bad(plan.bad)
    if plan.refused:
        said = _("dropped, for Tongxin refuses to hold it: {columns}")
        click.echo(said.format(columns=", ".join(plan.refused)), err=True)
    if plan.ignored:
        said = _("left aside, without use here: {columns}")
        click.echo(said.format(columns=", ".join(plan.ignored)), err=True)
    said = _("{good} rows are good, {bad} bad")
    click.echo(said.format(good=len(plan.rows), bad=len(plan.bad)))


def _area(code: str) -> int:
    from tongxin.foundation.territory.models import Area, Network
    from tongxin.kernel.errors import NotFound

    found = Area.objects.filter(network=Network.POLICE, code=code, valid_to__isnull=True).first()
    if found is None:
        raise NotFound("area.unknown", _("There is no station or beat {code}.").format(code=code))
    return found.pk
