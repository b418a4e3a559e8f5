"""``tongxin token list``."""

from __future__ import annotations

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command("list", short_help="List tokens: whose, what for, until when.")
def command() -> None:
    """List all tokens, the latest first; the tokens themselves are kept nowhere."""
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.foundation.access.selectors import tokens_of

        for token in tokens_of():
            until = _("until {day:%Y-%m-%d}").format(day=token.expires_at)
            state = _("revoked") if token.revoked_at else until
            click.echo(f"{token.pk:6}  {token.member.code:16} {token.name:24} {state}")
