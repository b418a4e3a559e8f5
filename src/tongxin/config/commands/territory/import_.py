"""``tongxin territory import``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from tongxin.config import speak
from tongxin.config.commands._asking import pairs, show_bad
from tongxin.config.words import gettext as _

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@speak.command("import", short_help="Take over areas from GeoJSON, GeoPackage or Shapefile.")
@speak.argument("files", nargs=-1, required=True, type=_FILE)
@speak.option("--srs", help="Reference system: EPSG:2913, WGS-84, GCJ-02, BD-09, CGCS2000…")
@speak.option("--column", "columns", multiple=True, metavar="FIELD=NAME", help="Name a column.")
@speak.option("--set", "constants", multiple=True, metavar="FIELD=VALUE", help="For all rows.")
@speak.option("--unite", multiple=True, metavar="LEVEL=NAME", help="Make the areas above.")
@speak.option("--layer", help="The layer of a GeoPackage.")
@speak.option("--encoding", help="The encoding of a Shapefile's table.")
@speak.option("--from", "day", type=click.DateTime(["%Y-%m-%d"]), help="First day; today.")
@speak.option("--keep-others", is_flag=True, help="Do not end areas that the files lack.")
@speak.option("--dry-run", is_flag=True, help="List every bad row and write nothing.")
@speak.option("--accept", is_flag=True, help="Mend crossings, take gaps and overlaps as they are.")
def command(
    files: tuple[Path, ...],
    columns: tuple[str, ...],
    constants: tuple[str, ...],
    unite: tuple[str, ...],
    day: dt.datetime | None,
    *,
    keep_others: bool,
    dry_run: bool,
    accept: bool,
    **reading: str | None,
) -> None:
    """Take over areas from FILES; together they are the whole of their networks and levels.

    Every bad row is listed: self-crossing polygon, overlap, gap, unknown parent, duplicate code,
    wrong level or reference system. Nothing is written until all is clean or --accept is given.
    Fields are code, name, network, level, parent, number, is_village, promise_minutes, population.
    """
    from tongxin.config import reaching
    from tongxin.config.progress import bar

    with reaching.django(), bar("territory") as report:
        from tongxin.foundation.access.scope import SystemActor, acting_as
        from tongxin.foundation.territory import importing

        options = importing.AreaSource(
            columns=pairs("--column", columns),
            constants=pairs("--set", constants),
            dissolve=pairs("--unite", unite),
            **reading,
        )
        actor = SystemActor("command-line")
        with acting_as(actor):
            report("reading", 0.0)
            read = importing.read_areas(files, options)
            report("checking", 0.3)
            on = day.date() if day else None
            plan = importing.plan_areas(read, on=on, keep_others=keep_others)
            show_bad(plan.bad)
            if not dry_run and (plan.is_clean or accept):
                report("writing", 0.8)
                done = importing.apply_areas(plan, actor=str(actor), accept=accept)
    if dry_run or (plan.bad and not accept):
        _show_plan(plan, refused=not dry_run)
        return
    click.echo(
        _(
            "{started} areas started, {changed} drawn anew, {ended} ended, "
            "{left_out} rows left out, {mended} faults mended"
        ).format(
            started=done.started,
            changed=done.changed,
            ended=done.ended,
            left_out=done.left_out,
            mended=done.faults_mended,
        )
    )


def _show_plan(plan: object, *, refused: bool) -> None:
    from tongxin.foundation.territory.importing import AreaPlan

    assert isinstance(plan, AreaPlan)  # noqa: S101 - for the type checker
    click.echo(
        _(
            "{start} areas would start, {change} be drawn anew, {end} end; "
            "{bad} bad rows, {left_out} of them unmendable"
        ).format(
            start=len(plan.start),
            change=len(plan.change),
            end=len(plan.end),
            bad=len(plan.bad),
            left_out=len(plan.left_out),
        )
    )
    if refused:
        raise click.ClickException(
            _("Nothing was written: mend the bad rows, or take in what can be with --accept.")
        )
