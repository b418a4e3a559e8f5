"""``tongxin keys``."""

from __future__ import annotations

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


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
            current = ring.keys[key_id] == ring.current
            use = _("locks and opens") if current else _("opens only")
            said = _("vault   {key}  {use}  from {source}  {suite}")
            click.echo(
                said.format(
                    key=key_id.hex(), use=use, source=keyring.source(), suite=ring.suite.name
                )
            )
        anchor = anchor_key()
        said = _("anchor  {key}  public {public}")
        click.echo(said.format(key=anchor.key_id, public=anchor.public_bytes.hex()))
        for path, mode in key_files():
            click.echo(_("file    {mode}  {path}").format(mode=f"{mode:04o}", path=path))
