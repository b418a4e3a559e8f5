"""``tongxin incidents import``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tongxin.domain.incidents.calllog import BadRow, CallMapping
    from tongxin.domain.incidents.importing import Summary


_YAML = click.Path(exists=True, dir_okay=False, path_type=Path)


@speak.command("import", short_help="Take over a call log in CSV.")
@speak.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@speak.option("--mapping", type=_YAML, help="YAML file with columns, zone, system, kinds.")
@speak.option("--column", "columns", multiple=True, metavar="FIELD=NAME", help="Name a column.")
@speak.option("--zone", default="", help="Time zone of the times, such as Asia/Shanghai.")
@speak.option("--system", default="", help="WGS-84, GCJ-02, BD-09, CGCS2000 or EPSG:n.")
@speak.option("--kind", default="", help="The kind, for a log without one.")
@speak.option("--dry-run", is_flag=True, help="List every bad row and write nothing.")
@speak.option("--accept", is_flag=True, help="Take in the good rows although others are bad.")
def command(
    file: Path,
    mapping: Path | None,
    columns: tuple[str, ...],
    *,
    dry_run: bool,
    accept: bool,
    **options: str,
) -> None:
    """Take over FILE, a call log in CSV (or .csv.gz).

    Every bad row is listed with its line; nothing is written until all are good or --accept is
    given. The same log may be imported again: what was taken is known by its id. Fields of --column
    are id, time, lon, lat, kind, what, place, urgency, closed, outcome.
    """
    from tongxin.config import reaching

    with reaching.django():
        chosen = _mapping(file, mapping, columns, options)
        seen = _go_through(file, chosen, writing=False)
        _show_bad(seen.bad)
        if dry_run:
            words = _("{read} rows, {bad} bad, {outside} outside all areas")
            click.echo(words.format(read=seen.read, bad=len(seen.bad), outside=seen.outside))
            return
        if seen.bad and not accept:
            raise click.ClickException(
                _(
                    "{bad} of {read} rows are bad: nothing was written. "
                    "Mend them, or take in the others with --accept."
                ).format(bad=len(seen.bad), read=seen.read)
            )
        done = _go_through(file, chosen, writing=True)
    words = _("{taken} taken in, {known} known already, {left} left out")
    click.echo(words.format(taken=done.taken, known=done.known, left=len(done.bad)))


def _mapping(
    file: Path, mapping: Path | None, columns: tuple[str, ...], options: dict[str, str]
) -> CallMapping:
    from dataclasses import replace

    from tongxin.domain.incidents.calllog import CallMapping, read_mapping

    base = read_mapping(mapping) if mapping else CallMapping({}, log=file.name.split(".")[0])
    pairs = dict(pair.split("=", 1) for pair in columns if "=" in pair)
    given = {name: value for name, value in options.items() if value}
    return replace(base, columns={**base.columns, **pairs}, **given)  # type: ignore[arg-type]


def _go_through(file: Path, mapping: CallMapping, *, writing: bool) -> Summary:
    from tongxin.config.progress import bar
    from tongxin.domain.incidents.calllog import read_calls
    from tongxin.domain.incidents.importing import look_over, take_in

    total = max(1, sum(1 for _row in read_calls(file, mapping)))
    with bar(file.name) as report:
        stage = _("writing row {n}") if writing else _("reading row {n}")
        act = take_in if writing else look_over
        return act(read_calls(file, mapping), lambda n: report(stage.format(n=n), n / total))


def _show_bad(rows: Iterable[BadRow]) -> None:
    for row in rows:
        words = _("line {line}, {column}: {says}")
        click.echo(words.format(line=row.line, column=row.column or "–", says=row.says))
