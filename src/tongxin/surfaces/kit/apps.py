"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class KitConfig(AppConfig):
    """Pages of the surface kit; no models."""

    name = "tongxin.surfaces.kit"
    label = "kit"

    def ready(self) -> None:
        """Listen for log-outs."""
        from tongxin.surfaces.kit import leaving  # noqa: F401 - registers the receiver
