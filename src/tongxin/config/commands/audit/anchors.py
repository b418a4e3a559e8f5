"""``tongxin audit anchors``."""

from __future__ import annotations

import click

from tongxin.config import speak


@speak.command(short_help="Print the signed anchors, to be kept elsewhere.")
def command() -> None:
    """Sign the present head of the trail and print all anchors, one line of JSON each.

    Keep them where nobody who runs this database can change them: a chain that was rewritten as a
    whole is found by them (``tongxin audit verify --anchors FILE``).
    """
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.foundation.audit import sealing, verifying

        sealing.seal_all()
        sealing.anchor()
        for line in verifying.export_anchors():
            click.echo(line)
