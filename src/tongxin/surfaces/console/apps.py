"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Pages of the surface console; no models."""

    name = "tongxin.surfaces.console"
    label = "console"
