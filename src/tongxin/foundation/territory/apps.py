"""Registers the app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    """The ground: areas of four networks, buildings, posts, landmarks."""

    name = "tongxin.foundation.territory"
    label = "territory"

    def ready(self) -> None:
        """Have workers follow changes of the territory, and this process its own at once."""
        from django.db.models.signals import post_delete, post_save

        from tongxin.foundation.territory import locating
        from tongxin.foundation.territory.models import Area
        from tongxin.kernel import ticking

        ticking.register("territory.reload", locating.CHECK_SECONDS, locating.reload)
        for signal in (post_save, post_delete):
            signal.connect(_forget, sender=Area, dispatch_uid=f"territory:{signal}")


def _forget(**_signal: Any) -> None:
    from tongxin.foundation.territory import locating

    locating.forget()
