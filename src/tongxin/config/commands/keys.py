"""``tongxin keys``."""

from __future__ import annotations

import click

from tongxin.config import speak


@speak.command(short_help="Show which keys there are, never the keys.")
def command() -> None:
    """List the installation's keys with their names, places and file modes.

    Keys lie outside the database: whoever keeps a copy of the database must keep these apart, and
    a copy without them opens nothing.
    """
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.config.keys import key_files
        from tongxin.foundation.audit.signing import anchor_key
        from tongxin.plumbing.vault import keyring

        ring = keyring.keyring()
        for key_id in ring.keys:
            use = "wraps and opens" if ring.keys[key_id] == ring.current else "opens"
            click.echo(f"vault   {key_id.hex()}  {use}  from {keyring.source()}  {ring.suite.name}")
        anchor = anchor_key()
        click.echo(f"anchor  {anchor.key_id}  public {anchor.public_bytes.hex()}")
        for path, mode in key_files():
            click.echo(f"file    {mode:04o}  {path}")
