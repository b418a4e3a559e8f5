"""``tongxin token revoke``."""

from __future__ import annotations

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command(short_help="End a token at once.")
@speak.argument("token_id", type=int)
def command(token_id: int) -> None:
    """End the token with this number (see ``tongxin token list``)."""
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.foundation.access.actions import revoke_token
        from tongxin.foundation.access.models import ApiToken
        from tongxin.foundation.access.scope import SystemActor, acting_as
        from tongxin.kernel.errors import NotFound

        actor = SystemActor("command-line")
        with acting_as(actor):
            token = ApiToken.objects.filter(pk=token_id).first()
            if token is None:
                raise NotFound("token.unknown", _("There is no such token."), field="token")
            revoke_token(token=token, actor=actor)
