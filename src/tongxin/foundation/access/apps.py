"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Members, roles, time-bound grants, scopes."""

    name = "tongxin.foundation.access"
    label = "access"

    def ready(self) -> None:
        """Let grants follow redrawn areas, and changed grants be felt at once in this process."""
        from django.db.models.signals import post_delete, post_save

        from tongxin.foundation.access import actions
        from tongxin.foundation.access.grants import grants_changed
        from tongxin.foundation.access.models import Grant, Member
        from tongxin.foundation.territory.succession import on_succession

        on_succession(actions.carry_grants)
        for model in (Grant, Member):
            for signal in (post_save, post_delete):
                signal.connect(grants_changed, sender=model, dispatch_uid=f"{model}:{signal}")
