"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class KitConfig(AppConfig):
    """Pages of the surface kit; no models."""

    name = "tongxin.surfaces.kit"
    label = "kit"
