"""``tongxin vault erasures``."""

from __future__ import annotations

import click

from tongxin.config import speak


@speak.command(short_help="Print the list of erased subjects, to be kept elsewhere.")
def command() -> None:
    """Print the list of what was erased or withdrawn, one line of JSON each, without any word.

    Keep it apart from the backups of the database: it is what makes a restored one forget again
    (``tongxin vault replay-erasures --list FILE``).
    """
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.plumbing.vault import erasures

        erasures.write_out()
        for line in erasures.read():
            click.echo(line.written(), nl=False)
