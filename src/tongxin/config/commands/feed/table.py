"""``tongxin feed table``."""

from __future__ import annotations

import datetime as dt

import click


@click.command(short_help="Theirs, ours, difference, day by day.")
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 366))
def command(days: int) -> None:
    """Print the reconciliation with the 110 side for the last days."""
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.domain.incidents.numbering import district_day
        from tongxin.domain.incidents.reconciling import balance
        from tongxin.kernel import clock

        today = district_day(clock.now())
        rows = balance(today - dt.timedelta(days=days - 1), today)
    click.echo(f"{'day':12}{'feed':10}{'theirs':>8}{'ours':>8}{'refused':>9}{'difference':>12}")
    for row in rows:
        theirs = "–" if row.theirs is None else str(row.theirs)
        apart = "–" if row.difference is None else str(row.difference)
        click.echo(
            f"{row.day!s:12}{row.feed:10}{theirs:>8}{row.ours:>8}{row.refused:>9}{apart:>12}"
        )
