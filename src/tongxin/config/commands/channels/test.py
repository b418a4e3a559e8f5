"""``tongxin channels test``."""

from __future__ import annotations

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command(short_help="Send one test message through a gateway.")
@speak.argument("channel", type=click.Choice(["call", "sms"]))
@speak.argument("number")
def command(channel: str, number: str) -> None:
    """Send a test message to NUMBER through the gateway of CHANNEL, and say what became of it."""
    import secrets

    from tongxin.config import reaching

    with reaching.django():
        from tongxin.kernel.errors import TongxinError
        from tongxin.plumbing.channels import registry
        from tongxin.plumbing.channels.protocol import Outgoing

        gateway = registry.channels().get(channel)
        if gateway is None:
            path = registry.config_path()
            raise TongxinError(
                "channels.absent",
                _("No gateway for {channel} is configured: write it into {path}.").format(
                    channel=channel, path=path
                ),
            )
        ref = f"test:{secrets.token_hex(8)}"
        text = _("Tongxin: this is a test of the line.")
        result = gateway.send(Outgoing(ref=ref, address=number, template="test", text=text))
    click.echo(f"{result.outcome}{f' ({result.note})' if result.note else ''}")
    if not result.outcome.succeeded and result.outcome != "pending":
        raise SystemExit(1)
