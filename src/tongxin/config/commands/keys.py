"""``tongxin keys`` and ``tongxin keys rotate``."""

from __future__ import annotations

import click

from tongxin.config import speak
from tongxin.config.commands._rotating import rotate
from tongxin.config.words import gettext as _


@click.command(
    cls=speak.Group,
    invoke_without_command=True,
    short_help="Show which keys there are, never the keys.",
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the installation's keys with their names, places and file modes.

    Keys lie outside the database: whoever keeps a copy of the database must keep these apart, and
    a copy without them opens nothing. Of each master key it is said how many subjects it wraps.
    """
    if ctx.invoked_subcommand is None:
        _show()


command.add_command(rotate)


def _show() -> None:
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.config.keys import key_files
        from tongxin.foundation.audit.signing import anchor_key
        from tongxin.plumbing.vault import keyring, rotating

        ring, counts = keyring.keyring(), rotating.subjects_by_key()
        for key_id, key in ring.keys.items():
            use = _("wraps and opens") if key == ring.current else _("opens")
            wraps = _subjects(counts.pop(key_id.hex(), 0))
            place = _("from {source}").format(source=keyring.source())
            click.echo(f"vault   {key_id.hex()}  {use}  {place}  {ring.suite.name}  {wraps}")
        for name, count in sorted(counts.items()):
            click.echo(f"vault   {name}  {_('NOT AT HAND')}  {_subjects(count)}")
        anchor = anchor_key()
        click.echo(f"anchor  {anchor.key_id}  public {anchor.public_bytes.hex()}")
        for path, mode in key_files():
            click.echo(f"file    {mode:04o}  {path}")


def _subjects(count: int) -> str:
    return _("subjects: {count}").format(count=count)
