"""``tongxin doctor``."""

from __future__ import annotations

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command(short_help="Name every missing or wrong part, with its mend.")
def command() -> None:
    """Look at every part of the installation. Exit code 1 when something is wrong.

    ✓ is well, ! is lacking but the rest works without it, ✗ is wrong.
    """
    from tongxin.config import reaching
    from tongxin.config.doctor import State

    colours = {State.WELL: "green", State.LACKING: "yellow", State.WRONG: "red"}
    wrong = 0
    with reaching.django():
        from tongxin.config.doctor import findings

        for found in findings():
            wrong += found.state is State.WRONG
            mend = f" → {found.mend}" if found.mend else ""
            mark = click.style(found.state.value, fg=colours[found.state])
            click.echo(f"{mark} {found.part:9} {found.what}{mend}")
    if wrong:
        click.echo(_("{number} parts are wrong").format(number=wrong), err=True)
        raise SystemExit(1)
