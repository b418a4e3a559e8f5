"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top floor: wires everything."""

    name = "tongxin.config"
    label = "config"

    def ready(self) -> None:
        """Let the office ask how the installation is."""
        from tongxin.config import doctor
        from tongxin.surfaces.office import health

        health.wire(doctor.findings)
