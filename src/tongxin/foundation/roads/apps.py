"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig

from tongxin.kernel import ticking


class RoadsConfig(AppConfig):
    """Travel times on the imported road network."""

    name = "tongxin.foundation.roads"
    label = "roads"

    def ready(self) -> None:
        """Have the worker look for new maps and closures, so that no question waits for it."""
        from tongxin.foundation.roads import loading

        ticking.register("roads.refresh", loading.LOOK_EVERY_S, loading.refresh)
