"""``tongxin feed import``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command("import", short_help="Take in a signed file from the 110 side.")
@speak.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(file: Path) -> None:
    """Take in FILE: each line once, gaps in the numbering are told.

    The signature is checked first, against TONGXIN_DATA/keys/feed110.pub.
    """
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.domain.incidents.feed110 import open_file, public_key
        from tongxin.domain.incidents.reconciling import take_in

        done = take_in(open_file(file, public_key()))
    click.echo(
        _(
            "{taken} taken in, {counted} counted, {void} void, {known} known already, "
            "{refused} refused"
        ).format(**vars(done))
    )
    for low, high in done.gaps:
        click.secho(_("never came: {low} to {high}").format(low=low, high=high), fg="yellow")
