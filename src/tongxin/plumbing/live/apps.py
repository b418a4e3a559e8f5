"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig

from tongxin.kernel import ticking


class LiveConfig(AppConfig):
    """The feed of changes."""

    name = "tongxin.plumbing.live"
    label = "live"

    def ready(self) -> None:
        """Have the worker delete what is too old to catch up with."""
        from tongxin.plumbing.live import actions

        ticking.register("live.sweep", 60, actions.sweep)
