"""``tongxin feed table``."""

from __future__ import annotations

import datetime as dt

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command(short_help="Theirs, ours, difference, day by day.")
@speak.option("--days", default=7, show_default=True, type=click.IntRange(1, 366))
def command(days: int) -> None:
    """Print the reconciliation with the 110 side for the last days."""
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.domain.incidents.numbering import district_day
        from tongxin.domain.incidents.reconciling import balance
        from tongxin.kernel import clock

        today = district_day(clock.now())
        rows = balance(today - dt.timedelta(days=days - 1), today)
    heads = (_("theirs"), _("ours"), _("refused"), _("difference"))
    click.echo(f"{_('day'):12}{_('feed'):10}" + "".join(f"{head:>12}" for head in heads))
    for row in rows:
        theirs = "–" if row.theirs is None else str(row.theirs)
        apart = "–" if row.difference is None else str(row.difference)
        click.echo(
            f"{row.day!s:12}{row.feed:10}{theirs:>12}{row.ours:>12}{row.refused:>12}{apart:>12}"
        )
